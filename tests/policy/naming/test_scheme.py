"""Schemes: which names a grammar takes, and what is said of the others."""

from __future__ import annotations

import gzip
import importlib.util
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.errors import NamegateError, SchemeError, UnreadableNameError
from namegate_policy.naming import Component, Kind, parse_name
from namegate_policy.naming.read import readings
from namegate_policy.naming.registries import REGISTRIES
from namegate_policy.naming.scheme import Branch, load_scheme, scheme_names

HERE = Path(__file__).parent
DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
ACME = HERE / "schemes" / "acme.lark"
TEAM = HERE / "schemes" / "team.lark"

ACCEPTED = {
    ACME: [
        "acme/llama-8b-v3",
        "acme/llama-8b-squad-v3",
        "acme/bert-340m-chat-v1.5",
        "acme/llama-8b-squad-chat-v2",
    ],
    TEAM: ["bert_base", "bert~base", "bert-large", "xlm-roberta_large"],
}
# (name, the wrong part marked by ‹…›, the whole message)
REJECTED = {
    ACME: [
        ("acme/llama-‹v3›", "the scheme acme takes a size here, the name has the version 'v3'"),
        (
            "‹llama›-8b-v3",
            "the scheme acme takes an organization here, the name has the architecture 'llama'",
        ),
        ("acme/llama‹_›8b-v3", "the scheme acme takes '-' here, the name has '_'"),
        ("acme/llama-8b‹›", "the scheme acme takes '-' here, the name has the end of the name"),
        (
            "acme/llama-8b-squad-‹gguf›",
            "the scheme acme takes a task or a version here, the name has the format 'gguf'",
        ),
        (
            "acme/llama-8b-v3‹-›gguf",
            "the scheme acme takes the end of the name here, the name has '-'",
        ),
    ],
    TEAM: [
        (
            "‹acme›/bert_base",
            "the scheme team takes an architecture here, the name has the organization 'acme'",
        ),
        ("bert‹›", "the scheme team takes a separator here, the name has the end of the name"),
    ],
}
TAKEN = [(scheme, name) for scheme, names in ACCEPTED.items() for name in names]
LEFT = [(scheme, *row) for scheme, rows in REJECTED.items() for row in rows]


def _registry_names() -> dict[str, list[str]]:
    spec = importlib.util.spec_from_file_location("test_registries", HERE / "test_registries.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.ACCEPTED)


REFERENCES = [
    (registry, name)
    for registry, names in _registry_names().items()
    if registry in scheme_names()
    for name in names
]


@pytest.mark.parametrize(("scheme", "name"), TAKEN)
def test_accepted_names(scheme: Path, name: str) -> None:
    read = load_scheme(scheme).parse(name)
    assert read.mismatch is None
    assert read.scheme == scheme.stem
    assert load_scheme(scheme).tree(name) is not None


@pytest.mark.parametrize(("scheme", "marked", "message"), LEFT)
def test_a_mismatch_says_where_what_is_found_and_what_belongs_there(
    scheme: Path, marked: str, message: str
) -> None:
    name = marked.replace("‹", "").replace("›", "")
    read = load_scheme(scheme).parse(name)
    assert read.mismatch is not None
    assert (str(read.mismatch), read.mismatch.span) == (message, (marked.index("‹"), marked.index("›") - 1))
    assert read.components == parse_name(name).components
    assert load_scheme(scheme).tree(name) is None


@pytest.mark.parametrize(("scheme", "name"), REFERENCES)
def test_registries_schemes_take_what_the_registry_takes(scheme: str, name: str) -> None:
    read = load_scheme(scheme).parse(name)
    assert read.mismatch is None
    assert parse_name(name, scheme).components == read.components


def test_every_registry_with_parts_has_a_scheme() -> None:
    plain = {name for name, registry in REGISTRIES.items() if registry.shapes == ("{name}",)}
    assert set(scheme_names()) - {"ptm"} == set(REGISTRIES) - plain


KINDS = [
    ("gguf-strict", "Hermes-2-Pro-Llama-3-8B-v1.0-Q4_K_M.gguf",
     {"size": "8B", "version": "2", "quantization": "Q4_K_M"}),
    ("timm", "vit_base_patch16_224.augreg_in21k",
     {"architecture": "vit", "size": "base", "dataset": "in21k"}),
    ("ollama", "acme/llama3.1:8b-instruct-q4_K_M",
     {"architecture": "llama", "size": "8b", "quantization": "q4_K_M"}),
    ("oci", "ghcr.io/acme/llama-3-8b:v1", {"architecture": "llama", "size": "8b"}),
    ("torchvision", "ResNet50_Weights.IMAGENET1K_V2", {"architecture": "ResNet", "dataset": "IMAGENET1K"}),
    ("kaggle", "google/gemma/pyTorch/2b-it/3", {"architecture": "gemma", "format": "pyTorch", "size": "2b"}),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "name", "kinds"), KINDS)
def test_components_of_a_reference(scheme: str, name: str, kinds: dict[str, str]) -> None:
    read = load_scheme(scheme).parse(name)
    assert {kind: read.of(Kind(kind))[0].text for kind in kinds} == kinds
    assert all(name[slice(*part.span)] == part.text for part in read.components)


def test_a_tree_has_the_names_rules() -> None:
    tree = load_scheme("ollama").tree("acme/llama3:8b@sha256:" + "0" * 64)
    assert tree is not None
    assert [child.rule if isinstance(child, Branch) else child for child in tree.children] == [
        "organization",
        "model",
        "tag",
        "sha256:" + "0" * 64,
    ]


def test_a_tree_holds_only_its_own_name() -> None:
    scheme = load_scheme(ACME)
    first, second = scheme.tree("acme/llama-8b-v3"), scheme.tree("acme/bert-1b-v2")
    assert "bert" not in str(first)
    assert "llama" not in str(second)


def test_an_organizations_words_are_read_by_its_scheme() -> None:
    vocabulary = load_scheme("ptm").vocabulary.extended({Kind.ARCHITECTURE: ["acmeformer"]})
    assert load_scheme(ACME, vocabulary).parse("acme/acmeformer-8b-v1").mismatch is None


UNKNOWN = [
    ("acme", "unknown scheme 'acme'; valid: gguf, gguf-strict"),
    ("./missing.lark", "there is no grammar at ./missing.lark"),
    (str(HERE), "unknown scheme"),
]


@pytest.mark.parametrize(("reference", "message"), UNKNOWN)
def test_a_scheme_that_is_not_there(reference: str, message: str) -> None:
    with pytest.raises(SchemeError) as caught:
        load_scheme(reference)
    assert str(caught.value).startswith(message)


def test_a_grammar_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "latin.lark"
    path.write_bytes(b"start: \xff")
    with pytest.raises(SchemeError, match="cannot be read"):
        load_scheme(path)


def test_a_grammar_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.lark"
    path.write_bytes(b"start: SIZE\n" + b"\xff" * 70_000)
    with pytest.raises(SchemeError, match="larger than 64 KB; at most 16384 characters"):
        load_scheme(path)


def test_a_changed_grammar_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "own.lark"
    path.write_text("start: ARCHITECTURE")
    assert load_scheme(path).parse("llama").mismatch is None
    path.write_text("start: SIZE")
    assert load_scheme(path).parse("llama").mismatch is not None


@pytest.mark.parametrize("scheme", ["ptm", "huggingface"])
def test_real_ids_fit_the_universal_schemes(scheme: str) -> None:
    loaded = load_scheme(scheme)
    with gzip.open(DATA / "hub_ids.txt.gz", "rt") as names:
        left = [name for name in names.read().splitlines() if loaded.parse(name).mismatch]
    assert left == []


def _as_pattern(name: str, components: tuple[Component, ...]) -> str:
    """Return a reading with kinds in place of words: `acme/llama-8b` → `ORGANIZATION/ARCHITECTURE-SIZE`."""
    end = name.find("/")
    pieces, position = [] if end < 0 else ["ORGANIZATION"], max(end, 0)
    for part in components:
        pieces += [name[position : part.span[0]], part.kind.name]
        position = part.span[1]
    return "".join([*pieces, name[position:]])


STRICT = {
    ACME: r"ORGANIZATION/ARCHITECTURE-SIZE(-DATASET)?(-TASK)?-VERSION",
    TEAM: r"ARCHITECTURE[^/]+SIZE",
}


@pytest.mark.parametrize("scheme", STRICT)
def test_a_name_is_taken_where_one_of_its_eight_best_readings_fits(scheme: Path) -> None:
    loaded, pattern = load_scheme(scheme), re.compile(STRICT[scheme])
    with gzip.open(DATA / "hub_ids.txt.gz", "rt") as lines:
        ids = lines.read().splitlines()[::40]
    words = ("llama", "base", "v2", "chat", "7b", "squad", "en", "mini", "x1", "large")
    made = ["acme/" + "-".join(some) for some in itertools.product(words, repeat=3)]
    made += ["_".join(some) for some in itertools.permutations(words, 2)]
    taken = 0
    for name in ids + made:
        span = (name.find("/") + 1, len(name))
        fitting = [
            reading.components
            for reading in readings(name, span=span, count=8)
            if pattern.fullmatch(_as_pattern(name, reading.components))
        ]
        read = loaded.parse(name)
        taken += bool(fitting)
        assert (read.mismatch is None) == bool(fitting)
        assert read.components == (fitting[0] if fitting else parse_name(name).components)
        if len(fitting) > 1:
            assert read.runner_up is not None
    assert taken > 30


@pytest.mark.parametrize("scheme", scheme_names())
@given(text=st.text(max_size=40) | st.text("aB3._-/:@ 8b", max_size=30))
def test_any_text_is_read_in_any_scheme_or_refused(scheme: str, text: str) -> None:
    try:
        name = load_scheme(scheme).parse(text)
    except UnreadableNameError as error:
        assert isinstance(error, NamegateError)
        return
    ends = [0, *(part.span[1] for part in name.components)]
    assert all(end <= part.span[0] < part.span[1] for end, part in zip(ends, name.components, strict=False))
    if name.mismatch:
        assert 0 <= name.mismatch.span[0] <= name.mismatch.span[1] <= len(text)
        assert str(name.mismatch)


def test_the_page_shows_every_scheme_with_an_example_that_it_takes() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "schemes.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| .* \| `(.*)` \|$", page, re.MULTILINE)
    assert [scheme for scheme, name in rows if load_scheme(scheme).parse(name).mismatch] == []
    assert sorted(scheme for scheme, _ in rows) == list(scheme_names())


def test_the_pages_own_scheme_loads(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "schemes.md").read_text()
    grammar = re.search(r"```lark\n(.*?)```", page, re.DOTALL)
    assert grammar is not None
    path = tmp_path / "acme.lark"
    path.write_text(grammar[1])
    assert load_scheme(path).parse("acme/llama-8b-squad-chat-v1.2").mismatch is None

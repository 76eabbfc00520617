"""What names are read as; each row is a rule of docs/naming-convention.md on a made-up or well-known name."""

import copy
import gzip
import json
import pickle
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namegate_policy.errors import SchemeError, UnreadableNameError
from namegate_policy.naming import Kind, ModelName, default_vocabulary, parse_name, read
from namegate_policy.naming.read import Reader, readings
from namegate_policy.naming.weights import trained_weights

DATA = Path(__file__).parents[4] / "shared" / "data"


def shown(name: ModelName) -> str:
    return " ".join(f"{part.kind}:{part.text}" for part in name.components)


READ = [
    ("acme/llama-3-7b", "architecture:llama version:3 size:7b"),
    ("acme/Qwen2.5-7B-Instruct-AWQ", "architecture:Qwen version:2.5 size:7B task:Instruct quantization:AWQ"),
    ("acme/bert-base-uncased", "architecture:bert size:base input:uncased"),
    ("acme/Qwen3-8B-Base", "architecture:Qwen version:3 size:8B training:Base"),
    ("acme/gemma-2-9b-it", "architecture:gemma version:2 size:9b task:it"),
    ("acme/opus-mt-it-fr", "dataset:opus task:mt language:it language:fr"),
    ("acme/Mixtral-8x7B-v0.1-GGUF", "architecture:Mixtral size:8x7B version:v0.1 format:GGUF"),
    ("acme/xlm-roberta-large-ner", "architecture:xlm-roberta size:large task:ner"),
    ("acme/wav2vec2-base-960h", "architecture:wav2vec2 size:base dataset:960h"),
    ("acme/bert-base-squad-v1.1", "architecture:bert size:base dataset:squad-v1.1"),
    ("acme/albert-base-squad2.0", "architecture:albert size:base dataset:squad2.0"),
    ("acme/sd3.5-large-GGUF", "architecture:sd3.5 size:large format:GGUF"),
    ("acme/Qwen2.5-VL-3.5b", "architecture:Qwen version:2.5 task:VL size:3.5b"),
    ("acme/CLIP-ViT-L-14", "architecture:CLIP architecture:ViT size:L dimension:14"),
    (
        "acme/CLIP-ViT-H-14-laion2B-s32B-b79K",
        "architecture:CLIP architecture:ViT size:H dimension:14 dataset:laion2B-s32B-b79K",
    ),
    ("acme/ms-marco-MiniLM-L-6-v2", "dataset:ms-marco architecture:MiniLM dimension:L-6 version:v2"),
    (
        "acme/Qwen3-30B-A3B-Instruct-2507",
        "architecture:Qwen version:3 size:30B size:A3B task:Instruct version:2507",
    ),
    (
        "acme/vit_base_patch16_224.augreg_in21k",
        "architecture:vit size:base dimension:patch16 input:224 training:augreg dataset:in21k",
    ),
    (
        "acme/distilbert-base-cased-finetuned-sst-2",
        "architecture:distilbert size:base input:cased training:finetuned dataset:sst-2",
    ),
]


@pytest.mark.parametrize(("text", "parts"), READ)
def test_names_are_read_by_the_convention(text: str, parts: str) -> None:
    assert shown(parse_name(text)) == parts


def test_a_name_has_its_parts_and_values() -> None:
    name = parse_name("acme/llama-3-7b")
    assert (name.organization, name.repository, name.scheme) == ("acme", "llama-3-7b", "ptm")
    parts = [(part.text, part.span) for part in name.components]
    assert parts == [("llama", (5, 10)), ("3", (11, 12)), ("7b", (13, 15))]
    assert name.components[0].canonical == "llama"
    assert name.size is not None
    assert name.size.parameters == 7_000_000_000
    assert name.version is not None
    assert name.version.release == (3,)
    assert name.margin > 0
    assert name.runner_up is not None
    assert name.runner_up != name.components


def test_a_name_of_sure_patterns_has_no_other_reading() -> None:
    name = parse_name("7B-Q4_K_M")
    assert (name.margin, name.runner_up) == (float("inf"), None)


def test_a_name_without_letters_and_digits_has_no_components() -> None:
    assert parse_name("acme/__").components == ()


def test_names_do_not_change() -> None:
    with pytest.raises(AttributeError):
        parse_name("acme/llama").text = "other"


def test_the_organization_does_not_change_the_reading() -> None:
    assert shown(parse_name("google/watt-tool-8B")) == shown(parse_name("acme/watt-tool-8B"))
    assert shown(parse_name("watt-tool-8B")) == shown(parse_name("acme/watt-tool-8B"))


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(SchemeError):
        parse_name("acme/llama", scheme="no-such-scheme")


def test_a_vocabulary_can_be_extended() -> None:
    extended = default_vocabulary().extended({"architecture": ["zyxformer"], Kind.DATASET: ["acme-reviews"]})
    name = parse_name("acme/zyxformer-7B-acme-reviews", vocabulary=extended)
    assert shown(name) == "architecture:zyxformer size:7B dataset:acme-reviews"
    assert extended.lookup("architecture", "ZyxFormer") is not None
    assert default_vocabulary().lookup("architecture", "zyxformer") is None


def test_a_vocabulary_refuses_unknown_kinds_and_empty_words() -> None:
    with pytest.raises(SchemeError, match="unknown kind 'colour'"):
        default_vocabulary().extended({"colour": ["red"]})
    with pytest.raises(SchemeError, match="no letter or digit"):
        default_vocabulary().extended({"task": ["--"]})


def test_readings_come_best_first() -> None:
    found = readings("llama-3-7b", count=5)
    scores = [reading.score for reading in found]
    assert scores == sorted(scores, reverse=True)
    assert found[0].components == parse_name("llama-3-7b").components
    assert len({reading.components for reading in found}) == len(found)


def hub_ids() -> list[str]:
    with gzip.open(DATA / "hub_ids.txt.gz", "rt") as file:
        return file.read().split()


def assert_covered(name: ModelName) -> None:
    """Spans are in order, do not overlap, are the text they claim, and cover every letter and digit."""
    end = len(name.text) - len(name.repository)
    covered = set()
    for part in name.components:
        assert part.span[0] >= end
        assert name.text[slice(*part.span)] == part.text
        end = part.span[1]
        covered.update(range(*part.span))
    first = len(name.text) - len(name.repository)
    outside = [c for i, c in enumerate(name.text) if i >= first and i not in covered]
    assert not [c for c in outside if c.isalnum()]


def test_names_put_together_from_pieces_are_the_best_readings() -> None:
    for text in hub_ids()[:300]:
        name = parse_name(text)
        assert readings(text, span=name.repository_span, count=1)[0].components == name.components


def test_all_hub_ids_are_read() -> None:
    for text in hub_ids():
        name = parse_name(text)
        assert_covered(name)
        assert (f"{name.organization}/" if name.organization is not None else "") + name.repository == text


def test_gold_names_are_read_well() -> None:
    """The reader has been trained on them: this guards against a broken file, and is no measure."""
    rows = [json.loads(line) for line in (DATA / "gold.jsonl").read_text().splitlines()]
    right = 0
    for row in rows:
        parts = {(part.kind.value, part.span) for part in parse_name(row["name"]).components}
        right += parts == {(part["kind"], tuple(part["span"])) for part in row["components"]}
    assert right / len(rows) > 0.8


def test_a_reading_depends_on_the_name_alone() -> None:
    texts = hub_ids()[:3000]
    forwards = [shown(parse_name(text)) for text in texts]
    fresh = Reader(default_vocabulary(), trained_weights())
    backwards = [shown(fresh.name(text, text.find("/"))) for text in reversed(texts)]
    assert backwards[::-1] == forwards


KNOWN = ["llama", "bert", "base", "chat", "german", "zyxo", "vision", "hermes", "zyxo9"]


@pytest.mark.parametrize("bound", [3, 5, 8])
def test_a_reading_is_the_same_when_words_were_forgotten(bound: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = random.Random(7)
    texts = ["-".join(chosen.sample(KNOWN, chosen.randint(1, 3))) for _ in range(3000)]
    for name in ("_CACHED_WORDS", "_CACHED_PIECES", "_CACHED_SIDES"):
        monkeypatch.setattr(read, name, bound)
    forgetful = Reader(default_vocabulary(), trained_weights())
    for text in texts:
        assert shown(forgetful.name(text, -1)) == shown(parse_name(text))


def test_threads_that_share_a_reader_read_what_one_reads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = hub_ids()[:400]
    alone = [shown(parse_name(text)) for text in texts]
    monkeypatch.setattr(read, "_CACHED_WORDS", 50)
    shared = Reader(default_vocabulary(), trained_weights())

    def readings_of_all(_: int) -> list[str]:
        return [shown(shared.name(text, text.find("/"))) for text in texts]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(readings_of_all, range(4))) == [alone] * 4
    finally:
        sys.setswitchinterval(interval)


def test_names_can_be_copied() -> None:
    name = parse_name("acme/llama-3-7b")
    for again in (copy.copy(name), copy.deepcopy(name), pickle.loads(pickle.dumps(name))):  # noqa: S301
        assert (again, again.margin, again.size) == (name, name.margin, name.size)
        assert again.runner_up == name.runner_up


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        name = parse_name(text)
    except UnreadableNameError as error:
        assert error.reason
        assert 0 <= error.span[0] <= error.span[1] <= len(text)
    else:
        assert_covered(name)
        assert name.margin >= 0


WORDS = ["llama", "7B", "v2", "it", "x", "Q4", "K", "M", "3", "1_5b", "L-12", "sst", "2", "é"]


@given(st.lists(st.sampled_from(WORDS), max_size=9), st.sampled_from(["-", "_", ".", "", " ", "--"]))
@settings(max_examples=60, deadline=None)
def test_any_words_are_read(words: list[str], separator: str) -> None:
    text = "acme/" + separator.join(words) + "x"
    assert_covered(parse_name(text))
    assert shown(parse_name(text)) == shown(Reader(default_vocabulary(), trained_weights()).name(text, 4))

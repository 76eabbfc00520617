"""The index of names: what it finds, against a search of everything."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namegate_policy.errors import EvidenceError
from namegate_policy.index.fold import fold, fold_organization, one_edit_apart
from namegate_policy.index.names import KnownName, KnownOrganization
from namegate_policy.index.store import NameStore, split

NAMES = ["acme/llama-3-8b", "acme/Llama-3-70B", "umbrella/bert-base", "acme-labs/t5", "stable-diffusion"]
FOLDED_ALIKE = [
    ("Meta-Llama", "metallama"),
    ("meta_lIama", "rneta-11ama"),
    ("v3.1", "v3-1"),
    ("GPT2", "gрt2"),
]
FOLDED_APART = [("v3.1", "v31"), ("llama", "lama"), ("8b", "7b")]


@pytest.fixture
def store():
    store = NameStore.create(":memory:")
    store.add(KnownName(name) for name in NAMES)
    return store


@pytest.mark.parametrize(("one", "other"), FOLDED_ALIKE)
def test_texts_that_fold_to_one(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), FOLDED_APART)
def test_texts_that_do_not(one, other):
    assert fold(one) != fold(other)


def test_a_name_is_known_in_any_letter_case(store):
    assert store.get("ACME/llama-3-8B") == KnownName("acme/llama-3-8b")
    assert store.get("acme/llama-3-9b") is None


def test_organizations_and_how_many_names_they_have(store):
    assert list(store.organizations_near("acne")) == [KnownOrganization("acme", 2)]
    assert list(store.organizations_near("acme1abs")) == [KnownOrganization("acme-labs", 1)]
    assert list(store.organizations_near("nobody")) == []


def test_siblings_differ_in_digits_alone(store):
    assert [known.text for known in store.siblings("acme/llama-4-8b")] == [
        "acme/llama-3-8b",
        "acme/Llama-3-70B",
    ]
    assert store.siblings("umbrella/llama-3-8b") == []


def test_names_are_added_to_what_is_there(store):
    assert store.add([KnownName("acme/t5", "u1")]) == 1
    assert store.get("acme/t5") == KnownName("acme/t5", "u1")
    assert store.owners("Acme") == {"u1"}
    assert list(store.organizations_near("acme")) == [KnownOrganization("acme", 3)]


def test_a_file_is_read_again(tmp_path):
    path = tmp_path / "names.db"
    NameStore.create(path).add([KnownName("acme/t5", "u1")])
    assert NameStore.open(path).get("acme/T5") == KnownName("acme/t5", "u1")


def test_a_list_of_names_is_an_index(tmp_path):
    plain, records, packed = tmp_path / "a.txt", tmp_path / "b.jsonl", tmp_path / "c.txt.gz"
    plain.write_text("acme/t5\n\nbert\n")
    records.write_text('{"name": "acme/t5", "owner": "u1"}\n{"name": "bert"}\n')
    packed.write_bytes(gzip.compress(b"acme/t5\n"))
    assert NameStore.open(plain).get("bert") == KnownName("bert")
    assert NameStore.open(records).get("acme/t5") == KnownName("acme/t5", "u1")
    assert NameStore.open(packed).get("acme/t5") == KnownName("acme/t5")


REJECTED = {
    b'{"nome": "acme/t5"}': "a.txt:1: expected",
    b'bert\n{"name": 5}': "a.txt:2: name and owner are texts",
    b"bert\nx" + b"y" * 2000: "a.txt:2: this is no name",
    b"SQLite format 3\0" + b"x" * 100: "a.txt is no index of names",
    b"\xff\xfe": "a.txt",
    b'{"name": "acme/\\ud800"}': "a.txt:1: expected",
    b'{"name": ' + b"[" * 100_000: "a.txt:1: expected",
    b'{"name": "' + b"y" * 2000 + b'"}': "a.txt:1: name and owner are texts",
}


@pytest.mark.parametrize("content", REJECTED, ids=lambda content: content[:12].decode(errors="replace"))
def test_a_file_that_is_no_list_is_refused(tmp_path, content):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match=REJECTED[content]):
        NameStore.open(path)


_TEXTS = st.text("abl1Io0-_.8/", min_size=1, max_size=12).filter(lambda text: text.count("/") < 2)


@given(st.lists(_TEXTS, max_size=20), _TEXTS)
def test_near_finds_all_that_a_search_of_everything_finds(names, asked):
    store = NameStore.create(":memory:")
    store.add(map(KnownName, names))
    organization, repository = split(asked)

    def is_near(name):
        other, text = split(name)
        near_organization = one_edit_apart(fold_organization(organization), fold_organization(other))
        return near_organization and one_edit_apart(fold(repository), fold(text))

    found = {known.text for known in store.near(asked)}
    assert all(map(is_near, found))
    for name in names:
        if is_near(name) and bool(organization) == bool(split(name)[0]):
            assert name in found or name.casefold() == asked.casefold()

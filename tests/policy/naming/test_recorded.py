"""Registries' and libraries' own packages, as `record_*.py` recorded their answers and names, and ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from namegate_policy.naming import Kind
from namegate_policy.naming.registries import check_name, parse_reference
from namegate_policy.naming.scheme import load_scheme

RECORDED = json.loads((Path(__file__).parent / "recorded" / "registries.json").read_text())["accepted"]
ASKED = {
    "purl": ("purl", "{}"),
    "mlflow uri": ("mlflow", "{}"),
    "mlflow name": ("mlflow", "{}"),
    "mlflow alias": ("mlflow", "models:/llama@{}"),
    "kaggle": ("kaggle", "{}"),
}
# Taken by the package and refused here: a reference by version and alias at once is in no documentation.
STRICTER = {("mlflow uri", "models:/llama/1@champion")}


@pytest.mark.parametrize(
    ("what", "name", "accepted"),
    [(what, name, accepted) for what, names in RECORDED.items() for name, accepted in names.items()],
)
def test_names_are_taken_as_by_the_registrys_package(what: str, name: str, accepted: bool) -> None:
    registry, text = ASKED[what]
    problem = check_name(registry, text.format(name))
    assert (problem is None) == (accepted and (what, name) not in STRICTER)


LIBRARIES = json.loads((Path(__file__).parent / "recorded" / "libraries.json").read_text())


@pytest.mark.parametrize(
    ("what", "scheme"),
    [("timm", "timm"), ("torchvision", "torchvision"), ("torchvision files", "torchvision")],
)
def test_names_of_a_library_are_taken_by_its_scheme(what: str, scheme: str) -> None:
    loaded = load_scheme(scheme)
    assert [str(name.mismatch) for name in map(loaded.parse, LIBRARIES[what]) if name.mismatch] == []
    assert len(LIBRARIES[what]) > 100


def test_a_tag_begins_after_the_first_dot_as_in_timm() -> None:
    for name in LIBRARIES["timm"]:
        architecture, _, tag = name.partition(".")
        assert parse_reference("timm", name).fields == {"architecture": architecture, "tag": tag or None}


def test_members_of_torchvisions_enums_have_their_data_set_and_version() -> None:
    for name in LIBRARIES["torchvision"]:
        member = name.partition(".")[2]
        if member != "DEFAULT":
            parts = load_scheme("torchvision").parse(name).of(Kind.DATASET)
            assert member.startswith(parts[-1].text)

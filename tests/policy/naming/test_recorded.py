"""The registries' own packages, as `record_registries.py` recorded their answers, and ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from namegate_policy.naming.registries import check_name

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

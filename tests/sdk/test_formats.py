"""Every output format against its golden file, on verdicts made here; UPDATE_GOLDEN=1 rewrites them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from namegate.formats import FORMATS, Style, printable, renderer
from namegate.results import Checked, Tally
from namegate_policy.errors import EvidenceError, NamegateError, UnreadableNameError
from namegate_policy.naming import Component, Kind, ModelName
from namegate_policy.rules.pages import page
from namegate_policy.rules.registry import rule
from namegate_policy.verdict import (
    Edit,
    Location,
    Mode,
    Outcome,
    PolicyReference,
    Severity,
    Suggestion,
    Verdict,
    Violation,
)

GOLDEN = Path(__file__).parent / "golden"
POLICY = PolicyReference("acme", "14", "ab" * 32)


def _name(text: str) -> ModelName:
    organization, _, repository = text.rpartition("/")
    start = len(text) - len(repository)
    whole = Component(Kind.OTHER, repository, (start, len(text)))
    return ModelName(
        text=text,
        organization=organization or None,
        repository=repository,
        components=(whole,),
    )


def _verdict(
    text: str, outcome: Outcome, *violations: Violation, suggest: Suggestion | None = None
) -> Checked:
    verdict = Verdict(
        name=_name(text),
        policy=POLICY,
        mode=Mode.ENFORCE,
        outcome=outcome,
        violations=violations,
        suggestions=(suggest,) if suggest else (),
    )
    return Checked(text, verdict)


def _violation(code: str, rule: str, message: str, span: tuple[int, int] | None, **more: object) -> Violation:
    given = {"severity": Severity.ERROR, "mode": Mode.ENFORCE} | more
    return Violation(code, rule, message=message, span=span, **given)  # type: ignore[arg-type]


SIZE = _violation(
    "NG402",
    "size-mismatch",
    "the name says 7B, the weights hold 8.03B parameters",
    (13, 15),
    expected="8b",
    actual=8_030_261_248,
    policy_location=Location(12, 5, "acme.yaml"),
)
RESULTS = [
    _verdict(
        "acme/llama-3-7b",
        Outcome.DENIED,
        SIZE,
        suggest=Suggestion("acme/llama-3-8b", (Edit((13, 14), "8"),)),
    ),
    _verdict("acme/llama-3-8b", Outcome.ALLOWED),
    _verdict(
        "acme/模型-x",
        Outcome.ALLOWED,
        _violation("NG106", "confusable-characters", "“模型” is not ASCII", (5, 7), severity=Severity.WARN),
        _violation(
            "NG103", "separator-style", "50% of names use `_`,\nothers: `-`", (7, 8), severity=Severity.INFO
        ),
        _violation("NG201", "missing-component", "no size is stated", None, mode=Mode.AUDIT),
        _violation("ACME001", "no-zero-version", "no version", None, waived_by="ml-gov"),
    ),
    _verdict(
        "acme/broken",
        Outcome.UNVERIFIABLE,
        _violation("NG499", "unverifiable-weights", "model.safetensors is truncated", None),
    ),
    Checked(
        "acme/a\u202eb",
        UnreadableNameError(
            "a mark that turns text around", reason="bidirectional-mark", source="acme/a\u202eb", span=(6, 7)
        ),
    ),
    Checked("acme/x", EvidenceError("README.md:3:1: a key occurs twice")),
]


@pytest.mark.parametrize("name", FORMATS)
def test_golden(name: str) -> None:
    text = "".join(renderer(name)(RESULTS, Style()))
    if name == "sarif":
        text = _without_pages(text)
    golden = GOLDEN / f"check.{name}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_of_a_name_is_a_control_character(name: str) -> None:
    text = "".join(renderer(name)(RESULTS, Style()))
    assert all(character.isprintable() for character in text.replace("\n", ""))


@pytest.mark.parametrize("name", FORMATS)
def test_no_results_are_a_whole_document_too(name: str) -> None:
    text = "".join(renderer(name)([], Style()))
    if name in {"json", "sarif", "gitlab"}:
        json.loads(text)
    elif name == "junit":
        ET.fromstring(text)  # noqa: S314 (our own output)
    else:
        assert text == ""


def test_text_with_colours_is_the_same_text() -> None:
    import click

    plain = "".join(renderer("text")(RESULTS, Style()))
    coloured = "".join(renderer("text")(RESULTS, Style(colour=True)))
    assert coloured != plain
    assert click.unstyle(coloured) == plain


def _without_pages(text: str) -> str:
    """Leave out the rules' own pages, which have their tests elsewhere."""
    log = json.loads(text)
    for known in log["runs"][0]["tool"]["driver"]["rules"]:
        known.pop("shortDescription", None)
        known.pop("help", None)
    return json.dumps(log, indent=1) + "\n"


def test_sarif_explains_the_rules_that_spoke() -> None:
    log = json.loads("".join(renderer("sarif")(RESULTS, Style())))
    rules = {each["id"]: each for each in log["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["NG103"]["help"]["text"] == page(rule("NG103"))
    assert set(rules["ACME001"]) == {"id", "name"}


def test_sarif_follows_its_schema() -> None:
    SarifLog.model_validate_json("".join(renderer("sarif")(RESULTS, Style())))


def test_sarif_regions_cut_the_part_of_the_name() -> None:
    log = json.loads("".join(renderer("sarif")(RESULTS, Style())))
    result = log["runs"][0]["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    name = region["snippet"]["text"]
    assert name[region["startColumn"] - 1 : region["endColumn"] - 1] == "7b"
    change = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    deleted = change["deletedRegion"]
    fixed = name[: deleted["startColumn"] - 1] + change["insertedContent"]["text"]
    assert fixed + name[deleted["endColumn"] - 1 :] == "acme/llama-3-8b"


def test_json_of_one_name_is_the_verdict() -> None:
    verdict = RESULTS[0].result
    assert isinstance(verdict, Verdict)
    text = "".join(renderer("json")(RESULTS[:1], Style(one=True)))
    assert text.encode() == verdict.to_json() + b"\n"
    lines = "".join(renderer("jsonl")(RESULTS[:2], Style())).splitlines()
    assert lines[0].encode() == verdict.to_json()
    assert json.loads("".join(renderer("json")(RESULTS, Style())))[:2] == [*map(json.loads, lines)]


EXIT_CODES = [
    # results, strict, exit_zero → code
    ([1], False, False, 0),
    ([0, 1], False, False, 1),
    ([0, 1], False, True, 0),
    ([1, 2], False, False, 0),
    ([1, 2], True, False, 1),
    ([1, 2], True, True, 0),
    ([0, 3], False, False, 2),
    ([3], False, True, 2),
    ([1, 4], False, False, 2),
    ([5], True, True, 2),
]


@pytest.mark.parametrize(("which", "strict", "exit_zero", "code"), EXIT_CODES)
def test_exit_codes(which: list[int], strict: bool, exit_zero: bool, code: int) -> None:
    tally = Tally()
    assert [*tally.count(RESULTS[each] for each in which)] == [RESULTS[each] for each in which]
    assert tally.exit_code(strict=strict, exit_zero=exit_zero) == code


def test_statistics() -> None:
    tally = Tally()
    list(tally.count(RESULTS))
    *rules, names = tally.lines()
    assert names == "6 names: 2 allowed, 1 denied, 3 undecided"
    assert "      1  NG402 size-mismatch" in rules
    assert not any("ACME001" in rule for rule in rules)


def test_printable() -> None:
    assert printable("a b\x1b[31m\n\ud800é") == "a b\\u{1b}[31m\\u{a}\\u{d800}é"
    assert isinstance(RESULTS[4].result, NamegateError)

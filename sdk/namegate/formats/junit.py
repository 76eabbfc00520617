"""JUnit XML, for test reports: a name is a test case, an error or a warning that counts is in its text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from namegate.formats import Style, printable
from namegate_policy.errors import NamegateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.results import Checked
    from namegate_policy.verdict import Verdict, Violation


def render(results: Iterable[Checked], style: Style) -> Iterator[str]:  # noqa: ARG001 (no colours here)
    """Print one suite, when all names are judged.

    A denied name fails, a name that could not be judged has an error; violations that do not deny,
    and those that a waiver lifts, are the case's output.
    """
    cases = [_case(checked) for checked in results]
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
    }
    suites = ET.Element("testsuites", {"name": "namegate", **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": "namegate", **counts})
    suite.extend(cases)
    ET.indent(suites)
    yield '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _case(checked: Checked) -> ET.Element:
    name, result = checked
    case = ET.Element("testcase", {"classname": "namegate", "name": printable(name)})
    if isinstance(result, NamegateError):
        _add(case, "error", result.kind, printable(result.message), str(result))
        return case
    case.set("classname", f"namegate.{printable(result.policy.name)}")
    lines = "\n".join(map(_line, result.violations))
    if not result.allowed:
        hint = f"\ndid you mean {result.suggestion}" if result.suggestion else ""
        _add(case, "failure", str(result.outcome), _headline(result), lines + hint)
    elif lines:
        ET.SubElement(case, "system-out").text = _printable_lines(lines)
    return case


def _headline(verdict: Verdict) -> str:
    codes = (each.code for each in verdict.violations if each.denies)
    return f"{verdict.outcome} by {verdict.policy}: {', '.join(dict.fromkeys(codes))}"


def _line(violation: Violation) -> str:
    waived = f" (waived by {violation.waived_by})" if violation.waived_by else ""
    return f"{violation.severity} {violation.code} {violation.rule}{waived}: {violation.message}"


def _add(case: ET.Element, tag: str, kind: str, message: str, text: str) -> None:
    element = ET.SubElement(case, tag, {"type": kind, "message": printable(message)})
    element.text = _printable_lines(text)


def _printable_lines(text: str) -> str:
    """Return the text as XML can hold it: line ends stay, other control characters are escaped."""
    return "\n".join(map(printable, text.split("\n")))

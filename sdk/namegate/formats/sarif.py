"""SARIF 2.1.0, for code scanning services.

A name is no file, so a result points at it twice: as a logical location, and as an artifact of one line
whose URI is the name, because services show nothing that lies nowhere.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from namegate.formats import Style, level, printable
from namegate_policy.errors import NamegateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate.results import Checked
    from namegate_policy.errors import Span
    from namegate_policy.verdict import Suggestion, Verdict, Violation

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(results: Iterable[Checked], style: Style) -> Iterator[str]:  # noqa: ARG001 (no colours here)
    """Print one log with one run, when all names are judged."""
    found: list[dict[str, Any]] = []
    notifications: list[dict[str, Any]] = []
    rules: dict[str, dict[str, Any]] = {}
    for name, result in results:
        if isinstance(result, NamegateError):
            notifications.append(_notification(name, result))
            continue
        for violation in result.violations:
            rules.setdefault(violation.code, _rule(violation))
            found.append(_result(result, violation, list(rules).index(violation.code)))
    run = {
        "tool": {"driver": {"name": "namegate", "rules": list(rules.values())}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}
        ],
        "results": found,
    }
    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(violation: Violation) -> dict[str, Any]:
    """Return a rule's descriptor; a policy's own rules are known by code and name alone."""
    from namegate_policy.errors import UnknownRuleError
    from namegate_policy.rules.pages import page, summary
    from namegate_policy.rules.registry import rule

    descriptor: dict[str, Any] = {"id": violation.code, "name": violation.rule}
    try:
        known = rule(violation.code)
    except UnknownRuleError:
        return descriptor
    return descriptor | {"shortDescription": {"text": summary(known)}, "help": {"text": page(known)}}


def _result(verdict: Verdict, violation: Violation, rule_index: int) -> dict[str, Any]:
    name = verdict.name.text
    identity = json.dumps([name, violation.code, violation.span, violation.message])
    result: dict[str, Any] = {
        "ruleId": violation.code,
        "ruleIndex": rule_index,
        "level": level(violation),
        "message": {"text": printable(violation.message)},
        "locations": [_location(name, violation.span)],
        "partialFingerprints": {"violation/v1": hashlib.sha256(identity.encode()).hexdigest()},
        "properties": {"policy": str(verdict.policy), "decision_id": verdict.decision_id},
    }
    if violation.waived_by:
        result["suppressions"] = [{"kind": "external", "justification": f"waived by {violation.waived_by}"}]
    elif verdict.suggestions:
        result["fixes"] = [_fix(name, suggestion) for suggestion in verdict.suggestions]
    return result


def _location(name: str, span: Span | None) -> dict[str, Any]:
    region = _region(span or (0, len(name))) | {"snippet": {"text": name}}
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(name)}, "region": region},
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}],
    }


def _fix(name: str, suggestion: Suggestion) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        for edit in suggestion.edits
    ]
    change = {"artifactLocation": {"uri": _uri(name)}, "replacements": replacements}
    return {"description": {"text": f"rename to {suggestion.name}"}, "artifactChanges": [change]}


def _notification(name: str, error: NamegateError) -> dict[str, Any]:
    return {
        "descriptor": {"id": error.kind},
        "level": "error",
        "message": {"text": f"{printable(name)}: {printable(error.message)}"},
    }


def _region(span: Span) -> dict[str, Any]:
    """Return a span as SARIF counts: lines and columns from 1, the end after the last character."""
    return {"startLine": 1, "startColumn": span[0] + 1, "endColumn": span[1] + 1}


def _uri(name: str) -> str:
    return quote(name, safe="/")

"""The pages of the decision log: the list, and one decision."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from namegate_policy.errors import caret
from namegate_server.html import document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from namegate_policy.verdict import Verdict, Violation
    from namegate_server.decisions import Decision

_OUTCOMES = ("allowed", "denied", "unverifiable")


def list_page(decisions: Sequence[Decision], limit: int, name: str | None, outcome: str | None) -> str:
    """Return the list, with links to each decision and to those before."""
    rows = "".join(map(_row, decisions))
    heads = "".join(f"<th>{head}" for head in ("at (UTC)", "name", "outcome", "policy", "client"))
    older = ""
    if len(decisions) == limit:
        query = {"before": decisions[-1].number, "name": name, "outcome": outcome}
        link = urlencode({key: value for key, value in query.items() if value is not None})
        older = f'<p><a href="decisions?{escape(link)}">older</a></p>'
    table = f"<table><tr>{heads}</tr>{rows}</table>" if decisions else "<p>No decisions.</p>"
    return document("Decisions", _form(name, outcome) + table + older)


def one_page(verdict: Verdict) -> str:
    """Return the page of a decision: the name with the parts that are wrong, and why."""
    name = verdict.name.text
    outcome = verdict.outcome.value
    parts = [
        f'<p><span class="{outcome}">{outcome}</span> by {escape(str(verdict.policy))}',
        f" (mode {verdict.mode.value}), decision <code>{verdict.decision_id}</code></p>",
        f"<pre>{_marked(name, [each.span for each in verdict.violations if each.span])}</pre>",
    ]
    if verdict.suggestion:
        parts.append(f"<p>This name would pass: <code>{escape(verdict.suggestion)}</code></p>")
    if verdict.violations:
        heads = "".join(f"<th>{head}" for head in ("rule", "severity", "what is wrong", "waived by"))
        rows = "".join(map(_violation, verdict.violations))
        parts.append(f"<table><tr>{heads}</tr>{rows}</table>")
    components = "".join(
        f"<tr><td>{each.kind.value}<td><code>{escape(each.text)}</code>" for each in verdict.name.components
    )
    parts.append(f"<h2>How the name is read</h2><table>{components}</table>")
    if verdict.weights:
        facts = "".join(
            f"<tr><td>{escape(key)}<td>{escape(_shown(value))}" for key, value in verdict.weights.items()
        )
        parts.append(f"<h2>What the weights are</h2><table>{facts}</table>")
    return document(caret(name, None), "".join(parts))


def _form(name: str | None, outcome: str | None) -> str:
    options = "".join(
        f"<option{' selected' if each == outcome else ''}>{each}</option>" for each in _OUTCOMES
    )
    return (
        f'<form><input name="name" placeholder="full id" value="{escape(name or "")}"> '
        f'<select name="outcome"><option value="">any outcome</option>{options}</select> '
        "<button>show</button></form>"
    )


def _row(decision: Decision) -> str:
    at = f"{decision.at:%Y-%m-%d %H:%M:%S}"
    name = f'<a href="decisions/{decision.decision_id}">{escape(decision.name)}</a>'
    outcome = f'<span class="{decision.outcome}">{decision.outcome}</span>'
    policy = escape(f"{decision.policy}@{decision.revision}")
    return f"<tr><td>{at}<td>{name}<td>{outcome}<td>{policy}<td>{escape(decision.client or '')}</tr>"


def _violation(violation: Violation) -> str:
    rule = f"<code>{escape(violation.code)}</code> {escape(violation.rule)}"
    severity = f'<span class="{violation.severity.value}">{violation.severity.value}</span>'
    waived = escape(violation.waived_by or "")
    return f"<tr><td>{rule}<td>{severity}<td>{escape(violation.message)}<td>{waived}</tr>"


def _shown(value: object) -> str:
    """Return a fact as people write it: counts in groups of three digits, lists with commas."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return the text with the characters of any span marked."""
    wrong = {position for start, end in spans for position in range(start, end)}
    return "".join(
        f"<mark>{escape(each)}</mark>" if at in wrong else escape(each) for at, each in enumerate(text)
    )

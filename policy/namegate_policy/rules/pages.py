"""The reference page of each rule, made from its module's docstring and its options.

`python -m namegate_policy.rules.pages docs/rules` writes them all, with an index.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python

from namegate_policy.rules.registry import RULES

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from namegate_policy.rules.base import Rule

GROUPS = {
    "1": "Form",
    "2": "Content",
    "3": "Registry",
    "4": "Weights",
    "5": "Metadata",
}
"""The first digit of a code → what its group of rules judges."""


def page(rule: Rule[Any]) -> str:
    """Return the rule's reference page as Markdown."""
    return "\n\n".join(
        part
        for part in (
            f"# {rule.name} ({rule.code})",
            f"{GROUPS[rule.code[2]]} rule; its severity is `{rule.severity}` unless a policy says otherwise.",
            _documentation(rule),
            _options(rule),
        )
        if part
    )


def summary(rule: Rule[Any]) -> str:
    """Return the first line of the rule's documentation."""
    return _documentation(rule).partition("\n")[0]


def index() -> str:
    """Return the list of all rules as Markdown, a table for each group."""
    parts = ["# Rules", "A policy names a rule by its code or by its name; both mean the same."]
    for digit, group in GROUPS.items():
        rows = [
            f"| {rule.code} | [{rule.name}]({rule.name}.md) | {rule.severity} | {summary(rule)} |"
            for rule in RULES
            if rule.code[2] == digit
        ]
        if rows:
            parts += [f"## {group}", "\n".join(["| code | rule | severity | |", "|---|---|---|---|", *rows])]
    return "\n\n".join(parts)


def pages() -> dict[str, str]:
    """Return all pages by file name, the index as `README.md`."""
    return {"README.md": index() + "\n"} | {f"{rule.name}.md": page(rule) + "\n" for rule in RULES}


def _documentation(rule: Rule[Any]) -> str:
    module = inspect.getmodule(rule.check)
    return inspect.cleandoc((module and module.__doc__) or "")


def _options(rule: Rule[Any]) -> str:
    fields = rule.options.model_fields.items()
    lines = [f"- `{name}`: {field.description} ({_default(field)})" for name, field in fields]
    return "\n".join(["## Options", *lines]) if lines else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return f"default `{_printed(to_jsonable_python(field.default))}`"


def _printed(value: object) -> str:
    """Return an option's value as YAML's one-line form writes it."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list):
        return f"[{', '.join(map(_printed, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_printed(each)}' for key, each in value.items())}}}"
    if isinstance(value, str) and not value.replace("-", "").isalnum():
        return f'"{value}"'
    return str(value)


def main(folder: Path) -> None:
    """Write all pages into `folder` and remove those of rules that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    written = pages()
    for path in folder.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

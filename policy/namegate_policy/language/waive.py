"""Writes a waiver into a policy file, as text: comments and layout stay as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from namegate_policy.errors import PolicyError
from namegate_policy.language.documents import PACK, name_of, read
from namegate_policy.language.load import build, find
from namegate_policy.language.nodes import Node, read_nodes

if TYPE_CHECKING:
    from pathlib import Path

    from namegate_policy.language.document import WaiverEntry


def add_waiver(reference: str | Path, entry: WaiverEntry, *, base: Path | None = None) -> Path:
    """Add a waiver to the policy file that `reference` names, and return the file's path.

    The file is written only if it loads with the waiver in it, and says otherwise what it said before.
    Raises PolicyNotFoundError or PolicyError.
    """
    if str(reference).startswith(PACK):
        raise PolicyError(f"{reference} is a shipped pack; waive in a policy of your own that extends it")
    path, boundary = find(str(reference), base)
    source = name_of(str(reference), path, boundary)
    text = read(path).decode("utf-8-sig")
    written = insert_waiver(text, entry, source)
    build(written, source, path.parent, boundary, str(path))
    path.write_text(written, encoding="utf-8")
    return path


def insert_waiver(text: str, entry: WaiverEntry, source: str) -> str:
    """Return the document with the waiver behind those that it has.

    Raises PolicyError where the document has mistakes, or a form in which nothing can be inserted.
    """
    root, problems = read_nodes(text, source)
    if root is None or not isinstance(root.value, dict) or problems:
        raise PolicyError(f"the policy {source} has mistakes:", tuple(problems))
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    item = _item(entry)
    section = root.child("waivers")
    if section is None:
        lines += ["waivers:\n", f"  - {item}\n"]
    elif isinstance(section.value, list) and _opening(lines, section) == "[":
        row, column = section.location.line - 1, section.location.column
        rest = lines[row][column:]
        lines[row] = lines[row][:column] + item + (", " if section.value else "") + rest
    else:
        lines.insert(_end(lines, root, section), f"{_indent(lines, section)}- {item}\n")
    written = "".join(lines)
    _verify(root, written, source)
    return written


def _item(entry: WaiverEntry) -> str:
    def quoted(value: str) -> str:
        if not value.isprintable():
            raise PolicyError(f"{value!r} holds characters that cannot be printed")
        return json.dumps(value, ensure_ascii=False)

    fields = {
        "match": quoted(entry.match),
        "rules": f"[{', '.join(entry.rules)}]",
        "reason": quoted(entry.reason),
        "approved_by": quoted(entry.approved_by),
        "expires": entry.expires.isoformat(),
    }
    return "{" + ", ".join(f"{name}: {value}" for name, value in fields.items()) + "}"


def _opening(lines: list[str], node: Node) -> str:
    return lines[node.location.line - 1][node.location.column - 1 : node.location.column]


def _indent(lines: list[str], section: Node) -> str:
    """Return what stands before the hyphens of a block list."""
    if not isinstance(section.value, list):
        return "  "
    line = lines[section.location.line - 1]
    return line[: section.location.column - 1]


def _end(lines: list[str], root: Node, section: Node) -> int:
    """Return the index of the line behind a section: before the next key and the comments above that key."""
    start = section.key.line if section.key else section.location.line
    children = root.value.values() if isinstance(root.value, dict) else ()
    keys = [child.key.line for child in children if child.key and child.key.line > start]
    end = min(keys) - 1 if keys else len(lines)
    while end > start and (not lines[end - 1].strip() or lines[end - 1][0] in "#."):
        end -= 1
    return end


def _verify(before: Node, written: str, source: str) -> None:
    """Raise PolicyError unless the written document says what it said before, with one waiver more."""
    after, problems = read_nodes(written, source)
    old = before.data()
    new = after.data() if after else {}
    waivers, others = old.pop("waivers", None) or [], new.pop("waivers", None) or []
    kept = len(others) == len(waivers) + 1 and all(waiver in others for waiver in waivers)
    if problems or old != new or not kept:
        raise PolicyError(f"a waiver cannot be inserted into {source}; add it by hand", tuple(problems))

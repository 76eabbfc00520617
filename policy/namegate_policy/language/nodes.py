"""YAML text → nodes with their positions. The first stage of loading, and the only one that reads YAML.

Policies come from strangers, so the parser's events are checked before anything is built: one
document, no anchors, aliases, tags, directives, merge keys or duplicate keys, at most 256 KB and 32
levels. Every mistake is collected, with its line and column.

An unquoted scalar stays text (`Plain`) until the model that reads it says what it should be:
`revision: 1.10` is the text `1.10`, `tolerance: 0.10` is a number. Where no type is asked for, `core`
gives the value that YAML 1.2's core schema gives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from namegate_policy.errors import PolicyProblem
from namegate_policy.verdict import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Plain(str):
    """An unquoted scalar."""

    __slots__ = ()


Mark = tuple[int, int]
"""A line and a column, from 1."""


class Node(NamedTuple):
    """A value of the document, where it begins, and where its key stands if it has one."""

    value: str | list[Node] | dict[str, Node] | None
    source: str | None
    mark: Mark
    key_mark: Mark | None = None

    @property
    def location(self) -> Location:
        """Where the value begins."""
        return Location(*self.mark, self.source)

    @property
    def key(self) -> Location | None:
        """Where the value's key begins."""
        return Location(*self.key_mark, self.source) if self.key_mark else None

    def data(self) -> Any:
        """Return the value without positions; unquoted scalars stay `Plain`."""
        if isinstance(self.value, dict):
            return {key: child.data() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.data() for child in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        """Return the value at a key or an index, or None where there is none."""
        found: Node | None = None
        if isinstance(self.value, dict):
            found = self.value.get(str(step))
        elif isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            found = self.value[step]
        return found


def place_inside(node: Node, text: str, line: int, column: int) -> Location:
    """Return where a character of a scalar stands in the document `text`; `line` and `column` count from 1.

    It is the scalar's own beginning where the form of the scalar (folded, escaped) does not tell.
    """
    start = node.location
    lines = text.splitlines()
    opening = lines[start.line - 1][start.column - 1 :] if start.line <= len(lines) else ""
    if opening[:1] == "|":
        content = [each for each in lines[start.line :] if each.strip()]
        indent = len(content[0]) - len(content[0].lstrip(" ")) if content else 0
        return Location(start.line + line, indent + column, start.source)
    if line > 1 or opening[:1] == ">" or (opening[:1] == '"' and "\\" in opening[: column + 1]):
        return start
    return Location(start.line, start.column + column - 1 + (opening[:1] in "'\""), start.source)


def read_nodes(text: str | bytes, source: str) -> tuple[Node | None, list[PolicyProblem]]:
    """Return the document's root and every mistake of form in it; the root is None without a document."""
    if len(text) > MAX_BYTES:
        return None, [PolicyProblem(f"the document is larger than {MAX_BYTES // 1024} KB", source, 1, 1)]
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            return None, [PolicyProblem(f"byte {error.start} is not UTF-8", source, line, 1)]
    reader = _Reader(text, source)
    return reader.root(), sorted(reader.problems, key=lambda problem: (problem.line, problem.column))


class _Reader:
    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self.problems: list[PolicyProblem] = []
        self._events = self._parse(text)

    def root(self) -> Node | None:
        root: Node | None = None
        documents = 0
        try:
            for event in self._events:
                if type(event) is yaml.DocumentStartEvent:
                    documents += 1
                    start: Any = event.start_mark
                    mark = (start.line + 1, start.column + 1)
                    if documents > 1:
                        self._problem("a policy file holds one document; this starts another", mark)
                        break
                    if event.version or event.tags:
                        self._problem("directives (%YAML, %TAG) are not allowed", mark)
                elif isinstance(event, yaml.NodeEvent):
                    root = self._node(event, 1, None)
        except _TooDeepError:
            return None
        if documents == 0 and not self.problems:
            self.problems.append(PolicyProblem("the document is empty", self.source, 1, 1))
        return root

    def _parse(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            message = f"this is not YAML: {error.problem or error.context}"
            self.problems.append(PolicyProblem(message, self.source, line, column))
        except yaml.reader.ReaderError as error:
            position = error.position if isinstance(error.position, int) else 0
            before = text.encode("utf-8", "surrogatepass")[:position].decode("utf-8", "replace")
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            message = "this is not YAML: control characters are not allowed"
            self.problems.append(PolicyProblem(message, self.source, line, column))
        except UnicodeEncodeError as error:
            line = text.count("\n", 0, error.start) + 1
            column = error.start - text.rfind("\n", 0, error.start)
            self.problems.append(PolicyProblem("an unpaired surrogate is no text", self.source, line, column))

    def _node(self, event: Any, depth: int, key: Mark | None) -> Node:
        start = event.start_mark
        mark = (start.line + 1, start.column + 1)
        kind = type(event)
        if depth > MAX_DEPTH:
            self._problem(f"the document is nested deeper than {MAX_DEPTH} levels", mark)
            raise _TooDeepError
        if kind is yaml.AliasEvent:
            self._problem("aliases (*name) are not allowed; repeat the value or use `extends`", mark)
            return Node(None, self.source, mark, key)
        if event.anchor is not None:
            self._problem("anchors (&name) are not allowed; repeat the value or use `extends`", mark)
        if event.tag is not None:
            self._problem("tags (!name) are not allowed; a value's type follows from its key", mark)
        if kind is yaml.ScalarEvent:
            return Node(_scalar(event), self.source, mark, key)
        if kind is yaml.SequenceStartEvent:
            return Node(self._sequence(depth), self.source, mark, key)
        return Node(self._mapping(depth), self.source, mark, key)

    def _sequence(self, depth: int) -> list[Node]:
        items = []
        for event in self._events:
            if type(event) is yaml.SequenceEndEvent:
                break
            items.append(self._node(event, depth + 1, None))
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        children: dict[str, Node] = {}
        for event in self._events:
            if type(event) is yaml.MappingEndEvent:
                break
            mark = self._node(event, depth + 1, None).mark
            value_event = next(self._events, None)
            if value_event is None:
                break
            value = self._node(value_event, depth + 1, mark)
            if type(event) is not yaml.ScalarEvent:
                self._problem("a key must be text", mark)
            elif event.value == "<<":
                self._problem("merge keys (<<) are not allowed; use `extends`", mark)
            elif event.value in children:
                first = children[event.value].key_mark
                where = f" (first in line {first[0]})" if first else ""
                self._problem(f"the key {event.value!r} stands twice{where}", mark)
            else:
                children[event.value] = value
        return children

    def _problem(self, message: str, mark: Mark) -> None:
        self.problems.append(PolicyProblem(message, self.source, *mark))


class _TooDeepError(Exception):
    pass


def _scalar(event: Any) -> str | None:
    text: str = event.value
    if event.style:
        return text
    return None if text in _NULLS else Plain(text)


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def core(value: Any) -> Any:
    """Return untyped data with its unquoted scalars resolved by YAML 1.2's core schema.

    Raises ValueError for a number of more digits than Python reads.
    """
    if isinstance(value, dict):
        return {str(key): core(child) for key, child in value.items()}
    if isinstance(value, list):
        return [core(child) for child in value]
    if not isinstance(value, Plain):
        return value
    text = str(value)
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", ""))
    return text

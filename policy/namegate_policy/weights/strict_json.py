"""JSON from untrusted files: bounded, and without anything that two readers may understand differently."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import msgspec

MAX_DEPTH = 64
"""Nested lists and objects; configurations of the largest pipelines stay below 10."""


class JSONProblem(ValueError):
    """Why a document is refused; `code` is one of the problem codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def load_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw`, which is UTF-8 without a byte-order mark.

    Raises JSONProblem for what RFC 8259 leaves to the reader or forbids: duplicate keys, lone
    surrogates, NaN, negative zero, numbers out of range, nesting deeper than `MAX_DEPTH`.
    """
    try:
        _CHECKER.decode(raw)  # strict syntax, UTF-8, surrogates and trailing bytes
        document = json.loads(
            raw.decode(),
            object_pairs_hook=_unique,
            parse_constant=_constant,
            parse_int=_integer,
        )
    except JSONProblem:
        raise
    except RecursionError:
        raise JSONProblem("invalid-json", "lists and objects are nested too deeply") from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise JSONProblem("invalid-json", f"not valid JSON: {str(error)[:200]}") from None
    if not isinstance(document, dict):
        raise JSONProblem("invalid-json", "an object {…} is expected")
    if _deeper_than(document, MAX_DEPTH):
        raise JSONProblem("invalid-json", f"lists and objects are nested deeper than {MAX_DEPTH}")
    return document


_CHECKER = msgspec.json.Decoder()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise JSONProblem("duplicate-key", f"the key {key[:100]!r} occurs twice in one object")
            seen.add(key)
    return document


def _integer(text: str) -> int:
    if text == "-0":
        raise JSONProblem("invalid-json", "-0 is a float to some readers and an integer to others")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise JSONProblem("invalid-json", f"{text} is not JSON")


def _deeper_than(document: Any, depth: int) -> bool:
    level = [document]
    while level and depth >= 0:
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        depth -= 1
    return bool(level)

"""JSON from untrusted files: bounded, and without anything that two readers may understand differently."""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_DEPTH = 64
"""Nested lists and objects; configurations of the largest pipelines stay below 10."""


class JSONError(ValueError):
    """Why a document is refused; `code` is one of the problem codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def load_object(raw: bytes, *, infinite: bool = False) -> dict[str, Any]:
    """Return the JSON object in `raw`, which is UTF-8 without a byte-order mark.

    `infinite` lets `NaN` and `Infinity` pass, which Python writes into configurations. Raises
    JSONError for what RFC 8259 leaves to the reader or forbids: duplicate keys, lone surrogates,
    negative zero, numbers out of range, nesting deeper than `MAX_DEPTH`.
    """
    try:
        document = json.loads(
            raw.decode(),
            object_pairs_hook=_unique,
            parse_constant=float if infinite else _constant,
            parse_int=_integer,
        )
        if b"\\u" in raw:
            json.dumps(document, ensure_ascii=False).encode()  # fails at a lone surrogate
    except JSONError:
        raise
    except RecursionError:
        raise JSONError("invalid-json", "lists and objects are nested too deeply") from None
    except ValueError as error:
        raise JSONError("invalid-json", f"not valid JSON: {str(error)[:200]}") from None
    if not isinstance(document, dict):
        raise JSONError("invalid-json", "an object {…} is expected")
    if _deeper_than(document, MAX_DEPTH):
        raise JSONError("invalid-json", f"lists and objects are nested deeper than {MAX_DEPTH}")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise JSONError("duplicate-key", f"the key {key[:100]!r} occurs twice in one object")
            seen.add(key)
    return document


def _integer(text: str) -> int:
    if text == "-0":
        raise JSONError("invalid-json", "-0 is a float to some readers and an integer to others")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise JSONError("invalid-json", f"{text} is not JSON")


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

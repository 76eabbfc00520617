"""Regular expressions of policies. They run on RE2, in time linear in the text whatever the expression."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import re2

if TYPE_CHECKING:
    from collections.abc import Sequence


def regex_problem(expression: str, memory: int = 8 << 20) -> str | None:
    """Return what is wrong with a regular expression, or None where RE2 takes it in so many bytes."""
    try:
        re2.compile(expression, _options(memory))
    except re2.error as error:
        detail = error.args[0] if error.args else b""
        return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
    return None


class RegexSet:
    """Expressions, all of them checked before, that are searched for in one pass over a text."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self._expressions = tuple(expressions)
        self._set = re2.Set.SearchSet(_options())
        for expression in self._expressions:
            self._set.Add(expression)
        # Found in every text: without it, the search has run out of memory and says nothing.
        self._always = self._set.Add("")
        try:
            self._set.Compile()
        except re2.error:  # too large together; each alone is not
            self._set = None

    def found(self, text: str) -> list[int]:
        """Return the indexes of the expressions that are found in the text."""
        indexes = self._set and self._set.Match(text.encode("utf-8", "surrogatepass"))
        if indexes and self._always in indexes:
            return [index for index in indexes if index != self._always]
        options = _options()
        return [
            index
            for index, expression in enumerate(self._expressions)
            if re2.compile(expression, options).search(text)
        ]


@lru_cache(maxsize=4096)
def regex(expression: str) -> RegexSet:
    """Return one expression, compiled once. Raises re2.error where RE2 does not take it."""
    return RegexSet([expression])


def _options(memory: int = 8 << 20) -> Any:
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    return options

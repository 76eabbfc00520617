"""A scheme's grammar: checked text → LALR table over typed tokens → template of a parse.

Grammars are a small, safe part of Lark's notation: rules over the kinds of components (terminals in
capitals) and literal separators. They may come from anybody, so the text is checked by a parser of
our own before Lark sees it: bounded size, no regular expressions, no directives, no repetition
counts, every mistake with its line and column. Ambiguity (an LALR conflict) is refused, never
resolved in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lark import Lark, Token, Tree
from lark.exceptions import GrammarError
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift

from namegate_policy.naming.grammar_conflict import conflict_error
from namegate_policy.naming.grammar_text import check

if TYPE_CHECKING:
    from collections.abc import Iterator

Template = tuple[str, tuple[Any, ...]]
"""A parse: the rule's name, and its children: templates, or the index of a token."""

_CACHED_SEQUENCES = 8192
"""Parses that a grammar remembers, by sequence of terminals; about 1 kB each."""

Stack = tuple[int, ...]
"""The states of an LALR parser that has taken some terminals."""

END = "$END"
"""The terminal that stands for the end of the name."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """The grammar does not take the token at `index` (the number of tokens: the end of the name).

    `expected` holds what it would take there: terminals, literals in double quotes, or `$END`.
    """

    index: int
    expected: tuple[str, ...]


class _TypedTokens(Lexer):
    """Hands typed tokens on; there is no text to cut."""

    def __init__(self, _conf: Any) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]  # Lark's simple lexer interface
        return (Token(terminal, index) for index, terminal in enumerate(data))


class Grammar:
    """A compiled grammar.

    `terminals` are the named terminals that it uses, `literals` the separators that it writes.
    """

    def __init__(self, text: str, terminals: frozenset[str], origin: str) -> None:
        """Compile `text`, in which `terminals` may be used; `origin` names it in errors.

        Raises SchemeError with every mistake's line and column.
        """
        checked = check(text, terminals, origin)
        try:
            self._lark = Lark(
                checked.lark, parser="lalr", lexer=_TypedTokens, strict=True, maybe_placeholders=False
            )
        except GrammarError as error:
            raise conflict_error(str(error), checked, _TypedTokens, text, origin) from error
        self.terminals = checked.terminals
        self.literals = frozenset(checked.literals)
        self._terminal_of = checked.literals
        self._shown = {terminal: f'"{literal}"' for literal, terminal in checked.literals.items()}
        self._tables = _tables(self._lark)
        self._symbols = checked.terminals | frozenset(checked.literals.values()) | {END}
        self.start: Stack = (self._tables.start,)
        self.parse = lru_cache(maxsize=_CACHED_SEQUENCES)(self._parse)
        self.following = lru_cache(maxsize=_CACHED_SEQUENCES)(self._following)
        self.rejection = lru_cache(maxsize=_CACHED_SEQUENCES)(self._rejection)

    def separator(self, text: str) -> str:
        """Return the terminal for the separator `text`: its own, else SEPARATOR (any not written)."""
        return self._terminal_of.get(text, "SEPARATOR")

    def after(self, stack: Stack, terminal: str) -> Stack | None:
        """Return the parser's stack after one more terminal, or None where the grammar does not take it."""
        states = list(stack)
        return tuple(states) if self._take(states, terminal) else None

    def _take(self, states: list[int], terminal: str) -> bool:
        """Change a parser's stack by one more terminal; return whether the grammar takes it.

        The tables are Lark's; no tree is made, which takes many times as long as the answer.
        """
        goes, closes = self._tables.goes, self._tables.closes
        while (rule := closes[states[-1]].get(terminal)) is not None:
            length, origin = rule
            if length:
                del states[-length:]
            states.append(goes[states[-1]][origin])
        state = goes[states[-1]].get(terminal)
        if state is None:
            return terminal == END and states[-1] == self._tables.end
        states.append(state)
        return True

    def behind(self, stacks: set[Stack], separator: str) -> set[Stack]:
        """Return the stacks after what stands between two components; nothing changes where that is empty."""
        if not separator:
            return stacks
        terminal = self.separator(separator)
        return {taken for stack in stacks if (taken := self.after(stack, terminal)) is not None}

    def _rejection(self, terminals: tuple[str, ...]) -> Rejection | None:
        """Return the first of `terminals` that does not fit, or None where the grammar takes them."""
        states = list(self.start)
        for index, terminal in enumerate((*terminals, END)):
            if not self._take(states, terminal):
                shown = [self._shown.get(name, name) for name in self.following(terminals[:index])]
                return Rejection(index, tuple(sorted(shown)))
        return None

    def _following(self, terminals: tuple[str, ...]) -> tuple[str, ...]:
        """Return what the grammar takes after `terminals`, which it takes: terminals, sorted, and `$END`."""
        states = list(self.start)
        for terminal in terminals:
            self._take(states, terminal)
        return tuple(sorted(name for name in self._symbols if self._take(states.copy(), name)))

    def _parse(self, terminals: tuple[str, ...]) -> Template | Rejection:
        """Return the template of the parse of `terminals`, or the first that does not fit."""
        return self.rejection(terminals) or _template(self._lark.parse(terminals))


class _Tables(NamedTuple):
    """An LALR table by number of the state.

    `goes` has the state that follows on a terminal or a rule, `closes` the rule that ends before a
    terminal: how many symbols it has, and its name.
    """

    goes: list[dict[str, int]]
    closes: list[dict[str, tuple[int, str]]]
    start: int
    end: int


def _tables(lark: Lark) -> _Tables:
    table = lark.parser.parser._parse_table
    rows = [row for _, row in sorted(table.states.items())]
    return _Tables(
        [{symbol: to for symbol, (kind, to) in row.items() if kind is Shift} for row in rows],
        [
            {
                symbol: (len(rule.expansion), rule.origin.name)
                for symbol, (kind, rule) in row.items()
                if kind is not Shift
            }
            for row in rows
        ],
        table.start_states["start"],
        table.end_states["start"],
    )


def _template(tree: Tree[Token]) -> Template:
    children = tuple(_template(child) if isinstance(child, Tree) else int(child) for child in tree.children)
    return str(tree.data), children

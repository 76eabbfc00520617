"""The text of a scheme's grammar: checked wholly, then rewritten for Lark.

The notation is a small part of Lark's::

    start: organization "/" word+ ["-" SIZE]      // a rule, a separator, an option, a comment
    word: ARCHITECTURE | VERSION

Rules are in lower case and terminals in capitals; `?`, `*`, `+`, `[…]`, `(…)` and `|` mean what they
mean in Lark, and so do a rule whose name begins with `_` or has `?` before it (no branch of its own in the
tree). Nothing of the given text reaches Lark but names of rules that passed this check.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from namegate_policy.errors import SchemeError, SchemeProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CHARACTERS = 16_384
MAX_DEPTH = 12
"""Brackets within brackets."""
MAX_SYMBOLS = 10_000
"""Symbols that a grammar has once its options are written out; Lark takes about 1 s for them."""

_NOTATION = r"""
start: (rule | definition | directive)*
definition: DEFINITION alternatives
directive: DIRECTIVE
rule: HEAD alternatives
alternatives: sequence ("|" sequence)*
sequence: item*
item: atom MARK?
?atom: TERMINAL | RULE | LITERAL | group | option | refused
group: "(" alternatives ")"
option: "[" alternatives "]"
refused: REGEXP | COUNT | ALIAS | TEMPLATE

HEAD.2: /[?!]?_?[a-z][a-z0-9_]*(\.-?\d+)?\s*:/
DEFINITION.2: /_?[A-Z][A-Z0-9_]*(\.-?\d+)?\s*:/
TEMPLATE.2: /_?[A-Za-z][A-Za-z0-9_]*\{[^}\n]*\}/
RULE: /_?[a-z][a-z0-9_]*/
TERMINAL: /_?[A-Z][A-Z0-9_]*/
LITERAL: /"[^"\n]*"i?/
MARK: /[?*+]/
REGEXP: /\/(?!\/)[^\n]*/
DIRECTIVE: /%[^\n]*/
COUNT: /~\s*\d+(\s*\.\.\s*\d+)?/
ALIAS: /->\s*\w*/
COMMENT: /\/\/[^\n]*/
SPACE: /\s+/
%ignore COMMENT
%ignore SPACE
"""

_REFUSED = {
    "REGEXP": "a scheme's grammar holds no regular expressions; use a kind, and teach the vocabulary "
    "new words, or patterns of words, by `vocabulary:` in the policy",
    "DIRECTIVE": "directives are refused; every terminal that a scheme may use is known already",
    "DEFINITION": "a scheme defines no terminals of its own; rules are in lower case",
    "COUNT": "repetition counts are refused; use `?`, `*` or `+`",
    "ALIAS": "aliases are refused; give the alternative a rule of its own",
    "TEMPLATE": "templates are refused; write the rule out",
}
_WORDS = {
    "HEAD": "a rule (`name: …`)",
    "RULE": "the name of a rule",
    "TERMINAL": "a kind in capitals",
    "LITERAL": 'a separator such as "-"',
    "MARK": "`?`, `*` or `+`",
    "VBAR": "`|`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "$END": "the end of the grammar",
}


@dataclass(frozen=True)
class CheckedGrammar:
    """A grammar that may be compiled: `lark` is its text for Lark, in which every terminal is declared.

    `terminals` are the named terminals that it uses; `literals` maps each separator to its terminal.
    """

    lark: str
    terminals: frozenset[str]
    literals: dict[str, str]


@cache
def _notation() -> Lark:
    return Lark(_NOTATION, parser="lalr", lexer="basic", propagate_positions=True)


def check(text: str, terminals: frozenset[str], origin: str) -> CheckedGrammar:
    """Check the grammar `text`, whose rules may use `terminals`; `origin` is its name in errors.

    Raises SchemeError with every mistake found, each with line and column (from 1).
    """
    if len(text) > MAX_CHARACTERS:
        message = f"the grammar has {len(text)} characters; at most {MAX_CHARACTERS} are read"
        raise SchemeError(message, problems=(SchemeProblem(message, origin, 1, 1),))
    problems = Problems(text, origin)
    try:
        tree = _notation().parse(text)
    except UnexpectedToken as error:
        found = "the grammar ends" if error.token.type == "$END" else f"found {str(error.token).strip()!r}"
        expected = tuple(sorted(_WORDS[name] for name in error.accepts or () if name in _WORDS))
        line, column = _end(text) if error.token.type == "$END" else (error.line, error.column)
        raise problems.error_at(line, column, f"{found} where something else belongs", expected) from None
    except UnexpectedCharacters as error:
        message = f"the character {error.char!r} means nothing here"
        raise problems.error_at(error.line, error.column, message) from None
    except RecursionError:
        raise problems.error_at(1, 1, "brackets are nested too deeply") from None
    checked = _Checker(problems, terminals).grammar(tree)
    if problems.found:
        raise problems.error()
    return checked


@dataclass
class Problems:
    """The mistakes found in a grammar's text, each with its place."""

    text: str
    origin: str
    found: list[SchemeProblem] = field(default_factory=list)

    def add_rule(self, name: str, message: str) -> None:
        """Add a mistake of the rule `name`, at its head."""
        head = re.search(rf"^\s*\??({re.escape(name)})\s*:", self.text, re.MULTILINE)
        start = head.start(1) if head else 0
        line, column = self.text.count("\n", 0, start) + 1, start - self.text.rfind("\n", 0, start)
        self._add(line, column, len(name), message, ())

    def add(self, token: Token, message: str, choices: Iterable[str] = ()) -> None:
        """Add a mistake at a token of the notation."""
        self._add(token.line or 1, token.column or 1, len(token.rstrip(": \t")), message, choices)

    def _add(self, line: int, column: int, width: int, message: str, choices: Iterable[str]) -> None:
        shown = self.text.splitlines()[line - 1] if self.text else ""
        span = (column - 1, column - 1 + width)
        self.found.append(SchemeProblem(message, self.origin, line, column, tuple(choices), shown, span))

    def error_at(self, line: int, column: int, message: str, choices: Iterable[str] = ()) -> SchemeError:
        """Add a mistake and return the error."""
        self._add(line, column, 1, message, choices)
        return self.error()

    def error(self) -> SchemeError:
        """Return one error with all of them, in the order of the text."""
        problems = tuple(sorted(self.found, key=lambda problem: (problem.line, problem.column)))
        return SchemeError(f"the scheme {self.origin} does not load", problems=problems)


class _Checker:
    """Walks the tree of a grammar once: collects mistakes, counts symbols, writes Lark's text."""

    def __init__(self, problems: Problems, terminals: frozenset[str]) -> None:
        self._problems = problems
        self._known = terminals
        self._used: set[str] = set()
        self._literals: dict[str, str] = {}
        self._rules: dict[str, Token] = {}
        self._mentions: list[Token] = []
        self._symbols = 0

    def grammar(self, tree: Tree[Token]) -> CheckedGrammar:
        rules: list[tuple[Token, Tree[Token]]] = []
        for statement in tree.children:
            assert isinstance(statement, Tree)  # noqa: S101  # by the notation
            if statement.data == "rule":
                head, alternatives = statement.children
                self._head(head)  # type: ignore[arg-type]  # by the notation
                rules.append((head, alternatives))  # type: ignore[arg-type]
            else:
                self._refuse(statement)
        lines = [f"{head.rstrip(': ')}: {self._alternatives(body, 0)[0]}" for head, body in rules]
        self._check_rules(rules)
        if "organization" in self._mentions and "organization" not in self._rules:
            self._used.add("ORGANIZATION")
            lines.append("organization: ORGANIZATION")
        declared = sorted(self._used | set(self._literals.values()))
        if declared:
            lines.append(f"%declare {' '.join(declared)}")
        return CheckedGrammar("\n".join(lines) + "\n", frozenset(self._used), dict(self._literals))

    def _head(self, head: Token) -> None:
        name = head.rstrip(": \t\n").lstrip("?")
        if "." in name or name.startswith("!"):
            self._problems.add(head, "priorities and `!` are refused; a rule is `name: …`")
        elif name in self._rules:
            self._problems.add(
                head, f"the rule {name} is defined twice, first on line {self._rules[name].line}"
            )
        self._rules.setdefault(name, head)

    def _check_rules(self, rules: list[tuple[Token, Tree[Token]]]) -> None:
        if "start" not in self._rules:
            message = "the grammar has no rule `start`, where every name begins"
            token = rules[0][0] if rules else Token("RULE", "", line=1, column=1)
            self._problems.add(token, message, ["start: …"])
        for mention in self._mentions:
            if mention not in self._rules and mention != "organization":
                choices = sorted({*self._rules, "organization"})
                self._problems.add(mention, _unknown("rule", mention, choices), choices)
        for name, head in self._rules.items():
            if "start" in self._rules and name != "start" and name not in self._mentions:
                self._problems.add(head, f"the rule {name} is used nowhere")
        if self._symbols > MAX_SYMBOLS:
            token = self._rules.get("start", Token("RULE", "", line=1, column=1))
            message = (
                f"written out, the options make {self._symbols} symbols; at most {MAX_SYMBOLS} are compiled: "
                "use fewer options in one rule"
            )
            self._problems.add(token, message)

    def _refuse(self, tree: Tree[Token]) -> None:
        token = tree.children[0]
        assert isinstance(token, Token)  # noqa: S101  # by the notation
        self._problems.add(token, _REFUSED[token.type])

    def _alternatives(self, tree: Tree[Token], depth: int) -> tuple[str, int, int]:
        """Return Lark's text, and how many sequences of how many symbols in all it stands for."""
        texts, sequences, symbols = [], 0, 0
        for child in tree.children:
            text, count, total = self._sequence(child, depth)  # type: ignore[arg-type]  # by the notation
            texts.append(text)
            sequences += count
            symbols += total
        if depth == 0:
            self._symbols += symbols
        return " | ".join(texts), sequences, symbols

    def _sequence(self, tree: Tree[Token], depth: int) -> tuple[str, int, int]:
        texts, sequences, symbols = [], 1, 0
        for item in tree.children:
            assert isinstance(item, Tree)  # noqa: S101  # by the notation
            atom, *marks = item.children
            mark = "".join(map(str, marks))
            text, count, total = self._atom(atom, depth)
            if mark in {"?", "*"}:
                count += 1
            if mark in {"*", "+"}:
                self._symbols += 2 * (total + count)  # Lark gives the repetition a rule of its own
                count, total = (2, 1) if mark == "*" else (1, 1)
            texts.append(text + mark)
            sequences, symbols = sequences * count, symbols * count + total * sequences
        return " ".join(texts), sequences, symbols

    def _atom(self, atom: Token | Tree[Token], depth: int) -> tuple[str, int, int]:
        if isinstance(atom, Token):
            return self._symbol(atom), 1, 1
        if atom.data == "refused":
            self._refuse(atom)
            return "", 1, 1
        if depth >= MAX_DEPTH:
            bracket = Token("LPAR", "(", line=atom.meta.line, column=atom.meta.column)
            self._problems.add(bracket, f"brackets are nested more than {MAX_DEPTH} deep")
            return "", 1, 1
        (alternatives,) = atom.children
        text, count, total = self._alternatives(alternatives, depth + 1)  # type: ignore[arg-type]  # by the notation
        if atom.data == "option":
            return f"[{text}]", count + 1, total
        return f"({text})", count, total

    def _symbol(self, token: Token) -> str:
        if token.type == "RULE":
            self._mentions.append(token)
            return str(token)
        if token.type == "TERMINAL":
            if token not in self._known:
                choices = sorted(self._known)
                self._problems.add(token, _unknown("terminal", token, choices), choices)
            self._used.add(str(token))
            return str(token)
        literal = token[1:-1]
        if token.endswith("i") or not literal or any(character.isalnum() for character in literal):
            self._problems.add(
                token, f"{token} is no separator; a literal holds no letters or digits, and words are kinds"
            )
        return self._literals.setdefault(literal, f"_SEPARATOR_{len(self._literals)}")


def _unknown(what: str, name: str, choices: list[str]) -> str:
    near = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    return f"unknown {what} {name}" + (f"; did you mean {near[0]}?" if near else "")


def _end(text: str) -> tuple[int, int]:
    lines = text.splitlines() or [""]
    return len(lines), len(lines[-1]) + 1

"""Why a grammar is ambiguous, in words of the grammar."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from lark import Lark
from lark.parsers.lalr_analysis import LALR_Analyzer

from namegate_policy.naming.grammar_text import CheckedGrammar, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark.lexer import Lexer

    from namegate_policy.errors import SchemeError

_ADVICE = (
    "one token must be enough to decide; it often helps to move a separator into the part that it follows, "
    'as in `(KIND "-")*`'
)


def conflict_error(
    message: str, checked: CheckedGrammar, lexer: type[Lexer], text: str, origin: str
) -> SchemeError:
    """Return the error for a grammar that Lark refused with `message`.

    Lark stops at a conflict that differs from run to run, and names its own inner rules; so the tables
    are made once more, and all conflicts found in them are told, sorted.
    """
    problems = Problems(text, origin)
    if message.startswith("Rules defined twice"):
        for rule in sorted({_source(rule) for rule in re.findall(r"<(\w+) :", message)}):
            problems.add_rule(
                rule, f"two options of `{rule}` can be alike, so that it is ambiguous; {_ADVICE}"
            )
        return problems.error()
    shown = {terminal: f'"{literal}"' for literal, terminal in checked.literals.items()}
    shown["$END"] = "the end of the name"
    others: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for rule, verb, other, lookahead in _conflicts(checked.lark, lexer, shown):
        others[rule, shown.get(lookahead, lookahead), verb].add(f"`{other}`")
    for (rule, before, verb), ways in sorted(others.items()):
        said = f"`{rule}` {verb} {' or '.join(sorted(ways))}"
        problems.add_rule(rule, f"conflict: before {before}, {said}; {_ADVICE}")
    return problems.error()


def _conflicts(
    grammar: str, lexer: type[Lexer], shown: dict[str, str]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield each conflict: a rule that may end, what else may happen there, and the token before which."""
    # An Earley parser is made of any grammar; it serves only to hold the rules for the analysis.
    conf = Lark(grammar, parser="earley", lexer=lexer, maybe_placeholders=False).parser.parser_conf
    analysis = LALR_Analyzer(conf)
    analysis.compute_lr0_states()
    analysis.compute_reads_relations()  # type: ignore[no-untyped-call]
    analysis.compute_includes_lookback()  # type: ignore[no-untyped-call]
    analysis.compute_lookaheads()  # type: ignore[no-untyped-call]
    for state in analysis.lr0_itemsets:
        for lookahead, rules in state.lookaheads.items():
            ending, *others = sorted({_source(rule.origin.name) for rule in rules})
            for other in others:
                yield ending, "fits as well as", other, lookahead.name
            if len(rules) > 1 and not others:
                yield ending, "can end in two ways within", ending, lookahead.name
            if lookahead in state.transitions:
                for item in state.closure:
                    if not item.is_satisfied and item.next == lookahead:
                        rest = [symbol.name for symbol in item.rule.expansion[item.index :]]
                        words = " ".join(shown.get(name, _SYNTHETIC.sub("…", name)) for name in rest)
                        yield ending, "may end or go on with", words, lookahead.name


_SYNTHETIC = re.compile(r"__(\w+?)_(?:star|plus)_\d+")
"""Lark's own rules for repetitions: `__rule_star_0`."""


def _source(rule: str) -> str:
    return _SYNTHETIC.sub(r"\1", rule)

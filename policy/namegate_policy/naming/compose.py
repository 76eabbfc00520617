"""Components → a name that a scheme takes, proven by reading it back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming.grammar import END
from namegate_policy.naming.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from namegate_policy.naming.model import ModelName
    from namegate_policy.naming.scheme import Scheme

ORDER = (
    Kind.VENDOR,
    Kind.ARCHITECTURE,
    Kind.TITLE,
    Kind.VERSION,
    Kind.SIZE,
    Kind.DIMENSION,
    Kind.INPUT,
    Kind.DATASET,
    Kind.LANGUAGE,
    Kind.TASK,
    Kind.TRAINING,
    Kind.QUANTIZATION,
    Kind.FORMAT,
    Kind.OTHER,
)
"""The order in which kinds are tried where the scheme leaves it open: what, how big, for what, how made."""

_SEPARATORS = ("-", "_", ".", " ")
_STEPS = 2_000
"""Places of the grammar that are looked at."""
_CANDIDATES = 40
"""Names that are read back before giving up."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A name as composed and read back, or the reason why there is none."""

    name: ModelName | None
    problem: str | None = None


class _Piece(NamedTuple):
    terminals: tuple[str, ...]
    text: str
    separates: bool = False


def compose(
    components: Sequence[tuple[Kind, str]], scheme: Scheme, *, organization: str | None = None
) -> Composition:
    """Write a name of exactly these components that `scheme` takes and reads as them.

    Where the scheme leaves the order open, `ORDER` is tried first, and components of one kind keep the
    order in which they are given.
    """
    wanted = Counter((kind, text) for kind, text in components)
    if not wanted:
        return Composition(None, "a name needs at least one component")
    if problem := _lacking(components, scheme, organization):
        return Composition(None, problem)
    for count, text in enumerate(_candidates(_pieces(components, scheme, organization), scheme)):
        if count == _CANDIDATES:
            break
        try:
            name = scheme.parse(text)
        except UnreadableNameError as error:
            problem = problem or error.message
            continue
        read = Counter((part.kind, part.text) for part in name.components)
        if name.mismatch is None and read == wanted and name.organization == organization:
            return Composition(name)
        problem = problem or _difference(text, name, wanted, read)
    given = ", ".join(f"{kind} {text!r}" for kind, text in components)
    return Composition(None, problem or f"the scheme {scheme.name} has no name of {given} alone")


def _lacking(components: Sequence[tuple[Kind, str]], scheme: Scheme, organization: str | None) -> str | None:
    """Return what the registry of the scheme asks for and nothing gives, or None."""
    fields = scheme.registry.fields.values() if scheme.registry else ()
    for field in fields:
        if field.terminal == "ORGANIZATION":
            given = organization is not None
        else:
            given = any(kind is field.kind and field.takes(text) for kind, text in components)
        if field.required and field.terminal and not field.fixed and not given:
            wanted = ", ".join([f"the {field.noun}", *[check.expected for check in field.checks]])
            return f"the scheme {scheme.name} asks for {wanted}; no component is one"
    return None


def _difference(
    text: str, name: ModelName, wanted: Counter[tuple[Kind, str]], read: Counter[tuple[Kind, str]]
) -> str:
    if name.mismatch is not None:
        return f"{text!r} is not taken: {name.mismatch}"
    missing = ", ".join(f"{kind} {word!r}" for kind, word in wanted - read)
    found = ", ".join(f"{kind} {word!r}" for kind, word in read - wanted)
    return f"{text!r} is read with {found or 'nothing'} in place of {missing or 'nothing'}"


def _pieces(components: Sequence[tuple[Kind, str]], scheme: Scheme, organization: str | None) -> list[_Piece]:
    fields = scheme.registry.fields.values() if scheme.registry else ()
    kinds = Counter(kind for kind, _ in components)
    pieces = [] if organization is None else [_Piece(("ORGANIZATION",), organization)]
    for kind, text in sorted(components, key=lambda component: ORDER.index(component[0])):
        typed = [field for field in fields if field.kind is kind and field.terminal]
        # The only component of a kind that the registry requires cannot stand anywhere else.
        needed = any(field.required for field in typed) and kinds[kind] == 1
        terminals = dict.fromkeys(field.terminal for field in typed if field.terminal)
        pieces.append(_Piece(tuple(terminals) if needed else (*terminals, kind.name), text))
    fixed = [_Piece((field.terminal,), field.fixed) for field in fields if field.terminal and field.fixed]
    return pieces + fixed


def _candidates(pieces: list[_Piece], scheme: Scheme) -> Iterator[str]:
    """Yield texts of which the grammar takes the tokens, each piece used once, the usual order first."""
    grammar = scheme.grammar
    separators = [_Piece((grammar.separator(text),), text, True) for text in sorted(grammar.literals)]
    free = [text for text in _SEPARATORS if text not in grammar.literals]
    separators += [_Piece(("SEPARATOR",), text, True) for text in free[:2]]
    separators.sort(key=lambda piece: _SEPARATORS.index(piece.text) if piece.text in _SEPARATORS else 9)
    stack: list[tuple[tuple[str, ...], str, list[_Piece], bool]] = [((), "", pieces, True)]
    for _ in range(_STEPS):
        if not stack:
            return
        terminals, text, left, separated = stack.pop()
        takes = set(grammar.following(terminals))
        if not left and END in takes and not (separated and text):
            yield text
        # Last in, first out: what is to be tried first is pushed last.
        glued = [] if separated else separators
        for piece in (*reversed(left), *reversed(glued)):
            if separated and text and not piece.text[:1].isalnum():
                continue  # two separators in a row, as in `llama-.gguf`
            for terminal in piece.terminals:
                if terminal in takes:
                    rest = left if piece.separates else [each for each in left if each is not piece]
                    stack.append(((*terminals, terminal), text + piece.text, rest, piece.separates))

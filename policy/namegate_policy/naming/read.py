"""Tokens → components: which kind each token has in this name."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING

from namegate_policy.naming import patterns
from namegate_policy.naming.model import Component, Kind, ModelName
from namegate_policy.naming.split import Splitter, Token, check_text, organization_end
from namegate_policy.naming.values import read_size, read_version
from namegate_policy.naming.vocabulary import Vocabulary, default_vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

_HASH = re.compile(r"(?=.*\d)(?=.*[A-Z])[0-9A-Za-z]{16,}$|[0-9a-f]{8,}$")


def parse_name(text: str, scheme: str = "ptm", vocabulary: Vocabulary | None = None) -> ModelName:
    """Read a model id `[organization/]repository` in a naming scheme: `ptm`, or see `load_scheme`.

    Raises UnreadableNameError for a text that is no name (its `reason` is one of empty, too-long,
    control-character, unpaired-surrogate, bidirectional-mark, path), and SchemeError for a scheme that
    does not load.
    """
    if scheme != "ptm":
        from namegate_policy.naming.scheme import load_scheme

        return load_scheme(scheme, vocabulary).parse(text)
    check_text(text)
    slash = organization_end(text)
    vocabulary = vocabulary or default_vocabulary()
    tokens = _splitter(vocabulary).split(text, slash + 1)
    components = _components(text, tokens, vocabulary)
    sizes = [component.text for component in components if component.kind is Kind.SIZE]
    versions = [component.text for component in components if component.kind is Kind.VERSION]
    return ModelName(
        text=text,
        organization=text[:slash] if slash >= 0 else None,
        repository=text[slash + 1 :],
        components=components,
        scheme=scheme,
        margin=math.inf,
        runner_up=None,
        size=read_size(sizes),
        version=read_version(versions[0]) if versions else None,
    )


@cache
def _splitter(vocabulary: Vocabulary) -> Splitter:
    return Splitter(vocabulary)


def _components(text: str, tokens: list[Token], vocabulary: Vocabulary) -> tuple[Component, ...]:
    kinds: list[Kind] = []
    for i, token in enumerate(tokens):
        kinds.append(_kind(tokens, kinds, i, vocabulary.kinds(token.text)))
    components: list[Component] = []
    for token, kind in zip(tokens, kinds, strict=True):
        previous = components[-1] if components else None
        if previous and kind is Kind.TITLE and previous.kind is kind and token.start - previous.span[1] <= 1:
            components.pop()
            start = previous.span[0]
            components.append(Component(kind, text[start : token.end], (start, token.end)))
            continue
        entry = vocabulary.lookup(kind, token.text)
        canonical = entry.canonical if entry else None
        components.append(Component(kind, token.text, (token.start, token.end), canonical))
    return tuple(components)


def _kind(tokens: Sequence[Token], before: list[Kind], i: int, known: tuple[Kind, ...]) -> Kind:
    """Return the kind of token `i`, given the kinds that the vocabulary and the tokens before it have."""
    token = tokens[i]
    folded = token.text.lower()
    if sure := patterns.sure_kind(folded):
        return sure
    previous = before[-1] if before else None
    if known:
        return _known_kind(folded, before, known)
    pattern = patterns.pattern_of(folded)
    if pattern == "resolution":
        return Kind.INPUT
    if pattern in ("digit", "decimal", "stamp", "lettered", "digits2"):
        return Kind.VERSION if previous else Kind.OTHER
    if pattern == "millions":
        return Kind.SIZE
    if pattern == "thousands":
        return Kind.INPUT
    if pattern or _HASH.match(token.text) or folded.isdigit():
        return Kind.OTHER
    return Kind.TITLE


def _known_kind(folded: str, before: list[Kind], known: tuple[Kind, ...]) -> Kind:
    previous = before[-1] if before else None
    if folded == "base" and Kind.SIZE in before:
        return Kind.TRAINING
    if Kind.LANGUAGE in known and Kind.TASK in known:
        return Kind.TASK if previous in (Kind.SIZE, Kind.VERSION) else Kind.LANGUAGE
    return known[0]

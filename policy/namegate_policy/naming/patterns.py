"""Patterns of tokens with digits: what they can only be, and what they look like."""

from __future__ import annotations

import re
from functools import lru_cache

from namegate_policy.naming.model import Kind

_NUMBER = r"\d+(?:\.\d+)?"
_UNIT = re.compile(
    rf"\d+x{_NUMBER}[bm](?![a-z0-9])"  # 8x7b
    rf"|{_NUMBER}[bm]x\d+(?![a-z0-9])"  # 11bx2
    rf"|a{_NUMBER}[bm](?![a-z0-9])"  # a3b
    r"|\d{1,2}b\d(?![a-z0-9])"  # 1b7
    rf"|[sb]{_NUMBER}[bkm](?![a-z0-9])|\d+e\d+t(?![a-z0-9])"  # seen samples, batch size; epochs of tokens
    r"|\d+x\d+(?![a-z0-9])"  # 384x384
    rf"|\d+p\d+b?(?![a-z0-9])"  # 2p1
    rf"|{_NUMBER}(?:[bmktgexsdhp]|bits?|px|k?hz|khz|kbps|bpw|band|fps|shots?|k?steps?|ep|epochs?|st|nd|rd|th)"
    r"(?![a-z0-9])"
    r"|[a-z]\d+[a-z]\d+(?![a-z0-9])|q\d+f\d+(?![a-z0-9])|i?q\d(?![a-z0-9])|tq\d(?![a-z0-9])"
    r"|[fi]p?\d+(?![a-z0-9.])|u?int\d+(?![a-z0-9])|bf16(?![a-z0-9])|[nm]x?fp?\d+(?![a-z0-9])"
    r"|v\d+(?:\.\d+)*[a-z]?(?![a-z0-9])|(?<![a-z0-9])v\d+(?:\.\d+)*(?=[a-z])"
    r"|(?:patch|window|reg|layers?|groups?)\d+(?![a-z0-9])"
    r"|[a-z]\d+(?:\.\d+)*(?![a-z0-9.])"
)
_VIT_SIZE = re.compile(r"(?:[bslhgt]|ti)(?:8|14|16|32)(?![0-9]|[bkm](?![a-z0-9]))")


def unit_end(folded: str, position: int) -> int:
    """Return where a number with its unit or prefix that starts at `position` ends, or 0 if none does.

    `folded` is one chunk in lower case. The size letter of a vision transformer and its patch size
    (`b16`) are no unit.
    """
    if _VIT_SIZE.match(folded, position):
        return 0
    found = _UNIT.match(folded, position)
    return found.end() if found else 0


_CLASSES = re.compile(
    rf"(?P<parameters>{_NUMBER}b|\d{{1,2}}b\d|\d_\db|\d+x{_NUMBER}[bm]|{_NUMBER}[bm]x\d+|a{_NUMBER}[bm]|\d+p\d+b)$"
    rf"|(?P<quantization>i?q\d(?:[_-](?:[klmsx01]|xs|xxs|nl|xl))+|t?q\d[_-]\d|q\d+f\d+(?:[_-]\d)?|w\d+a\d+|\d+bits?"
    rf"|fp(?:4|6|8|16|32)|bf16|u?int(?:2|3|4|8|16)|nf4|mxfp\d|nvfp4|{_NUMBER}bpw|i?q\d)$"
    rf"|(?P<version>v\d+(?:[._-]\d+)*)$"
    rf"|(?P<dimension>(?:patch|window|reg|groups?)\d+|[lhak]-\d+)$"
    rf"|(?P<input>{_NUMBER}k?hz|\d+px|\d+x\d+|\d+kbps|\d+band)$"
    rf"|(?P<millions>{_NUMBER}m)$|(?P<thousands>{_NUMBER}k)$|(?P<trillions>{_NUMBER}t)$"
    r"|(?P<resolution>(?:224|240|256|288|320|336|384|448|512|518|576|600|640|672|768|1024))$"
    r"|(?P<stamp>(?:20[12]\d(?:0[1-9]|1[0-2])(?:[0-3]\d)?|2[0-9](?:0[1-9]|1[0-2])))$"
    r"|(?P<decimal>\d+(?:\.\d+)+|\d[-_]\d)$|(?P<digit>\d)$|(?P<digits2>\d\d)$|(?P<digits3>\d{3})$"
    r"|(?P<serial>\d{7,})$|(?P<number>\d+)$"
    r"|(?P<hash>[a-z]*(?:\d+[a-z]+){4,}\d*)$"
    rf"|(?P<seen>[sb]{_NUMBER}[bkm]|\d+e\d+t)$|(?P<layers>l\d+)$|(?P<hidden>h\d+)$"
    rf"|(?P<lettered>[a-z]\d+(?:\.\d+)*)$|(?P<united>{_NUMBER}[a-z]+)$"
)
_CACHED = 10_000
_SURE = {
    "parameters": Kind.SIZE, "quantization": Kind.QUANTIZATION, "version": Kind.VERSION,
    "dimension": Kind.DIMENSION, "input": Kind.INPUT, "serial": Kind.OTHER, "hash": Kind.OTHER,
}  # fmt: skip


@lru_cache(maxsize=_CACHED)
def pattern_of(folded: str) -> str:
    """Return the name of the first pattern that a token in lower case has, or an empty string."""
    found = _CLASSES.match(folded)
    return found.lastgroup or "" if found else ""


def is_hash(folded: str) -> bool:
    """Return whether a chunk in lower case is a hash: four times and more, letters follow digits."""
    return pattern_of(folded) == "hash"


def sure_kind(folded: str) -> Kind | None:
    """Return the one kind that a token with digits can have by its form alone, or None."""
    return _SURE.get(pattern_of(folded))

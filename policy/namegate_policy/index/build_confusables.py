"""Writes `confusables.txt` from the ICU library: `python -m namegate_policy.index.build_confusables`.

Needs PyICU. The skeleton of a single character is its prototype in Unicode's confusables.txt, decomposed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from pathlib import Path

_HEADER = """\
# Characters that look alike, by prototype (UTS #39), from ICU {icu}, Unicode {unicode}.
# Data of the Unicode Consortium under the Unicode License v3, https://www.unicode.org/license.txt
"""

_BLANK = ("Cc", "Zl", "Zp", "Zs")
"""Categories of characters that no name may hold, which would break the table's lines."""


def main() -> None:
    """Write the table beside this module."""
    import icu

    checker = icu.SpoofChecker()
    by_prototype: dict[str, str] = defaultdict(str)
    for code in (*range(0xD800), *range(0xE000, 0x110000)):
        character = chr(code)
        if unicodedata.normalize("NFD", character) != character or unicodedata.category(character) in _BLANK:
            continue
        prototype = checker.getSkeleton(0, character)
        if prototype != character:
            by_prototype[prototype] += character
    lines = [f"{prototype}\t{characters}\n" for prototype, characters in sorted(by_prototype.items())]
    header = _HEADER.format(icu=icu.ICU_VERSION, unicode=icu.UNICODE_VERSION)
    Path(__file__).with_name("confusables.txt").write_text(header + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

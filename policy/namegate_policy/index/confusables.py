"""Which characters can be mistaken for which, after Unicode Technical Standard #39.

The table `confusables.txt` comes from the ICU library (`build_confusables` writes it): one line a
prototype, the prototype, a tab, and all characters that look like it.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("confusables.txt")

# The whole of the table that concerns ASCII; most names need no more.
_ASCII = str.maketrans({"0": "O", "1": "l", "I": "l", "m": "rn", "|": "l", "`": "'", '"': "''", "%": "º/₀"})


def skeleton(text: str) -> str:
    """Return the UTS #39 skeleton: texts with equal skeletons look alike (`paypaI` and `раураl`)."""
    if text.isascii():
        return text.translate(_ASCII)
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return _decomposed(_decomposed(visible).translate(_prototypes()))


def ascii_for(character: str) -> str | None:
    """Return the ASCII text that a reader takes `character` for, or None: `а` (Cyrillic) → `a`, `é` → `e`."""
    compatible = unicodedata.normalize("NFKC", character)
    if compatible.isascii():
        return compatible
    looks = skeleton(character)
    if looks.isascii():
        return looks
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return bare if bare.isascii() else None


@cache
def _prototypes() -> dict[int, str]:
    table: dict[int, str] = {}
    for line in _TABLE.read_text(encoding="utf-8").split("\n"):
        if line.startswith("# "):
            continue
        prototype, _, characters = line.rpartition("\t")
        table.update(dict.fromkeys(map(ord, characters), prototype))
    # A few prototypes decompose into characters that have prototypes themselves (`ﮤ` → `ۀ` → `ە` and a mark).
    final = {text: _decomposed(_decomposed(text).translate(table)) for text in set(table.values())}
    return {code: final[text] for code, text in table.items()}


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)

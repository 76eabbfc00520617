"""Parameter counts as names print them."""

from __future__ import annotations


def printed_counts(parameters: int, *, upper: bool = True) -> tuple[str, ...]:
    """Return the usual spellings of a parameter count, the best first: 6.74e9 gives `7b` and `6.7b`."""
    scales = ((10**12, "t"), (10**9, "b"), (10**6, "m"), (10**3, "k"))
    scale, unit = next(((scale, unit) for scale, unit in scales if parameters >= scale * 0.9995), (0, ""))
    if not scale:
        return ()
    count = parameters / scale
    spellings = dict.fromkeys(
        f"{count:.{digits}f}".removesuffix(".0") + unit
        for digits in ((1, 0, 2) if 1 <= count < 5 else (0, 1))
    )
    return tuple(spelling.upper() if upper else spelling for spelling in spellings)

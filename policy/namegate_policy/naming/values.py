"""Sizes and versions as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How big a name says the model is.

    `parameters` is the stated total as an integer, None for a bare size word; `unit` is the value of
    one step of the last printed digit (7B: 1_000_000_000; 0.5b: 100_000_000), which is how far
    the statement is rounded. `8x7B` gives `experts` 8 and `expert_parameters` 7_000_000_000, and
    no total, since experts share layers; `30B-A3B` gives `active_parameters` 3_000_000_000.
    """

    text: str
    parameters: int | None = None
    unit: int | None = None
    active_parameters: int | None = None
    experts: int | None = None
    expert_parameters: int | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A release, generation, date stamp or checkpoint that a name states, with its source text."""

    text: str
    release: tuple[int, ...] = ()

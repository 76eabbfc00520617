"""The trained weights: a small file of integers, and sums of them packed into one integer a token.

The score of every label at a token is a sum over the token's attributes. A row of weights, one for each
label, is one Python integer with a lane of 16 bits a label, so that adding rows adds all labels at once.
"""

from __future__ import annotations

import re
import struct
from functools import cache
from string import ascii_letters
from typing import TYPE_CHECKING

from namegate_policy.errors import SchemeError
from namegate_policy.naming.model import Kind
from namegate_policy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LANE = 16
_MIDDLE = 1 << (LANE - 2)
IMPOSSIBLE = -(1 << 12)
"""A score that no path survives: 128 log-odds, where paths that matter differ by less than 10."""


_WEIGHT = re.compile(r"([A-Za-z])(-?\d+)")


def write_row(row: Mapping[int, int]) -> str:
    """Return the weights of labels as the weights file has them: `A12C-3`, 12 for the first label."""
    return "".join(f"{ascii_letters[label]}{weight}" for label, weight in row.items())


def _read_row(text: str) -> dict[int, int]:
    return {ascii_letters.index(letter): int(weight) for letter, weight in _WEIGHT.findall(text)}


class _Rows(dict[str, int]):
    """Packed rows of attributes by name, each packed when it is first asked for."""

    def __init__(self, written: Mapping[str, str]) -> None:
        super().__init__()
        self._written = written

    def __missing__(self, name: str) -> int:
        packed = self[name] = _pack(_read_row(self._written[name]))
        return packed


def _pack(row: Mapping[int, int]) -> int:
    return sum(weight << (LANE * label) for label, weight in row.items())


class Weights:
    """Weights of attributes and of transitions between labels, in steps of `1 / scale` log-odds.

    A label is a kind that begins (`B-size`) or continues (`I-size`); labels are numbered in `labels`,
    all beginnings first. `attributes` hold rows as `write_row` writes them.
    """

    def __init__(
        self,
        labels: Iterable[str],
        attributes: Mapping[str, str],
        transitions: Mapping[tuple[int, int], int],
        scale: int,
        source: str = "",
    ) -> None:
        self.labels = tuple(labels)
        self._attributes = attributes
        self._given = transitions
        self.scale = scale
        self.source = source
        self.kinds = tuple(Kind(label[2:]) for label in self.labels)
        self.begins = tuple(label.startswith("B-") for label in self.labels)
        self.beginning = {
            kind: i for i, (kind, b) in enumerate(zip(self.kinds, self.begins, strict=True)) if b
        }
        count = range(len(self.labels))
        self.transitions = [[self._transition(a, b, transitions) for b in count] for a in count]
        self.steps_to = [
            {a: row[b] for a, row in enumerate(self.transitions) if row[b] > IMPOSSIBLE} for b in count
        ]
        """For each label those that it may follow, with the score of the step."""
        self.highest_to = [max(steps.values(), default=0) for steps in self.steps_to]
        self.start = _pack({label: 0 if self.begins[label] else IMPOSSIBLE for label in count})
        self._rows = _Rows(attributes)
        self.lanes = struct.Struct(f"<{len(self.labels)}H")
        self.ones = _pack(dict.fromkeys(count, 1))
        self.bias, self.high, self.low = (
            self.ones * _MIDDLE,
            self.ones << LANE - 1,
            self.ones * ((1 << LANE - 1) - 1),
        )
        self._only = [_pack({label: IMPOSSIBLE for label in count if label != only}) for only in count]
        self.raised_start = self.bias + self.start
        self.raised_transitions = [self.bias + _pack(dict(enumerate(row))) for row in self.transitions]
        self.transitions_into = [
            _pack(dict(enumerate(column))) for column in zip(*self.transitions, strict=True)
        ]

    def _transition(self, a: int, b: int, transitions: Mapping[tuple[int, int], int]) -> int:
        if not self.begins[b] and self.kinds[a] is not self.kinds[b]:
            return IMPOSSIBLE
        return transitions.get((a, b), 0)

    def only(self, label: int) -> int:
        """Return the packed row under which a token can only have one label."""
        return self._only[label]

    def row(self, attributes: Iterable[str]) -> int:
        """Return the packed sum of the rows of `attributes`; unknown ones weigh nothing."""
        rows, known = self._rows, self._attributes
        return sum([rows[name] for name in attributes if name in known])

    def dump(self, source: str) -> str:
        """Return the content of a weights file, which `read_weights_file` reads."""
        steps = [{b: w for (x, b), w in self._given.items() if x == a} for a in range(len(self.labels))]
        head = [
            ("source", source),
            ("scale", str(self.scale)),
            ("labels", " ".join(self.labels)),
            ("transitions", " ".join(map(write_row, steps))),
        ]
        rows = [*head, ("", ""), *sorted(self._attributes.items())]
        return "".join(f"{name}\t{row}\n" if name else "\n" for name, row in rows)

    def scores(self, row: int) -> tuple[int, ...]:
        """Return the score of each label from a packed sum, all raised by the same amount."""
        return self.lanes.unpack((row + self.bias).to_bytes(self.lanes.size, "little"))


@cache
def trained_weights() -> Weights:
    """Return the shipped weights, `grammars/ptm.weights.tsv`."""
    return read_weights_file((folder("grammars") / "ptm.weights.tsv").read_bytes())


def read_weights_file(content: bytes) -> Weights:
    """Read a weights file; raises SchemeError if it is not one.

    Lines of a name, a tab and a value: source, scale, the labels, and the weights of the steps from each
    label; behind an empty line the attributes. A label stands for itself as the letter of its place.
    """
    try:
        head, _, body = content.decode().partition("\n\n")
        fields = dict(line.split("\t") for line in head.splitlines())
        return Weights(
            fields["labels"].split(),
            dict(line.split("\t") for line in body.splitlines()),
            {
                (a, b): weight
                for a, row in enumerate(fields["transitions"].split(" "))
                for b, weight in _read_row(row).items()
            },
            int(fields["scale"]),
            fields["source"],
        )
    except (ValueError, KeyError) as error:
        raise SchemeError(f"the reader's weights file does not load: {error!r}") from error

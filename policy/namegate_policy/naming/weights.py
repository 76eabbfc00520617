"""The trained weights: a small file of integers, and sums of them packed into one integer a token.

The score of every label at a token is a sum over the token's attributes. A row of weights, one for each
label, is one Python integer with a lane of 16 bits a label, so that adding rows adds all labels at once.
"""

from __future__ import annotations

import json
import struct
from functools import cache
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


class Weights:
    """Weights of attributes and of transitions between labels, in steps of `1 / scale` log-odds.

    A label is a kind that begins (`B-size`) or continues (`I-size`); labels are numbered in `labels`,
    all beginnings first.
    """

    def __init__(
        self,
        labels: Iterable[str],
        attributes: Mapping[str, Mapping[int, int]],
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
        self.start = self._pack({label: 0 if self.begins[label] else IMPOSSIBLE for label in count})
        self._rows = {name: self._pack(row) for name, row in attributes.items()}
        self.lanes = struct.Struct(f"<{len(self.labels)}H")
        self.ones = self._pack(dict.fromkeys(count, 1))
        self.bias, self.high, self.low = (
            self.ones * _MIDDLE,
            self.ones << LANE - 1,
            self.ones * ((1 << LANE - 1) - 1),
        )
        self._only = [self._pack({label: IMPOSSIBLE for label in count if label != only}) for only in count]
        self.raised_start = self.bias + self.start
        self.raised_transitions = [self.bias + self._pack(dict(enumerate(row))) for row in self.transitions]
        self.transitions_into = [
            self._pack(dict(enumerate(column))) for column in zip(*self.transitions, strict=True)
        ]

    def _transition(self, a: int, b: int, transitions: Mapping[tuple[int, int], int]) -> int:
        if not self.begins[b] and self.kinds[a] is not self.kinds[b]:
            return IMPOSSIBLE
        return transitions.get((a, b), 0)

    @staticmethod
    def _pack(row: Mapping[int, int]) -> int:
        return sum(weight << (LANE * label) for label, weight in row.items())

    def only(self, label: int) -> int:
        """Return the packed row under which a token can only have one label."""
        return self._only[label]

    def row(self, attributes: Iterable[str]) -> int:
        """Return the packed sum of the rows of `attributes`; unknown ones weigh nothing."""
        rows = self._rows
        return sum([rows[name] for name in attributes if name in rows])

    def get(self, attribute: str) -> int:
        """Return the packed row of one attribute."""
        return self._rows.get(attribute, 0)

    def dump(self, source: str) -> str:
        """Return the content of a weights file, which `read_weights_file` reads."""
        rows = {
            name: [n for item in row.items() for n in item] for name, row in sorted(self._attributes.items())
        }
        document = {
            "source": source,
            "labels": self.labels,
            "scale": self.scale,
            "transitions": [[a, b, weight] for (a, b), weight in self._given.items()],
            "attributes": rows,
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace('],"', '],\n"') + "\n"

    def scores(self, row: int) -> tuple[int, ...]:
        """Return the score of each label from a packed sum, all raised by the same amount."""
        return self.lanes.unpack((row + self.bias).to_bytes(self.lanes.size, "little"))


@cache
def trained_weights() -> Weights:
    """Return the shipped weights, `grammars/ptm.weights.json`."""
    return read_weights_file((folder("grammars") / "ptm.weights.json").read_bytes())


def read_weights_file(content: bytes) -> Weights:
    """Read a weights file; raises SchemeError if it is not one."""
    try:
        document = json.loads(content)
        return Weights(
            document["labels"],
            {
                name: dict(zip(row[::2], row[1::2], strict=True))
                for name, row in document["attributes"].items()
            },
            {(a, b): weight for a, b, weight in document["transitions"]},
            document["scale"],
            document["source"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SchemeError(f"the reader's weights file does not load: {error!r}") from error

"""Shapes of tensors in their order → the model types whose shapes they resemble.

For checkpoints whose tensors were renamed. Shapes prove no family, so what this module returns is a guess
that no claim is judged by.

Each dimension gets a role relative to the network's width (`h`, `4h`, `h/12` …), so that depth and width do
not matter. Symbols describe single shapes, how often they are repeated a layer, where one dimension occurs
together with which others, and neighbours in the file. A small network weighs them (`build/shapes.py`).
"""

from __future__ import annotations

import lzma
import zlib
from array import array
from collections import Counter
from functools import cache
from itertools import islice
from math import exp, isqrt, log2
from operator import add, mul
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from namegate_policy.weights.header import Tensor, WeightsHeader

    Shape = tuple[int, ...]

DATA = Path(__file__).parent / "data" / "shapes.xz"

ANSWERS = 3
"""Types that are named at once."""

_SMALL = 9
"""Dimensions up to this are kernels, channels and the like, and mean the same in every network."""

_MOST_SHAPES = 256
_MOST_DIMENSIONS = 6
"""Different shapes, and dimensions of one, above which a checkpoint is none that the model has learned."""

_MOST_NEIGHBOURS = 4096
"""Different sequences of neighbours above which their order says nothing."""

_FRACTION = 10
"""Bits behind the point of the square root, so that scores are whole numbers, the same on every machine."""


class Model(msgspec.Struct, frozen=True):
    """A network of one hidden layer over hashed symbols, in integers.

    `symbols` holds `width` numbers for each of the buckets that symbols are hashed to; `outputs` as many for
    each type. Sums are divided by the square root of the number of symbols: instead, biases are multiplied
    by it. A bias of 256 adds as much as a weight of 1.
    """

    releases: list[str]
    types: list[str]
    width: int
    buckets: int
    symbols: bytes
    hidden: list[int]
    outputs: bytes
    biases: list[int]

    @classmethod
    def read(cls) -> Model:
        """Return the shipped model."""
        return msgspec.msgpack.decode(lzma.decompress(DATA.read_bytes()), type=cls)

    def write(self) -> None:
        """Write the model that is shipped."""
        DATA.write_bytes(lzma.compress(msgspec.msgpack.encode(self), preset=9 | lzma.PRESET_EXTREME))


class _Network:
    """The model, ready to be asked."""

    def __init__(self, model: Model) -> None:
        self.types = model.types
        self._buckets = model.buckets
        symbols, outputs = array("b", model.symbols), array("b", model.outputs)
        width = self._width = model.width
        self._symbols = [symbols[start : start + width] for start in range(0, len(symbols), width)]
        self._outputs = [outputs[start : start + width] for start in range(0, len(outputs), width)]
        self._hidden = model.hidden
        self._biases = model.biases

    def scores(self, found: Iterable[str]) -> list[int]:
        """Return a number for each type, the higher the more it resembles the symbols."""
        rows = [self._symbols[bucket] for bucket in buckets(found, self._buckets)]
        root = isqrt(len(rows) << 2 * _FRACTION)
        sums = [0] * self._width
        for row in rows:
            sums = list(map(add, sums, row))
        hidden = [
            max(0, (total << _FRACTION + 8) + bias * root)
            for total, bias in zip(sums, self._hidden, strict=True)
        ]
        return [
            sum(map(mul, hidden, row)) + bias * root
            for row, bias in zip(self._outputs, self._biases, strict=True)
        ]


@cache
def _network() -> _Network:
    return _Network(Model.read())


def buckets(found: Iterable[str], count: int) -> list[int]:
    """Return the numbers below `count` that symbols are hashed to."""
    return [zlib.crc32(symbol.encode()) % count for symbol in found]


def resembled(header: WeightsHeader) -> tuple[str, ...]:
    """Return the types of transformers whose shapes those of a checkpoint resemble most, the likeliest first.

    Empty where shapes tell nothing: for packed weights, and formats that transpose or rename by themselves.
    """
    if header.format not in ("safetensors", "pytorch"):
        return ()
    tensors = [tensor for tensor in header.tensors if not _is_old_state(tensor)]
    if any(len(tensor.shape) > 1 and tensor.dtype in _PACKED for tensor in tensors):
        return ()
    return likeliest([tensor.shape for tensor in tensors])


_PACKED = frozenset({"U8", "I8", "U16", "I16", "U32", "I32", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4"})


def _is_old_state(tensor: Tensor) -> bool:
    """Whether a tensor holds numbers of positions or a causal mask, which older releases stored."""
    whole = tensor.dtype in ("I64", "BOOL", "U8")
    match tensor.shape:
        case (1, _):
            return whole
        case (1, 1, rows, columns):
            return rows == columns > _SMALL
    return False


def likeliest(shapes: Sequence[Shape]) -> tuple[str, ...]:
    """Return the model types that shapes in this order resemble most, the likeliest first."""
    found = symbols_of(shapes)
    if not found:
        return ()
    network = _network()
    scores = network.scores(found)
    best = sorted(range(len(scores)), key=lambda number: -scores[number])
    return tuple(network.types[number] for number in best[:ANSWERS])


def symbols_of(shapes: Sequence[Shape]) -> set[str]:
    """Return the symbols of shapes in the order of the file; those of neighbours only if it has an order."""
    counts = Counter(shapes)
    if not 1 < len(counts) <= _MOST_SHAPES or max(map(len, counts)) > _MOST_DIMENSIONS:
        return set()
    width = _width(counts)
    depth = _repetitions(counts)
    roles = {size: _role(size, width) for size in {size for shape in counts for size in shape}}
    names = {shape: ".".join([roles[size] for size in shape]) for shape in counts}
    times = {shape: _times(count, depth) for shape, count in counts.items()}
    found = {f"w{width}"}
    found.update([f"d{size}" for size in roles])
    found.update([f"a{shape}" for shape in counts])
    found.update([f"r{name}" for name in names.values()])
    found.update([f"c{names[shape]}:{often}" for shape, often in times.items()])
    found |= _companions(times, width)
    if _ordered(shapes, counts):
        found |= _neighbours(shapes, names, width)
    return found


def _width(counts: Counter[Shape]) -> int:
    """Return the dimension that most tensors have, the largest of several, 1 if all are small."""
    tensors: Counter[int] = Counter()
    for shape, count in counts.items():
        for size in set(shape):
            if size > _SMALL:
                tensors[size] += count
    return max(tensors, key=lambda size: (tensors[size], size), default=1)


def _role(size: int, width: int) -> str:
    """Return what a dimension is to the width: itself if small, a simple ratio, else a rough one."""
    if size <= _SMALL:
        return str(size)
    if size == width:
        return "h"
    if size % width == 0 and size // width <= 16:
        return f"{size // width}h"
    if width % size == 0:
        return f"h/{width // size}"
    for divisor in (2, 3, 4, 5, 6, 8):
        if size * divisor % width == 0 and size * divisor // width <= 24:
            return f"{size * divisor // width}h/{divisor}"
    return f"~{round(2 * log2(size / width))}"


def _repetitions(counts: Counter[Shape]) -> int:
    """Return how many layers there are, judging by how many shapes occur a multiple of times."""
    occurring = Counter(counts.values())
    best, depth = 0.0, 1
    for layers in sorted(count for count in occurring if count > 1)[:_MOST_DEPTHS]:
        score = sum(
            shapes if count % layers == 0 else 0.4 * shapes
            for count, shapes in occurring.items()
            if count >= layers and count % layers <= 2
        )
        if score >= best:
            best, depth = score, layers
    return depth


_MOST_DEPTHS = 64


def _times(count: int, depth: int) -> str:
    """Return how often a shape occurs: times a layer, with a plus where some are outside of layers."""
    if depth > 1 and count >= depth:
        each, rest = divmod(count, depth)
        rough = each if each < 12 else 4 * round(each / 4) if each < 40 else 40
        return f"{rough}L{'+' if rest else ''}"
    if count < 6:
        return str(count)
    return "few" if depth > 1 else str(min(40, 4 * round(count / 4)))


def _companions(times: dict[Shape, str], width: int) -> set[str]:
    """Return for each dimension in which shapes it occurs: a bias, two gates, keys and values …"""
    having: dict[int, list[Shape]] = {}
    for shape in times:
        for size in set(shape):
            if size > _SMALL:
                having.setdefault(size, []).append(shape)
    found = set()
    for size, shapes in having.items():
        if len(shapes) > _MOST_COMPANIONS:
            continue
        seen = sorted((".".join([_seen_from(size, other, width) for other in s]), times[s]) for s in shapes)
        mark = "H" if size == width else ""
        found.add(f"g{mark}" + ";".join([f"{shape}:{often}" for shape, often in seen]))
        found.add(f"G{mark}" + ";".join([shape for shape, _ in seen]))
        if size != width:
            found.update([f"k{shape}:{often}" for shape, often in seen])
    return found


_MOST_COMPANIONS = 12


def _seen_from(size: int, other: int, width: int) -> str:
    if other == size:
        return "x"
    if other == width:
        return "h"
    return str(other) if other <= _SMALL else "o"


def _ordered(shapes: Sequence[Shape], counts: Counter[Shape]) -> bool:
    """Whether neighbours repeat more than they would if the tensors had been shuffled.

    Of shapes that occur a and b times among n, the pair is expected among neighbours with the probability
    1 - exp(-ab/n).
    """
    occurring = Counter(counts.values())
    total = len(shapes)
    expected = sum(
        some * others * (1 - exp(-one * other / total))
        for one, some in occurring.items()
        for other, others in occurring.items()
    )
    return len(set(zip(shapes, islice(shapes, 1, None), strict=False))) <= _REPEATED * expected


_REPEATED = 0.82


def _neighbours(shapes: Sequence[Shape], names: dict[Shape, str], width: int) -> set[str]:
    """Return pairs of shapes by roles, runs of two to four by which dimensions are equal, and both ends."""
    runs = [set(zip(*[shapes[start:] for start in range(length)], strict=False)) for length in (2, 3, 4)]
    if len(runs[-1]) > _MOST_NEIGHBOURS:
        return set()
    found = {f"n{names[one]}|{names[other]}" for one, other in runs[0]}
    for run in runs:
        found.update([f"{len(sequence)}{_equalities(sequence, width)}" for sequence in run])
    for place in range(min(3, len(shapes))):
        found.add(f"s{place}{names[shapes[place]]}")
        found.add(f"e{place}{names[shapes[-1 - place]]}")
    return found


def _equalities(run: Iterable[Shape], width: int) -> str:
    """Return shapes with letters for dimensions in the order in which they appear, `h` for the width."""
    letters = {width: "h"}
    found = []
    for shape in run:
        for size in shape:
            if size <= _SMALL:
                found.append(str(size))
            else:
                found.append(letters.setdefault(size, "abcdefg"[min(len(letters) - 1, 6)]))
        found.append("|")
    return ".".join(found)

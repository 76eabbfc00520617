"""Networks in sizes of all kinds → the model that knows types by the shapes of their tensors."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import torch
from torch.nn.functional import cross_entropy, embedding_bag

from namegate_policy.architecture.build.part import Network
from namegate_policy.architecture.claims.series import COMMON_NETWORKS
from namegate_policy.architecture.shapes import Model, buckets, symbols_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BUCKETS = 8192
WIDTH = 64
LEVELS = 15
"""Weights are whole numbers from -15 to 15, so that the file is small."""

_EPOCHS = 16
_BATCH = 256
_RATE = 8e-3
_GAIN = 3.0
_COMMON = 4.0
"""How much more a network counts that publishers build on: of types of like shapes, it is the likeliest."""
_WITHOUT_SIZES = 0.3
_WITHOUT_NEIGHBOURS = 0.25
_FORGOTTEN = 0.2
"""Shares of samples learned without absolute sizes, and without neighbours; share of symbols left out."""

_SIZES = frozenset("adw")
_NEIGHBOURS = frozenset("n234se")


class Sample(NamedTuple):
    """Buckets of the symbols of one network; neighbours in the order in memory and in that of the names."""

    sizes: list[int]
    others: list[int]
    neighbours: tuple[list[int], list[int]]
    type: int


class Weights:
    """One hidden layer over the sum of the symbols' rows."""

    def __init__(self, buckets: int, types: int) -> None:
        self.symbols = (0.1 * torch.randn(buckets, WIDTH)).requires_grad_()
        self.hidden = torch.zeros(WIDTH, requires_grad=True)
        self.outputs = (0.1 * torch.randn(types, WIDTH)).requires_grad_()
        self.biases = torch.zeros(types, requires_grad=True)

    def scores(self, rows: torch.Tensor, starts: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        """Return scores (samples × types) for the buckets `rows`, of which `kept` ones count."""
        lengths = torch.diff(starts, append=torch.tensor([len(rows)]))
        sample = torch.repeat_interleave(torch.arange(len(starts)), lengths)
        counts = torch.zeros(len(starts)).index_add_(0, sample, kept).clamp(min=1)
        sums = embedding_bag(rows, self.symbols, starts, mode="sum", per_sample_weights=kept)
        hidden = torch.relu(_GAIN * sums / counts.sqrt().unsqueeze(1) + self.hidden)
        return hidden @ self.outputs.T + self.biases


def train(paths: Iterable[Path]) -> Model:
    """Return the model of the networks in the files `paths`, the same one whenever it is asked for."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    networks = [
        msgspec.json.decode(line, type=Network) for path in paths for line in path.read_bytes().splitlines()
    ]
    types = sorted({network.type for network in networks})
    numbers = {type_: number for number, type_ in enumerate(types)}
    releases = sorted({network.release for network in networks})
    samples = [sample for network in networks if (sample := _sample(network, numbers[network.type])).others]
    weights = Weights(BUCKETS, len(types))
    importance = [_COMMON if type_ in COMMON_NETWORKS else 1.0 for type_ in types]
    _learn(weights, samples, torch.tensor(importance))
    return _quantized(weights, releases, types)


def _sample(network: Network, type_: int) -> Sample:
    stored = {name: shape for name, shape in network.tensors.items() if all(shape)}
    in_memory, by_name = symbols_of([*stored.values()]), symbols_of([stored[name] for name in sorted(stored)])
    return Sample(
        buckets((symbol for symbol in sorted(in_memory) if symbol[0] in _SIZES), BUCKETS),
        buckets((symbol for symbol in sorted(in_memory) if symbol[0] not in _SIZES | _NEIGHBOURS), BUCKETS),
        (
            buckets((symbol for symbol in sorted(in_memory) if symbol[0] in _NEIGHBOURS), BUCKETS),
            buckets((symbol for symbol in sorted(by_name) if symbol[0] in _NEIGHBOURS), BUCKETS),
        ),
        type_,
    )


def _learn(weights: Weights, samples: list[Sample], importance: torch.Tensor) -> None:
    chance = random.Random(0)  # noqa: S311 - no secret
    optimizer = torch.optim.Adam([weights.symbols, weights.hidden, weights.outputs, weights.biases])
    steps = _EPOCHS * -(-len(samples) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=_RATE, total_steps=steps)
    for _ in range(_EPOCHS):
        chance.shuffle(samples)
        for start in range(0, len(samples), _BATCH):
            batch = samples[start : start + _BATCH]
            optimizer.zero_grad()
            truth = torch.tensor([sample.type for sample in batch])
            loss = cross_entropy(
                weights.scores(*_drawn(batch, chance)), truth, importance, label_smoothing=0.02
            )
            loss.backward()
            optimizer.step()
            schedule.step()


def _drawn(batch: list[Sample], chance: random.Random) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the samples of a batch with some of their symbols left out."""
    rows: list[int] = []
    starts = []
    for sample in batch:
        starts.append(len(rows))
        rows += sample.others
        if chance.random() >= _WITHOUT_SIZES:
            rows += sample.sizes
        if chance.random() >= _WITHOUT_NEIGHBOURS:
            rows += chance.choice(sample.neighbours)
    return torch.tensor(rows), torch.tensor(starts), (torch.rand(len(rows)) >= _FORGOTTEN).float()


def _quantized(weights: Weights, releases: list[str], types: list[str]) -> Model:
    """Return the weights as whole numbers, biases in the units in which `Model` adds them."""
    symbols, step = _rounded(weights.symbols)
    outputs, output_step = _rounded(weights.outputs)
    unit = _GAIN * step
    return Model(
        releases,
        types,
        WIDTH,
        BUCKETS,
        symbols,
        [round(256 * bias / unit) for bias in weights.hidden.tolist()],
        outputs,
        [round(256 * bias / unit / output_step) for bias in weights.biases.tolist()],
    )


def _rounded(matrix: torch.Tensor) -> tuple[bytes, float]:
    """Return a matrix in whole steps, one byte each, and the step; the few largest weights are cut off."""
    step = (
        float(torch.quantile(matrix.detach().abs().flatten()[:: max(1, matrix.numel() // 10**6)], 0.999))
        / LEVELS
    )
    steps = (matrix.detach() / step).round().clamp(-LEVELS, LEVELS).to(torch.int8)
    return steps.numpy().tobytes(), step

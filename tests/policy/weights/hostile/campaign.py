"""The long mutation campaign, run by hand: `python -m tests.policy.weights.hostile.campaign SECONDS [SEED]`.

Mutates true files of the four formats for the given time and compares every file that is accepted with
the reference loader: safetensors, gguf, onnx, and torch where it is installed; shard indexes are compared
with Python's JSON parser, and pieces of the suite's files put together have to crash nothing. Prints how
many mutations of each kind were made and accepted, and stops at the first disagreement or exception.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from namegate_policy.weights import CODES, BytesSource, read_sources
from namegate_policy.weights.problems import Refusal
from tests.policy.weights import test_gguf, test_index, test_onnx, test_pytorch, test_safetensors
from tests.policy.weights.hostile import suite

Trial = Callable[[random.Random], bool]
"""Makes one mutation; returns whether it was accepted, raises where the reference disagrees."""


def safetensors_trial(rng: random.Random) -> bool:
    data = test_safetensors.mutated(rng.choice(test_safetensors.SEEDS), rng)
    return test_safetensors.agrees(data)


def gguf_trial(folder: Path) -> Trial:
    def trial(rng: random.Random) -> bool:
        data = test_gguf.mutated(rng.choice(test_gguf.SEEDS), rng)
        try:
            header = test_gguf.read(data)
        except Refusal:
            return False
        assert test_gguf.tensors(header) == test_gguf.reference(data, folder), data
        return True

    return trial


def onnx_trial(rng: random.Random) -> bool:
    data = test_onnx.mutated(rng.choice(test_onnx.SEEDS), rng)
    return test_onnx.agrees(data)


def index_trial(rng: random.Random) -> bool:
    return test_index.agrees(test_index.mutated(rng))


def pytorch_trial(rng: random.Random) -> bool:
    data = bytearray(rng.choice(test_pytorch.SEEDS))
    for _ in range(rng.randint(1, 3)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    try:
        test_pytorch.read(bytes(data))
    except Refusal:
        return False
    return True


def splice_trial() -> Trial:
    """Join, cut and overwrite files of the suite, under right and wrong names; none may crash a reader."""
    cheap = [family for family in suite.FAMILIES if family is not suite.costly]
    pool = [(file.format, file.data) for family in cheap for file in family() if len(file.data) < SPLICED]
    pool += [*suite.HONEST.items()] * (len(pool) // 8)
    edges = (0, 1, 1 << 31, (1 << 32) - 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)

    def trial(rng: random.Random) -> bool:
        format_, data = rng.choice(pool)
        changed = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(changed) + 1)
            other = rng.choice(pool)[1] + b"\0"
            start = rng.randrange(len(other))
            match rng.randrange(5):
                case 0:
                    changed[place : place + 1] = bytes([rng.randrange(256)])
                case 1:
                    del changed[place : place + rng.randint(1, 40)]
                case 2:
                    changed[place:place] = other[start : start + rng.randint(1, 200)]
                case 3:
                    changed[place : place + 8] = rng.choice((*edges, len(changed))).to_bytes(8, "little")
                case 4:
                    changed[:8] = max(0, len(changed) - 8 - rng.randint(0, 40)).to_bytes(8, "little")
        if rng.random() < 0.1:
            format_ = rng.choice(list(suite.SUFFIXES))
        source = BytesSource(bytes(changed), f"model.{suite.SUFFIXES[format_]}")
        header = read_sources([source])
        assert {problem.code for problem in header.problems} <= CODES.keys()
        return header.verifiable

    return trial


SPLICED = 20_000
"""Bytes of the largest file of the suite that is spliced."""


def trials(folder: Path) -> Iterator[tuple[str, Trial]]:
    yield "safetensors", safetensors_trial
    yield "gguf", gguf_trial(folder)
    yield "onnx", onnx_trial
    yield "shard index", index_trial
    if find_spec("torch"):
        from tests.policy.weights import reference_torch

        yield "pytorch and torch", reference_torch.trial
    else:
        yield "pytorch", pytorch_trial
    yield "spliced, no reference", splice_trial()


def main(seconds: float, seed: int) -> None:
    rng = random.Random(seed)
    made: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        kinds = list(trials(Path(folder)))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, trial in kinds:
                for _ in range(200):
                    accepted[name] += trial(rng)
                made[name] += 200
    for name, count in made.items():
        print(f"{name:22} {count:10,} mutations, {accepted[name]:8,} accepted, none in dispute")
    print(f"{'total':22} {made.total():10,}")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)

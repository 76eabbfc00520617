"""The long mutation campaign, run by hand: `python -m tests.policy.weights.hostile.campaign SECONDS [SEED]`.

Mutates true files of the four formats for the given time and compares every file that is accepted with
the reference loader: safetensors, gguf, onnx, and torch where it is installed. Prints how many
mutations of each format were made and accepted, and stops at the first disagreement or exception.
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

from namegate_policy.weights.problems import Refusal
from tests.policy.weights import test_gguf, test_onnx, test_pytorch, test_safetensors

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


def pytorch_trial(rng: random.Random) -> bool:
    data = bytearray(rng.choice(test_pytorch.SEEDS))
    for _ in range(rng.randint(1, 3)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    try:
        test_pytorch.read(bytes(data))
    except Refusal:
        return False
    return True


def trials(folder: Path) -> Iterator[tuple[str, Trial]]:
    yield "safetensors", safetensors_trial
    yield "gguf", gguf_trial(folder)
    yield "onnx", onnx_trial
    if find_spec("torch"):
        from tests.policy.weights import reference_torch

        yield "pytorch and torch", reference_torch.trial
    else:
        yield "pytorch", pytorch_trial


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
        print(
            f"{name:20} {count:10,} mutations, {accepted[name]:8,} accepted, all as the reference reads them"
        )
    print(f"{'total':20} {made.total():10,}")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)

"""Compares the PyTorch reader with torch itself; run by name, since it needs the `reference` extra.

`pytest tests/policy/weights/reference_torch.py`: nothing that `torch.load(weights_only=True)` rejects is
accepted, what is accepted is what torch loads, and what torch's own writer writes is accepted.
"""

from __future__ import annotations

import io
import os
import random
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from namegate_policy.weights import CODES, BytesSource
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.pytorch import _DTYPES, _STORAGES, read_pytorch
from tests.policy.weights.build_torch import Raw, archive, pickled, tensor, zipped
from tests.policy.weights.hostile.pytorch import EVIL, PICKLES, opcode_payloads
from tests.policy.weights.test_pytorch import SEEDS

if TYPE_CHECKING:
    from namegate_policy.weights.header import FileHeader

MUTATIONS = int(os.environ.get("NAMEGATE_MUTATIONS", "3000"))

KINDS = {f"torch.{name}": kind for name, kind in vars(torch).items() if isinstance(kind, torch.dtype)}


def read(data: bytes) -> FileHeader:
    return read_pytorch(BytesSource(data, "pytorch_model.bin"))


def load(data: bytes) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def tensors(value: object, prefix: str = "") -> dict[str, tuple[tuple[int, ...], int]]:
    """Return shape and bytes of every tensor in what torch loads."""
    if isinstance(value, torch.Tensor):
        return {prefix: (tuple(value.shape), value.numel() * value.element_size())}
    if not isinstance(value, (dict, list, tuple)):
        return {}
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = {}
    for key, item in items:
        found |= tensors(item, f"{prefix}.{key}" if prefix else str(key))
    return found


def check(data: bytes) -> bool:
    """Compare one file; returns whether it was accepted."""
    try:
        header = read(data)
    except Refusal as refused:
        assert refused.code in CODES
        if CODES[refused.code].stricter.get("pytorch") is None:
            with pytest.raises(Exception):  # noqa: B017 (whatever torch says)
                load(data)
        return False
    loaded = load(data)
    section = header.metadata.get("section")
    theirs = tensors(loaded[section] if section else loaded)
    ours = {item.name: (item.shape, item.stored) for item in header.tensors}
    for name, found in ours.items():
        assert theirs[name] == found, name
    left_out = {*header.empty, *header.aliases}
    assert {name for name in set(theirs) - set(ours) - left_out if not name.startswith("optim")} == set()
    return True


def saved(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


@pytest.mark.parametrize("dtype", [*_STORAGES, *_DTYPES])
def test_every_element_type(dtype: str) -> None:
    if dtype in _DTYPES:
        kind = KINDS[dtype]
    elif dtype == "torch.storage.UntypedStorage":
        kind = torch.uint8
    else:
        kind = getattr(torch, dtype.removeprefix("torch.")).dtype
    data = saved({"w": torch.zeros(3, 5).to(kind)})
    assert check(data)
    (tensor_,) = read(data).tensors
    assert tensor_.stored == 15 * kind.itemsize


def test_state_dicts_of_torch() -> None:
    layers = torch.nn.ModuleDict(
        {
            "a": torch.nn.TransformerEncoderLayer(16, 2),
            "b": torch.nn.LSTM(4, 4, 2, bidirectional=True),
            "c": torch.nn.BatchNorm2d(3),
            "d": torch.nn.utils.weight_norm(torch.nn.Conv1d(4, 4, 3)),
        }
    )
    optimizer = torch.optim.AdamW(layers.parameters())
    for value in (
        layers.state_dict(),
        dict(layers.state_dict()),
        {"state_dict": layers.state_dict(), "optimizer": optimizer.state_dict(), "step": torch.tensor(1)},
        {"model": dict(layers.named_parameters()), "epoch": 1, "best": 0.5, "device": torch.device("cpu")},
    ):
        assert check(saved(value))


def test_false_pickles() -> None:
    for value, _ in PICKLES.values():
        assert not check(archive(value))
    for value in EVIL.values():
        assert not check(archive({"w": tensor(), "x": value}))


def test_no_opcode_is_accepted_that_torch_rejects() -> None:
    for payload in opcode_payloads():
        check(archive(Raw(payload)))


OPCODES = b"(.KMJX}]tRQchjqr)\x85\x86\x87\x88\x89\x8aNbuseaG0\x01\x02\x03\x06\x18"
PIECES = (b"q\0", b"h\0", b"K\1", b"(", b")", b"N", b"\x89", b"]", b"}", b"\x85")


def mutated_pickle(rng: random.Random) -> bytes:
    """Change a pickle and frame it with right checksums, so that the change is reached."""
    data = bytearray(pickled({"w": tensor(), "v": [1, 2.5, "x", None, True, 1 << 40]}))
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(2, len(data))
        match rng.randrange(4):
            case 0:
                data[place] = rng.choice(
                    b"(.KMJX}]tRQchjqr)\x85\x86\x87\x88\x89\x8aNbuseaG0\x01\x02\x03\x06\x18"
                )
            case 1:
                del data[place : place + rng.randint(1, 3)]
            case 2:
                data[place:place] = rng.choice(
                    [b"q\0", b"h\0", b"K\1", b"(", b")", b"N", b"\x89", b"]", b"}", b"\x85"]
                )
            case 3:
                start = rng.randrange(2, len(data))
                data[place:place] = data[start : start + rng.randint(1, 40)]
    return archive(Raw(bytes(data)))


def trial(rng: random.Random) -> bool:
    """Compare one mutation of an archive or of a pickle; returns whether it was accepted."""
    if rng.random() < 0.5:
        return check(mutated_pickle(rng))
    changed = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randint(1, 2)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return check(bytes(changed))


def test_nothing_that_torch_rejects_is_accepted() -> None:
    rng = random.Random(13)
    assert sum(trial(rng) for _ in range(MUTATIONS)) > MUTATIONS // 100


def test_archives_without_torch_s_padding() -> None:
    records = [("a/data.pkl", pickled({"w": tensor()})), ("a/data/0", bytes(24)), ("a/version", b"3\n")]
    assert check(zipped(records))


@pytest.mark.parametrize("name", ["tied", "kinds", "training", "views"])
def test_golden_files(name: str) -> None:
    assert check((Path(__file__).parent / "golden" / f"{name}.pt").read_bytes())

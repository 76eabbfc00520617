"""The symbolic PyTorch reader: files of torch itself, false archives, false and malicious pickles."""

from __future__ import annotations

import pickletools
import random
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namegate_policy.weights import CODES, BytesSource, RecordingSource
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.pytorch import read_pytorch
from tests.policy.weights.build_torch import (
    Name,
    Persist,
    Raw,
    Reduce,
    archive,
    dump,
    pickled,
    storage,
    tensor,
)

if TYPE_CHECKING:
    from namegate_policy.weights.header import FileHeader
from tests.policy.weights.hostile.pytorch import ARCHIVES, EVIL, PICKLES, TRUE, V3

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[3]


def read(data: bytes) -> FileHeader:
    return read_pytorch(BytesSource(data, "pytorch_model.bin"))


def golden(name: str) -> FileHeader:
    return read((GOLDEN / name).read_bytes())


def code_of(data: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.code in CODES
    return caught.value.code


def facts(header: FileHeader) -> dict[str, tuple[str, tuple[int, ...], int]]:
    return {tensor.name: (tensor.dtype, tensor.shape, tensor.stored) for tensor in header.tensors}


def test_tied_weights_are_counted_once() -> None:
    header = golden("tied.pt")
    assert facts(header) == {
        "count": ("I64", (), 8),
        "0.weight": ("F32", (5, 4), 80),
        "1.bias": ("F32", (5,), 20),
    }
    assert header.aliases == {"1.weight": "0.weight"}


def test_element_types_and_layouts() -> None:
    header = golden("kinds.pt")
    assert facts(header) == {
        "transposed": ("F32", (4, 3), 48),
        "complex": ("C64", (2,), 16),
        "parameter": ("F32", (2,), 8),
        "half": ("F16", (2, 3), 12),
        "brain": ("BF16", (1, 3), 6),
        "float8": ("F8_E4M3", (3,), 3),
        "unsigned": ("U16", (3,), 6),
        "flag": ("BOOL", (2,), 2),
        "scalar": ("F32", (), 4),
    }
    assert header.empty == ["empty"]


def test_the_weights_of_a_training_checkpoint() -> None:
    header = golden("training.pt")
    assert facts(header) == {"w": ("F32", (2, 6), 48), "left": ("F32", (2, 3), 24)}
    assert header.metadata == {"byteorder": "little", "section": "model"}


def test_views_of_one_storage() -> None:
    assert facts(golden("views.pt")) == dict.fromkeys("qkv", ("F32", (3,), 12))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("legacy.pt", "legacy-format"),
        ("whole_model.pt", "forbidden-global"),
        ("overlapping_views.pt", "overlapping-tensors"),
        ("expanded.pt", "overlapping-elements"),
    ],
)
def test_files_of_torch_that_are_refused(name: str, code: str) -> None:
    assert code_of((GOLDEN / name).read_bytes()) == code


def test_no_data_is_read() -> None:
    data = archive({"w": tensor((1000, 1000), (1000, 1), 0, storage("0", 1_000_000))}, {"0": 4_000_000})
    source = RecordingSource(BytesSource(data, "x.bin"))
    assert facts(read_pytorch(source)) == {"w": ("F32", (1000, 1000), 4_000_000)}
    assert sum(len(part) for _, part in source.ranges) < 2000


@pytest.mark.parametrize(("data", "code"), ARCHIVES.values(), ids=ARCHIVES)
def test_false_archives(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize(("value", "code"), PICKLES.values(), ids=PICKLES)
def test_false_pickles(value: object, code: str) -> None:
    assert code_of(archive(value)) == code


@pytest.mark.parametrize("value", EVIL.values(), ids=EVIL)
def test_malicious_globals(value: object) -> None:
    assert code_of(archive({"w": tensor(), "x": value})) == "forbidden-global"


def test_the_true_archive_that_the_false_ones_vary() -> None:
    for data in (TRUE, archive({"w": tensor()})):
        assert facts(read(data)) == {"w": ("F32", (2, 3), 24)}


def test_an_untyped_storage_read_as_float8() -> None:
    source = Persist(("storage", Name("torch.storage", "UntypedStorage"), "0", "cpu", 24))
    value = Reduce(V3, (source, 0, (24,), (1,), False, Raw(dump(None)), Name("torch", "float8_e5m2")))
    assert facts(read(archive({"w": value}))) == {"w": ("F8_E5M2", (24,), 24)}


def test_no_opcode_runs_anything() -> None:
    """Every opcode, with an argument of its kind, under an audit hook in a process of its own."""
    script = textwrap.dedent(
        """
        import pickletools, sys
        from namegate_policy.weights import BytesSource, CODES
        from namegate_policy.weights.problems import Refusal
        from namegate_policy.weights.pytorch import read_pytorch
        from tests.policy.weights.build_torch import Raw, archive
        from tests.policy.weights.hostile.pytorch import EVIL, opcode_payloads
        events, on = [], False
        sys.addaudithook(lambda event, arguments: events.append(event) if on else None)
        files = [archive(Raw(payload)) for payload in opcode_payloads()]
        files += [archive({"x": value}) for value in EVIL.values()]
        refused = 0
        for data in files:
            source = BytesSource(data, "x.bin")
            on = True
            try:
                read_pytorch(source)
            except Refusal as refusal:
                on = False
                refused += 1
                assert refusal.code in CODES
            on = False
        print(len(files), refused, sorted(set(events)))
        """
    )
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'policy'}"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    total, refused, events = done.stdout.split(maxsplit=2)
    assert events.strip() == "[]"
    assert total == refused
    assert int(total) > 2 * len(pickletools.opcodes)


SEEDS = [TRUE, archive({"w": tensor()}), *((GOLDEN / name).read_bytes() for name in ("tied.pt", "kinds.pt"))]


def test_mutations_crash_nothing() -> None:
    rng = random.Random(7)
    known = [facts(read(seed)) for seed in SEEDS]
    for _ in range(3000):
        number = rng.randrange(len(SEEDS))
        data = bytearray(SEEDS[number])
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            header = read(bytes(data))
        except Refusal as refused:
            assert refused.code in CODES
        else:
            # The pickle has a checksum: whatever is accepted is what was written.
            assert facts(header) == known[number]


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60))
def test_no_pickle_crashes_the_reader(payload: bytes) -> None:
    for data in (
        payload,
        archive(Raw(b"\x80\x02" + payload)),
        archive(Raw(pickled({"w": tensor()})[:-1] + payload)),
    ):
        try:
            read(data)
        except Refusal as refused:
            assert refused.code in CODES

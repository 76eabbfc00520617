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
    Entry,
    Name,
    Persist,
    Raw,
    Reduce,
    archive,
    dump,
    pickled,
    storage,
    tensor,
    zipped,
)

if TYPE_CHECKING:
    from namegate_policy.weights.header import FileHeader

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


RECORDS = [
    ("archive/data.pkl", pickled({"w": tensor()})),
    ("archive/data/0", bytes(24)),
    ("archive/version", b"3\n"),
]
TRUE = zipped(RECORDS)

ARCHIVES: dict[str, tuple[bytes, str]] = {
    "empty file": (b"", "truncated"),
    "text": (b"hello world", "content-mismatch"),
    "safetensors": (b"\x02\0\0\0\0\0\0\0{}", "content-mismatch"),
    "tar": (bytes(257) + b"ustar" + bytes(300), "legacy-format"),
    "bare pickle": (pickled({}), "legacy-format"),
    "bytes in front": (zipped(RECORDS, prefix=b"PK\3\4" + bytes(60)), "invalid-archive"),
    "bytes behind": (TRUE + b"\0", "invalid-archive"),
    "a second archive behind": (TRUE + TRUE, "invalid-archive"),
    "cut": (TRUE[:-1], "invalid-archive"),
    "only the start": (TRUE[:40], "invalid-archive"),
    "a comment": (zipped(RECORDS)[:-2] + b"\4\0text", "invalid-archive"),
    "more records than stand there": (zipped(RECORDS, count=4), "invalid-archive"),
    "fewer records than stand there": (zipped(RECORDS, count=2), "invalid-archive"),
    "two roots": (zipped([*RECORDS, ("other/x", b"")]), "invalid-archive"),
    "no root": (zipped([(name.partition("/")[2], data) for name, data in RECORDS]), "invalid-archive"),
    "a record twice": (zipped([*RECORDS, RECORDS[0]]), "invalid-archive"),
    "a record twice but for case": (zipped([*RECORDS, ("archive/DATA.PKL", b"x")]), "invalid-archive"),
    "parent folder": (zipped([*RECORDS, ("archive/../x", b"")]), "invalid-archive"),
    "absolute": (zipped([("/data.pkl", b"")]), "invalid-archive"),
    "backslash": (zipped([*RECORDS, ("archive/a\\b", b"")]), "invalid-archive"),
    "line end in a name": (zipped([*RECORDS, ("archive/a\nb", b"")]), "invalid-archive"),
    "another local name": (zipped(RECORDS, {1: Entry(local_name=b"archive/data/1")}), "invalid-archive"),
    "another local size": (zipped(RECORDS, {1: Entry(local_size=23)}), "invalid-archive"),
    "a central size that is larger": (zipped(RECORDS, {1: Entry(central_size=48)}), "invalid-archive"),
    "a central size that is smaller": (zipped(RECORDS, {1: Entry(central_size=8)}), "invalid-archive"),
    "a gap": (zipped(RECORDS, {1: Entry(gap=bytes(16))}), "invalid-archive"),
    "a gap of 100 kB": (zipped(RECORDS, {1: Entry(gap=bytes(100_000))}), "invalid-archive"),
    "overlapping records": (zipped(RECORDS, {1: Entry(offset=-20)}), "invalid-archive"),
    "encrypted": (zipped(RECORDS, {0: Entry(flags=1)}), "invalid-archive"),
    "deflated": (zipped(RECORDS, {0: Entry(method=8)}), "compressed-record"),
    "described without a descriptor": (zipped(RECORDS, {1: Entry(flags=8)}), "invalid-archive"),
    "unknown extra field": (zipped(RECORDS, {1: Entry(extra=b"\x99\x99\0\0")}), "invalid-archive"),
    "damaged extra field": (zipped(RECORDS, {1: Entry(extra=b"\1\0\xff\xff")}), "invalid-archive"),
    "a record's comment": (zipped(RECORDS, {1: Entry(comment=b"x")}), "invalid-archive"),
    "another checksum of the pickle": (zipped(RECORDS, {0: Entry(checksum=1)}), "checksum-mismatch"),
    "no data.pkl": (zipped(RECORDS[1:]), "invalid-archive"),
    "no version": (zipped(RECORDS[:2]), "unknown-version"),
    "version 99": (archive({"w": tensor()}, more={"version": b"99"}), "unknown-version"),
    "TorchScript": (archive({"w": tensor()}, more={"constants.pkl": b""}), "unread-format"),
    "code": (archive({"w": tensor()}, more={"code/a.py": b""}), "unread-format"),
    "further record": (archive({"w": tensor()}, more={"notes": b""}), "unknown-record"),
    "unused storage": (archive({"w": tensor()}, {"0": 24, "1": 8}), "uncovered-bytes"),
    "byte order": (archive({"w": tensor()}, more={"byteorder": b"middle"}), "invalid-value"),
}

V2 = Name("torch._utils", "_rebuild_tensor_v2")
V3 = Name("torch._utils", "_rebuild_tensor_v3")
PARAMETER = Name("torch._utils", "_rebuild_parameter")

PICKLES: dict[str, tuple[object, str]] = {
    "no dictionary": ([tensor()], "no-state-dict"),
    "no tensors": ({"a": 1}, "no-state-dict"),
    "number": (1, "no-state-dict"),
    "name twice": (
        Raw(pickled(Raw(b"}(" + 2 * (dump("w") + dump(tensor())) + b"u"))),
        "duplicate-key",
    ),
    "name twice by nesting": ({"a.b": tensor(), "a": {"b": tensor()}}, "duplicate-tensor"),
    "empty name": ({"": tensor()}, "invalid-name"),
    "long name": ({"w" * 600: tensor()}, "invalid-name"),
    "name with a line end": ({"a\nb": tensor()}, "invalid-name"),
    "no such storage": ({"w": tensor(source=storage("1"))}, "truncated"),
    "larger storage": ({"w": tensor(source=storage("0", 7))}, "size-mismatch"),
    "smaller storage": ({"w": tensor(source=storage("0", 5))}, "size-mismatch"),
    "negative storage": ({"w": tensor(source=storage("0", -6))}, "invalid-shape"),
    "one storage as two": (
        {"w": tensor(), "v": tensor(source=storage("0", 3, "DoubleStorage"))},
        "storage-mismatch",
    ),
    "unknown storage": ({"w": tensor(source=storage("0", 6, "QInt8Storage"))}, "forbidden-global"),
    "storage of a dtype": (
        {"w": tensor(source=Persist(("storage", Name("torch", "float32"), "0", "cpu", 6)))},
        "invalid-pickle",
    ),
    "other persistent id": ({"w": tensor(source=Persist(("module", "x")))}, "invalid-pickle"),
    "persistent id as text": ({"w": tensor(source=Persist("storage"))}, "invalid-pickle"),
    "no storage": ({"w": tensor(source="0")}, "invalid-pickle"),
    "shape beyond the storage": ({"w": tensor((2, 4), (4, 1))}, "view-out-of-bounds"),
    "offset beyond the storage": ({"w": tensor(offset=1)}, "view-out-of-bounds"),
    "stride beyond the storage": ({"w": tensor((2, 3), (4, 1))}, "view-out-of-bounds"),
    "stride zero": ({"w": tensor((1000000, 3), (0, 1))}, "overlapping-elements"),
    "stride of one row": ({"w": tensor((2, 3), (1, 1))}, "overlapping-elements"),
    "diagonal strides": ({"w": tensor((2, 2), (2, 2))}, "overlapping-elements"),
    "negative stride": ({"w": tensor((2, 3), (-3, 1))}, "invalid-shape"),
    "negative extent": ({"w": tensor((-2, 3), (3, 1))}, "invalid-shape"),
    "negative offset": ({"w": tensor(offset=-1)}, "invalid-shape"),
    "fractional extent": ({"w": tensor((2.0, 3), (3, 1))}, "invalid-shape"),
    "extent true": ({"w": tensor((True, 3), (3, 1))}, "invalid-shape"),
    "extent of 200 bytes": ({"w": tensor((1 << 1600, 3), (3, 1))}, "invalid-shape"),
    "shape as a list": ({"w": tensor([2, 3], (3, 1))}, "invalid-shape"),
    "strides missing": ({"w": tensor((2, 3), (3,))}, "invalid-shape"),
    "100 dimensions": ({"w": tensor((1,) * 100, (1,) * 100)}, "invalid-shape"),
    "overlap": ({"a": tensor((4,), (1,)), "b": tensor((4,), (1,), 2)}, "overlapping-tensors"),
    "hooks": ({"w": tensor(hooks={"x": 1})}, "invalid-pickle"),
    "missing arguments": ({"w": Reduce(V2, (storage(), 0, (6,), (1,)))}, "invalid-pickle"),
    "metadata": (
        {"w": Reduce(V2, (storage(), 0, (6,), (1,), False, None, {"x": 1}))},
        "invalid-pickle",
    ),
    "unknown dtype": (
        {"w": Reduce(V3, (storage(), 0, (6,), (1,), False, None, Name("torch", "int32")))},
        "unknown-dtype",
    ),
    "parameter of nothing": ({"w": Reduce(PARAMETER, (1, False, None))}, "invalid-pickle"),
    "parameter with hooks": ({"w": Reduce(PARAMETER, (tensor(), False, {"x": 1}))}, "invalid-pickle"),
    "call of a dtype": ({"w": Reduce(Name("torch", "float32"), ())}, "invalid-pickle"),
    "call of a storage class": ({"w": Reduce(Name("torch", "FloatStorage"), (10,))}, "invalid-pickle"),
    "OrderedDict of arguments": (
        {"w": Reduce(Name("collections", "OrderedDict"), ([],))},
        "forbidden-opcode",
    ),
    "call of a text": (Raw(pickled(Raw(b"X\1\0\0\0a)R"))), "forbidden-opcode"),
    "BUILD of a tensor": (Raw(pickled(Raw(dump(tensor()) + b"}b"))), "forbidden-opcode"),
    "protocol 4": (Raw(b"\x80\x04}."), "invalid-pickle"),
    "no protocol": (Raw(b"}."), "invalid-pickle"),
    "empty pickle": (Raw(b""), "invalid-pickle"),
    "no stop": (Raw(b"\x80\x02}"), "invalid-pickle"),
    "bytes behind the stop": (Raw(b"\x80\x02}.x"), "invalid-pickle"),
    "values left over": (Raw(b"\x80\x02}}."), "invalid-pickle"),
    "nothing on the stack": (Raw(b"\x80\x02."), "invalid-pickle"),
    "unknown memo": (Raw(b"\x80\x02h\x07."), "invalid-pickle"),
    "mark missing": (Raw(b"\x80\x02t."), "invalid-pickle"),
    "text beyond the pickle": (Raw(b"\x80\x02X\xff\xff\0\0a."), "invalid-pickle"),
    "text of 2 GB": (Raw(b"\x80\x02X\xff\xff\xff\x7fa."), "header-too-large"),
    "lone surrogate": (Raw(b"\x80\x02X\3\0\0\0\xed\xa0\x80."), "invalid-pickle"),
    "list as a key": (Raw(pickled(Raw(b"}(]K\1u"))), "invalid-pickle"),
    "key without a value": (Raw(pickled(Raw(b"}(K\1u"))), "invalid-pickle"),
    "appending to a tuple": (Raw(pickled(Raw(b")K\1a"))), "invalid-pickle"),
    "a dictionary in itself": (Raw(b"\x80\x02}q\0X\1\0\0\0ah\0s."), "no-state-dict"),
}
EVIL = {
    "os.system": Reduce(Name("os", "system"), ("id",)),
    "posix.system": Reduce(Name("posix", "system"), ("id",)),
    "builtins.eval": Reduce(Name("builtins", "eval"), ("1",)),
    "__builtin__.exec": Reduce(Name("__builtin__", "exec"), ("1",)),
    "subprocess.Popen": Reduce(Name("subprocess", "Popen"), (["id"],)),
    "getattr": Reduce(Name("builtins", "getattr"), (Name("os", "path"), "join")),
    "torch.load": Reduce(Name("torch", "load"), ("x",)),
    "torch.hub.load": Reduce(Name("torch.hub", "load"), ("x", "y")),
    "numpy scalar": Reduce(Name("numpy.core.multiarray", "scalar"), ()),
    "pip": Reduce(Name("pip", "main"), (["install", "x"],)),
    "a class of one's own": Name("__main__", "Net"),
    "a dotted name": Name("torch", "_utils._rebuild_tensor_v2"),
    "a submodule": Name("torch.serialization", "os.system"),
    "operator": Reduce(Name("operator", "methodcaller"), ("x",)),
    "runpy": Reduce(Name("runpy", "run_path"), ("x",)),
    "webbrowser": Reduce(Name("webbrowser", "open"), ("x",)),
    "rebuild from a type": Reduce(Name("torch._tensor", "_rebuild_from_type_v2"), ()),
}


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
        from tests.policy.weights.test_pytorch import EVIL, opcode_payloads
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


def opcode_payloads() -> list[bytes]:
    """Return pickles that meet each opcode with values of every kind on the stack, none of a state dict."""
    argument = {
        "stringnl_noescape_pair": b"os\nsystem\n",
        "stringnl": b"'x'\n",
        "stringnl_noescape": b"x\n",
        "unicodestringnl": b"x\n",
        "decimalnl_short": b"1\n",
        "decimalnl_long": b"1L\n",
        "floatnl": b"1.0\n",
    }
    payloads = []
    for opcode in pickletools.opcodes:
        kind = opcode.arg.name if opcode.arg else ""
        body = opcode.code.encode("latin-1") + argument.get(kind, bytes(8) if opcode.arg else b"")
        for before in (b"", b"(", b"}", b"cos\nsystem\n", b"X\2\0\0\0osX\6\0\0\0system", b"K\1K\2)}"):
            payloads.append(b"\x80\x02" + before + body + b".")
            payloads.append(b"\x80\x04" + before + body + b".")
    return payloads


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

"""PyTorch archives and pickles that lie, are damaged or malicious, with the code of each one's problem."""

from __future__ import annotations

import pickletools

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
    "a record behind the archive": (zipped(RECORDS, {2: Entry(offset=512)}), "invalid-archive"),
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

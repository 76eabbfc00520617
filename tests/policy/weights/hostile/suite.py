"""The hostile suite: files of four formats that no reader may accept.

`python -m tests.policy.weights.hostile.suite FOLDER` writes them all with a `manifest.json` of name,
format and the code that Namegate refuses each with (null where any code will do), for other readers to
be tried on. Every file is made by this code; none is larger than 100 MB.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.policy.weights.build import raw_safetensors, safetensors_bytes
from tests.policy.weights.build_gguf import ARRAY, STRING, build, text
from tests.policy.weights.build_torch import Raw, archive, dump, tensor
from tests.policy.weights.hostile import gguf, onnx, polyglot, pytorch, safetensors

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = {"safetensors": "safetensors", "gguf": "gguf", "pytorch": "bin", "onnx": "onnx"}


class HostileFile(NamedTuple):
    """One file that has to be refused; `code` None is *for whatever reason*."""

    title: str
    format: str
    data: bytes
    code: str | None

    @property
    def name(self) -> str:
        words = "-".join("".join(c if c.isalnum() else " " for c in self.title).split())
        return f"{words[:80]}.{SUFFIXES[self.format]}"


HONEST: dict[str, bytes] = {
    "safetensors": safetensors_bytes(
        {f"layers.{number}.weight": ("F16", (4, number + 1)) for number in range(3)}, {"format": "pt"}
    ),
    "gguf": build(
        [("general.architecture", STRING, text("llama")), ("tokens", ARRAY, gguf.strings("a", "bc"))],
        [("token_embd.weight", (32, 4), 8, 0), ("output_norm.weight", (32,), 0, 160)],
    ),
    "pytorch": archive({"weight": tensor((4,), (1,)), "other": {"bias": tensor((2,), (1,), 4)}}),
    "onnx": onnx.model(onnx.PLAIN, onnx.tensor("bias", [1.0, 2.0])).SerializeToString(),
}
"""A true file of each format, which the systematic families change."""


def tables() -> Iterator[HostileFile]:
    """Yield what was thought of by hand."""
    for format_, table in (
        ("safetensors", safetensors.REJECTED),
        ("gguf", gguf.REJECTED),
        ("pytorch", pytorch.ARCHIVES),
        ("onnx", onnx.REJECTED),
    ):
        for title, (data, code) in table.items():
            yield HostileFile(title, format_, data, code)
    for title, (value, code) in pytorch.PICKLES.items():
        yield HostileFile(f"pickle {title}", "pytorch", archive(value), code)
    for title, value in pytorch.EVIL.items():
        data = archive({"w": tensor(), "x": value})
        yield HostileFile(f"malicious {title}", "pytorch", data, "forbidden-global")
    for number, payload in enumerate(pytorch.opcode_payloads()):
        if number % 6 == 0:
            yield HostileFile(f"opcode {number}", "pytorch", archive(Raw(payload)), None)


def cuts_and_tails() -> Iterator[HostileFile]:
    """Yield true files cut at many places, with bytes behind them, and in front of each other."""
    for format_, data in HONEST.items():
        for part in range(1, 16):
            yield HostileFile(f"cut at {part} of 16", format_, data[: len(data) * part // 16], None)
        for size in (1, 7, 64, 4096):
            yield HostileFile(f"{size} zeros behind", format_, data + bytes(size), None)
            yield HostileFile(f"{size} bytes in front", format_, b"\x01" * size + data, None)
        for other, more in HONEST.items():
            yield HostileFile(f"{other} behind", format_, data + more, None)
            if other != format_:
                yield HostileFile(f"is {other}", format_, more, None)


def extremes() -> Iterator[HostileFile]:
    """Yield files with one number replaced by one at the edge of its type."""
    edges = (1 << 31, (1 << 32) - 1, 1 << 32, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
    for edge in edges:
        for place, what in ((8, "tensors"), (16, "key-values"), (24, "key length")):
            data = HONEST["gguf"]
            data = data[:place] + struct.pack("<Q", edge) + data[place + 8 :]
            yield HostileFile(f"{edge} as {what}", "gguf", data, None)
        yield HostileFile(f"extent {edge}", "gguf", build([], [("w", (edge,), 0, 0)], data=64), None)
        yield HostileFile(f"offset {edge}", "gguf", build([], [("w", (8,), 0, edge)], data=64), None)
        for entry in (
            f'"shape":[{edge}],"data_offsets":[0,8]',
            f'"shape":[2],"data_offsets":[0,{edge}]',
            f'"shape":[2],"data_offsets":[{edge},8]',
            f'"shape":[{edge},{edge}],"data_offsets":[0,8]',
            f'"shape":[2],"data_offsets":[{edge},{edge + 8}]',
        ):
            data = raw_safetensors(f'{{"w":{{"dtype":"F32",{entry}}}}}', 8)
            yield HostileFile(f"{edge} in {entry}", "safetensors", data, None)
        length = struct.pack("<Q", edge) + HONEST["safetensors"][8:]
        yield HostileFile(f"{edge} bytes of header", "safetensors", length, None)
        for title, value in (
            ("extent", tensor((edge, 3), (3, 1))),
            ("stride", tensor((2, 3), (edge, 1))),
            ("offset", tensor(offset=edge)),
        ):
            yield HostileFile(f"{title} {edge}", "pytorch", archive({"w": value}), None)
        if edge < 1 << 63:
            data = onnx.initializer(dims=[edge]).SerializeToString()
            yield HostileFile(f"extent {edge}", "onnx", data, None)


def polyglots() -> Iterator[HostileFile]:
    """Yield true files that carry something else in their data, under the names of all other formats."""
    for title, guest in (HONEST | dict(polyglot.PROGRAMS)).items():
        for format_, data in polyglot.carriers(guest).items():
            for other in HONEST:
                if other != format_:
                    yield HostileFile(f"{format_} that carries {title}", other, data, None)
    data = polyglot.safetensors_and_onnx()
    yield HostileFile("safetensors and ONNX at once", "onnx", data, "content-mismatch")


def costly() -> Iterator[HostileFile]:
    """Yield small or large files that are to cost a reader time or memory."""
    million = b"\x80\x02" + b"]" * 1_600_000 + b"."
    one = '"dtype":"U8","shape":[1],"data_offsets":[0,1]'
    yield HostileFile("lists in lists", "safetensors", raw_safetensors('{"a":' + "[" * 1_000_000), None)
    yield HostileFile(
        "objects in objects", "safetensors", raw_safetensors('{"\\u0061":' + '{"a":' * 100_000), None
    )
    yield HostileFile("50 million extents", "safetensors", _extents(50_000_000), None)
    yield HostileFile("7 million extents", "safetensors", _extents(7_000_000), None)
    yield HostileFile("100 MB of spaces", "safetensors", raw_safetensors("{" + " " * 99_999_000), None)
    yield HostileFile("100 MB of one name", "safetensors", raw_safetensors('{"' + "a" * 99_999_000), None)
    yield HostileFile(
        "100 MB of escapes", "safetensors", raw_safetensors('{"' + "\\u0061" * 16_000_000), None
    )
    yield HostileFile(
        "15 MB of escaped metadata",
        "safetensors",
        raw_safetensors('{"__metadata__":{' + '"a\\n":"b",' * 1_500_000 + '"c":1}}'),
        None,
    )
    yield HostileFile(
        "one name a million times",
        "safetensors",
        raw_safetensors("{" + ",".join([f'"a":{{{one}}}'] * 1_000_000) + "}", 1),
        None,
    )
    yield HostileFile(
        "a million tensors",
        "safetensors",
        raw_safetensors("{" + ",".join(f'"{n:x}":{{{one}}}' for n in range(1_000_000)) + "}", 1),
        None,
    )
    yield HostileFile(
        "99,999 aliases with long names",
        "safetensors",
        raw_safetensors("{" + ",".join(f'"{n:0500}":{{{one}}}' for n in range(99_999)) + "}", 1),
        None,
    )
    yield HostileFile(
        "an integer of a million digits",
        "safetensors",
        raw_safetensors('{"a":{"dtype":"U8","shape":[' + "9" * 1_000_000 + '],"data_offsets":[0,1]}}', 1),
        None,
    )
    empty = struct.pack("<Q", 0)
    yield HostileFile("arrays of strings without end", "gguf", _arrays(9, STRING, 1_000_000, empty), None)
    yield HostileFile(
        "arrays in arrays without end", "gguf", _arrays(6, ARRAY, 1_000_000, gguf.nested(1)), None
    )
    yield HostileFile("a million keys", "gguf", build(pair_count=1_000_000) + bytes(20_000_000), None)
    yield HostileFile(
        "100,000 long strings",
        "gguf",
        build([(f"k{n}", STRING, text("x" * 900)) for n in range(20_000)], [("w", (8,), 0, 32)]),
        None,
    )
    yield HostileFile(
        "49 bytes that announce 2^60 tokens",
        "gguf",
        build([("t", ARRAY, struct.pack("<IQ", STRING, 1 << 60))])[:57],
        None,
    )
    yield HostileFile(
        "wide characters", "gguf", build([("t", STRING, text("😀" + "x" * 9_000_000))] * 2), None
    )
    yield HostileFile("lists", "pytorch", archive(Raw(million)), None)
    yield HostileFile("marks", "pytorch", archive(Raw(b"\x80\x02" + b"(" * 1_600_000 + b".")), None)
    yield HostileFile(
        "tuples in tuples", "pytorch", archive(Raw(b"\x80\x02N" + b"\x85" * 1_600_000 + b".")), None
    )
    memo = b"".join(b"r" + struct.pack("<I", number) for number in range(1_500_000))
    yield HostileFile("a memo of millions", "pytorch", archive(Raw(b"\x80\x02N" + memo + b".")), None)
    laughs = b"](NNNNNNNNNNeq\0"
    for level in range(60):
        laughs += b"](" + b"h%c" % level * 10 + b"eq%c" % (level + 1)
    data = archive(Raw(b"\x80\x02}" + dump("a") + b"(" + laughs + b"ts."))
    yield HostileFile("a billion laughs", "pytorch", data, None)
    text_ = b"X" + struct.pack("<I", 1 << 20) + "😀".encode() + b"x" * ((1 << 20) - 4)
    yield HostileFile("wide texts", "pytorch", archive(Raw(b"\x80\x02](" + text_ * 31 + b"e.")), None)
    yield HostileFile("a pickle of 40 MB", "pytorch", archive(Raw(b"\x80\x02" + bytes(40_000_000))), None)
    deep = b""
    for _ in range(2000):
        deep = onnx.nest(deep)
    yield HostileFile("messages in messages", "onnx", onnx.framed(deep), None)
    yield HostileFile(
        "a million nodes of nothing", "onnx", onnx.framed(b"\x0a\x00" * 1_000_000 + b"\x0b"), None
    )
    fields = onnx.framed(onnx.field(1, b"\x08\x00" * 15_000_000) * 2)
    yield HostileFile("30 million fields of nodes", "onnx", fields, None)
    doubtful = b"".join(b'"a%d":"\\n",' % number for number in range(1_000_000))
    metadata = raw_safetensors(b'{"__metadata__":{' + doubtful + b'"c":"d"}}', 1)
    yield HostileFile("a million texts of metadata", "safetensors", metadata, None)
    yield HostileFile("a million initializers", "onnx", onnx.framed(b"\x2a\x00" * 1_000_000), None)
    yield HostileFile(
        "a million extents", "onnx", onnx.framed(onnx.field(5, onnx.field(1, b"\1" * 1_000_000))), None
    )
    graph = b"".join(
        onnx.field(5, b"\x08\x01\x10\x02" + onnx.field(8, b"%d" % number) + b"\x4a\x01\x00")
        for number in range(60_000)
    )
    for _ in range(9):
        graph = onnx.field(1, onnx.field(2, b"o" * 1000) + onnx.field(5, onnx.field(6, graph)))
    yield HostileFile("names of nine nodes in front of each name", "onnx", onnx.framed(graph), "invalid-name")
    scalar = onnx.field(5, b"\x10\x02\x4a\x01\x00")
    many = b"".join(onnx.field(5, onnx.field(1, b"%d" % number) + scalar) for number in range(110_000))
    nodes = onnx.field(1, onnx.field(2, b"y" * 1000) + many)
    yield HostileFile("110,000 tensors in one node", "onnx", onnx.framed(nodes), None)
    lists = b"".join(
        onnx.field(1, onnx.field(2, b"y%d" % number) + onnx.field(5, onnx.field(7, bytes(8))))
        for number in range(200_000)
    )
    yield HostileFile("200,000 lists of numbers", "onnx", onnx.framed(lists), None)
    yield HostileFile("a node of 70 MB", "onnx", onnx.framed(onnx.field(1, bytes(70_000_000))), None)


def _extents(count: int) -> bytes:
    return raw_safetensors(
        '{"a":{"dtype":"U8","shape":[1' + ",1" * (count - 1) + '],"data_offsets":[0,1]}}', 1
    )


def _arrays(arrays: int, kind: int, count: int, element: bytes) -> bytes:
    value = struct.pack("<IQ", kind, count) + element * count
    return build([(f"a{number}", ARRAY, value) for number in range(arrays)]) + bytes(1)


FAMILIES = (tables, cuts_and_tails, extremes, polyglots, costly)

_MEASURE = """
import sys, time
from pathlib import Path
from namegate_policy.weights import FileSource, read_sources
path = sys.argv[1]
start = time.process_time()
header = read_sources([FileSource(path, "model" + path[path.rindex("."):])])
seconds = time.process_time() - start
lines = Path("/proc/self/status").read_text().splitlines()
(peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
print(seconds, peak, *{item.code for item in header.problems})
"""


class Cost(NamedTuple):
    """What refusing one file took in a process of its own, the interpreter's memory included."""

    seconds: float
    kilobytes: int
    codes: set[str]


def cost(file: HostileFile, folder: Path) -> Cost:
    """Read one file in a new process; raises CalledProcessError when the reader fails."""
    path = folder / f"model.{SUFFIXES[file.format]}"
    path.write_bytes(file.data)
    command = [sys.executable, "-c", _MEASURE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_ENVIRONMENT)
    path.unlink()
    seconds, kilobytes, *codes = done.stdout.split()
    return Cost(float(seconds), int(kilobytes), set(codes))


_ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[4] / "policy")}


def write(folder: Path) -> int:
    """Write all files and the manifest; returns their number."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = []
    for family in FAMILIES:
        for number, file in enumerate(family()):
            name = f"{family.__name__}-{number:03d}-{file.name}"
            (folder / name).write_bytes(file.data)
            manifest.append({"file": name, "title": file.title, "format": file.format, "code": file.code})
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    return len(manifest)


if __name__ == "__main__":
    print(write(Path(sys.argv[1])), "files")

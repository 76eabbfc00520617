"""Reading headers side by side with the reference loaders, on sparse files with true headers.

`python -m tests.benchmarks.weights [REPEATS]` prints the least processor time of each, in milliseconds, and
how many times slower the others are; the readers of a row take turns. Nothing of the data regions is read,
except by onnx.load, which reads the file as a whole. The row on PyTorch needs torch. Behind the table are
the time of reading and judging a checkpoint of 1,000 tensors, and the memory that a process takes which
reads one of the checkpoints and does nothing else.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import onnx
from gguf import GGUFReader
from huggingface_hub.utils import SafetensorsFileMetadata, SafetensorsRepoMetadata, TensorInfo
from onnx import TensorProto, helper
from safetensors import safe_open

from namegate_policy.evidence import Evidence
from namegate_policy.naming import default_vocabulary, parse_name
from namegate_policy.rules.base import Subject
from namegate_policy.rules.registry import RULES
from namegate_policy.weights import read_upload, read_weights
from tests.policy.weights.build import Shapes, write_sharded
from tests.policy.weights.build_gguf import ARRAY, STRING, U32, build, text
from tests.policy.weights.hostile.gguf import strings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Contest(NamedTuple):
    """One checkpoint, and what reads it; each returns the number of tensors."""

    title: str
    ours: Callable[[], int]
    others: dict[str, Callable[[], int]]


def llama(layers: int, hidden: int, inner: int, shards: int) -> list[Shapes]:
    """Return the shapes of a Llama checkpoint, spread over shards in order."""
    kv = 1024
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {"model.embed_tokens.weight": ("BF16", (128256, hidden))}
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        shapes |= {
            f"{prefix}input_layernorm.weight": ("BF16", (hidden,)),
            f"{prefix}mlp.down_proj.weight": ("BF16", (hidden, inner)),
            f"{prefix}mlp.gate_proj.weight": ("BF16", (inner, hidden)),
            f"{prefix}mlp.up_proj.weight": ("BF16", (inner, hidden)),
            f"{prefix}post_attention_layernorm.weight": ("BF16", (hidden,)),
            f"{prefix}self_attn.k_proj.weight": ("BF16", (kv, hidden)),
            f"{prefix}self_attn.o_proj.weight": ("BF16", (hidden, hidden)),
            f"{prefix}self_attn.q_proj.weight": ("BF16", (hidden, hidden)),
            f"{prefix}self_attn.v_proj.weight": ("BF16", (kv, hidden)),
        }
    shapes |= {"model.norm.weight": ("BF16", (hidden,)), "lm_head.weight": ("BF16", (128256, hidden))}
    return spread(shapes, shards)


def experts(shards: int) -> list[Shapes]:
    """Return 90,427 shapes as a large mixture of experts has them, with scales."""
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {"model.embed_tokens.weight": ("BF16", (129280, 7168))}
    number = 0
    while len(shapes) < 90_427:
        layer, expert, matrix = (
            number // 768,
            number // 3 % 256,
            ("gate_proj", "up_proj", "down_proj")[number % 3],
        )
        name = f"model.layers.{layer}.mlp.experts.{expert}.{matrix}.weight"
        shapes[name] = ("F8_E4M3", (2048, 7168))
        if len(shapes) < 90_427:
            shapes[f"{name}_scale_inv"] = ("F32", (16, 56))
        number += 1
    return spread(shapes, shards)


def spread(shapes: dict[str, tuple[str, tuple[int, ...]]], shards: int) -> list[Shapes]:
    items = list(shapes.items())
    cuts = [len(items) * number // shards for number in range(shards + 1)]
    return [dict(items[begin:end]) for begin, end in itertools.pairwise(cuts)]


def namegate(path: Path) -> Callable[[], int]:
    def read() -> int:
        header = read_weights(path)
        assert header.verifiable, header.problems
        return len(header.tensors)

    return read


def by_safe_open(folder: Path) -> Callable[[], int]:
    def read() -> int:
        count = 0
        index = json.loads((folder / "model.safetensors.index.json").read_bytes())
        for name in set(index["weight_map"].values()):
            with safe_open(folder / name, "np") as file:
                for key in file.keys():  # noqa: SIM118 (no mapping)
                    part = file.get_slice(key)
                    part.get_dtype(), part.get_shape()
                    count += 1
        return count

    return read


def by_huggingface_hub(folder: Path) -> Callable[[], int]:
    """What `get_safetensors_metadata` does, reading from disk instead of the network."""

    def read() -> int:
        index = json.loads((folder / "model.safetensors.index.json").read_bytes())
        files = {name: parse(folder / name) for name in set(index["weight_map"].values())}
        whole = SafetensorsRepoMetadata(
            metadata=index.get("metadata"), sharded=True, weight_map=index["weight_map"], files_metadata=files
        )
        return sum(len(file.tensors) for file in whole.files_metadata.values())

    def parse(path: Path) -> SafetensorsFileMetadata:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            entries = json.loads(file.read(size))
        return SafetensorsFileMetadata(
            metadata=entries.pop("__metadata__", {}),
            tensors={
                key: TensorInfo(
                    dtype=item["dtype"], shape=item["shape"], data_offsets=tuple(item["data_offsets"])
                )
                for key, item in entries.items()
            },
        )

    return read


def safetensors_contests(folder: Path) -> Iterator[Contest]:
    for title, shards in (
        ("70B in 30 shards, 723 tensors", llama(80, 8192, 28672, 30)),
        ("405B in 191 shards, 1,137 tensors", llama(126, 16384, 53248, 191)),
        ("90,427 tensors in 158 shards", experts(158)),
    ):
        path = folder / title[:4].strip()
        path.mkdir()
        write_sharded(path, shards)
        others = {"safe_open": by_safe_open(path), "huggingface_hub": by_huggingface_hub(path)}
        yield Contest(title, namegate(path), others)


def gguf_contest(folder: Path) -> Contest:
    """An 8B model in Q8_0 with a vocabulary of 128,256 tokens and 280,147 merges."""
    shapes = {name: shape for part in llama(32, 4096, 14336, 1) for name, (_, shape) in part.items()}
    tensors, offset = [], 0
    for name, shape in shapes.items():
        extents = tuple(reversed(shape))
        kind, size = (8, shape[0] * shape[-1] // 32 * 34) if len(shape) == 2 else (0, shape[0] * 4)
        tensors.append((name, extents, kind, offset))
        offset += size + -size % 32
    pairs = [
        ("general.architecture", STRING, text("llama")),
        ("llama.block_count", U32, (32).to_bytes(4, "little")),
        ("tokenizer.ggml.tokens", ARRAY, strings(*(f"token{number}" for number in range(128_256)))),
        ("tokenizer.ggml.merges", ARRAY, strings(*(f"mer ge{number}" for number in range(280_147)))),
    ]
    path = folder / "model.gguf"
    with path.open("wb") as file:
        file.write(build(pairs, tensors, data=0))
        file.truncate(file.tell() + offset)
    return Contest(
        f"GGUF of {offset / 1e9:.1f} GB, 408,403 strings",
        namegate(path),
        {"gguf": lambda: len(GGUFReader(path).tensors)},
    )


def onnx_contest(folder: Path) -> Contest:
    """A BERT of 438 MB: 199 initializers, 1,500 nodes; the raw data is a hole in the file."""
    path = folder / "model.onnx"
    nodes = [
        helper.make_node(
            "MatMul", [f"input{number}", f"weight{number}"], [f"output{number}"], axis=number % 4
        )
        for number in range(1500)
    ]
    graph = helper.make_graph(nodes, "graph", [], [])
    body = graph.SerializeToString()
    sizes = [30522 * 768] + [768 * 768] * 48 + [768 * 3072] * 24 + [768] * 124 + [1000] * 2
    heads = []
    for number, size in enumerate(sizes):
        proto = TensorProto(name=f"encoder.layer.weight.{number}", dims=[size], data_type=TensorProto.FLOAT)
        head = proto.SerializeToString() + b"\x4a" + varint(4 * size)
        heads.append((b"\x2a" + varint(len(head) + 4 * size) + head, 4 * size))
    length = len(body) + sum(len(head) + size for head, size in heads)
    with path.open("wb") as file:
        file.write(b"\x08\x08\x3a" + varint(length) + body)
        for head, size in heads:
            file.write(head)
            file.seek(size, 1)
        file.truncate()
    return Contest(
        f"ONNX of {path.stat().st_size / 1e6:.0f} MB, {len(sizes)} initializers",
        namegate(path),
        {"onnx.load": lambda: len(onnx.load(path).graph.initializer)},
    )


def varint(value: int) -> bytes:
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def pytorch_contest(folder: Path) -> Contest:
    """A Llama of 7B as `torch.save` writes it, without its data."""
    import torch

    path = folder / "pytorch_model.bin"
    (shapes,) = llama(32, 4096, 11008, 1)
    with torch.serialization.skip_data():
        torch.save(
            {name: torch.empty(shape, dtype=torch.bfloat16) for name, (_, shape) in shapes.items()}, path
        )
    return Contest(
        f"PyTorch zip of {path.stat().st_size / 1e9:.1f} GB, {len(shapes)} tensors",
        namegate(path),
        {"torch.load to meta": lambda: len(torch.load(path, map_location="meta", weights_only=True))},
    )


def judged(folder: Path) -> tuple[int, Callable[[], int]]:
    """Write a Llama of some 1,000 tensors; return their number and what reads and judges it."""
    path = folder / "llama"
    path.mkdir()
    (shapes,) = llama(110, 8192, 28672, 1)
    write_sharded(path, spread(dict(shapes), 30))
    name = parse_name("acme/llama-3-100b-instruct")
    rules = [rule for rule in RULES if rule.code.startswith("NG4")]
    vocabulary, now = default_vocabulary(), datetime(2027, 1, 1, tzinfo=UTC)

    def judge() -> int:
        upload = read_upload(path)
        evidence = Evidence(upload.weights, upload.config, upload.card)
        assert evidence.architecture is not None
        subject = Subject(name, evidence, vocabulary, now)
        return sum(len(list(rule.check(subject, rule.options()))) for rule in rules)

    return len(shapes), judge


def memory(path: Path) -> float:
    """Return the most memory in MB that a new process holds while it reads `path`, imports included."""
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1024


_PEAK = """
import sys
from pathlib import Path
from namegate_policy.weights import read_weights
header = read_weights(sys.argv[1])
lines = Path("/proc/self/status").read_text().splitlines()
print(*(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def least(reads: Mapping[str, Callable[[], int]], repeats: int) -> dict[str, float]:
    """Return the least processor time of each in milliseconds; they take turns, and have to agree."""
    times: dict[str, list[float]] = {name: [] for name in reads}
    counts = set()
    for _ in range(repeats):
        for name, read in reads.items():
            if sum(times[name]) > LONG_ENOUGH:
                continue
            start = time.process_time()
            counts.add(read())
            times[name].append(time.process_time() - start)
    assert len(counts) == 1, counts
    return {name: min(of) * 1000 for name, of in times.items()}


LONG_ENOUGH = 20.0
"""Seconds after which a slow reader is not asked again."""


def main(repeats: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contests = [*safetensors_contests(folder), gguf_contest(folder), onnx_contest(folder)]
        if find_spec("torch"):
            contests.append(pytorch_contest(folder))
        print(f"{'checkpoint':42} {'namegate':>10}   others (times slower)")
        for contest in contests:
            found = least({"namegate": contest.ours} | contest.others, repeats)
            ours = found.pop("namegate")
            others = (f"{other} {theirs:.2f} ms ({theirs / ours:.2f}×)" for other, theirs in found.items())
            print(f"{contest.title:42} {ours:7.2f} ms   {' '.join(others)}", flush=True)
        count, judge = judged(folder)
        both = least({"": judge}, 10 * repeats)[""]
        alone = least({"": namegate(folder / "llama")}, 10 * repeats)[""]
        print(f"{count} tensors, read: {alone:.2f} ms; facts, family and claims: {both - alone:.2f} ms")
        for part in ("llama", "90,4", "model.gguf", "model.onnx"):
            print(f"memory of a process that reads {part}: {memory(folder / part):.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

"""The ONNX reader against the onnx package, false models, and external data that leads outside."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from namegate_policy.weights import (
    CODES,
    BytesSource,
    RecordingSource,
    Tensor,
    read_sources,
    read_weights,
)
from namegate_policy.weights.onnx import read_onnx
from namegate_policy.weights.onnx_tensor import TYPES
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.protobuf import MESSAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from namegate_policy.weights.header import FileHeader, WeightsHeader

from tests.policy.weights.hostile.onnx import (
    PLAIN,
    REJECTED,
    field,
    framed,
    graph_of,
    initializer,
    model,
    tensor,
    with_nodes,
)


def read(data: bytes) -> FileHeader:
    return read_onnx(BytesSource(data, "model.onnx"), 0, {})


ACCEPTED: dict[str, onnx.ModelProto] = {
    "nothing": model(),
    "raw": model(PLAIN),
    "typed floats": model(tensor("w", np.ones((2, 3), np.float32), raw=False)),
    "typed int64": model(tensor("w", np.asarray([[1, -1], [1 << 40, 0]]), raw=False)),
    "typed bytes": model(tensor("w", np.asarray([1, 200], np.uint8), raw=False)),
    "typed doubles": model(tensor("w", np.zeros((2, 2)), raw=False)),
    "typed uint64": model(tensor("w", np.asarray([1 << 63], np.uint64), raw=False)),
    "typed half": model(tensor("w", np.ones((3,), np.float16), raw=False)),
    "complex": model(tensor("w", np.ones((3,), np.complex64), raw=False)),
    "four bits": model(helper.make_tensor("w", TensorProto.INT4, [3], b"\x21\x03", raw=True)),
    "eight bits": model(helper.make_tensor("w", TensorProto.FLOAT8E4M3FN, [3], b"\1\2\3", raw=True)),
    "scalar": model(tensor("w", np.float32(1))),
    "empty": model(tensor("w", np.zeros((0, 4), np.float32))),
    "weights in constants": with_nodes(
        helper.make_node("Constant", [], ["big"], value=tensor("", np.zeros((40, 50), np.float32))),
        helper.make_node("Constant", [], ["small"], value=tensor("", np.float32(1))),
        helper.make_node("Constant", [], ["none"], value=tensor("", np.zeros((0,), np.float32))),
        helper.make_node("Constant", [], ["floats"], value_floats=[0.5] * 7),
        helper.make_node("Constant", [], ["ints"], value_ints=[1, 300, -1]),
        helper.make_node("Constant", [], ["float"], value_float=0.5),
    ),
    "weights in settings": with_nodes(
        helper.make_node("LinearRegressor", ["x"], ["y"], coefficients=[0.5] * 300, domain="ai.onnx.ml"),
        helper.make_node("Pad", ["x"], ["p"], pads=[1] * 8),
        helper.make_node("Pad", ["x"], ["q"], pads=[1] * 8),
        helper.make_node("LabelEncoder", ["x"], ["z"], keys_int64s=list(range(200)), domain="ai.onnx.ml"),
        helper.make_node("Op", ["x"], ["t"], tensors=[PLAIN, PLAIN]),
    ),
    "weights in branches": with_nodes(
        helper.make_node("If", ["x"], ["y"], then_branch=graph_of(PLAIN), else_branch=graph_of(PLAIN)),
        helper.make_node("If", ["x"], ["z"], then_branch=graph_of(PLAIN), else_branch=graph_of()),
        helper.make_node("Op", ["x"], ["w"], bodies=[graph_of(PLAIN), graph_of(PLAIN)]),
    ),
    "weights in functions": model(
        functions=[
            helper.make_function(
                "local",
                name,
                ["x"],
                ["y"],
                [helper.make_node("Constant", [], ["c"], value=tensor("", np.zeros((3, 4), np.float32)))],
                [],
            )
            for name in ("first", "second")
        ]
    ),
    "several": model(PLAIN, tensor("b", np.zeros(3, np.float16)), tensor("i", np.zeros((), np.int64))),
}


def reference(data: bytes) -> dict[str, tuple[tuple[int, ...], int]]:
    """Return shape and number of elements of what the onnx package reads; raises what it raises."""
    model = onnx.load_model_from_string(data)
    found = {}
    for name, proto in [
        *in_graph(model.graph, ""),
        *(
            item
            for number, function in enumerate(model.functions)
            for item in in_nodes(function.node, f"function{number}/")
        ),
    ]:
        array = numpy_helper.to_array(proto)
        found[name] = (array.shape, array.size)
    return found


def in_graph(graph: onnx.GraphProto, prefix: str) -> Iterator[tuple[str, TensorProto]]:
    yield from in_nodes(graph.node, prefix)
    for proto in graph.initializer:
        yield prefix + proto.name, proto


def in_nodes(nodes: Iterable[onnx.NodeProto], prefix: str) -> Iterator[tuple[str, TensorProto]]:
    """Yield what the attributes of nodes store beside settings."""
    for node in nodes:
        label = prefix + as_text(next(filter(None, node.output), ""))
        for attribute in node.attribute:
            key = as_text(attribute.name)
            name = label if key == "value" else f"{label}.{key}"
            tensors = [(name, attribute.t)] if attribute.HasField("t") else []
            tensors += [(f"{name}.{number}", proto) for number, proto in enumerate(attribute.tensors)]
            yield from [(name, proto) for name, proto in tensors if np.prod(proto.dims) > 1]
            if attribute.HasField("g"):
                yield from in_graph(attribute.g, f"{name}/")
            for number, graph in enumerate(attribute.graphs):
                yield from in_graph(graph, f"{name}.{number}/")
            if len(attribute.floats) > 1:
                yield name, tensor(name, np.asarray(attribute.floats, np.float32))
            if len(attribute.ints) > (1 if key == "value_ints" else 128):
                yield name, tensor(name, np.asarray(attribute.ints))


def as_text(value: str | bytes) -> str:
    """The parser returns text that is no UTF-8 as bytes; a node that stores nothing may have such a name."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def ours(header: FileHeader) -> dict[str, tuple[int, ...]]:
    return {item.name: item.shape for item in header.tensors}


@pytest.mark.parametrize("proto", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(proto: onnx.ModelProto) -> None:
    data = proto.SerializeToString()
    header = read(data)
    theirs = reference(data)
    assert ours(header) == {name: shape for name, (shape, size) in theirs.items() if size}
    assert header.empty == [name for name, (_, size) in theirs.items() if not size]
    assert header.metadata["producer_name"] == "test"


@pytest.mark.parametrize(("data", "code"), REJECTED.values(), ids=REJECTED)
def test_rejected(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.code == code
    assert code in CODES


def test_the_order_of_fields_is_free() -> None:
    assert ours(read(field(7, field(5, PLAIN.SerializeToString())) + b"\x08\x08")) == {"w": (2, 3)}


def test_types_are_the_reference_s() -> None:
    for number, (dtype, bits, _) in TYPES.items():
        if not bits:
            continue
        count = 16 // bits if bits < 16 else 1
        proto = helper.make_tensor("w", number, [count], bytes(count * bits // 8), raw=True)
        assert numpy_helper.to_array(proto).size == count, dtype
    known = set(TensorProto.DataType.values()) - {TensorProto.UNDEFINED}
    assert set(TYPES) <= known


def test_messages_are_the_reference_s() -> None:
    pending, seen = [onnx.ModelProto.DESCRIPTOR], {}
    while pending:
        message = pending.pop()
        if message.name in seen:
            continue
        seen[message.name] = message
        pending += [item.message_type for item in message.fields if item.message_type]
    assert set(seen) == set(MESSAGES)
    for name, message in seen.items():
        for item in message.fields:
            kind = item.message_type.name if item.message_type else None
            if kind is None and item.is_repeated and item.cpp_type != item.CPPTYPE_STRING:
                floats = {item.CPPTYPE_FLOAT: "fixed32", item.CPPTYPE_DOUBLE: "fixed64"}
                kind = floats.get(item.cpp_type, "varint")
            assert MESSAGES[name].get(item.number) == kind, (name, item.name)


def test_no_data_is_read() -> None:
    big = tensor("w", np.zeros((1000, 1000), np.float32))
    source = RecordingSource(BytesSource(model(big, PLAIN_2).SerializeToString(), "model.onnx"))
    header = read_onnx(source, 0, {})
    assert {item.name: item.stored for item in header.tensors} == SETTINGS | {"w": 4_000_000, "v": 24}
    assert sum(len(part) for _, part in source.ranges) < 4000


SETTINGS = {"y.constant": 8, "y.floats": 8}
"""What the node of every model here stores."""
PLAIN_2 = tensor("v", np.zeros((2, 3), np.float32))


def external(
    folder: Path, location: str, offset: int | None, length: int | None, size: int = 64
) -> WeightsHeader:
    proto = initializer(raw_data=None, data_location=1)
    entries = {"location": location, "offset": offset, "length": length}
    for key, value in entries.items():
        entry = proto.graph.initializer[0].external_data.add()
        entry.key, entry.value = key, str(value)
    (folder / "model.onnx").write_bytes(proto.SerializeToString())
    (folder / "weights.data").write_bytes(bytes(64))
    return read_weights(folder)


def test_external_data_in_the_upload(tmp_path: Path) -> None:
    header = external(tmp_path, "weights.data", 8, 24)
    assert header.verifiable
    assert [shard.name for shard in header.shards] == ["model.onnx", "weights.data"]
    assert header.tensors[-1] == Tensor("w", "F32", (2, 3), 24, 1)


@pytest.mark.parametrize(
    ("location", "offset", "length", "code"),
    [
        ("../weights.data", 0, 24, "unsafe-path"),
        ("/etc/passwd", 0, 24, "unsafe-path"),
        ("C:\\x", 0, 24, "unsafe-path"),
        ("", 0, 24, "unsafe-path"),
        ("other.data", 0, 24, "missing-shard"),
        ("weights.data", 48, 24, "truncated"),
        ("weights.data", -8, 24, "size-mismatch"),
        ("weights.data", 0, 23, "size-mismatch"),
        ("weights.data", 0, 10**30, "size-mismatch"),
    ],
)
def test_external_data_that_is_refused(
    tmp_path: Path, location: str, offset: int, length: int, code: str
) -> None:
    (problem,) = external(tmp_path, location, offset, length).problems
    assert problem.code == code


def test_external_data_is_not_followed_through_a_link(tmp_path: Path) -> None:
    outside, upload = tmp_path / "secret", tmp_path / "upload"
    outside.write_bytes(bytes(64))
    upload.mkdir()
    external(upload, "secret.data", 0, 24)
    (upload / "secret.data").symlink_to(outside)
    (problem,) = read_weights(upload).problems
    assert problem.code == "missing-shard"


def test_external_tensors_that_share_bytes() -> None:
    protos = []
    for name, offset in (("a", 0), ("b", 16)):
        proto = TensorProto(name=name, dims=[6], data_type=1, data_location=1)
        for key, value in (("location", "x.data"), ("offset", str(offset)), ("length", "24")):
            entry = proto.external_data.add()
            entry.key, entry.value = key, value
        protos.append(proto)
    files = [BytesSource(model(*protos).SerializeToString(), "m.onnx"), BytesSource(bytes(64), "x.data")]
    (problem,) = read_sources(files).problems
    assert problem.code == "overlapping-tensors"


SEEDS = [proto.SerializeToString() for proto in ACCEPTED.values()]


def mutated(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(changed))
        match rng.randrange(3):
            case 0:
                changed[place] = rng.choice(
                    [0, 1, 2, 8, 0x0A, 0x12, 0x2A, 0x3A, 0x7F, 0x80, rng.randrange(256)]
                )
            case 1:
                changed[place] = (changed[place] + rng.choice([-1, 1, 8])) % 256
            case 2:
                changed[place : place + rng.randint(0, 2)] = bytes(rng.randint(0, 2))
        if not changed:
            return b""
    return bytes(changed)


def agrees(data: bytes) -> bool:
    """Compare one file with the reference; returns whether it was accepted."""
    try:
        header = read(data)
    except Refusal as refused:
        assert refused.code in CODES
        return False
    theirs = reference(data)
    assert ours(header) == {name: shape for name, (shape, size) in theirs.items() if size}, data
    assert set(header.empty) == {name for name, (_, size) in theirs.items() if not size}
    return True


def test_nothing_that_the_reference_rejects_is_accepted() -> None:
    rng = random.Random(17)
    assert sum(agrees(mutated(rng.choice(SEEDS), rng)) for _ in range(5000)) > 200


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    for candidate in (data, framed(data), framed(field(5, data)), framed(field(1, data))):
        try:
            read(candidate)
        except Refusal as refused:
            assert refused.code in CODES


def test_float16_as_the_pattern_of_its_bits() -> None:
    proto = TensorProto(name="w", dims=[2], data_type=TensorProto.FLOAT16, int32_data=[15360, 0])
    data = model(proto).SerializeToString()
    assert ours(read(data))["w"] == (2,)
    assert struct.pack("<e", 1.0) == numpy_helper.to_array(proto)[:1].tobytes()

"""ONNX models that lie or are damaged, with the code of the problem that each is refused for."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def model(*initializers: TensorProto, **changes: Any) -> onnx.ModelProto:
    """Return a model with a node of most kinds of attribute, and the given initializers."""
    body = helper.make_graph([], "body", [], [])
    node = helper.make_node(
        "Op",
        ["x"],
        ["y"],
        name="n",
        ints=[1, 2, 300],
        floats=[0.5, 1.0],
        number=7,
        text="t",
        texts=["a", "b"],
        constant=helper.make_tensor("c", TensorProto.FLOAT, [2], [1.0, 2.0]),
        body=body,
    )
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
    graph = helper.make_graph([node], "graph", [value], [value], list(initializers))
    return helper.make_model(graph, producer_name="test", **changes)


def graph_of(*initializers: TensorProto) -> onnx.GraphProto:
    return helper.make_graph([], "body", [], [], list(initializers))


def with_nodes(*nodes: onnx.NodeProto) -> onnx.ModelProto:
    """Return a model with these nodes behind the one of `model`, whose only output has another name."""
    proto = model()
    proto.graph.node[0].output[0] = "first"
    proto.graph.node.extend(nodes)
    return proto


def tensor(name: str, values: Any, raw: bool = True) -> TensorProto:
    array = np.asarray(values)
    if raw:
        return numpy_helper.from_array(array, name)
    return helper.make_tensor(
        name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape, array.flatten()
    )


PLAIN = tensor("w", np.zeros((2, 3), np.float32))


def initializer(**changes: Any) -> onnx.ModelProto:
    changed = TensorProto()
    changed.CopyFrom(PLAIN)
    for key, value in changes.items():
        if value is None:
            changed.ClearField(key)
        elif isinstance(value, list):
            del getattr(changed, key)[:]
            getattr(changed, key).extend(value)
        else:
            setattr(changed, key, value)
    return model(changed)


def field(number: int, payload: bytes) -> bytes:
    """Return a field that holds `payload`."""
    size, length = b"", len(payload)
    while length >= 128:
        size += bytes([length & 127 | 128])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + payload


def nest(payload: bytes) -> bytes:
    """Return a node with an attribute that is a graph of `payload`."""
    return field(1, field(5, field(6, payload)))


def framed(graph: bytes) -> bytes:
    return b"\x08\x08" + field(7, graph)


W = PLAIN.SerializeToString()
larger = tensor("w", np.zeros((2, 3), np.float32))
larger.dims[0] = 2_000_000

REJECTED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "content-mismatch"),
    "text": (b"hello", "invalid-protobuf"),
    "zip": (b"PK\3\4" + bytes(100), "invalid-protobuf"),
    "no graph": (b"\x08\x08", "content-mismatch"),
    "no version": (field(7, b""), "content-mismatch"),
    "two graphs": (framed(field(5, W)) + field(7, field(5, W)), "duplicate-key"),
    "group": (b"\x08\x08\x0b\x0c" + field(7, b""), "invalid-protobuf"),
    "field zero": (b"\x08\x08\x00\x00", "invalid-protobuf"),
    "tag of six bytes": (b"\x08\x08\x80\x80\x80\x80\x80\x01", "invalid-protobuf"),
    "number of eleven bytes": (b"\x08" + b"\x80" * 10 + b"\x01", "invalid-protobuf"),
    "cut in a number": (b"\x08\x80", "truncated"),
    "cut in a graph": (framed(field(5, W))[:-1], "truncated"),
    "graph beyond the file": (b"\x08\x08\x3a\xff\xff\xff\xff\x0f", "truncated"),
    "node beyond the graph": (framed(b"\x0a\x7f"), "truncated"),
    "attribute beyond the node": (framed(field(1, b"\x2a\x7f")), "truncated"),
    "packed numbers cut": (framed(field(1, field(5, field(8, b"\x80")))), "invalid-protobuf"),
    "packed floats cut": (framed(field(1, field(5, field(7, b"\0\0\0")))), "invalid-protobuf"),
    "duplicate name": (model(PLAIN, PLAIN).SerializeToString(), "duplicate-tensor"),
    "no name": (initializer(name=None).SerializeToString(), "invalid-name"),
    "name with a line end": (initializer(name="a\nb").SerializeToString(), "invalid-name"),
    "long name": (initializer(name="w" * 2000).SerializeToString(), "invalid-name"),
    "two names": (framed(field(5, W + field(8, b"v"))), "duplicate-key"),
    "raw data twice": (framed(field(5, W + field(9, bytes(24)))), "duplicate-key"),
    "type twice": (framed(field(5, W + b"\x10\x01")), "duplicate-key"),
    "no type": (initializer(data_type=None).SerializeToString(), "unknown-dtype"),
    "type of the future": (initializer(data_type=99).SerializeToString(), "unknown-dtype"),
    "larger shape": (initializer(dims=[1000, 1000]).SerializeToString(), "size-mismatch"),
    "smaller shape": (initializer(dims=[2]).SerializeToString(), "size-mismatch"),
    "negative extent": (initializer(dims=[-2, -3]).SerializeToString(), "invalid-shape"),
    "product that overflows": (initializer(dims=[1 << 32, 1 << 32]).SerializeToString(), "invalid-shape"),
    "100 dimensions": (initializer(dims=[1] * 100).SerializeToString(), "invalid-shape"),
    "wider type": (initializer(data_type=11).SerializeToString(), "size-mismatch"),
    "two kinds of data": (initializer(float_data=[1.0] * 6).SerializeToString(), "size-mismatch"),
    "no data": (initializer(raw_data=None).SerializeToString(), "size-mismatch"),
    "data of another type": (
        initializer(raw_data=None, int64_data=[1] * 6).SerializeToString(),
        "size-mismatch",
    ),
    "too few numbers": (
        initializer(raw_data=None, float_data=[1.0] * 5).SerializeToString(),
        "size-mismatch",
    ),
    "segment": (framed(field(5, W + field(3, b""))), "unread-format"),
    "sparse": (framed(field(15, b"")), "unread-format"),
    "graphs of training": (framed(field(5, W)) + b"\xa2\x01\x00", "unread-format"),
    "sparse tensor in a node": (framed(field(1, field(5, b"\xb2\x01\x00"))), "unread-format"),
    "a compiled model in a node": (
        with_nodes(
            helper.make_node("EPContext", ["x"], ["y"], ep_cache_context=b"\1" * 900)
        ).SerializeToString(),
        "unread-format",
    ),
    "a constant above its bytes": (
        with_nodes(helper.make_node("Constant", [], ["c"], value=larger)).SerializeToString(),
        "size-mismatch",
    ),
    "a constant in a branch above its bytes": (
        with_nodes(helper.make_node("If", [], ["c"], then_branch=graph_of(larger))).SerializeToString(),
        "size-mismatch",
    ),
    "two tensors in one attribute": (framed(field(1, field(5, field(5, W) * 2))), "duplicate-tensor"),
    "two constants of one name": (
        with_nodes(*[helper.make_node("Constant", [], ["c"], value=PLAIN)] * 2).SerializeToString(),
        "duplicate-tensor",
    ),
    "a constant without a name": (
        with_nodes(helper.make_node("Constant", [], [], value=PLAIN)).SerializeToString(),
        "invalid-name",
    ),
    "external and raw": (initializer(data_location=1).SerializeToString(), "invalid-value"),
}
deep = b""
for _ in range(40):
    deep = nest(deep)
REJECTED["deep nesting"] = (framed(deep), "header-too-large")

"""The wire format of protocol buffers, and which fields of ONNX hold messages.

Field numbers as in onnx.proto of ONNX 1.23. What is not listed is a scalar, a text or unknown, and only
has to be framed rightly, as any parser of protocol buffers demands.
"""

from __future__ import annotations

from namegate_policy.weights.problems import Refusal

MAX_DEPTH = 32
"""Messages in messages; the reference parser stops at 100."""

MESSAGES: dict[str, dict[int, str]] = {
    "ModelProto": {
        7: "GraphProto",
        8: "OperatorSetIdProto",
        14: "StringStringEntryProto",
        20: "TrainingInfoProto",
        25: "FunctionProto",
        26: "DeviceConfigurationProto",
    },
    "OperatorSetIdProto": {},
    "GraphProto": {
        1: "NodeProto",
        5: "TensorProto",
        11: "ValueInfoProto",
        12: "ValueInfoProto",
        13: "ValueInfoProto",
        14: "TensorAnnotation",
        15: "SparseTensorProto",
        16: "StringStringEntryProto",
    },
    "NodeProto": {5: "AttributeProto", 9: "StringStringEntryProto", 10: "NodeDeviceConfigurationProto"},
    "AttributeProto": {
        5: "TensorProto",
        6: "GraphProto",
        7: "fixed32",
        8: "varint",
        10: "TensorProto",
        11: "GraphProto",
        14: "TypeProto",
        15: "TypeProto",
        22: "SparseTensorProto",
        23: "SparseTensorProto",
    },
    "TensorProto": {
        1: "varint",
        3: "Segment",
        4: "fixed32",
        5: "varint",
        7: "varint",
        10: "fixed64",
        11: "varint",
        13: "StringStringEntryProto",
        16: "StringStringEntryProto",
    },
    "Segment": {},
    "StringStringEntryProto": {},
    "SparseTensorProto": {1: "TensorProto", 2: "TensorProto", 3: "varint"},
    "TypeProto": {1: "Tensor", 4: "Sequence", 5: "Map", 7: "Opaque", 8: "SparseTensor", 9: "Optional"},
    "Tensor": {2: "TensorShapeProto"},
    "TensorShapeProto": {1: "Dimension"},
    "Dimension": {},
    "Sequence": {1: "TypeProto"},
    "Map": {2: "TypeProto"},
    "Optional": {1: "TypeProto"},
    "SparseTensor": {2: "TensorShapeProto"},
    "Opaque": {},
    "NodeDeviceConfigurationProto": {2: "ShardingSpecProto"},
    "ShardingSpecProto": {2: "varint", 3: "IntIntListEntryProto", 4: "ShardedDimProto"},
    "IntIntListEntryProto": {2: "varint"},
    "ShardedDimProto": {2: "SimpleShardedDimProto"},
    "SimpleShardedDimProto": {},
    "ValueInfoProto": {2: "TypeProto", 4: "StringStringEntryProto"},
    "TensorAnnotation": {2: "StringStringEntryProto"},
    "TrainingInfoProto": {
        1: "GraphProto",
        2: "GraphProto",
        3: "StringStringEntryProto",
        4: "StringStringEntryProto",
    },
    "FunctionProto": {
        7: "NodeProto",
        9: "OperatorSetIdProto",
        11: "AttributeProto",
        12: "ValueInfoProto",
        14: "StringStringEntryProto",
    },
    "DeviceConfigurationProto": {},
}
"""Message → number of a field → the message it holds, or the encoding of packed numbers."""

_ENCODINGS = frozenset(("varint", "fixed32", "fixed64"))
_HIGH = bytes(range(128, 256))


def varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return the number at `at`, below 2^64, and the position behind it; IndexError where `raw` ends."""
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
        if shift > 63:
            raise Refusal("invalid-protobuf", "a number takes more than ten bytes")


def tag(raw: bytes, at: int) -> tuple[int, int, int]:
    """Return field number, wire type and the position behind; refuses what is no field."""
    value, behind = varint(raw, at)
    if value < 8 or value >= 1 << 32 or behind - at > 5:
        raise Refusal("invalid-protobuf", f"a field with the tag {value:#x}")
    return value >> 3, value & 7, behind


def check(raw: bytes, at: int, end: int, message: str, budget: int, depth: int = 0) -> int:
    """Check the framing of one message that lies in `raw` and return how many fields it has.

    `budget` is how many it may have, those of messages in it included. Raises Refusal or IndexError.
    """
    if depth > MAX_DEPTH:
        raise Refusal("header-too-large", f"messages are nested deeper than {MAX_DEPTH}")
    nested = MESSAGES[message]
    used = 0
    while at < end:
        used += 1
        number = raw[at]
        at += 1
        if 8 <= number < 0x80:
            number, wire = number >> 3, number & 7
        else:
            number, wire, at = tag(raw, at - 1)
        if wire == 2:
            length = raw[at]
            at += 1
            if length >= 0x80:
                length, at = varint(raw, at - 1)
            stop = at + length
            if stop > end:
                raise Refusal("truncated", f"a field of {message} reaches behind its message")
            kind = nested.get(number)
            if kind is None:
                pass
            elif kind in _ENCODINGS:
                count_packed(raw[at:stop], kind)
            else:
                used += check(raw, at, stop, kind, budget - used, depth + 1)
            at = stop
        elif wire == 0:
            if raw[at] < 0x80:
                at += 1
            else:
                _, at = varint(raw, at)
        elif wire == 5:
            at += 4
        elif wire == 1:
            at += 8
        else:
            raise Refusal("invalid-protobuf", f"a field of {message} has the wire type {wire}")
        if used > budget:
            raise Refusal("header-too-large", "more fields than any model has")
    if at != end:
        raise Refusal("truncated", f"a field of {message} reaches behind its message")
    return used


def count_packed(raw: bytes, kind: str) -> int:
    """Return how many numbers are packed in `raw`; refuses a part of one."""
    if kind == "varint":
        if raw and (raw[-1] >= 0x80 or _TOO_LONG in raw.translate(_CONTINUES)):
            raise Refusal("invalid-protobuf", "a packed number is cut off or takes more than ten bytes")
        return len(raw.translate(None, _HIGH))
    width = 4 if kind == "fixed32" else 8
    if len(raw) % width:
        raise Refusal("invalid-protobuf", "a packed number is cut off")
    return len(raw) // width


_CONTINUES = bytes(128) + b"\x01" * 128
_TOO_LONG = b"\x01" * 10

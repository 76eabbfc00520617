"""The streaming reader of the tensors that an ONNX model stores.

A model is one protocol buffer (https://onnx.ai/onnx/repo-docs/IR.html). The raw data of tensors is passed
over and never read; every other message is read in pieces and its framing checked, so that a file the
reference parser rejects is not accepted. External data is looked up among the files of the upload and
nowhere else.

Initializers are not the only place for weights: the attributes of a node hold tensors (`Constant`), lists of
numbers, and graphs with initializers of their own (`If`, `Loop`), and functions have nodes, too. All are
listed, so that no count comes out low. What has one element, or is a list of integers no longer than the
settings of a node are, holds no weights and is left out.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

from namegate_policy.weights.header import FileHeader, Shard, Tensor
from namegate_policy.weights.onnx_tensor import (
    MAX_DIMENSIONS,
    MAX_NAME,
    measure,
    numbers_in,
    read_tensor,
    size_of,
    text,
)
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.safetensors import begins_safetensors
from namegate_policy.weights.wire import HEAD, SHORT, Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.weights.onnx_tensor import StoredTensor
    from namegate_policy.weights.source import ByteSource

MAX_MODEL = (1 << 31) - 1
"""Bytes of one protocol buffer; what is larger has external data."""
MAX_TENSORS = 100_000
MAX_GRAPHS = 10
"""Graphs in nodes of graphs in nodes …"""
MAX_SETTINGS = 2 * MAX_DIMENSIONS
"""Integers in a list that is a setting of a node; the longest are the pads of all dimensions."""


_Span = tuple[int, int]
"""Start and end of a message in the file."""


def read_onnx(source: ByteSource, shard: int, files: Mapping[str, ByteSource]) -> FileHeader:
    """Read the tensors that `source` stores; `files` are the upload's, for external data.

    What an attribute holds is named `output.attribute` after its node's first output, or just `output`
    for an attribute called `value`; the tensors of a graph in an attribute have that and `/` in front of
    their names. Raises Refusal when the file cannot be trusted.
    """
    if source.size > MAX_MODEL:
        raise Refusal("header-too-large", f"a model of {source.size} bytes, {MAX_MODEL} is the limit")
    try:
        return _Reader(source, shard, files).read()
    except IndexError:
        raise Refusal("truncated", "a number reaches behind the file") from None


class _Reader:
    def __init__(self, source: ByteSource, shard: int, files: Mapping[str, ByteSource]) -> None:
        self._wire = Wire(source)
        self._shard = shard
        self._files = files
        self._header = FileHeader([], {}, [], {}, [])
        self._names: set[str] = set()
        self._settings: set[bytes] = set()
        """short attributes that were read and store nothing: the same ones come in many nodes"""
        self._external: dict[str, tuple[int, list[tuple[int, int, str]]]] = {}
        """location → its shard, and begin, end and name of the tensors in it"""

    def read(self) -> FileHeader:
        wire, metadata = self._wire, self._header.metadata
        graphs = functions = 0
        wire.at(0)
        if begins_safetensors(wire.buffer):
            raise Refusal("content-mismatch", "an ONNX model is expected, a safetensors file found")
        for number, kind, start, end in wire.fields(0, wire.source.size):
            if (number, kind) == (1, 0):
                metadata["ir_version"] = start
            elif (number, kind) == (7, 2):
                graphs += 1
                if graphs > 1:
                    raise Refusal("duplicate-key", "the model has two graphs, which a parser would merge")
                self._graph(start, end, "", 0)
            elif (number, kind) == (25, 2):
                self._function(start, end, f"function{functions}/")
                functions += 1
            elif (number, kind) == (20, 2):
                raise Refusal("unread-format", "graphs of training are not read", offset=start)
            elif kind == 2:
                wire.check("ModelProto", number, start, end)
                if number in (2, 3):
                    key = "producer_name" if number == 2 else "producer_version"
                    metadata[key] = wire.bytes(start, end).decode("utf-8", "replace")
        if not graphs or "ir_version" not in metadata:
            raise Refusal("content-mismatch", "an ONNX model is expected, there is no IR version and graph")
        self._check_external()
        return self._header

    def _graph(self, start: int, end: int, prefix: str, depth: int) -> None:
        if depth > MAX_GRAPHS:
            raise Refusal("header-too-large", f"graphs are nested deeper than {MAX_GRAPHS}")
        wire = self._wire
        for number, kind, at, stop in wire.fields(start, end):
            if kind != 2:
                continue
            if number == 1:
                self._node(at, stop, prefix, depth)
            elif number == 5:
                found = read_tensor(wire, at, stop)
                self._add(found, found.name and prefix + found.name)
            elif number == 15:
                raise Refusal("unread-format", "sparse initializers are not read", offset=at)
            else:
                wire.check("GraphProto", number, at, stop)

    def _function(self, start: int, end: int, prefix: str) -> None:
        for number, kind, at, stop in self._wire.fields(start, end):
            if (number, kind) == (7, 2):
                self._node(at, stop, prefix, 0)
            elif (number, kind) == (11, 2):
                self._attribute(at, stop, prefix, (at, at), 0)
            elif kind == 2:
                self._wire.check("FunctionProto", number, at, stop)

    def _node(self, at: int, end: int, prefix: str, depth: int) -> None:
        """Read a node; its short texts, most of what a model has beside data, take one step each."""
        wire, settings = self._wire, self._settings
        label = operator = (at, at)
        attributes: list[_Span] = []
        buffer, base = wire.buffer, wire.base
        last = len(buffer) - HEAD
        used = 0
        while at < end:
            used += 1
            index = at - base
            if index > last:
                wire.spend(used)
                used = 0
                index = wire.at(at)
                buffer, base = wire.buffer, wire.base
                last = len(buffer) - HEAD
            field, length = buffer[index], buffer[index + 1]
            if field in _TEXTS and length < 0x80:
                start = at + 2
                at = start + length
                if (
                    field == _ATTRIBUTE
                    and length <= SHORT
                    and buffer[index + 2 : index + 2 + length] in settings
                ):
                    continue
            else:
                number, kind, start, at = next(wire.fields(at, end))
                field = number << 3 | kind
            if field == _OUTPUT:
                if label[0] == label[1]:
                    label = (start, at)
            elif field == _ATTRIBUTE:
                attributes.append((start, at))
            elif field == _OPERATOR:
                operator = (start, at)
            elif field & 7 == 2 and field not in _TEXTS:
                wire.check("NodeProto", field >> 3, start, at)
        wire.spend(used)
        if at > end:
            raise Refusal("truncated", "a field reaches behind its node", offset=end)
        if operator[1] - operator[0] == len(_COMPILED) and wire.bytes(*operator) == _COMPILED:
            raise Refusal("unread-format", "a node holds a compiled model, which is not read", offset=at)
        for start, stop in attributes:
            stores = self._attribute(start, stop, prefix, label, depth)
            if not stores and stop - start <= SHORT and len(settings) < _MAX_REMEMBERED:
                settings.add(wire.bytes(start, stop))

    def _attribute(self, start: int, end: int, prefix: str, output: _Span, depth: int) -> bool:
        """Read an attribute of the node with this `output`; return whether it holds more than settings."""
        wire = self._wire
        key = (start, start)
        single: list[_Span] = []
        several: list[_Span] = []
        graph: list[_Span] = []
        graphs: list[_Span] = []
        held = {5: single, 10: several, 6: graph, 11: graphs}
        floats = integers = size = 0
        for number, kind, at, stop in wire.fields(start, end):
            if number == 8 and kind in (0, 2):
                integers += numbers_in(wire, "varint", at, stop) if kind else 1
                size += stop - at if kind else size_of(at)
            elif number == 7 and kind in (2, 5):
                floats += numbers_in(wire, "fixed32", at, stop)
            elif kind != 2:
                continue
            elif number == 1:
                key = (at, stop)
            elif number in held:
                held[number].append((at, stop))
            elif number in (22, 23):
                raise Refusal("unread-format", "sparse tensors are not read", offset=at)
            else:
                wire.check("AttributeProto", number, at, stop)
        if not any(held.values()) and floats <= 1 and integers <= 1:
            return False
        name = text(wire, *key)
        label = prefix + text(wire, *output)
        if name != "value":
            label += f".{name}"
        for span in single:
            self._constant(read_tensor(wire, *span), label)
        for position, span in enumerate(several):
            self._constant(read_tensor(wire, *span), f"{label}.{position}")
        for span in graph:
            self._graph(*span, f"{label}/", depth + 1)
        for position, span in enumerate(graphs):
            self._graph(*span, f"{label}.{position}/", depth + 1)
        if floats > 1:
            self._list(Tensor(label, "F32", (floats,), 4 * floats, self._shard))
        if integers > (1 if name == "value_ints" else MAX_SETTINGS):
            self._list(Tensor(label, "I64", (integers,), size, self._shard))
        return True

    def _constant(self, found: StoredTensor, name: str) -> None:
        if prod(found.dims) > 1:
            self._add(found, name)
        else:
            measure(found, name)
            self._claim(name)

    def _list(self, tensor: Tensor) -> None:
        self._claim(tensor.name)
        self._header.tensors.append(tensor)

    def _add(self, found: StoredTensor, name: str) -> None:
        self._claim(name)
        dtype, stored = measure(found, name)
        shard = self._locate(found.external, name, stored) if found.location else self._shard
        if prod(found.dims):
            self._header.tensors.append(Tensor(name, dtype, tuple(found.dims), stored, shard))
        else:
            self._header.empty.append(name)

    def _claim(self, name: str) -> None:
        """Take a name for a tensor; nothing else may have it."""
        if not 0 < len(name) <= MAX_NAME:
            raise Refusal("invalid-name", f"names have 1 to {MAX_NAME} characters, one has {len(name)}")
        if name in self._names:
            raise Refusal("duplicate-tensor", f"two tensors are called {name!r}", tensor=name)
        self._names.add(name)
        if len(self._names) > MAX_TENSORS:
            raise Refusal("header-too-large", f"more than {MAX_TENSORS} tensors")

    def _locate(self, external: Mapping[str, str], name: str, need: int) -> int:
        """Return the shard that holds a tensor's external data, which has to be part of the upload."""
        location = external.get("location", "")
        parts = location.split("/")
        if "\\" in location or ":" in location or {"", ".", ".."} & set(parts):
            raise Refusal(
                "unsafe-path", f"{name!r} is outside of the upload, in {location[:100]!r}", tensor=name
            )
        path = self._wire.source.name.rpartition("/")
        file = self._files.get(path[0] + path[1] + location)
        if file is None:
            raise Refusal(
                "missing-shard", f"{name!r} is in {location[:100]!r}, which is not there", tensor=name
            )
        offset, length = external.get("offset", "0"), external.get("length", str(need))
        if not (_is_number(offset) and _is_number(length)) or int(length) != need:
            message = f"{name!r} needs {need} bytes, {length[:30]} at {offset[:30]} are claimed"
            raise Refusal("size-mismatch", message, tensor=name)
        if int(offset) + need > file.size:
            raise Refusal("truncated", f"{name!r} reaches behind the end of {location[:100]!r}", tensor=name)
        if location not in self._external:
            self._header.parts.append(Shard(file.name, file.size))
            self._external[location] = (self._shard + len(self._header.parts), [])
        shard, spans = self._external[location]
        spans.append((int(offset), int(offset) + need, name))
        return shard

    def _check_external(self) -> None:
        for _, spans in self._external.values():
            spans.sort()
            for (_, end, before), (start, _, name) in pairwise(spans):
                if start < end:
                    message = f"{name!r} and {before!r} are in the same bytes"
                    raise Refusal("overlapping-tensors", message, tensor=name)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


_INPUT, _OUTPUT, _NAME, _OPERATOR, _ATTRIBUTE, _DOC, _DOMAIN, _OVERLOAD = (
    number << 3 | 2 for number in range(1, 9)
)
"""Tags of a node's fields."""
_TEXTS = frozenset((_INPUT, _OUTPUT, _NAME, _OPERATOR, _ATTRIBUTE, _DOC, _DOMAIN, _OVERLOAD))
"""Of these, the ones that are passed over; an attribute is read afterwards."""
_COMPILED = b"EPContext"
"""The operator of onnxruntime that holds what another program compiled the network to."""
_MAX_REMEMBERED = 10_000

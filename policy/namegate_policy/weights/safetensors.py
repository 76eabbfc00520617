"""The strict reader of one safetensors file.

The format: eight bytes of little-endian header length, a JSON object of that length that begins with
`{`, then the data region, which the tensors' `data_offsets` cover without gap or overlap to the file's
end (https://huggingface.co/docs/safetensors, checked against the reference implementation 0.8).
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from namegate_policy.weights.header import FileHeader, Tensor
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.strict_json import JSONError, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from namegate_policy.weights.source import ByteSource

MAX_HEADER = 100_000_000
"""Bytes of JSON, as in the reference implementation."""
MAX_DOUBTFUL_HEADER = 6_000_000
"""Bytes of JSON that are read the slow way; honest headers of this size have no escapes in them."""
MAX_UNCOUNTED_HEADER = 1 << 24
"""Bytes of JSON whose elements are not counted before they are decoded."""
MAX_TENSORS = 100_000
"""Tensors in one file; the largest checkpoints hold some 90,000 in more than a hundred files."""
MAX_METADATA_QUOTES = 100_000
MAX_DIMENSIONS = 16
MAX_NAME = 512

BITS: dict[str, int] = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}
"""Bits of one element by dtype; those below 8 are packed without padding within a tensor."""


class _Entry(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    dtype: Literal[tuple(BITS)]  # type: ignore[valid-type]
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


_Entries = dict[Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)], _Entry]


def read_safetensors(source: ByteSource, shard: int = 0) -> FileHeader:
    """Read the header of `source`, and nothing else of it; `shard` goes into its tensors.

    Raises Refusal for whatever the format forbids, and for what the reference implementation lets pass
    and two readers may understand differently (see `problems.CODES`).
    """
    raw = _header(source)
    entries, metadata = _decode(raw)
    data_size = source.size - 8 - len(raw)
    tensors, empty, end = _in_order(entries, shard)
    if end != data_size:
        entries = dict(sorted(entries.items(), key=lambda item: item[1].data_offsets))
        tensors, empty, end = _in_order(entries, shard)
        if end != data_size:
            raise _cover_fault(entries, data_size, 8 + len(raw))
    return FileHeader(tensors, metadata, empty, {}, [])


def begins_safetensors(raw: bytes) -> bool:
    """Whether a file with these first bytes may be a safetensors file, and so nothing else."""
    return int.from_bytes(raw[:8], "little") <= MAX_HEADER and raw[8:9] == b"{"


def _header(source: ByteSource) -> bytes:
    try:
        prefix = source.read(0, 8)
    except EOFError:
        raise Refusal("truncated", f"{source.size} bytes are too few for a safetensors file") from None
    length = int.from_bytes(prefix, "little")
    if prefix[:4] in _MAGICS:
        raise Refusal("content-mismatch", f"a safetensors file is expected, {_MAGICS[prefix[:4]]} found")
    if length > MAX_HEADER:
        raise Refusal("header-too-large", f"the header claims {length} bytes, {MAX_HEADER} is the limit")
    try:
        raw = source.read(8, length)
    except EOFError:
        raise Refusal("truncated", f"the header claims {length} bytes, {source.size - 8} follow") from None
    if raw[:1] != b"{":
        raise Refusal("invalid-start", "the header does not begin with `{`", offset=8)
    return raw


_MAGICS = {b"PK\x03\x04": "a zip archive", b"GGUF": "a GGUF file"}


def _decode(raw: bytes) -> tuple[dict[str, _Entry], dict[str, str]]:
    """Return entries and metadata; fast where counting quotes proves that no key occurs twice.

    Without a backslash every quote delimits a string. An entry has five strings: its name, three keys and
    the dtype. When there are no more strings than those of the entries and metadata that survive in the
    dictionaries, none was overwritten.
    """
    quotes = raw.count(b'"')
    if quotes > 10 * MAX_TENSORS + MAX_METADATA_QUOTES:
        raise Refusal("header-too-large", f"more than {MAX_TENSORS} tensors in one file")
    if b"\\" in raw or b"\x7f" in raw or not raw.isascii() or (b"-" in raw and _MINUS_ZERO.search(raw)):
        return _decode_doubtful(raw)
    if len(raw) > MAX_UNCOUNTED_HEADER and raw.count(b",") > (MAX_DIMENSIONS + 3) * (quotes // 10 + 1):
        raise Refusal("header-too-large", "the header has more elements than its tensors account for")
    leading = _METADATA.match(raw)
    metadata = _metadata(leading[1]) if leading else {}
    if metadata is None:
        return _decode_doubtful(raw)
    try:
        entries = _ENTRIES.decode(b"{" + raw[leading.end() :] if leading else raw)
    except (ValueError, msgspec.MsgspecError) as error:
        if raw.find(b'"__metadata__"', leading.end() if leading else 0) >= 0:
            return _decode_doubtful(raw)
        raise _entry_fault(error) from None
    if quotes != 10 * len(entries) + (4 * len(metadata) + 2 if leading else 0) or "__metadata__" in entries:
        return _decode_doubtful(raw)
    return entries, metadata


_ENTRIES = msgspec.json.Decoder(_Entries)
_TEXTS = msgspec.json.Decoder(dict[str, str])
_METADATA = re.compile(
    rb'\{[ \t\r\n]*"__metadata__"[ \t\r\n]*:[ \t\r\n]*(\{[^{}]*\})[ \t\r\n]*(?:,(?=[ \t\r\n]*")|(?=\}))'
)
_MINUS_ZERO = re.compile(rb"-0(?<=[^\"\w.-]-0)")
"""An integer to some readers and a float to others; names have something else before the sign."""


def _metadata(raw: bytes) -> dict[str, str] | None:
    """Return the texts of a `__metadata__`, or None when it is something else."""
    try:
        return _TEXTS.decode(raw)
    except (ValueError, msgspec.MsgspecError):
        return None


def _decode_doubtful(raw: bytes) -> tuple[dict[str, _Entry], dict[str, str]]:
    if len(raw) > MAX_DOUBTFUL_HEADER:
        raise Refusal(
            "header-too-large",
            f"a header of {len(raw)} bytes with escapes, further characters or repeated keys",
        )
    try:
        document = load_object(raw)
    except JSONError as problem:
        raise Refusal(problem.code, str(problem)) from None
    try:
        metadata = msgspec.convert(document.pop("__metadata__", {}), dict[str, str])
    except msgspec.MsgspecError as error:
        raise Refusal("invalid-metadata", f"__metadata__: {error}") from None
    if len(document) > MAX_TENSORS:
        raise Refusal("header-too-large", f"{len(document)} tensors, {MAX_TENSORS} is the limit")
    for name in document:
        if not name.isprintable():
            raise Refusal("invalid-name", f"the name {name[:100]!r} has control characters")
    try:
        return msgspec.convert(document, _Entries), metadata
    except (ValueError, msgspec.MsgspecError) as error:
        raise _entry_fault(error) from None


def _entry_fault(error: Exception) -> Refusal:
    code = "invalid-entry" if isinstance(error, msgspec.ValidationError) else "invalid-json"
    if str(error).startswith("Invalid enum value"):
        code = "unknown-dtype"
    elif str(error).startswith("Expected `str` of length"):
        code = "invalid-name"
    return Refusal(code, f"the header is not what the format demands: {str(error)[:200]}")


def _in_order(entries: Mapping[str, _Entry], shard: int) -> tuple[list[Tensor], list[str], int | None]:
    """Return the tensors after comparing shape and dtype with the offsets, the names of those without an
    element, and where the last ends: None where one does not begin where the one before ends.
    """
    tensors: list[Tensor] = []
    empty: list[str] = []
    append = tensors.append
    end, covered = 0, True
    for name, entry in entries.items():
        begin, stop = entry.data_offsets
        try:
            need, shape = _bytes_of(entry.dtype, entry.shape)
        except Refusal as refusal:
            refusal.tensor = name
            raise
        if begin != end:
            covered = False
        end = begin + need
        if end != stop:
            raise Refusal(
                "size-mismatch",
                f"{name[:100]!r} of {entry.dtype} {list(shape)} needs {need} bytes, "
                f"its offsets {begin} to {stop} give {stop - begin}",
                tensor=name,
            )
        if need:
            append(Tensor(name, entry.dtype, shape, need, shard))
        else:
            empty.append(name)
    return tensors, empty, end if covered else None


@lru_cache(maxsize=1024)
def _bytes_of(dtype: str, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Return the bytes of a tensor, and the shape: one object for all that are equal."""
    bits = BITS[dtype]
    if len(shape) > MAX_DIMENSIONS:
        raise Refusal("invalid-shape", f"{len(shape)} dimensions, {MAX_DIMENSIONS} is the limit")
    if min(shape, default=0) < 0:
        raise Refusal("invalid-shape", f"a dimension of {list(shape)} is negative")
    if bits * prod(filter(None, shape)) >= 1 << 64:
        raise Refusal("invalid-shape", f"the number of bits in {list(shape)} overflows")
    bits *= prod(shape)
    if bits % 8:
        raise Refusal("size-mismatch", f"{dtype} {list(shape)} does not end at a whole byte")
    return bits // 8, shape


def _cover_fault(entries: Mapping[str, _Entry], size: int, start: int) -> Refusal:
    end = 0
    for name, entry in entries.items():
        begin, stop = entry.data_offsets
        if begin != end:
            code, what = (
                ("overlapping-tensors", "overlaps the tensor before")
                if begin < end
                else ("uncovered-bytes", "leaves bytes before it uncovered")
            )
            message = f"{name[:100]!r} begins at {begin} and {what}, which ends at {end}"
            return Refusal(code, message, tensor=name, offset=start + begin)
        end = stop
    if end > size:
        return Refusal("truncated", f"the tensors need {end} bytes of data, the file has {size}")
    return Refusal("trailing-bytes", f"{size - end} bytes follow the last tensor", offset=start + end)

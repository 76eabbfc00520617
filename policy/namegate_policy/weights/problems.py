"""Every reason to distrust a file, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.weights.header import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(NamedTuple):
    """What a problem code means.

    `stricter` says, by format, why we refuse files that the reference loader of the format accepts.
    """

    why: str
    stricter: Mapping[str, str] = {}


_HOSTILE_COST = "a header costs memory and time before anything of it is proven; real ones stay far below"
_UNCHECKED = "the reference reader takes offsets and sizes on trust and fails, or reads other bytes, later"

CODES: dict[str, Code] = {
    # any format
    "truncated": Code(
        "the file ends before what its header announces", dict.fromkeys(("gguf", "pytorch"), _UNCHECKED)
    ),
    "content-mismatch": Code(
        "the file's content is of another format than its name says",
        {"onnx": "a model can begin as a safetensors file does, and be both"},
    ),
    "header-too-large": Code(
        "the header is above the limits of size or count",
        dict.fromkeys(("safetensors", "gguf", "pytorch", "onnx"), _HOSTILE_COST),
    ),
    "invalid-name": Code(
        "a tensor's name or a key is empty, too long, reserved, not UTF-8 or has control characters",
        dict.fromkeys(
            ("safetensors", "gguf", "pytorch", "onnx"),
            "no framework writes such names, and they hide one name behind another when printed",
        ),
    ),
    "duplicate-tensor": Code(
        "two tensors have one name",
        {
            "pytorch": "names of nested dictionaries are joined by dots, where two can become one",
            "onnx": "the parser keeps both, though a name stands for one value",
        },
    ),
    "duplicate-key": Code(
        "a key occurs twice in one object",
        dict.fromkeys(
            ("safetensors", "pytorch"),
            "readers differ in which of the two they take, so the file has two meanings",
        ),
    ),
    "unknown-version": Code(
        "the format's version is not one that is read",
        {
            "gguf": "the format knows big-endian files from version 3 on",
            "pytorch": "torch reads a version that is no number as the digits it begins with",
        },
    ),
    "unknown-dtype": Code(
        "the element type is none of the format's",
        {
            "gguf": "Q8_1 is an intermediate type of computing on whose size implementations differ",
            "pytorch": "torch.save writes a storage of bytes for the newer types only",
        },
    ),
    "invalid-shape": Code(
        "a dimension is negative or the number of elements overflows, or there are too many dimensions",
        dict.fromkeys(
            ("safetensors", "gguf", "pytorch", "onnx"),
            "no framework builds tensors of such a rank or size; unchecked products wrap around",
        ),
    ),
    "invalid-value": Code(
        "a metadata value is of an unknown type or not one of its type",
        {
            "gguf": "readers differ on a text that is not UTF-8 and a bool that is neither 0 nor 1",
            "pytorch": "torch reads the small records only when it needs them",
        },
    ),
    "size-mismatch": Code(
        "the shape and element type need other bytes than the header gives the tensor",
        dict.fromkeys(("gguf", "pytorch"), _UNCHECKED),
    ),
    "overlapping-tensors": Code(
        "two tensors claim the same bytes",
        {
            "gguf": "bytes that are counted twice forge the count; llama.cpp refuses such files, too",
            "pytorch": "views of one storage that share some bytes, and are not one tensor, forge the count",
        },
    ),
    "uncovered-bytes": Code(
        "bytes of the data region belong to no tensor",
        {
            "pytorch": "a storage that no tensor uses hides a second content",
            "gguf": "llama.cpp demands that tensors follow each other; a gap hides a second content",
        },
    ),
    "trailing-bytes": Code(
        "bytes follow the last tensor", {"gguf": "a second file can hide behind the first"}
    ),
    "invalid-json": Code("the text is not the strict JSON object that the format demands"),
    "unread-format": Code(
        "files of this format are recognized and not read",
        {
            "pytorch": "TorchScript archives are programs, not checkpoints",
            "onnx": "sparse tensors, segments, graphs of training and compiled models hold uncounted numbers",
        },
    ),
    "reader-limit": Code(
        "reading took more memory or time than a server gives it",
        dict.fromkeys(("safetensors", "gguf", "pytorch", "onnx"), _HOSTILE_COST),
    ),
    # safetensors
    "invalid-start": Code(
        "the header does not begin with `{`",
        {
            "safetensors": "the format's definition demands it, so that the file cannot be one of another "
            "format; the reference's JSON parser lets white space pass"
        },
    ),
    "invalid-entry": Code(
        "a tensor's entry has not exactly `dtype`, `shape` and `data_offsets` of the right types",
        {
            "safetensors": "further fields are ignored, and entries written as lists or enums accepted, by "
            "the reference's deserializer; no library writes them"
        },
    ),
    "invalid-metadata": Code(
        "`__metadata__` is not an object of strings",
        {"safetensors": "`null` is accepted by the reference and written by no library"},
    ),
    # GGUF
    "split-mismatch": Code(
        "the parts of a split file and their names or counts do not fit together",
        {"gguf": "the reference reads one part as if it were all; llama.cpp refuses parts that do not fit"},
    ),
    # PyTorch
    "legacy-format": Code(
        "a PyTorch checkpoint from before the zip format, a pickle or tar",
        {"pytorch": "storages stand between pickles there, so their sizes are not known without unpickling"},
    ),
    "invalid-archive": Code(
        "the zip archive has gaps, overlaps, bytes before or behind it, a record twice or in two accounts",
        {"pytorch": "zip readers differ in whether the directory or the local headers count"},
    ),
    "compressed-record": Code(
        "a record of the zip archive is compressed",
        {"pytorch": "torch.save never does; compressed bytes are no proof of the stored size"},
    ),
    "unknown-record": Code(
        "the zip archive has a record that torch.save does not write",
        {"pytorch": "the loader ignores it, another program may not"},
    ),
    "checksum-mismatch": Code(
        "a record of the header does not have its checksum",
        {"pytorch": "the file is damaged or was changed; torch does not compare the checksums"},
    ),
    "invalid-pickle": Code(
        "the pickle is damaged or describes a tensor in a way that torch.save does not",
        {"pytorch": "values outside of what torch.save writes are left to the loader's chance"},
    ),
    "forbidden-opcode": Code(
        "the pickle has an opcode that a state dict does not need: it may run code",
        {"pytorch": "sets, attributes and calls with further arguments stand for no stored weights"},
    ),
    "forbidden-global": Code(
        "the pickle imports something else than tensors, storages and dictionaries: it may run code",
        {"pytorch": "further classes that weights_only allows stand for no stored weights"},
    ),
    "no-state-dict": Code(
        "the checkpoint is no dictionary of names to tensors",
        {"pytorch": "without names there is nothing to compare a model's name with"},
    ),
    "storage-mismatch": Code(
        "one storage is described in two ways", {"pytorch": "the loader takes the first description"}
    ),
    "view-out-of-bounds": Code("a tensor reaches behind its storage"),
    "overlapping-elements": Code(
        "strides put several elements of a tensor in one place",
        {"pytorch": "an expanded tensor shows more elements than are stored"},
    ),
    # ONNX
    "invalid-protobuf": Code(
        "the file is no protocol buffer",
        {"onnx": "groups, which the format does not use, are passed over by the parser"},
    ),
    # sharded checkpoints
    "invalid-index": Code("the shard index has no `weight_map` of tensor names to file names"),
    "unsafe-path": Code("the index names a file outside of its own folder"),
    "missing-shard": Code("a shard that the index or the series names is not in the upload"),
    "missing-tensor": Code("the index places a tensor in a shard that does not store it"),
    "unlisted-tensor": Code("a shard stores a tensor that the index does not place there"),
}
"""Kebab-case code → its meaning."""


class Refusal(Exception):  # noqa: N818 (it is a finding about the file, not an error of the program)
    """A reader stops at a file that cannot be trusted; the caller adds the file's name."""

    def __init__(
        self, code: str, message: str, *, tensor: str | None = None, offset: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.tensor = tensor
        self.offset = offset

    def problem(self, file: str) -> Problem:
        """Return the problem of `file` that this refusal states."""
        return Problem(self.code, self.message, file, self.tensor, self.offset)

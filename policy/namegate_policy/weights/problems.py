"""Every reason to distrust a file, in one place."""

from __future__ import annotations

from typing import NamedTuple

from namegate_policy.weights.header import Problem


class Code(NamedTuple):
    """What a problem code means; `stricter` says why we refuse what a reference loader accepts."""

    why: str
    stricter: str | None = None


CODES: dict[str, Code] = {
    # any format
    "truncated": Code("the file ends before what its header announces"),
    "content-mismatch": Code(
        "the file's content is of another format than its name says",
        "a file that is one format to this reader and another to a loader has two sets of weights",
    ),
    "header-too-large": Code(
        "the header is above the limits of size or count",
        "a header costs memory before anything of it is proven; real ones stay far below the limits",
    ),
    "invalid-name": Code(
        "a tensor's name is empty, too long or has control characters",
        "no framework writes such names, and they hide one name behind another when printed",
    ),
    "duplicate-tensor": Code("two tensors have one name"),
    "duplicate-key": Code(
        "a key occurs twice in one object",
        "readers differ in which of the two they take, so the file has two meanings",
    ),
    "unknown-dtype": Code("the element type is none of the format's"),
    "invalid-shape": Code(
        "a dimension is negative or the number of elements overflows, or there are too many dimensions",
        "no framework builds tensors of such a rank or size",
    ),
    "size-mismatch": Code("the shape and element type need other bytes than the header gives the tensor"),
    "overlapping-tensors": Code("two tensors claim the same bytes"),
    "uncovered-bytes": Code("bytes of the data region belong to no tensor"),
    "trailing-bytes": Code("bytes follow the last tensor"),
    "invalid-json": Code("the text is not the strict JSON object that the format demands"),
    "unread-format": Code("files of this format are recognized and not read"),
    # safetensors
    "invalid-start": Code(
        "the header does not begin with `{`",
        "the format's definition demands it, so that the file cannot be one of another format; the "
        "reference's JSON parser lets white space pass",
    ),
    "invalid-entry": Code(
        "a tensor's entry has not exactly `dtype`, `shape` and `data_offsets` of the right types",
        "further fields, and entries written as lists or enums, are ignored or accepted by the reference "
        "through its deserializer and written by no library",
    ),
    "invalid-metadata": Code(
        "`__metadata__` is not an object of strings",
        "`null` is accepted by the reference and written by no library",
    ),
    # sharded checkpoints
    "invalid-index": Code("the shard index has no `weight_map` of tensor names to file names"),
    "unsafe-path": Code("the index names a file outside of its own folder"),
    "missing-shard": Code("a shard that the index or the series names is not in the upload"),
    "missing-tensor": Code("the index places a tensor in a shard that does not store it"),
    "unlisted-tensor": Code("a shard stores a tensor that the index does not place there"),
}


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

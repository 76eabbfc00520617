"""A checkpoint in several files: the index and its shards have to tell the same."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from namegate_policy.errors import EvidenceError
from namegate_policy.weights.header import Problem, Shard
from namegate_policy.weights.problems import Refusal
from namegate_policy.weights.select import MAX_SHARDS
from namegate_policy.weights.strict_json import JSONError, load_object

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from namegate_policy.weights.header import FileHeader, Tensor
    from namegate_policy.weights.source import ByteSource

    Reader = Callable[[ByteSource, int], FileHeader]

MAX_INDEX = 1 << 25
"""Bytes of a shard index; one of 90,000 tensors takes 11 million."""
MAX_INDEX_ENTRIES = 300_000
MAX_TENSORS = 300_000
"""Tensors in all shards together."""
ENDED_EARLY = "the file became shorter while it was read"
_SHOWN = 5
"""Tensors named in problems of one kind, so that a report of a bad checkpoint stays readable."""


class ShardIndex(msgspec.Struct):
    """`*.index.json`: which shard stores which tensor."""

    weight_map: dict[str, str]
    metadata: dict[str, Any] | None = None


class Collected:
    """What the shards of a checkpoint hold together."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.shards: list[Shard] = []
        self.metadata: dict[str, Any] = {}
        self.empty: list[str] = []
        self.aliases: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.names: list[tuple[str, list[str]]] = []
        """base name of a file, and the names that it stores"""
        self.as_listed = False
        """each shard stores exactly the tensors that the index places there"""

    def places(self) -> dict[str, str]:
        """Return tensor name → base name of the file that stores it; the last one where several do."""
        places: dict[str, str] = {}
        for file, names in self.names:
            places.update(dict.fromkeys(names, file))
        return places


def read_index(source: ByteSource, beside: Collection[str] = ()) -> ShardIndex:
    """Read the shard index in `source`; `beside` are the base names of the files that lie in its folder.

    Raises Refusal when it is no shard index.
    """
    if source.size > MAX_INDEX:
        raise Refusal("header-too-large", f"an index of {source.size} bytes, {MAX_INDEX} is the limit")
    try:
        raw = source.read(0, source.size)
    except EOFError:
        raise Refusal("truncated", ENDED_EARLY) from None
    colons = raw.count(b":")
    if colons > MAX_INDEX_ENTRIES:
        raise Refusal("header-too-large", f"the index has more than {MAX_INDEX_ENTRIES} entries")
    try:
        index = _decode(raw, beside)
        if b"\\" in raw or not _all_survived(index, colons):
            index = msgspec.convert(load_object(raw), ShardIndex)
    except JSONError as problem:
        raise Refusal(problem.code, str(problem)) from None
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise Refusal("invalid-index", f"not a shard index: {str(error)[:200]}") from None
    files = set(index.weight_map.values())
    if len(files) > MAX_SHARDS:
        raise Refusal("header-too-large", f"{len(files)} shards, {MAX_SHARDS} is the limit")
    for file in files.difference(beside):
        if not file or "/" in file or "\\" in file or file in (".", "..") or not file.isprintable():
            raise Refusal("unsafe-path", f"the index names the file {file[:100]!r}, not one beside it")
    return index


def _decode(raw: bytes, beside: Collection[str]) -> ShardIndex:
    """Decode an index; a large one with one text for all of a file's entries, where the files are known."""
    if beside and len(raw) > _LARGE:
        file: Any = Literal[tuple(beside)]
        known: Any = msgspec.defstruct("Known", [("weight_map", dict[str, file])], bases=(ShardIndex,))
        with suppress(msgspec.ValidationError):
            index: ShardIndex = msgspec.json.decode(raw, type=known)
            return index
    return _INDEX.decode(raw)


_LARGE = 1 << 20
_INDEX = msgspec.json.Decoder(ShardIndex)


def _all_survived(index: ShardIndex, colons: int) -> bool:
    """Whether the number of colons proves that no key occurs twice, and no number is a negative zero."""
    values = (index.metadata or {}).values()
    pairs = 1 + len(index.weight_map) + (index.metadata is not None) + len(values)
    return colons == pairs and all(isinstance(value, int | float | str) and value != 0 for value in values)


_POINTER = b"version https://git-lfs.github.com/spec/v1\n"


def _pointer(source: ByteSource) -> Problem | None:
    """Say of a refused file that it is a pointer of Git LFS, or return None where it is none."""
    try:
        start = source.read(0, len(_POINTER))
    except (EOFError, EvidenceError, Refusal):  # too short, not sent, or beyond the window
        return None
    if start != _POINTER:
        return None
    message = "a pointer of Git LFS stands in place of the weights; `git lfs pull` fetches them"
    return Problem("content-mismatch", message, source.name)


def read_shards(sources: Iterable[ByteSource], read: Reader, index: ShardIndex | None = None) -> Collected:
    """Read all `sources` as parts of one checkpoint and put together what they store.

    As long as the index places each name in just the shard that stores it, no two shards can store one;
    from the first other name on, the names seen are kept and compared.
    """
    found = Collected()
    listed = index.weight_map if index else {}
    seen: set[str] | None = None if index else set()
    for source in sources:
        try:
            header = read(source, len(found.shards))
        except Refusal as refusal:
            found.problems.append(_pointer(source) or refusal.problem(source.name))
            continue
        except EOFError:
            found.problems.append(Problem("truncated", ENDED_EARLY, source.name))
            continue
        finally:
            found.shards.append(Shard(source.name, source.size))
            source.close()
        names = [tensor.name for tensor in header.tensors]
        if header.empty or header.aliases:
            names += [*header.empty, *header.aliases]
            found.empty += header.empty
            found.aliases |= header.aliases
        file = source.name.rpartition("/")[2]
        if seen is None and list(map(listed.get, names)).count(file) != len(names):
            seen = set(found.places())
        if seen is not None:
            if not seen.isdisjoint(names):
                found.problems += _duplicates(seen, names, source.name)
            seen.update(names)
        found.names.append((file, names))
        found.tensors += header.tensors
        found.shards += header.parts
        for key, value in header.metadata.items():
            found.metadata.setdefault(key, value)
        if seen is not None and len(seen) > MAX_TENSORS:
            message = f"more than {MAX_TENSORS} tensors in the checkpoint"
            found.problems.append(Problem("header-too-large", message, source.name))
            break
    found.as_listed = seen is None and sum(len(names) for _, names in found.names) == len(listed)
    return found


def _duplicates(seen: set[str], names: Iterable[str], file: str) -> list[Problem]:
    again = islice((name for name in names if name in seen), _SHOWN)
    return [Problem("duplicate-tensor", "another shard stores it, too", file, name) for name in again]


def compare(index: ShardIndex, found: Collected, name: str) -> list[Problem]:
    """Return what the index called `name` and the shards read say differently."""
    if found.as_listed:
        return []
    places = found.places()
    refused = {problem.file.rpartition("/")[2] for problem in found.problems}
    read = {shard.name.rpartition("/")[2] for shard in found.shards} - refused
    missing = [
        tensor for tensor, file in index.weight_map.items() if file in read and places.get(tensor) != file
    ]
    unlisted = [tensor for tensor, file in places.items() if index.weight_map.get(tensor) != file]
    return [
        Problem("missing-tensor", f"{index.weight_map[tensor]} does not store it", name, tensor)
        for tensor in missing[:_SHOWN]
    ] + [
        Problem("unlisted-tensor", f"{places[tensor]} stores it, the index does not say so", name, tensor)
        for tensor in unlisted[:_SHOWN]
    ]

"""The reader of a PyTorch checkpoint in a zip archive, as `torch.save` has written since version 1.6.

The archive is `data.pkl`, a pickle whose persistent ids name storages, and one record `data/KEY` for
each storage. The pickle is read symbolically (`opcodes`), so nothing in it can run.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.weights.archive import Record, read_archive, read_record
from namegate_policy.weights.header import FileHeader, Tensor
from namegate_policy.weights.opcodes import Call, Global, Persistent, read_pickle
from namegate_policy.weights.problems import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.weights.source import ByteSource

MAX_PICKLE = 1 << 25
"""Bytes of `data.pkl`; a tensor takes some 250."""
MAX_DIMENSIONS = 64
MAX_NAME = 512
MAX_NESTING = 4
MAX_ITEMS = 200_000
"""Items of all dictionaries and lists, those that are there twice counted twice."""
MAX_VERSION = 10
"""Of the archive format, which torch calls its file format version."""

_STORAGES = {
    "torch.FloatStorage": ("F32", 4),
    "torch.DoubleStorage": ("F64", 8),
    "torch.HalfStorage": ("F16", 2),
    "torch.BFloat16Storage": ("BF16", 2),
    "torch.LongStorage": ("I64", 8),
    "torch.IntStorage": ("I32", 4),
    "torch.ShortStorage": ("I16", 2),
    "torch.CharStorage": ("I8", 1),
    "torch.ByteStorage": ("U8", 1),
    "torch.BoolStorage": ("BOOL", 1),
    "torch.ComplexFloatStorage": ("C64", 8),
    "torch.ComplexDoubleStorage": ("C128", 16),
    "torch.storage.UntypedStorage": ("U8", 1),
}
"""Storage class → dtype and bytes of an element."""
_DTYPES = {
    "torch.float8_e4m3fn": ("F8_E4M3", 1),
    "torch.float8_e5m2": ("F8_E5M2", 1),
    "torch.float8_e4m3fnuz": ("F8_E4M3FNUZ", 1),
    "torch.float8_e5m2fnuz": ("F8_E5M2FNUZ", 1),
    "torch.float8_e8m0fnu": ("F8_E8M0", 1),
    "torch.uint16": ("U16", 2),
    "torch.uint32": ("U32", 4),
    "torch.uint64": ("U64", 8),
}
"""dtypes without a storage class of their own, written by `_rebuild_tensor_v3`."""
_REBUILD_2 = "torch._utils._rebuild_tensor_v2"
_REBUILD_3 = "torch._utils._rebuild_tensor_v3"
_PARAMETER = "torch._utils._rebuild_parameter"
_ALLOWED = frozenset(
    {
        "collections.OrderedDict",
        "torch.Size",
        "torch.device",
        _REBUILD_2,
        _REBUILD_3,
        _PARAMETER,
        *_STORAGES,
        *_DTYPES,
        *(f"torch.{name}" for name in ("float32", "float64", "float16", "bfloat16", "int64", "int32")),
        *(f"torch.{name}" for name in ("int16", "int8", "uint8", "bool", "complex64")),
    }
)
_SECTIONS = ("state_dict", "model_state_dict", "model", "module", "params_ema", "params", "net", "weights")
"""Where training scripts put the state dict in a larger checkpoint, in order of preference."""
_SMALL_RECORDS = frozenset(
    ("version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id")
)


class _View(NamedTuple):
    """A tensor as the pickle describes it: elements of a storage; extents and strides in elements."""

    key: str
    dtype: str
    width: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def elements(self) -> int:
        product = 1
        for extent in self.shape:
            product *= extent
        return product

    @property
    def extent(self) -> int:
        """Elements from the first to behind the last."""
        if not self.elements:
            return 0
        return 1 + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))


def read_pytorch(source: ByteSource, shard: int = 0) -> FileHeader:
    """Read the structure of `source`; `shard` goes into its tensors.

    A second name for the same elements of a storage (a tied weight) is an alias, not a tensor of its
    own. Raises Refusal when the file cannot be trusted.
    """
    _check_kind(source)
    records = read_archive(source)
    if "data.pkl" not in records:
        raise Refusal("invalid-archive", "the zip archive has no data.pkl: not written by torch.save")
    if "constants.pkl" in records or any(name.startswith("code/") for name in records):
        raise Refusal("unread-format", "a TorchScript archive holds code; publish the state dict instead")
    metadata = {"byteorder": _check_records(source, records)}
    top = read_pickle(read_record(source, records["data.pkl"], MAX_PICKLE), _ALLOWED)
    reader = _Reader(records)
    section, views = _state_dict(top, reader)
    reader.check_all_used()
    if section:
        metadata["section"] = section
    return _place(views, metadata, shard)


def _check_kind(source: ByteSource) -> None:
    start = source.read(0, min(source.size, 512))
    if start[:4] == b"PK\x03\x04":
        return
    if start[:1] == b"\x80" or start[257:262] == b"ustar" or start[:2] == b"(d":
        raise Refusal(
            "legacy-format",
            "a pickle or tar of torch before 1.6, which cannot be checked without running it: load it where "
            "you trust it and save it as safetensors",
        )
    if len(start) < 4:
        raise Refusal("truncated", f"{source.size} bytes are too few for a PyTorch checkpoint")
    raise Refusal("content-mismatch", f"a PyTorch zip archive is expected, it begins with {start[:4]!r}")


def _check_records(source: ByteSource, records: dict[str, Record]) -> str:
    for name in records:
        if name != "data.pkl" and name not in _SMALL_RECORDS and not name.startswith("data/"):
            raise Refusal("unknown-record", f"{name[:100]!r} is no record that torch.save writes")
    small = {name: read_record(source, records[name], 64) for name in _SMALL_RECORDS & records.keys()}
    version = small.get("version", b"").strip()
    if not version.isdigit() or not 1 <= int(version) <= MAX_VERSION:
        raise Refusal("unknown-version", f"the archive's version is {version!r}, not 1 to {MAX_VERSION}")
    order = small.get("byteorder", b"little")
    if order not in (b"little", b"big"):
        raise Refusal("invalid-value", f"the byte order is {order!r}")
    if not all(data.isascii() for data in small.values()):
        raise Refusal("invalid-value", "a small record of the archive is no text")
    return order.decode()


class _Reader:
    """Gives calls and persistent ids of the pickle their meaning."""

    def __init__(self, records: dict[str, Record]) -> None:
        self._records = records
        self._storages: dict[str, tuple[str, int, int]] = {}
        """key → dtype, bytes of an element, number of elements"""

    def view(self, value: Any) -> _View | None:
        """Return the tensor that `value` stands for, or None when it is something else."""
        if not isinstance(value, Call):
            return None
        function, arguments = value.function, value.arguments
        if function == _PARAMETER:
            if len(arguments) != 3:
                raise Refusal("invalid-pickle", "a parameter is rebuilt from other arguments than three")
            inner = self.view(arguments[0])
            if inner is None:
                raise Refusal("invalid-pickle", "a parameter is rebuilt from what is no tensor")
            _check_hooks(arguments[1], arguments[2])
            return inner
        if function == _REBUILD_2 and len(arguments) in (6, 7):
            storage, offset, shape, strides, *rest = arguments
            key, dtype, width = self._storage(storage)
        elif function == _REBUILD_3 and len(arguments) in (7, 8):
            storage, offset, shape, strides, *rest = arguments
            kind = rest.pop(2)
            known = _DTYPES.get(kind.name) if isinstance(kind, Global) else None
            key, stored_as, _ = self._storage(storage)
            if known is None or stored_as != "U8":
                raise Refusal("unknown-dtype", "a tensor is rebuilt with an unknown element type")
            dtype, width = known
        elif function in ("torch.Size", "torch.device"):
            return None
        else:
            raise Refusal("invalid-pickle", f"{function} has other arguments than torch.save gives it")
        _check_hooks(rest[0], rest[1])
        if len(rest) > 2 and rest[2] is not None and not _is_flags(rest[2]):
            raise Refusal("invalid-pickle", "a tensor has metadata that torch.save does not write")
        view = _View(key, dtype, width, _natural(offset), _naturals(shape), _naturals(strides))
        self._check(view)
        return view

    def _storage(self, value: Any) -> tuple[str, str, int]:
        """Return key, dtype and bytes of an element after comparing the storage with its record."""
        match value:
            case Persistent(id=("storage", Global(name=kind), str(key), str(), int(count))) if (
                kind in _STORAGES
            ):
                dtype, width = _STORAGES[kind]
            case _:
                raise Refusal("invalid-pickle", "a tensor's storage is not described as torch.save does")
        if type(count) is not int or count < 0:
            raise Refusal("invalid-shape", f"a storage of {count} elements")
        known = self._storages.setdefault(key, (dtype, width, count))
        if known != (dtype, width, count):
            raise Refusal("storage-mismatch", f"the storage {key[:50]!r} is described in two ways")
        record = self._records.get(f"data/{key}")
        if record is None:
            raise Refusal("truncated", f"the archive has no record for the storage {key[:50]!r}")
        if record.size != count * width:
            raise Refusal(
                "size-mismatch",
                f"the storage {key[:50]!r} of {count} {dtype} needs {count * width} bytes, not {record.size}",
            )
        return key, dtype, width

    def _check(self, view: _View) -> None:
        _, unit, count = self._storages[view.key]
        if len(view.shape) != len(view.strides):
            raise Refusal("invalid-shape", f"a tensor has extents {view.shape} and strides {view.strides}")
        if (view.offset + view.extent) * view.width > count * unit:
            raise Refusal(
                "view-out-of-bounds",
                f"a tensor of {view.shape} reaches behind the {count} elements of its storage",
            )
        reach = 1
        for stride, size in sorted(zip(view.strides, view.shape, strict=True)):
            if size > 1 and view.elements:
                if stride < reach:
                    raise Refusal(
                        "overlapping-elements",
                        f"a tensor of {view.shape} with strides {view.strides} has elements in one place",
                    )
                reach += (size - 1) * stride

    def check_all_used(self) -> None:
        """Refuse an archive with storages that no tensor of it uses."""
        unused = [
            name for name in self._records if name.startswith("data/") and name[5:] not in self._storages
        ]
        if unused:
            raise Refusal("uncovered-bytes", f"no tensor uses the record {unused[0][:100]!r}")


def _check_hooks(requires_grad: Any, hooks: Any) -> None:
    if not isinstance(requires_grad, bool) or hooks not in ({}, None):
        raise Refusal("invalid-pickle", "a tensor has hooks, which are code")


def _is_flags(value: Any) -> bool:
    return isinstance(value, dict) and all(
        key in ("conj", "neg") and isinstance(flag, bool) for key, flag in value.items()
    )


def _natural(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise Refusal("invalid-shape", "an extent, stride or offset is no natural number of 63 bits")
    return value


def _naturals(values: Any) -> tuple[int, ...]:
    if isinstance(values, Call) and values.function == "torch.Size" and len(values.arguments) == 1:
        values = values.arguments[0]
    if not isinstance(values, tuple) or len(values) > MAX_DIMENSIONS:
        raise Refusal("invalid-shape", f"extents or strides are no tuple of at most {MAX_DIMENSIONS}")
    return tuple(_natural(value) for value in values)


def _state_dict(top: Any, reader: _Reader) -> tuple[str, dict[str, _View]]:
    """Return the section of the checkpoint that holds the weights, and its tensors by name."""
    if not isinstance(top, dict):
        raise Refusal("no-state-dict", "the checkpoint is no dictionary of names to tensors")
    everything = dict(_flatten(top, reader))
    if not everything:
        raise Refusal("no-state-dict", "the checkpoint has no tensors")
    for section in _SECTIONS:
        if isinstance(top.get(section), dict):
            views = dict(_flatten(top[section], reader))
            if views:
                return section, views
    kept = {name: view for name, view in everything.items() if not name.startswith("optim")}
    return "", kept or everything


def _flatten(value: Any, reader: _Reader) -> Iterator[tuple[str, _View]]:
    """Yield every tensor in nested dictionaries and lists, names joined by dots."""
    visits = 0
    names: set[str] = set()
    pending: list[tuple[str, Any, int]] = [("", value, 0)]
    while pending:
        prefix, container, depth = pending.pop()
        visits += len(container)
        if visits > MAX_ITEMS:
            raise Refusal(
                "header-too-large", f"more than {MAX_ITEMS} items, or containers that hold each other"
            )
        items = container.items() if isinstance(container, dict) else enumerate(container)
        nested: list[tuple[str, Any, int]] = []
        for key, item in items:
            name = f"{prefix}{key}"
            if isinstance(item, (dict, list, tuple)):
                if item and depth < MAX_NESTING:
                    nested.append((f"{name[:MAX_NAME]}.", item, depth + 1))
                continue
            view = reader.view(item)
            if view is None:
                continue
            if (not key and key != 0) or len(name) > MAX_NAME or not name.isprintable():
                raise Refusal("invalid-name", f"the name {name[:100]!r} is empty, too long or unprintable")
            if name in names:
                raise Refusal("duplicate-tensor", f"two tensors are called {name[:100]!r}")
            names.add(name)
            yield name, view
        pending.extend(reversed(nested))


def _place(views: dict[str, _View], metadata: dict[str, Any], shard: int) -> FileHeader:
    """Turn views into tensors; equal views are aliases, views that overlap otherwise are refused."""
    header = FileHeader([], metadata, [], {}, [])
    first: dict[tuple[Any, ...], str] = {}
    spans: dict[str, list[tuple[int, int, str]]] = {}
    for name, view in views.items():
        if not view.elements:
            header.empty.append(name)
            continue
        place = (view.key, view.offset * view.width)
        original = first.setdefault((*place, view.elements * view.width), name)
        if original != name:
            header.aliases[name] = original
            continue
        start = place[1]
        spans.setdefault(view.key, []).append((start, start + view.extent * view.width, name))
        header.tensors.append(Tensor(name, view.dtype, view.shape, view.elements * view.width, shard))
    for items in spans.values():
        items.sort()
        for (_, end, before), (start, _, name) in pairwise(items):
            if start < end:
                message = f"{name[:100]!r} shares bytes with {before[:100]!r} and is not the same tensor"
                raise Refusal("overlapping-tensors", message, tensor=name)
    return header

"""Parts of several libraries and releases → the two files that are shipped."""

from __future__ import annotations

import lzma
from typing import TYPE_CHECKING

import msgspec

from namegate_policy.architecture.build.part import Part
from namegate_policy.architecture.catalogue import EXACT, NEAR, Exact, Near
from namegate_policy.architecture.patterns import as_written_now, fingerprint, without_nesting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from namegate_policy.architecture.build.part import Entry


LabelText = tuple[str, str, str]


def merge(paths: Iterable[Path]) -> None:
    """Write `data/exact.json.xz` and `data/near.json.xz` from the parts in the files `paths`, in any order.

    Where two parts have numbers of one type, those of the later library or release are the catalogue's.
    """
    read = (msgspec.json.decode(path.read_bytes(), type=Part) for path in paths)
    parts = sorted(read, key=lambda part: (part.library, part.version))
    named: dict[tuple[str, ...], set[LabelText]] = {}
    usual: dict[tuple[str, ...], set[LabelText]] = {}
    for part in parts:
        first: set[LabelText] = set()
        for entry in part.entries:
            label = (part.library, entry.type, _class(entry))
            for patterns, whole in _written(entry):
                named.setdefault(patterns, set()).add(label)
                if whole and part.defaults and label not in first:
                    usual.setdefault(patterns, set()).add(label)
            first.add(label)
    sets = sorted(named)
    nested: dict[frozenset[str], set[LabelText]] = {}
    for patterns in sets:
        nested.setdefault(without_nesting(patterns), set()).update(named[patterns])
    labels = sorted({label for group in named.values() for label in group})
    label_ids = {label: number for number, label in enumerate(labels)}
    found = [*named.values(), *nested.values(), *(usual.get(patterns, set()) for patterns in sets)]
    groups = sorted({tuple(sorted(label_ids[label] for label in group)) for group in found})
    group_ids = {group: number for number, group in enumerate(groups)}

    def group_of(listed: Iterable[LabelText]) -> int:
        return group_ids[tuple(sorted(label_ids[label] for label in listed))]

    of_set = [group_of(named[patterns]) for patterns in sets]
    table = sorted({pattern for patterns in sets for pattern in patterns})
    ids = {pattern: number for number, pattern in enumerate(table)}
    defaults: dict[str, dict[str, int]] = {}
    for part in parts:
        for type_, numbers in part.defaults.items():
            known = defaults.setdefault(type_, {})
            most = max(numbers.get("parameters", 0), known.get("parameters", 0))
            known.update(numbers)
            if most:
                known["parameters"] = most
    releases = sorted({f"{part.library} {part.version}" for part in parts})
    _write(
        EXACT,
        Exact(
            releases,
            labels,
            [_differences(group) for group in groups],
            {
                f"{fingerprint(patterns):016x}": (group, group_of(usual.get(patterns, ())))
                for patterns, group in zip(sets, of_set, strict=True)
            },
            defaults,
            {f"{fingerprint(patterns):016x}": group_of(group) for patterns, group in nested.items()},
            {
                written: type_
                for part in parts
                for written, type_ in part.aliases.items()
                if written not in {label[1] for label in labels}
            },
        ),
    )
    members = [_differences(sorted(ids[pattern] for pattern in patterns)) for patterns in sets]
    _write(NEAR, Near(_front_coded(table), members, of_set))


OUTPUTS = ("lm_head.weight", "embed_out.weight")
FUSED = {"experts.gate_up_proj": ("gate_proj", "up_proj"), "experts.down_proj": ("down_proj",)}
"""Tensor of all experts of a layer → the matrices of one expert that it joins."""


def _written(entry: Entry) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield an entry's patterns, and as other writers have them, with whether they are all of the entry's.

    The output matrix of small models is often the input one and not stored; experts are joined in one
    tensor or stand one by one.
    """
    written = tuple(sorted(as_written_now(entry.patterns)))
    for patterns in {written, _split(written), _joined(written)}:
        if patterns:
            yield patterns, True
        tied = tuple(pattern for pattern in patterns if not pattern.endswith(OUTPUTS))
        if tied and len(tied) == len(patterns) - 1:
            yield tied, False


def _split(patterns: tuple[str, ...]) -> tuple[str, ...]:
    found = set()
    for pattern in patterns:
        ending = next((ending for ending in FUSED if pattern.endswith(ending)), None)
        if ending is None:
            found.add(pattern)
        else:
            base = pattern.removesuffix(ending)
            found |= {f"{base}experts.{{}}.{name}.weight" for name in FUSED[ending]}
    return tuple(sorted(found))


def _joined(patterns: tuple[str, ...]) -> tuple[str, ...]:
    found = set()
    for pattern in patterns:
        for ending, names in FUSED.items():
            one = next((name for name in names if pattern.endswith(f"experts.{{}}.{name}.weight")), None)
            if one is not None:
                found.add(pattern.removesuffix(f"experts.{{}}.{one}.weight") + ending)
                break
        else:
            found.add(pattern)
    return tuple(sorted(found))


def _class(entry: Entry) -> str:
    return "" if entry.cls == entry.type else entry.cls


def _differences(numbers: Iterable[int]) -> list[int]:
    """Return ascending numbers as the first and the steps between them, which compress better."""
    before, steps = 0, []
    for value in numbers:
        steps.append(value - before)
        before = value
    return steps


def _front_coded(texts: list[str]) -> list[tuple[int, str]]:
    """Return sorted texts as (characters shared with the one before, the rest)."""
    coded, before = [], ""
    for text in texts:
        shared = 0
        while shared < min(len(before), len(text)) and before[shared] == text[shared]:
            shared += 1
        coded.append((shared, text[shared:]))
        before = text
    return coded


def _write(path: Path, content: msgspec.Struct) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(msgspec.json.encode(content), preset=9 | lzma.PRESET_EXTREME))

"""How many planted lies are found, and how many true names are denied.

`python -m tests.benchmarks.lies FILE…` reads what `tests.benchmarks.built` writes. Each lie changes one claim
of a true name; it is found when `namegate:recommended` denies the name beside those weights. `--missed` lists
what was not found, and the true names that are denied.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.architecture.catalogue import catalogue
from namegate_policy.architecture.claims.family import types_named
from namegate_policy.architecture.claims.series import types_of
from namegate_policy.architecture.claims.size import known_labels, printed
from namegate_policy.architecture.claims.structure import SIZE_WORDS, published_network, words
from namegate_policy.architecture.claims.words import family_words, stated_counts
from namegate_policy.engine import examine
from namegate_policy.errors import UnreadableNameError
from namegate_policy.evidence import Evidence
from namegate_policy.language import load_policy
from namegate_policy.naming import parse_name
from namegate_policy.naming.model import Kind
from namegate_policy.verdict import Severity
from namegate_policy.weights.header import Shard, Tensor, WeightsHeader
from tests.policy.architecture.packed import FORMATS, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BYTES = {"F32": 4, "I32": 4, "U32": 4, "I64": 8, "F8_E4M3": 1, "I8": 1, "U8": 1}
NOW = datetime(2027, 1, 1, tzinfo=UTC)
POLICY = load_policy("namegate:recommended")

FORMAT_WORDS = (
    "GPTQ",
    "AWQ",
    "4bit",
    "8bit",
    "bnb-4bit",
    "nf4",
    "fp8",
    "w4a16",
    "int8",
    "Q4_K_M",
    "NVFP4",
    "fp16",
    "fp32",
)
LIES_OF_FAMILY = 5
"""Wrong families that are claimed of each network."""

LYING = ("Juanlucasbg/COBOLpro_llama65B_Fined_tuned_LLM", "1235357/Backup_hf_sakura-14b-qwen2.5-v1.0-q6k")
"""Real uploads whose names lie: a Llama of 34B, and weights stored in 16 bits."""


class Network(NamedTuple):
    """A true name with its weights."""

    source: str
    name: str
    config: dict[str, Any]
    shapes: dict[str, tuple[int, ...]]

    @property
    def evidence(self) -> Evidence:
        """Headers alone."""
        return whole(self.shapes)


class Lie(NamedTuple):
    """A false name and the evidence that it is judged with."""

    kind: str
    name: str
    evidence: Evidence
    truth: Network


def header(
    tensors: Iterable[tuple[str, str, tuple[int, ...]]], metadata: dict[str, str] | None = None
) -> WeightsHeader:
    """Return what a reader gives for these tensors."""
    listed = tuple(
        Tensor(name, dtype, tuple(shape), BYTES.get(dtype, 2) * prod(shape))
        for name, dtype, shape in tensors
        if prod(shape)
    )
    return WeightsHeader("safetensors", listed, (Shard("model.safetensors", 0),), metadata or {})


def whole(shapes: dict[str, tuple[int, ...]], config: dict[str, Any] | None = None) -> Evidence:
    """Return the evidence of a checkpoint that stores these tensors as BF16."""
    listed = [
        (name, "I64" if name.endswith("num_batches_tracked") else "BF16", shape)
        for name, shape in shapes.items()
    ]
    return Evidence(header(listed), config=config)


def networks(paths: list[str]) -> Iterator[Network]:
    """Yield what the files hold."""
    for path in paths:
        with gzip.open(path, "rt") as lines:
            for row in map(json.loads, lines):
                name = row["name"].partition(" (")[0]
                shapes = {key: tuple(shape) for key, shape in row["tensors"].items()}
                yield Network(row["source"], name, row["config"], shapes)


def denials(name: str, evidence: Evidence, codes: tuple[str, ...] = ("NG4", "NG501")) -> list[str]:
    """Return what denies a name beside weights."""
    try:
        _, found = examine(name, POLICY, evidence, NOW)
    except UnreadableNameError:
        return []
    return [
        f"{violation.code} {violation.message}"
        for violation, _ in found
        if violation.severity is Severity.ERROR and violation.code.startswith(codes)
    ]


def replaced(name: str, span: tuple[int, int], text: str) -> str:
    """Return the name with other text at a place, kept apart from a number that follows."""
    glued = (text[-1:].isdigit() or "-" in text) and name[span[1] : span[1] + 1].isdigit()
    return name[: span[0]] + text + "-" * glued + name[span[1] :]


def without_sizes(name: str) -> str:
    """Return the name with a hole for each stated count: equal for the sizes of one series."""
    read = parse_name(name)
    for component, _ in reversed(stated_counts(read)):
        name = replaced(name, component.span, "{}")
    return name.casefold()


class Series:
    """The sizes that are published under names which differ in the size alone."""

    def __init__(self, names: Iterable[str]) -> None:
        self.sizes: dict[str, dict[int, str]] = defaultdict(dict)
        for name in names:
            stated = stated_counts(parse_name(name))
            if len(stated) == 1 and stated[0][1].parameters:
                component, said = stated[0]
                self.sizes[without_sizes(name)][said.parameters] = component.text

    def next_to(self, name: str, total: int) -> Iterator[str]:
        """Yield the name with the next smaller and the next larger size of its series or family.

        A label under which the family publishes this total, too, is no lie; neither is one that rounds it.
        """
        stated = stated_counts(parse_name(name))
        if len(stated) != 1 or not stated[0][1].parameters:
            return
        component, said = stated[0]
        sizes = dict(self.sizes[without_sizes(name)])
        labels = next(filter(None, (known_labels().get(word) for word in family_words(parse_name(name)))), {})
        for label, totals in labels.items():
            if not any(abs(total - known) <= 0.08 * known for known in (label, *totals)):
                sizes.setdefault(label, printed(label).lower())
        sizes[said.parameters] = component.text
        ordered = sorted(sizes)
        place = ordered.index(said.parameters)
        for other in ordered[max(0, place - 1) : place] + ordered[place + 1 : place + 2]:
            yield replaced(name, component.span, sizes[other])


def wrong_words(name: str) -> Iterator[str]:
    """Yield the name with the next size words of its family."""
    read = parse_name(name)
    if published_network(read) is not None:
        return
    table = next((words()[family] for family in family_words(read) if family in words()), None)
    for component in read.of(Kind.SIZE) if table else ():
        known = list(table or ())
        if component.text.casefold() in known:
            place = known.index(component.text.casefold())
            for other in known[max(0, place - 1) : place] + known[place + 1 : place + 2]:
                yield replaced(name, component.span, other)


@cache
def siblings() -> dict[str, list[tuple[int, str]]]:
    """Return the networks of timm and torchvision that differ in size alone, by skeleton."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, numbers in catalogue().defaults.items():
        if "parameters" in numbers:
            found[skeleton(name)].append((numbers["parameters"], name))
    return {key: sorted(members) for key, members in found.items()}


_SIZES = re.compile(
    r"\d+|(?<![a-z])(?:nano|pico|femto|atto|micro|tiny|small|medium|base|large|huge|giant|xlarge|xxlarge|[bslmth])(?![a-z])"
)


def skeleton(name: str) -> str:
    """Return a network's name without its numbers and size words."""
    return _SIZES.sub("#", name)


def swaps(name: str) -> Iterator[str]:
    """Yield the name with the next smaller and larger network of its series in the place of its own.

    Networks within 6 % of its parameters are none that a count could tell.
    """
    published = published_network(parse_name(name))
    if published is None:
        return
    stem, numbers = published
    key = stem if stem in catalogue().defaults else stem.lower()
    members = siblings()[skeleton(key)]
    total = numbers["parameters"]
    smaller = [other for count, other in members if count < 0.94 * total]
    larger = [other for count, other in members if count > 1.06 * total]
    for other in smaller[-1:] + larger[:1]:
        yield name.replace(stem, other)


def wrong_families(network: Network, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Yield (word, name) with the architecture's word replaced by that of a family which it is not."""
    read = parse_name(network.name)
    spans = [component.span for component in read.of(Kind.ARCHITECTURE)]
    if len(spans) != 1:
        return
    type_ = network.config.get("model_type")
    published = published_network(read)
    true = types_named(type_) if type_ else {published[0], published[0].lower()} if published else set()
    others = [word for word in families() if true and not types_of(word, listed(word)) & true]
    for word in chance.sample(others, min(len(others), LIES_OF_FAMILY)):
        yield word, replaced(network.name, spans[0], word)


@cache
def families() -> list[str]:
    """Return the architecture words of the vocabulary that name types of the catalogue."""
    words = POLICY.vocabulary.words(Kind.ARCHITECTURE)
    return [word for word in words if word not in SIZE_WORDS and types_of(word, listed(word))]


def listed(word: str) -> tuple[str, ...]:
    """Return the types that the vocabulary gives for a word."""
    entry = POLICY.vocabulary.lookup(Kind.ARCHITECTURE, word)
    return entry.model_types if entry else ()


def adapter(shapes: dict[str, tuple[int, ...]], rank: int = 16) -> Evidence:
    """Return the evidence of a LoRA adapter on the matrices of a network's layers."""
    tensors = []
    for name, shape in shapes.items():
        base = name.removesuffix(".weight")
        if len(shape) == 2 and base != name and any(character.isdigit() for character in name):
            tensors.append((f"base_model.model.{base}.lora_A.weight", "F32", (rank, shape[1])))
            tensors.append((f"base_model.model.{base}.lora_B.weight", "F32", (shape[0], rank)))
    return Evidence(header(tensors))


def lies(network: Network, series: Series, chance: random.Random) -> Iterator[Lie]:
    """Yield the lies that can be told of a network."""
    name, own = network.name, network.evidence
    total = own.architecture.parameters if own.architecture else 0
    if network.source != "class":
        for kind, names in (
            ("count", series.next_to(name, total)),
            ("size word", wrong_words(name)),
            ("network of a library", swaps(name)),
        ):
            for false in names:
                yield Lie(kind, false, own, network)
    group = set(own.architecture.families if own.architecture else ())
    for word, false in wrong_families(network, chance):
        kind = (
            "family" if group.isdisjoint(types_of(word, listed(word))) else "family of the same tensor names"
        )
        yield Lie(kind, false, own, network)
        if network.config:
            yield Lie(f"{kind}, config.json at hand", false, replace(own, config=network.config), network)
    if network.source != "known":
        return
    for word in FORMAT_WORDS:
        yield Lie("number format", f"{name}-{word}", own, network)
    for packing, (method, _, writer) in FORMATS.items():
        held = Evidence(header(packed(network.shapes, writer)))
        if held.architecture and held.architecture.quantization == method:
            for word in (
                "bf16",
                "fp32",
                *(word for word in ("GPTQ", "AWQ", "nf4", "fp8") if not agrees(word, packing)),
            ):
                yield Lie("number format of packed weights", f"{name}-{word}", held, network)
    if own.architecture and own.architecture.layers and len(own.architecture.depths or ()) == 1:
        for change in (-1, 1, own.architecture.layers):
            yield Lie("depth", f"{name}-{own.architecture.layers + change}-layers", own, network)
    if "lora_A" in str(adapter(network.shapes).weights):
        yield Lie("adapter called a full model", name, adapter(network.shapes), network)


def agrees(word: str, packing: str) -> bool:
    """Whether weights packed so may be called by that word; compressed-tensors packs for several methods."""
    return word.lower() in packing or ("compressed" in packing and word in ("GPTQ", "AWQ"))


def main(arguments: list[str]) -> None:
    """Print the table."""
    show = "--missed" in arguments
    known = list(networks([argument for argument in arguments if not argument.startswith("--")]))
    series = Series(network.name for network in known)
    told, found = Counter[str](), Counter[str]()
    for network in known:
        codes = ("NG401",) if network.source == "class" else ("NG4", "NG501")
        for kind, evidence in (
            (f"true name, {network.source}", network.evidence),
            (
                f"true name, {network.source}, config.json at hand",
                replace(network.evidence, config=network.config),
            ),
        ):
            if kind.endswith("hand") and not network.config:
                continue
            if network.name in LYING:
                kind = "lying name, " + kind.partition(", ")[2]
            wrong = denials(network.name, evidence, codes)
            told[kind] += 1
            found[kind] += bool(wrong)
            if wrong and show:
                print(f"  denied, {kind}: {network.name}: {'; '.join(wrong)}")
        for lie in () if network.name in LYING else lies(network, series, random.Random(network.name)):
            told[lie.kind] += 1
            if denials(lie.name, lie.evidence):
                found[lie.kind] += 1
            elif show:
                print(f"  missed, {lie.kind}: {lie.name} beside {network.name}")
    for kind in sorted(told, key=lambda kind: (not kind.startswith("true"), kind)):
        what = "denied" if kind.startswith("true") else "found"
        print(
            f"{kind:45} {found[kind]:6,} of {told[kind]:6,} {what} ({100 * found[kind] / told[kind]:.2f} %)"
        )


if __name__ == "__main__":
    main(sys.argv[1:])

"""How well and how fast names are read.

::

    pip install 'namegate[train]' gguf
    python -m tests.benchmarks.parsing [--no-accuracy] [--no-speed] [--distinct 1000000]

Accuracy is cross-validated: the weights that read a fold of the gold names were trained on the other folds
and on the labelled names, none of which is a gold name; and the other way round. Names per second are of one
core, in this process, beside `gguf.Metadata.get_model_id_components` on the same names.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import random
import resource
import time
from collections import Counter, defaultdict
from pathlib import Path

from namegate_policy.naming import Kind, default_vocabulary, parse_name
from namegate_policy.naming.features import SHORT_KINDS
from namegate_policy.naming.read import Reader
from namegate_policy.naming.train import SCALE, Featurizer, Part, read_gold, read_labelled, train
from namegate_policy.naming.weights import Weights, trained_weights, write_row
from tests.benchmarks.silver import read_silver, relabel

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
Pairs = list[tuple[set[Part], set[Part]]]


def by_hand() -> Weights:
    """Return weights that only say: a known word has its first kind, a pattern its usual one."""
    usual = {
        Kind.VERSION: ("digit", "decimal", "stamp", "lettered", "digits2", "number"),
        Kind.DIMENSION: ("layers", "hidden"),
        Kind.SIZE: ("millions", "digits3"),
        Kind.INPUT: ("thousands", "resolution"),
        Kind.DATASET: ("seen", "trillions"),
    }
    labels = [*(f"B-{kind}" for kind in Kind), *(f"I-{kind}" for kind in Kind)]
    number = {label: i for i, label in enumerate(labels)}
    rows = {f"k1={short}": {number[f"B-{kind}"]: 3 * SCALE} for kind, short in SHORT_KINDS.items()}
    for kind, names in usual.items():
        rows |= {f"p={name}": {number[f"B-{kind}"]: 2 * SCALE} for name in names}
    rows["b"] = {number["B-title"]: SCALE, number["I-title"]: SCALE}
    rows["s=hash"] = {number["B-other"]: 2 * SCALE}
    transitions = {(number["B-title"], number["I-title"]): 1, (number["I-title"], number["I-title"]): 1}
    return Weights(labels, {name: write_row(row) for name, row in rows.items()}, transitions, SCALE)


def read(reader: Reader, name: str) -> set[Part]:
    return {(str(c.kind), *c.span) for c in reader.name(name, name.find("/")).components}


def f1(count: Counter[str]) -> float:
    return 2 * count["tp"] / max(1, 2 * count["tp"] + count["fp"] + count["fn"])


def by_kind(pairs: Pairs) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for true, found in pairs:
        for outcome, parts in (("tp", true & found), ("fp", found - true), ("fn", true - found)):
            for kind, _, _ in parts:
                counts[kind][outcome] += 1
    return dict(sorted(counts.items()))


def show(label: str, pairs: Pairs) -> dict[str, float]:
    """Print the figures of one set of names, and return the F1 of each kind."""
    counts = by_kind(pairs)
    kinds = {kind: f1(count) for kind, count in counts.items()}
    micro = f1(sum(counts.values(), Counter()))
    macro = sum(kinds.values()) / max(1, len(kinds))
    right = sum(true == found for true, found in pairs) / max(1, len(pairs))
    print(f"{label:44} {len(pairs):6} {micro:7.3f} {macro:7.3f} {right:7.3f}")
    return kinds


def accuracy() -> None:
    vocabulary = default_vocabulary()
    featurizer = Featurizer(vocabulary)
    gold = read_gold(DATA / "gold.jsonl")
    labelled = read_labelled(ROOT / "tests" / "data" / "labelled_names.tsv")
    print(f"{'names':44} {'count':>6} {'micro':>7} {'macro':>7} {'right':>7}")
    hand = Reader(vocabulary, by_hand())
    show("gold, vocabulary and patterns alone", [(set(p), read(hand, n)) for n, p in gold.items()])

    pairs, unseen = cross_validated(gold, labelled, featurizer, 10)
    kinds = show("gold, ten folds", pairs)
    show("gold, ten folds: names with a new word", unseen)
    others, unseen = cross_validated(labelled, gold, featurizer, 5)
    show("labelled names, five folds", others)
    show("labelled names, five folds: with a new word", unseen)

    silver = relabel(read_silver(DATA / "silver.jsonl.gz"), {**labelled, **gold}, featurizer)
    reader = Reader(vocabulary, train(labelled, featurizer))
    show("silver, relabelled, none of them labelled", [(set(p), read(reader, n)) for n, p in silver.items()])
    print("\ngold, ten folds, F1 by kind")
    counts = by_kind(pairs)
    for kind, value in kinds.items():
        print(f"  {kind:14} {value:6.3f}  ({counts[kind]['tp'] + counts[kind]['fn']} components)")
    draw(kinds, ROOT / "docs" / "accuracy_by_kind.svg")


def cross_validated(
    measured: dict[str, list[Part]], known: dict[str, list[Part]], featurizer: Featurizer, folds: int
) -> tuple[Pairs, Pairs]:
    """Read each fold of `measured` with weights of the other folds and of `known`.

    Returns the pairs of all names, and of those with a word of letters alone that neither the vocabulary
    nor the names trained on hold.
    """
    vocabulary = default_vocabulary()
    names = sorted(measured)
    random.Random(1).shuffle(names)
    pairs: Pairs = []
    unseen: Pairs = []
    for fold in range(folds):
        held_out = set(names[fold::folds])
        others = known | {name: parts for name, parts in measured.items() if name not in held_out}
        reader = Reader(vocabulary, train(others, featurizer))
        seen = {word for name in others for word in words(featurizer, name)}
        for name in sorted(held_out):
            pair = set(measured[name]), read(reader, name)
            pairs.append(pair)
            if any(
                word.isalpha() and word not in seen and not vocabulary.kinds(word)
                for word in words(featurizer, name)
            ):
                unseen.append(pair)
    return pairs, unseen


def words(featurizer: Featurizer, name: str) -> list[str]:
    return [name[start:end].lower() for start, end in featurizer.attributes(name)[0]]


def draw(kinds: dict[str, float], path: Path) -> None:
    """Draw the F1 of each kind as bars."""
    bars = []
    for i, (kind, value) in enumerate(sorted(kinds.items(), key=lambda item: -item[1])):
        y = 34 + 24 * i
        bars.append(
            f'<text x="112" y="{y + 13}" text-anchor="end">{kind}</text>'
            f'<rect x="120" y="{y}" width="{400 * value:.0f}" height="17" fill="#3b6ea5"/>'
            f'<text x="{126 + 400 * value:.0f}" y="{y + 13}">{value:.3f}</text>'
        )
    height = 44 + 24 * len(bars)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="580" height="{height}" '
        'font-family="sans-serif" font-size="13">'
        f'<rect width="580" height="{height}" fill="white"/>'
        '<text x="120" y="22" font-weight="bold">F1 by kind, gold names, ten folds</text>'
        + "".join(bars)
        + "</svg>\n"
    )


def speed(distinct: int) -> None:
    with gzip.open(DATA / "hub_ids.txt.gz", "rt") as file:
        names = file.read().split()
    from gguf import Metadata

    parse_name("a/b")
    print(f"\n{'names a second, one core':44} {'names/s':>9} {'of gguf':>8}")
    ours, theirs = [], []
    for _ in range(3):  # each time with empty caches
        reader = Reader(default_vocabulary(), trained_weights())
        ours.append(timed(lambda reader=reader: [reader.name(name, name.find("/")) for name in names]))
        theirs.append(timed(lambda: [Metadata.get_model_id_components(name) for name in names]))
    unseen, gguf = len(names) / min(ours), len(names) / min(theirs)
    repeats = 10_000 / timed(
        lambda: [parse_name(name) for name in itertools.islice(itertools.cycle(names[:100]), 10_000)]
    )
    print(f"{'gguf get_model_id_components':44} {gguf:9,.0f} {1:8.2f}")
    print(f"{'namegate, hub ids never read before':44} {unseen:9,.0f} {unseen / gguf:8.2f}")
    print(f"{'namegate, repeats':44} {repeats:9,.0f} {repeats / gguf:8.2f}")

    naughty = [
        "é" * 1000,
        "-" * 1000,
        "7" * 1000,
        "a-" * 500,
        "ﷺ" * 500,
        "a1" * 500,
        "q4_" * 340,
        "v1." * 340,
        "İ" * 900,
    ]
    worst = max(timed(lambda text=text: parse_name(text + "-x")) for text in naughty)
    print(f"\nslowest of {len(naughty)} naughty strings of about 1,000 characters: {worst * 1000:.1f} ms")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pieces = sorted({piece for name in names for piece in name.split("/")[-1].split("-")})
    generator = random.Random(7)
    for i in range(distinct):
        parse_name(f"acme/{'-'.join(generator.choices(pieces, k=3))}-{i}")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{distinct:,} distinct names raise the process by {(after - before) / 1024:.0f} MiB")


def timed(work) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how names are read.")
    parser.add_argument("--no-accuracy", action="store_true")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--distinct", type=int, default=1_000_000)
    arguments = parser.parse_args()
    if not arguments.no_accuracy:
        accuracy()
    if not arguments.no_speed:
        speed(arguments.distinct)


if __name__ == "__main__":
    main()

"""Train the reader's weights: a linear-chain CRF over tokens.

::

    pip install 'namegate[train]'
    python -m namegate_policy.naming.train --labelled tests/data/labelled_names.tsv \
        --gold gold.jsonl --output grammars/ptm.weights.tsv --commit $(git rev-parse --short HEAD)

Both files hold names whose components were labelled under docs/naming-convention.md. The same files
and the same vocabulary give the same weights.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.naming.decode import best
from namegate_policy.naming.features import END, START, WordShape, context_attributes
from namegate_policy.naming.split import Splitter
from namegate_policy.naming.vocabulary import Vocabulary, default_vocabulary
from namegate_policy.naming.weights import Weights, write_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCALE = 32
"""Weights are stored in steps of 1/32 log-odds."""
_SMALLEST = 0.1
"""Weights below this many log-odds are not stored."""

L1, L2 = 0.5, 0.05
"""Regularization of the shipped weights: the strongest L1 that costs no accuracy in cross-validation."""

Part = tuple[str, int, int]
"""A component: kind, start, end."""


class Example(NamedTuple):
    """A name as the trainer sees it: attributes and label of each token."""

    attributes: list[list[str]]
    labels: list[str]


class Featurizer:
    """Turns names into attributes, as the reader does."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._splitter = Splitter(vocabulary)
        self._words: dict[str, WordShape] = {}

    def attributes(self, name: str) -> tuple[list[tuple[int, int]], list[list[str]]]:
        """Return the span and the attributes of each token of a name."""
        tokens = self._splitter.split(name, name.find("/") + 1)
        words = [self._word(text) for text, *_ in tokens]
        separators = [*[before for *_, before in tokens], END]
        names = [START, *[word.name for word in words], END]
        rows = [
            [
                *word.attributes,
                *context_attributes(word.name, names[i], names[i + 2], separators[i], separators[i + 1]),
            ]
            for i, word in enumerate(words)
        ]
        return [(start, end) for _, start, end, _ in tokens], rows

    def _word(self, text: str) -> WordShape:
        if text not in self._words:
            self._words[text] = WordShape(text, self._vocabulary)
        return self._words[text]

    def example(self, name: str, parts: Iterable[Part]) -> Example:
        """Return the training example of a labelled name."""
        spans, rows = self.attributes(name)
        return Example(rows, bio(spans, parts))


def bio(spans: Sequence[tuple[int, int]], parts: Iterable[Part]) -> list[str]:
    """Return the label of each token: a component's first token begins it, the others continue it."""
    starts = sorted((start, end, kind) for kind, start, end in parts)
    labels = []
    for a, _ in spans:
        kind, start = next(((k, s) for s, e, k in starts if s <= a < e), ("other", a))
        labels.append(f"{'B' if start == a else 'I'}-{kind}")
    return labels


def read_labelled(path: Path) -> dict[str, list[Part]]:
    """Read `name TAB kind=start:end …` lines; `#` begins a comment line."""
    names = {}
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            name, _, parts = line.partition("\t")
            names[name] = [_part(part) for part in parts.split()]
    return names


def _part(text: str) -> Part:
    kind, _, span = text.partition("=")
    start, _, end = span.partition(":")
    return kind, int(start), int(end)


def read_gold(path: Path) -> dict[str, list[Part]]:
    """Read the gold set: a JSON object a line, `name` and `components` with `kind` and `span`."""
    rows = map(json.loads, path.read_text().splitlines())
    return {row["name"]: [(c["kind"], *c["span"]) for c in row["components"]] for row in rows}


def fit(examples: Iterable[Example], *, l1: float, l2: float, iterations: int) -> Weights:
    """Train a CRF by L-BFGS (OWL-QN) with L1 and L2 regularization; needs the extra `train`."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(verbose=False)
    for example in examples:
        trainer.append(example.attributes, example.labels)
    trainer.select("lbfgs")
    trainer.set_params({"c1": l1, "c2": l2, "max_iterations": iterations})
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        info = tagger.info()
        labels = sorted(tagger.labels())
        tagger.close()
    number = {label: i for i, label in enumerate(labels)}
    rows: dict[str, dict[int, int]] = defaultdict(dict)
    for (attribute, label), weight in sorted(info.state_features.items()):
        if abs(weight) >= _SMALLEST:
            rows[attribute][number[label]] = round(weight * SCALE)
    transitions = {
        (number[a], number[b]): round(weight * SCALE) for (a, b), weight in sorted(info.transitions.items())
    }
    return Weights(labels, {name: write_row(row) for name, row in rows.items()}, transitions, SCALE)


def tag(weights: Weights, spans: Sequence[tuple[int, int]], rows: Iterable[Iterable[str]]) -> list[Part]:
    """Return the components that the weights find without sure patterns, by an exact search."""
    labels = best([weights.row(row) for row in rows], weights, 1 << 11)
    parts: list[Part] = []
    for (start, end), label in zip(spans, labels, strict=True):
        if weights.begins[label]:
            parts.append((str(weights.kinds[label]), start, end))
        else:
            kind, first, _ = parts[-1]
            parts[-1] = (kind, first, end)
    return parts


def train(labelled: Mapping[str, list[Part]], featurizer: Featurizer) -> Weights:
    """Return the weights that labelled names give."""
    return fit(
        [featurizer.example(name, parts) for name, parts in labelled.items()], l1=L1, l2=L2, iterations=100
    )


def main() -> None:
    """Train and write the weights file."""
    parser = argparse.ArgumentParser(description="Train the reader's weights.")
    for name in ("labelled", "gold", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--commit", required=True, help="the commit of the vocabulary and the trainer")
    arguments = parser.parse_args()
    labelled = read_labelled(arguments.labelled) | read_gold(arguments.gold)
    weights = train(labelled, Featurizer(default_vocabulary()))
    source = (
        f"{len(labelled)} model ids labelled under docs/naming-convention.md: {arguments.labelled.name}, "
        f"{arguments.gold.name}; vocabulary and trainer of commit {arguments.commit}"
    )
    arguments.output.write_text(weights.dump(source))


if __name__ == "__main__":
    main()

"""How long policies take: to load, and to judge a name that is parsed already.

`python -m tests.benchmarks.policies` prints microseconds of processor time a name, at the median and the
99th percentile, for declarative rules and for CEL, and for the same 100 rules in Cedar and Rego in the same
run (`pip install cedarpy regopy`; without them, their rows are missing). That all engines deny the same names
is checked first.
"""

from __future__ import annotations

import gc
import gzip
import importlib.util
import json
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from namegate_policy.evidence import Evidence
from namegate_policy.language import load_policy, parse_policy
from namegate_policy.naming import Kind, default_vocabulary, parse_name
from namegate_policy.rules.base import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NAMES = Path(__file__).parents[2].parent / "shared" / "data" / "hub_ids.txt.gz"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: bench}\n"
SAMPLE = 3000
WORDS = 400
"""Architectures that the rules speak of, the most frequent first."""


def subjects() -> list[Subject]:
    """Return every fourth name of the sample, parsed."""
    with gzip.open(NAMES, "rt") as file:
        names = [line.strip() for line in file][::4][:SAMPLE]
    vocabulary = default_vocabulary()
    return [Subject(parse_name(name), Evidence(), vocabulary, NOW) for name in names]


class Rules:
    """One set of rules in four languages; each denies a name by what its parts are."""

    def __init__(self, count: int, architectures: Sequence[str]) -> None:
        self.rules = [self._rule(index, architectures) for index in range(count)]

    def _rule(self, index: int, architectures: Sequence[str]) -> tuple[str, str, str]:
        """Return a form, an architecture and a further word; of ten rules one searches the text."""
        word = architectures[index * 7 % len(architectures)]
        if index % 10 == 9:
            return "text", f"{word[:3]}", f"{index % 97}b"
        if index % 10 >= 6:
            return "version", word, ""
        return "size", word, f"{index % 80 + 1}b"

    def namegate(self) -> Iterator[str]:
        for form, word, other in self.rules:
            if form == "size":
                yield f"deny: {{architecture: {json.dumps(word)}, size: {other}}}"
            elif form == "version":
                yield f"when: {{architecture: {json.dumps(word)}}}, require: {{version: {{present: yes}}}}"
            else:
                yield f"deny: {{name: {{matches: {json.dumps(f'(?i){word}.*{other}')}}}}}"

    def cel(self) -> Iterator[str]:
        for form, word, other in self.rules:
            if form == "size":
                expression = f"!({word!r} in name.architecture && name.size.text == {other!r})"
            elif form == "version":
                expression = f"!({word!r} in name.architecture) || has(name.version)"
            else:
                expression = f"!name.text.matches('(?i){word}.*{other}')"
            yield f"assert: {json.dumps(expression)}"

    def cedar(self) -> str:
        lines = ["permit(principal, action, resource);"]
        for form, word, other in self.rules:
            if form == "size":
                condition = f'context.architecture.contains("{word}") && context.size.contains("{other}")'
            elif form == "version":
                condition = f'context.architecture.contains("{word}") && !context.versioned'
            else:
                condition = f'context.text like "*{word}*{other}*"'
            lines.append(f"forbid(principal, action, resource) when {{ {condition} }};")
        return "\n".join(lines)

    def rego(self) -> str:
        lines = ["package bench", "import rego.v1"]
        for form, word, other in self.rules:
            if form == "size":
                conditions = f'"{word}" in input.architecture; "{other}" in input.size'
            elif form == "version":
                conditions = f'"{word}" in input.architecture; not input.versioned'
            else:
                conditions = f'regex.match("{word}.*{other}", input.text)'
            lines.append(f"deny if {{ {conditions} }}")
        return "\n".join(lines)


def policy_text(rules: Iterator[str]) -> str:
    """Return rules as a policy document."""
    entries = (
        f"- {{code: A{index}, rule: a-{index}, message: m, {rule}}}" for index, rule in enumerate(rules)
    )
    return HEAD + "custom:\n" + "\n".join(entries) + "\n"


def record(subject: Subject) -> dict[str, Any]:
    """Return a name as data for the other engines: the same facts as the rules ask for."""
    parts: dict[Kind, set[str]] = {}
    for component in subject.name.components:
        words = parts.setdefault(component.kind, set())
        words.update(word.lower() for word in (component.canonical, component.text) if word)
    return {
        "text": subject.name.text.lower(),
        "architecture": sorted(parts.get(Kind.ARCHITECTURE, ())),
        "size": sorted(parts.get(Kind.SIZE, ())),
        "versioned": Kind.VERSION in parts,
    }


def timed(run: Callable[[Any], object], items: Sequence[Any], rounds: int = 5) -> tuple[float, float]:
    """Return the median and the 99th percentile over the items in µs of processor time, best of rounds."""
    for item in items[:5]:
        run(item)
    gc.collect()
    gc.disable()
    best = [float("inf")] * len(items)
    for _ in range(rounds):
        for index, item in enumerate(items):
            start = time.thread_time_ns()
            run(item)
            best[index] = min(best[index], time.thread_time_ns() - start)
    gc.enable()
    best.sort()
    return best[len(best) // 2] / 1000, best[len(best) * 99 // 100] / 1000


def processor_seconds(text: str) -> float:
    """Return how long the processor works to load a policy."""
    start = time.process_time()
    parse_policy(text)
    return time.process_time() - start


def load_thousands(count: int, architectures: Sequence[str]) -> Any:
    """Return a policy of many rules, in as many files as their size asks for."""
    rules = list(Rules(count, architectures).namegate())
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for start in range(0, count, 1000):
            entries = (
                f"- {{code: A{index}, rule: a-{index}, message: m, {rules[index]}}}"
                for index in range(start, min(start + 1000, count))
            )
            files.append(f"part{start}.yaml")
            (Path(folder) / files[-1]).write_text(HEAD + "custom:\n" + "\n".join(entries) + "\n")
        (Path(folder) / "all.yaml").write_text(HEAD + f"extends: [{', '.join(files)}]\n")
        return load_policy("all.yaml", base=Path(folder))


def main() -> None:
    """Print the table."""
    sample = subjects()
    frequent = Counter(
        (component.canonical or component.text).lower()
        for subject in sample
        for component in subject.name.components
        if component.kind is Kind.ARCHITECTURE and component.text.isascii() and component.text.isalnum()
    )
    architectures = [word for word, _ in frequent.most_common(WORDS) if word.isalnum()]
    hundred = Rules(100, architectures)
    records = [record(subject) for subject in sample]

    rows: list[tuple[str, tuple[float, float]]] = []
    recommended = load_policy("namegate:recommended")
    rows.append(("namegate:recommended", timed(recommended.check, sample)))
    declarative = parse_policy(policy_text(hundred.namegate()))
    denied = [bool(declarative.check(subject)) for subject in sample]
    rows.append(("Namegate, 100 declarative rules", timed(declarative.check, sample)))
    for count in (1_000, 10_000):
        policy = load_thousands(count, architectures)
        rows.append((f"Namegate, {count:,} declarative rules", timed(policy.check, sample)))
    cel = parse_policy(policy_text(hundred.cel()))
    rows.append(("Namegate, 100 CEL rules", timed(cel.check, sample[:1000])))
    rows += [*others(hundred, records, denied)]

    print(f"{'':44}{'median µs':>12}{'p99 µs':>12}")
    for label, (median, high) in rows:
        print(f"{label:44}{median:>12.1f}{high:>12.1f}")
    print(f"\nnames: {len(sample):,}, denied by the 100 rules: {sum(denied):,}")
    for count in (100, 1_000):
        text = policy_text(Rules(count, architectures).namegate())
        best = min(processor_seconds(text) for _ in range(10))
        print(f"load a policy of {count:,} rules: {best * 1000:.0f} ms of processor time")


def others(
    rules: Rules, records: list[dict[str, Any]], denied: list[bool]
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the rows of the other engines, after checking that they decide alike."""
    if importlib.util.find_spec("cedarpy"):
        import cedarpy

        policies = cedarpy.PolicySet.from_str(rules.cedar())
        entities = cedarpy.Entities.from_json_str("[]")

        def authorize(context: dict[str, Any]) -> bool:
            request = {"principal": 'User::"u"', "action": 'Action::"a"', "resource": 'Model::"m"'}
            answer = cedarpy.is_authorized({**request, "context": context}, policies, entities)
            return bool(answer.decision == cedarpy.Decision.Deny)

        agree("Cedar", [authorize(each) for each in records], denied)
        yield "Cedar (cedarpy), the same 100 rules", timed(authorize, records[:1000])
    if importlib.util.find_spec("regopy"):
        import regopy

        interpreter = regopy.Interpreter()
        interpreter.add_module("bench", rules.rego())

        def ask(context: dict[str, Any]) -> bool:
            interpreter.set_input(context)
            return "true" in str(interpreter.query("data.bench.deny"))

        agree("Rego", [ask(each) for each in records[:300]], denied[:300])
        yield "Rego (regopy), the same 100 rules", timed(ask, records[:300], rounds=3)


def agree(engine: str, found: list[bool], expected: list[bool]) -> None:
    """Exit where an engine decides otherwise than Namegate: the comparison would be of unlike things."""
    different = sum(a != b for a, b in zip(found, expected, strict=True))
    if different:
        raise SystemExit(f"{engine} decides {different} of {len(expected)} names otherwise")


if __name__ == "__main__":
    main()

"""How long facts, family and claims take: `python -m tests.benchmarks.claims`.

Processor time, which other work on the machine does not lengthen, over a Llama of about 1,000 tensors.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from namegate_policy.architecture import architecture_of
from namegate_policy.evidence import Evidence
from namegate_policy.naming import default_vocabulary, parse_name
from namegate_policy.rules.base import Subject
from namegate_policy.rules.registry import RULES
from tests.policy.architecture.headers import header, llama

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 200


def median(call: Callable[[], object]) -> float:
    """Return the median processor time of a call in milliseconds."""
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return 1000 * statistics.median(times)


def first_use(statement: str) -> float:
    """Return the processor time of a statement in a fresh process, imports excluded, in milliseconds."""
    program = (
        "import time\n"
        "from namegate_policy.architecture.catalogue import catalogue\n"
        f"started = time.process_time()\n{statement}\nprint(1000 * (time.process_time() - started))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print the table."""
    weights = header(llama(layers=110))
    name = parse_name("acme/llama-3-8b-instruct-4bit")
    vocabulary, now = default_vocabulary(), datetime(2027, 1, 1, tzinfo=UTC)
    rules = [rule for rule in RULES if rule.code.startswith("NG4")]
    whole = Subject(name, Evidence(weights), vocabulary, now)
    assert whole.evidence.architecture is not None

    def claims() -> None:
        for rule in rules:
            list(rule.check(whole, rule.options()))

    print(f"{len(weights.tensors)} tensors")
    print(f"facts and family        {median(lambda: architecture_of(weights)):8.2f} ms")
    print(f"claims, {len(rules)} rules        {median(claims):8.2f} ms")
    print(f"catalogue, exact part   {first_use('catalogue().exact(())'):8.1f} ms, once a process")
    print(f"catalogue, near part    {first_use('catalogue().near(())'):8.1f} ms, once, for names not in it")


if __name__ == "__main__":
    main()

"""How long the doors take: importing, one name in process, one name and many over HTTP.

`python -m tests.benchmarks.doors` prints a table; `docs/performance.md` keeps the figures.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from namegate import validate_name
from namegate_policy.engine import judge
from namegate_policy.language import load_policy
from tests.doors import environment, serving_process, small_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = [
    "acme/llama-3-7b",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "Qwen/Qwen3-30B-A3B-Instruct-2507",
    "google-bert/bert-base-uncased",
    "sentence-transformers/all-MiniLM-L6-v2",
    "TheBloke/Llama-2-13B-chat-GGUF",
    "timm/vit_base_patch16_224.augreg_in21k",
    "openai/whisper-large-v3",
]
"""Well-known names of several styles."""

Row = tuple[str, str]


def main() -> None:
    """Measure and print."""
    rows = [*_importing(), *_in_process(), *_over_http()]
    width = max(len(label) for label, _ in rows)
    print("\n".join(f"{label:{width}}  {figure}" for label, figure in rows))


def _importing() -> Iterator[Row]:
    programs = {
        "python -c pass": "pass",
        "import namegate": "import namegate",
        "from namegate import validate_name": "from namegate import validate_name",
        "namegate parse NAME": "from namegate.cli import main; main(['parse', 'acme/llama-3-8b'])",
        "namegate check NAME": "from namegate.cli import main; main(['check', 'acme/llama-3-8b'])",
    }
    with tempfile.TemporaryDirectory() as compiled:  # as an installer compiles what it installs
        env = environment(PYTHONDONTWRITEBYTECODE="", PYTHONPYCACHEPREFIX=compiled)
        for label, program in programs.items():
            command = [sys.executable, "-c", program]
            run = partial(subprocess.run, env=env, check=True, stdout=subprocess.DEVNULL)
            yield label, _times(run, [command] * 15, warm_up=1, clock=_children)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _in_process() -> Iterator[Row]:
    policy, now = load_policy("namegate:recommended"), datetime.now(UTC)
    judged: Callable[[str], Any] = partial(judge, policy=policy, now=now)
    unseen = [f"acme/llama-3-{size}b-run{size}" for size in range(2200)]
    seen = NAMES * 300
    yield "parse and judge, names not seen before", _times(judged, unseen, warm_up=200)
    yield "parse and judge, names seen before", _times(judged, seen, warm_up=400)
    yield "validate_name(NAME)", _times(validate_name, seen, warm_up=400)
    with tempfile.TemporaryDirectory() as folder:
        weights = partial(validate_name, weights=small_checkpoint(Path(folder)))
        yield "validate_name(NAME, weights=FOLDER) of 21 tensors", _times(weights, NAMES * 20, warm_up=20)


def _over_http() -> Iterator[Row]:
    bodies = [json.dumps({"name": name}).encode() for name in NAMES * 100]
    batch = json.dumps({"items": [{"name": name} for name in NAMES * 125]}).encode()
    headers = {"content-type": "application/json"}
    with serving_process() as url, httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        single = partial(_post, client, "/v1/validate")
        yield "POST /v1/validate, one connection", _times(single, bodies, warm_up=100)
        start = time.perf_counter()
        for body in bodies:
            single(body)
        yield "… requests a second", f"{len(bodies) / (time.perf_counter() - start):7.0f}"
        start = time.perf_counter()
        for _ in range(5):
            _post(client, "/v1/validate/batch", batch)
        yield "POST /v1/validate/batch, names a second", f"{5000 / (time.perf_counter() - start):7.0f}"


def _post(client: httpx.Client, path: str, body: bytes) -> None:
    client.post(path, content=body).raise_for_status()


def _times(
    work: Callable[[Any], object],
    inputs: list[Any],
    *,
    warm_up: int,
    clock: Callable[[], float] = time.thread_time,
) -> str:
    """Return the time that passes and the processor time that `clock` counts, both as medians."""
    passed, used = [], []
    for each in inputs:
        start, begin = time.perf_counter(), clock()
        work(each)
        used.append(clock() - begin)
        passed.append(time.perf_counter() - start)
    ordered = sorted(passed[warm_up:])
    figures = (
        statistics.median(ordered),
        ordered[int(len(ordered) * 0.99)],
        statistics.median(used[warm_up:]),
    )
    median, p99, processor = (f"{seconds * 1e6:9,.0f} µs" for seconds in figures)
    return f"{median} median  {p99} p99  {processor} of processor"


if __name__ == "__main__":
    main()

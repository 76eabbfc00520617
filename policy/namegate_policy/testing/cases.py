"""`*_test.yaml`: names, what is known beside each, and what the policy has to say of them.

```yaml
apiVersion: namegate/v1
kind: PolicyTest
policy: ./acme.yaml                  # without it, the file beside: acme_test.yaml tests acme.yaml
now: 2026-01-01T00:00:00Z
checkpoints:                         # headers that cases refer to; {0..31} stands for 32 names
  llama-8b: {tensors: {"model.layers.{0..31}.mlp.up_proj.weight": [BF16, 14336, 4096]}}
cases:
  - {name: acme/llama-3-8b, allowed: true, codes: []}
  - name: acme/llama-3-7b
    evidence: {weights: llama-8b, config: {model_type: llama}}
    allowed: false
    codes: [NG402]
    spans: {NG402: [13, 15]}
    suggestion: acme/llama-3-8b
```
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from namegate_policy.errors import PolicyError, PolicyNotFoundError
from namegate_policy.evidence import Evidence
from namegate_policy.index.names import KnownName
from namegate_policy.index.store import NameStore
from namegate_policy.language.document import Section, Text, Untyped
from namegate_policy.language.documents import PACK, read
from namegate_policy.language.nodes import read_nodes
from namegate_policy.language.problems import explain, unknown
from namegate_policy.weights.header import Problem, Shard, Tensor, WeightsHeader

SUFFIX = "_test.yaml"
MAX_TENSORS = 20_000

_RANGE = re.compile(r"\{(\d{1,4})\.\.(\d{1,4})\}")
_BITS = re.compile(r"(\d+)")


def _moment(value: Any) -> Any:
    """Return a time; one without a zone is UTC."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"a time is written 2026-01-01T00:00:00Z, found {value[:40]!r}") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


def _tensor(value: Any) -> Any:
    return (value[0], value[1:]) if isinstance(value, list) and value else value


Moment = Annotated[datetime, BeforeValidator(_moment)]
TensorEntry = Annotated[
    tuple[str, tuple[Annotated[int, Field(ge=0)], ...]],
    BeforeValidator(_tensor, json_schema_input_type=list[str | int]),
]
"""A dtype and a shape, written as one list: [BF16, 4096, 4096]."""


class WeightsEntry(Section):
    """A checkpoint by its header: tensors as name → dtype and shape; `{0..31}` stands for 32 names."""

    format: Text = "safetensors"
    tensors: dict[str, TensorEntry] = Field(default_factory=dict)
    metadata: Untyped = Field(default_factory=dict)
    problem: Text | None = Field(default=None, description="why the files cannot be trusted")


class NameEntry(Section):
    """A name that the registry holds, and the id of the account that made it."""

    text: Text
    owner: Text | None = None


def _name_entry(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


class EvidenceEntry(Section):
    """What is known beside the name."""

    weights: Text | None = Field(default=None, description="one of the test's checkpoints")
    config: Untyped = None
    card: Untyped = None
    names: tuple[Annotated[NameEntry, BeforeValidator(_name_entry)], ...] | None = None
    owner: Text | None = None


class Case(Section):
    """One name and what is expected of its verdict; what is not given is not looked at."""

    name: str
    evidence: EvidenceEntry = EvidenceEntry()
    now: Moment | None = None
    allowed: bool | None = None
    codes: tuple[Text, ...] | None = Field(default=None, description="the violations that are not waived")
    waived: tuple[Text, ...] | None = Field(default=None, description="the violations that are waived")
    spans: dict[str, tuple[int, int]] = Field(default_factory=dict)
    suggestion: Text | None = Field(default=None, description="the suggested name; `none` for none")


class PolicyTest(Section):
    """A policy test file."""

    api_version: Literal["namegate/v1"] = Field(alias="apiVersion")
    kind: Literal["PolicyTest"]
    policy: Text | None = None
    now: Moment = datetime(2026, 1, 1, tzinfo=UTC)
    checkpoints: dict[str, WeightsEntry] = Field(default_factory=dict)
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedTest:
    """A policy test with the reference of its policy and the line of each case."""

    source: str
    reference: str
    now: datetime
    checkpoints: Mapping[str, WeightsHeader]
    cases: tuple[tuple[int, Case], ...]


def load_policy_test(path: Path) -> LoadedTest:
    """Read a policy test. Raises PolicyNotFoundError or PolicyError with every mistake in it."""
    if not path.is_file():
        raise PolicyNotFoundError(f"there is no policy test {str(path)!r}")
    root, problems = read_nodes(read(path), str(path))
    test = None
    if root is not None:
        try:
            test = PolicyTest.model_validate(root.data())
        except ValidationError as error:
            problems += explain(PolicyTest, error, root)
    if test is None or root is None or problems:
        raise PolicyError(f"the policy test {path} has mistakes:", tuple(problems))
    section = root.child("cases")
    for index, case in enumerate(test.cases):
        weights = case.evidence.weights
        if weights is not None and weights not in test.checkpoints and section is not None:
            node = section.child(index)
            place = node.location if node else section.location
            problems.append(unknown("checkpoint", weights, place, list(test.checkpoints)))
    if problems:
        raise PolicyError(f"the policy test {path} has mistakes:", tuple(problems))
    checkpoints = {name: header_of(entry) for name, entry in test.checkpoints.items()}
    lines = [section.child(index) for index in range(len(test.cases))] if section else []
    cases = tuple(
        (node.location.line if node else 1, case) for node, case in zip(lines, test.cases, strict=True)
    )
    return LoadedTest(str(path), _reference(test, path), test.now, checkpoints, cases)


def _reference(test: PolicyTest, path: Path) -> str:
    if test.policy is None:
        return str(path.with_name(path.name.removesuffix(SUFFIX) + ".yaml"))
    return test.policy if test.policy.startswith(PACK) else str(path.parent / test.policy)


def evidence_of(entry: EvidenceEntry, checkpoints: Mapping[str, WeightsHeader]) -> Evidence:
    """Return the evidence that a case describes."""
    names = None
    if entry.names is not None:
        names = NameStore.create(":memory:")
        names.add(KnownName(name.text, name.owner) for name in entry.names)
    return Evidence(
        weights=checkpoints[entry.weights] if entry.weights else None,
        config=entry.config if isinstance(entry.config, Mapping) else None,
        card=entry.card if isinstance(entry.card, Mapping) else None,
        names=names,
        owner=entry.owner,
    )


def header_of(entry: WeightsEntry) -> WeightsHeader:
    """Return the header of the checkpoint that an entry describes."""
    tensors: list[Tensor] = []
    for pattern, (dtype, shape) in entry.tensors.items():
        for name in _names(pattern):
            if len(tensors) >= MAX_TENSORS:
                raise PolicyError(f"a case describes at most {MAX_TENSORS:,} tensors")
            tensors.append(Tensor(name, dtype, shape, math.prod(shape) * _bits(dtype) // 8))
    size = sum(tensor.stored for tensor in tensors)
    file = f"model.{entry.format}"
    problems = (Problem("described", entry.problem, file),) if entry.problem else ()
    metadata = entry.metadata if isinstance(entry.metadata, Mapping) else {}
    return WeightsHeader(entry.format, tuple(tensors), (Shard(file, size),), metadata, problems)


def _names(pattern: str) -> list[str]:
    found = _RANGE.search(pattern)
    if found is None:
        return [pattern]
    first, last = int(found[1]), int(found[2])
    before, after = pattern[: found.start()], pattern[found.end() :]
    return [before + str(number) + rest for number in range(first, last + 1) for rest in _names(after)]


def _bits(dtype: str) -> int:
    """Return the bits of one element of a dtype, which its name states; BOOL takes a byte."""
    found = _BITS.search(dtype)
    return int(found[1]) if found else 8

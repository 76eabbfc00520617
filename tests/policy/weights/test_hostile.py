"""No file of the hostile suite is accepted; what is to cost much costs little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest

from namegate_policy.weights import CODES, BytesSource, read_sources
from tests.policy.weights.hostile import polyglot, suite
from tests.policy.weights.hostile.suite import HONEST, SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from namegate_policy.weights.header import WeightsHeader

CHEAP = [file for family in suite.FAMILIES if family is not suite.costly for file in family()]


def read(format_: str, data: bytes) -> WeightsHeader:
    return read_sources([BytesSource(data, f"model.{SUFFIXES[format_]}")])


def test_the_suite_has_its_size() -> None:
    assert len(CHEAP) >= 400
    assert {file.format for file in CHEAP} == set(SUFFIXES)


@pytest.mark.parametrize("format_", HONEST)
def test_the_true_files_that_it_varies(format_: str) -> None:
    header = read(format_, HONEST[format_])
    assert header.verifiable
    assert header.format == format_
    assert header.tensors


@pytest.mark.parametrize("guest", [*HONEST, *polyglot.PROGRAMS])
def test_the_files_that_carry_another(guest: str) -> None:
    """Whatever a tensor's bytes spell, the file is what its name and framing say, and every byte counts."""
    data = (HONEST | dict(polyglot.PROGRAMS))[guest]
    for format_, carrier in polyglot.carriers(data).items():
        header = read(format_, carrier)
        assert header.verifiable, (format_, header.problems)
        stored = {tensor.name: tensor.stored for tensor in header.tensors}
        assert stored["w"] == len(data) + -len(data) % 32


def test_the_file_of_two_formats_is_one_of_safetensors() -> None:
    data = polyglot.safetensors_and_onnx()
    assert [tensor.name for tensor in read("safetensors", data).tensors] == ["w"]
    assert [item.name for item in onnx.load_model_from_string(data).graph.initializer] == ["w"]


def test_none_is_accepted() -> None:
    accepted = []
    for file in CHEAP:
        problems = read(file.format, file.data).problems
        codes = {problem.code for problem in problems}
        if not codes or not codes <= CODES.keys() or (file.code is not None and codes != {file.code}):
            accepted.append((file.format, file.title, codes))
    assert accepted == []


def test_what_is_to_cost_much_costs_little(tmp_path: Path) -> None:
    """At most 256 MB, Python's own included; `python -m tests.benchmarks.hostile` measures larger ones."""
    dear = {}
    for file in suite.costly():
        if len(file.data) > 2_000_000:
            continue
        found = suite.cost(file, tmp_path)
        if not found.codes or not found.codes <= CODES.keys() or found.kilobytes > 256 * 1024:
            dear[file.title] = found
    assert dear == {}

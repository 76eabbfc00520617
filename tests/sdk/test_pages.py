"""What README.md and docs/policies.md show is what happens."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

from namegate.cli import main

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page that are written in a language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_the_main_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, denied, allowed, *_ = blocks("README.md", "console")
    runpy.run_path(str(ROOT / "docs" / "examples" / "llama_8b.py"))["write"](tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "acme/llama-3-7b", "--weights", "out"]) == 1
    assert capsys.readouterr().out == denied
    command, answer = allowed.split("\n", 1)
    assert main(command.removeprefix("$ namegate ").split()) == 0
    assert capsys.readouterr().out == answer


def test_the_comparison_on_the_page_of_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runpy.run_path(str(ROOT / "docs" / "examples" / "llama_8b.py"))["write"](tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    (shown,) = (block for block in blocks("docs/cli.md", "console") if "$ namegate compare" in block)
    command, answer = shown.split("\n", 1)
    assert main(command.removeprefix("$ namegate ").split()) == 1
    assert capsys.readouterr().out == answer


def test_the_policy_of_the_first_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme.yaml").write_text(blocks("README.md", "yaml")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "acme/llama-3-7b", "--policy", "acme.yaml"]) == 0
    assert main(["check", "acme/acmeformer", "--policy", "acme.yaml"]) == 1


def test_the_page_on_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, custom, cases = blocks("docs/policies.md", "yaml")
    (tmp_path / "acme.yaml").write_text(policy, encoding="utf-8")
    head = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: house}\n"
    (tmp_path / "house.yaml").write_text(head, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(f"{head}custom:\n{custom}", encoding="utf-8")
    (tmp_path / "acme_test.yaml").write_text(cases, encoding="utf-8")
    later = policy.replace('"14"', '"15"').replace("[architecture, size]", "[architecture, size, version]")
    (tmp_path / "acme-next.yaml").write_text(later, encoding="utf-8")
    (tmp_path / "names.txt").write_text("acme/llama-3-8b\nacme/bert-110m\nacme/foo\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["policy", "check", "rules.yaml"]) == 0
    assert main(["policy", "test", "acme_test.yaml"]) == 0
    capsys.readouterr()
    command, answer = next(
        each for each in blocks("docs/policies.md", "console") if "policy diff" in each
    ).split("\n", 1)
    assert main(command.removeprefix("$ namegate ").split()) == 0
    assert capsys.readouterr().out == answer

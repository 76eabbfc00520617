"""`namegate check` beyond names and formats: what its options do."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from namegate.cli import main
from tests.doors import environment

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """
apiVersion: namegate/v1
kind: NamingPolicy
metadata: {name: acme, revision: "1"}
mode: %s
rules: {missing-component: {severity: %s, components: [size]}}
waivers:
  - {match: "acme/old-*", rules: [NG201], reason: "SEC-1", approved_by: ml-gov, expires: 2027-03-31}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "acme.yaml"
    path.write_text(POLICY % ("enforce", "error"))
    return path


def check(*arguments: object) -> int:
    return main(["check", *map(str, arguments)])


def test_strict_and_exit_zero(policy: Path) -> None:
    assert check("acme/bert", "--policy", policy) == 1
    assert check("acme/bert", "--policy", policy, "--exit-zero") == 0
    for mode, severity in (("enforce", "warn"), ("audit", "error"), ("warn", "error")):
        policy.write_text(POLICY % (mode, severity))
        assert check("acme/bert", "--policy", policy) == 0
        assert check("acme/bert", "--policy", policy, "--strict") == 1
    policy.write_text(POLICY % ("enforce", "info"))
    assert check("acme/bert", "--policy", policy, "--strict") == 0


def test_a_waiver_holds_as_long_as_now_says(policy: Path) -> None:
    for now, code in (("2027-03-31", 0), ("2027-03-31T23:59:59+00:00", 0), ("2027-04-01T00:00", 1)):
        assert check("acme/old-bert", "--policy", policy, "--now", now) == code


def test_policy_and_server_of_the_environment(
    policy: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMEGATE_POLICY", str(policy))
    assert check("acme/bert") == 1
    monkeypatch.setenv("NAMEGATE_URL", server)
    assert check("acme/bert") == 2
    monkeypatch.setenv("NAMEGATE_POLICY", "namegate:recommended")
    assert check("acme/bert") == 0


def test_statistics_leave_the_output_whole(policy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert check("acme/bert", "acme/bert-7b", "--policy", policy, "--statistics", "--format", "json") == 1
    output, errors = capfd.readouterr()
    assert [each["allowed"] for each in json.loads(output)] == [False, True]
    assert errors.splitlines() == [
        "      1  NG201 missing-component",
        "2 names: 1 allowed, 1 denied, 0 undecided",
    ]


FIXES = [
    # folder, what is there already, folder afterwards
    ("bert-7b", None, "bert-196k"),
    ("bert-7b", "bert-196k", "bert-7b"),
    ("other", None, "other"),
]


@pytest.mark.parametrize(("folder", "there", "afterwards"), FIXES)
def test_fix_names(
    folder: str,
    there: str | None,
    afterwards: str,
    checkpoint: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(checkpoint, tmp_path / folder)
    if there:
        (tmp_path / there).mkdir()
    assert check("acme/bert-7b", "--weights", tmp_path / folder) == 1
    assert (tmp_path / folder).exists()
    assert check("acme/bert-7b", "--weights", tmp_path / folder, "--fix-names") == 1
    assert (tmp_path / afterwards / "model.safetensors").exists()
    said = capfd.readouterr().err
    assert ("not renamed" in said) is (folder == afterwards)
    if folder != afterwards:
        assert not (tmp_path / folder).exists()
        assert check("acme/bert-196k", "--weights", tmp_path / afterwards, "--fix-names") == 0


def on_a_terminal(*arguments: str, **extra: str) -> str:
    """Run a command whose output is a terminal, and return what the terminal gets."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "namegate", *arguments],
        stdin=follower,
        stdout=follower,
        env=environment(TERM="xterm", **extra),
    )
    os.close(follower)
    output = b""
    while True:
        try:
            chunk = os.read(leader, 4096)
        except OSError:
            break
        if not chunk:
            break
        output += chunk
    os.close(leader)
    process.wait(timeout=30)
    return output.decode()


def test_colours_on_a_terminal_only_and_not_with_no_color() -> None:
    escape = re.compile("\x1b\\[[0-9;]*m")
    plain = on_a_terminal("check", "acme/bert-base", NO_COLOR="1")
    assert not escape.search(plain)
    coloured = on_a_terminal("check", "acme/bert-base")
    assert escape.sub("", coloured) == plain
    assert coloured != plain
    assert not escape.search(on_a_terminal("check", "acme/bert-base", "--format", "json"))


def test_a_locale_without_unicode() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "namegate", "check", "acme/модель-7b", "--format", "json"],
        capture_output=True,
        check=False,
        env=environment(PYTHONIOENCODING="ascii"),
    )
    assert json.loads(done.stdout)["name"]["text"] == "acme/модель-7b"
    text = subprocess.run(
        [sys.executable, "-m", "namegate", "check", "acme/модель-7b"],
        capture_output=True,
        check=False,
        env=environment(PYTHONIOENCODING="ascii"),
    )
    assert text.returncode == done.returncode
    assert text.stderr == b""

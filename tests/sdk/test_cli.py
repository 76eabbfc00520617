"""The command line itself: what it finds, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import click
import pytest

import namegate.commands
from namegate.cli import main
from tests.doors import ROOT, environment

COMMANDS = sorted(path.stem for path in Path(namegate.commands.__path__[0]).glob("[a-z]*.py"))


@pytest.mark.parametrize("module", COMMANDS)
def test_each_module_of_commands_is_a_documented_subcommand(
    module: str, capfd: pytest.CaptureFixture[str]
) -> None:
    command = import_module(f"namegate.commands.{module}").command
    assert isinstance(command, click.Command)
    assert command.help
    assert main([module.replace("_", "-"), "--help"]) == 0
    assert capfd.readouterr().out.startswith(f"Usage: namegate {module.replace('_', '-')}")


def test_help_lists_the_commands(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    output = capfd.readouterr().out
    assert all(re.search(rf"^  {module.replace('_', '-')}\b", output, re.MULTILINE) for module in COMMANDS)


BAD_USAGE = [
    (["nosuch"], "No such command"),
    ([], "Usage:"),
    (["--nosuch"], "No such option"),
    (["check", "--format", "yaml", "gpt2"], "'yaml' is not one of"),
    (["check", "a", "b", "--weights", "x"], "belong to one NAME"),
    (["check", "a", "--url", "http://127.0.0.1:1", "--now", "2027-01-01"], "a server has its own"),
    (["check", "a", "--now", "tomorrow"], "no ISO 8601 time"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_USAGE)
def test_bad_usage_ends_with_2(arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert message in capfd.readouterr().err


def test_a_bug_ends_with_2_and_without_a_traceback(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = click.Command("broken", callback=lambda: {}["missing"])
    monkeypatch.setitem(namegate.cli.cli.commands, "broken", broken)
    assert main(["broken"]) == 2
    assert capfd.readouterr().err == "namegate: internal error, KeyError: 'missing'\n"
    assert main(["--debug", "broken"]) == 2
    assert "Traceback" in capfd.readouterr().err


def test_another_package_adds_a_command(tmp_path: Path) -> None:
    """`namegate serve` comes from the server by an entry point, as pyproject.toml declares it."""
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    metadata = tmp_path / "namegate-0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: namegate\nVersion: 0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in declared["namegate.commands"].items())
    (metadata / "entry_points.txt").write_text(f"[namegate.commands]\n{lines}")
    environ = environment()
    environ["PYTHONPATH"] += os.pathsep + str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "namegate", "serve", "--help"],
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: namegate serve")


def test_a_closed_pipe_is_no_denial() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "namegate", "check", "--format", "jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout
    process.stdout.close()
    _, errors = process.communicate(b"gpt2\n" * 5000, timeout=60)
    assert (process.returncode, errors) == (141, b"")


def test_control_c_is_no_denial() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "namegate", "check"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"gpt2\n")
    process.stdin.flush()
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    assert process.returncode == 130
    assert process.stderr
    assert b"Traceback" not in process.stderr.read()
    process.stdin.close()
    process.stdout.close()
    process.stderr.close()

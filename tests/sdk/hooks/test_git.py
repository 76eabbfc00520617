"""`namegate pre-receive` in a bare repository, with real pushes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from namegate.hooks.git import BlobSource, read_updates
from namegate_policy.errors import EvidenceError
from tests.doors import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _git(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    who = {
        f"GIT_{role}_{part}": "x@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
    }
    return subprocess.run(
        ["git", "-C", folder, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", **who, **extra),
    )


@pytest.fixture
def registry(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Make a repository of a registry with the hook, and a clone of it."""

    def make(name: str, *options: str) -> tuple[Path, Path]:
        bare, clone = tmp_path / "models" / f"{name}.git", tmp_path / "clone"
        bare.mkdir(parents=True)
        _git(bare, "init", "--bare", "--initial-branch=main")
        hook = bare / "hooks" / "pre-receive"
        command = f"{sys.executable} -m namegate pre-receive --root {tmp_path / 'models'} {' '.join(options)}"
        hook.write_text(f"#!/bin/sh\nexec {command}\n")
        hook.chmod(0o755)
        _git(tmp_path, "clone", str(bare), str(clone))
        _git(clone, "checkout", "-b", "main")
        return bare, clone

    return make


def push(clone: Path, files: dict[str, bytes]) -> subprocess.CompletedProcess[str]:
    for name, content in files.items():
        (clone / name).write_bytes(content)
    _git(clone, "add", "-A")
    _git(clone, "commit", "-m", "upload")
    return _git(clone, "push", "origin", "main")


def upload(checkpoint: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in checkpoint.iterdir()}


def test_a_true_name_is_accepted(registry: Callable[..., tuple[Path, Path]], checkpoint: Path) -> None:
    bare, clone = registry("acme/bert-tiny")
    done = push(clone, upload(checkpoint))
    assert done.returncode == 0, done.stderr
    assert "acme/bert-tiny  allowed by recommended@" in done.stderr
    assert _git(bare, "rev-parse", "main").stdout == _git(clone, "rev-parse", "main").stdout


def test_a_false_name_is_refused(registry: Callable[..., tuple[Path, Path]], checkpoint: Path) -> None:
    bare, clone = registry("acme/bert-7b")
    done = push(clone, upload(checkpoint))
    assert done.returncode == 1
    assert "\nremote: acme/bert-7b" in done.stderr
    assert f"\nremote: {' ' * len('acme/bert-')}^^ NG402 size-mismatch" in done.stderr
    assert "pre-receive hook declined" in done.stderr
    assert _git(bare, "rev-parse", "--verify", "main").returncode != 0


def test_weights_in_lfs(registry: Callable[..., tuple[Path, Path]], checkpoint: Path, tmp_path: Path) -> None:
    weights = (checkpoint / "model.safetensors").read_bytes()
    oid = hashlib.sha256(weights).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(weights)}\n"
    bare, clone = registry("acme/bert-7b")
    missing = push(clone, {"model.safetensors": pointer.encode()})
    assert missing.returncode == 1
    assert f"the LFS object {oid} is not in" in missing.stderr.replace("\nremote: ", "")
    store = bare / "lfs" / "objects" / oid[:2] / oid[2:4]
    store.mkdir(parents=True)
    (store / oid).write_bytes(weights)
    assert "size-mismatch" in push(clone, {}).stderr


def test_a_deleted_branch_and_a_tag(registry: Callable[..., tuple[Path, Path]], checkpoint: Path) -> None:
    _, clone = registry("acme/bert-7b")
    assert push(clone, {"README.md": b"# no weights yet\n"}).returncode == 0
    _git(clone, "checkout", "-b", "other")
    push(clone, upload(checkpoint))
    assert "size-mismatch" in _git(clone, "push", "origin", "HEAD:refs/tags/v1").stderr
    _git(clone, "push", "origin", "main:gone")
    assert _git(clone, "push", "origin", ":gone").returncode == 0


@pytest.mark.parametrize("line", ["", "a b c", "0" * 40 + " " + "1" * 40, "; rm -rf / refs/heads/main"])
def test_input_that_is_not_of_git(line: str) -> None:
    with pytest.raises(EvidenceError, match="no line of a pre-receive hook"):
        read_updates([line])


def test_reading_a_blob_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes(range(256)) * 5000
    _git(tmp_path, "init")
    (tmp_path / "x").write_bytes(content)
    blob = _git(tmp_path, "hash-object", "-w", "x").stdout.strip()
    monkeypatch.chdir(tmp_path)
    source = BlobSource(blob, "x", len(content))
    for offset, length in ((10, 5), (1_200_000, 100), (0, 0), (3, 1_000_000), (len(content), 0)):
        assert source.read(offset, length) == content[offset : offset + length]
    with pytest.raises(EOFError):
        source.read(len(content), 1)
    source.close()
    assert source.read(0, 8) == content[:8]
    source.close()

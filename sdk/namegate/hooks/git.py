"""A registry on git: the hook `pre-receive` of a repository, which refuses a push.

Files are read from the pushed commits themselves. Large files are usually pointers of Git LFS, whose
content is in the server's store by the time that the hook runs.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from namegate_policy.errors import EvidenceError
from namegate_policy.weights import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from namegate_policy.weights import ByteSource

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-\d-[^\n]*\n)*"
    rb"oid sha256:(?P<oid>[0-9a-f]{64})\nsize (?P<size>\d{1,18})\n?"
)
_LONGEST_POINTER = 1024
_MOST_FILES = 20_000


class Update(NamedTuple):
    """A reference that a push moves; `new` is all zeros where it is deleted."""

    old: str
    new: str
    reference: str


def read_updates(lines: Iterable[str]) -> list[Update]:
    """Return what git writes to the hook's standard input; raises EvidenceError for anything else."""
    updates = []
    for line in lines:
        parts = line.rstrip("\n").split(" ", 2)
        if len(parts) != 3 or not all(re.fullmatch(r"[0-9a-f]{40,64}", part) for part in parts[:2]):
            raise EvidenceError(f"this is no line of a pre-receive hook: {line!r}")
        updates.append(Update(*parts))
    return updates


def commits(updates: Iterable[Update]) -> list[str]:
    """Return the commits that branches and tags are moved to, each once."""
    moved = [update.new for update in updates if update.new.strip("0")]
    found = (_git("rev-parse", "--verify", "--quiet", f"{new}^{{commit}}", fails=True) for new in moved)
    return list(dict.fromkeys(commit.decode().strip() for commit in found if commit))


def files(commit: str, store: Path | None) -> list[ByteSource]:
    """Return the files of a commit; `store` is the folder of Git LFS objects, `lfs/objects` if not given.

    Raises EvidenceError for more files than an upload may have, and for an LFS object that is not there.
    """
    if store is None:
        store = Path(_git("rev-parse", "--git-common-dir").decode().rstrip("\n")) / "lfs" / "objects"
    listed = [entry for entry in _git("ls-tree", "-r", "-z", "--long", commit).split(b"\0") if entry]
    if len(listed) > _MOST_FILES:
        raise EvidenceError(f"commit {commit[:12]}: more than {_MOST_FILES} files")
    return list(_sources(listed, store))


def _sources(listed: Iterable[bytes], store: Path) -> Iterator[ByteSource]:
    for entry in listed:
        facts, _, path = entry.partition(b"\t")
        mode, kind, blob, size = facts.split()
        if kind != b"blob" or not mode.startswith(b"100"):
            continue  # a link or a submodule
        source = BlobSource(blob.decode(), path.decode("utf-8", "replace"), int(size))
        pointer = _pointer(source) if source.size <= _LONGEST_POINTER else None
        yield _stored(store, *pointer, source.name) if pointer else source


def _pointer(source: BlobSource) -> tuple[str, int] | None:
    """Return the object and size that a pointer of Git LFS names, or None for another file."""
    try:
        found = _POINTER.fullmatch(source.read(0, source.size))
    finally:
        source.close()
    return (found["oid"].decode(), int(found["size"])) if found else None


def _stored(store: Path, oid: str, size: int, name: str) -> FileSource:
    """Return an LFS object; stores differ in whether its file repeats the folders' digits."""
    folder = store / oid[:2] / oid[2:4]
    for path in (folder / oid, folder / oid[4:]):
        if path.is_file():
            source = FileSource(path, name)
            if source.size != size:
                raise EvidenceError(
                    f"{name}: its pointer says {size} bytes, the LFS object has {source.size}"
                )
            return source
    raise EvidenceError(f"{name}: the LFS object {oid} is not in {store}")


class BlobSource:
    """A file of a commit, streamed out of git only as far as it is read."""

    def __init__(self, blob: str, name: str, size: int) -> None:
        self._blob = blob
        self.name = name
        self.size = size
        self._process: subprocess.Popen[bytes] | None = None
        self._spool: IO[bytes] | None = None

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; raises EOFError where the file ends before."""
        if offset + length > self.size:
            raise EOFError
        if self._process is None or self._spool is None:
            command = ["git", "cat-file", "blob", self._blob]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 (no shell)
            self._spool = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        missing = offset + length - self._spool.seek(0, 2)
        stream = self._process.stdout
        while missing > 0 and stream is not None:
            chunk = stream.read(min(missing, 1 << 20))
            if not chunk:
                raise EvidenceError(f"{self.name}: git does not give the whole file")
            self._spool.write(chunk)
            missing -= len(chunk)
        self._spool.seek(offset)
        return self._spool.read(length)

    def close(self) -> None:
        """Stop git; a later read starts it again."""
        if self._process is not None and self._spool is not None:
            self._process.kill()
            self._process.communicate()
            self._spool.close()
        self._process = self._spool = None


def _git(*arguments: str, fails: bool = False) -> bytes:
    command = ["git", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 (no shell)
    if done.returncode and not fails:
        message = done.stderr.decode("utf-8", "replace").strip()
        raise EvidenceError(f"git {arguments[0]} failed: {message}")
    return done.stdout

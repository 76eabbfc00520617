"""Which documents a policy is made of: the file or pack itself, and what it extends, bases first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from namegate_policy.errors import PolicyNotFoundError, PolicyProblem
from namegate_policy.language.document import PolicyDocument
from namegate_policy.language.nodes import MAX_BYTES, Node, read_nodes
from namegate_policy.language.problems import did_you_mean, explain, problem
from namegate_policy.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

PACK = "namegate:"
"""How a reference to a shipped pack begins."""

MAX_DOCUMENTS = 64


@dataclass(frozen=True, slots=True)
class Document:
    """One policy file as read. `model` is None where the file has mistakes; `folder` is where its relative
    references start from, None where it may have none.
    """

    source: str
    text: str
    root: Node
    model: PolicyDocument | None
    folder: Path | None


@dataclass(slots=True)
class Collection:
    """Documents in the order in which they apply, and every mistake in them."""

    boundary: Path | None
    """The folder that references by path may not leave; None allows no references by path."""
    documents: list[Document] = field(default_factory=list)
    problems: list[PolicyProblem] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def add(self, text: str | bytes, source: str, home: Path | None, identity: str) -> None:
        """Add a document after everything that it extends."""
        self._seen.add(identity)
        root, problems = read_nodes(text, source)
        self.problems += problems
        if root is None:
            return
        model = None
        try:
            model = PolicyDocument.model_validate(root.data())
        except ValidationError as error:
            self.problems += explain(PolicyDocument, error, root)
        self._open.append(identity)
        extends = root.child("extends")
        if extends is not None and isinstance(extends.value, list):
            for node in extends.value:
                if isinstance(node.value, str):
                    self._extend(str(node.value), node, home)
        self._open.pop()
        decoded = text if isinstance(text, str) else text.decode("utf-8-sig")
        self.documents.append(Document(source, decoded, root, model, home))

    def _extend(self, reference: str, node: Node, home: Path | None) -> None:
        try:
            path = locate(reference, home, self.boundary)
        except PolicyNotFoundError as error:
            self.problems.append(problem(error.message, node.location))
            return
        identity = str(path)
        if identity in self._open:
            self.problems.append(problem(f"{reference!r} extends this document in turn", node.location))
        elif len(self._seen) >= MAX_DOCUMENTS:
            self.problems.append(
                problem(f"a policy is made of at most {MAX_DOCUMENTS} documents", node.location)
            )
        elif identity not in self._seen:
            pack = reference.startswith(PACK)
            source = name_of(reference, path, self.boundary)
            self.add(read(path), source, None if pack else path.parent, identity)


def packs() -> tuple[str, ...]:
    """Return the references of the shipped packs, sorted."""
    files = folder("policies").glob("*.yaml")
    return tuple(sorted(PACK + file.stem for file in files if not file.stem.endswith("_test")))


def locate(reference: str, home: Path | None, boundary: Path | None) -> Path:
    """Return the file that a reference names: `namegate:PACK`, or a path relative to `home`.

    Raises PolicyNotFoundError where there is none, or where it lies outside of `boundary`.
    """
    if reference.startswith(PACK):
        if reference not in packs():
            valid = ", ".join(packs())
            raise PolicyNotFoundError(
                f"there is no pack {reference[:60]!r}{_near(reference)}; valid: {valid}"
            )
        return folder("policies") / f"{reference.removeprefix(PACK)}.yaml"
    if home is None or boundary is None:
        raise PolicyNotFoundError(f"{reference!r} is a path, and here only packs can be extended")
    if "\0" in reference or len(reference) > 1024:
        raise PolicyNotFoundError(f"{reference[:60]!r} is no path of a file")
    path = (home / reference).resolve()
    if not path.is_relative_to(boundary.resolve()):
        raise PolicyNotFoundError(f"{reference!r} lies outside of the folder {boundary}")
    if not path.is_file():
        hint = _near(reference) if "/" not in reference else ""
        raise PolicyNotFoundError(f"there is no file {reference!r}{hint}")
    return path


def read(path: Path) -> bytes:
    """Return the bytes of a policy file, one more than allowed at most.

    Raises PolicyNotFoundError where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PolicyNotFoundError(f"the policy file {path} cannot be read: {error.strerror}") from error


def name_of(reference: str, path: Path, boundary: Path | None) -> str:
    """Return how messages call a document: a pack by its reference, a file by its path from the boundary."""
    if reference.startswith(PACK):
        return reference
    if boundary is not None and path.is_relative_to(boundary.resolve()):
        return path.relative_to(boundary.resolve()).as_posix()
    return str(path)


def _near(reference: str) -> str:
    """Return a hint at the pack that was meant."""
    names = [pack.removeprefix(PACK) for pack in packs()]
    return did_you_mean(reference.removeprefix(PACK), names, prefix=PACK)

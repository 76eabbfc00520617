"""Reference → `Policy`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from namegate_policy.errors import PolicyError
from namegate_policy.language.documents import PACK, Collection, locate, name_of, read
from namegate_policy.language.resolve import resolve
from namegate_policy.rules.registry import RULES

if TYPE_CHECKING:
    from namegate_policy.errors import PolicyProblem
    from namegate_policy.language.policy import Policy


def load_policy(reference: str | Path, *, base: Path | None = None) -> Policy:
    """Return the policy that `reference` names: a shipped pack (`namegate:recommended`) or a file.

    A relative path starts from `base`, and neither the policy nor what it extends may lie outside of it.
    Without a `base`, paths start from the working directory, and the boundary is that directory, or the
    policy file's own folder where the file lies elsewhere.

    Raises PolicyNotFoundError where there is no such policy, PolicyError with every mistake in it.
    """
    text = str(reference)
    path, boundary = find(text, base)
    home = None if text.startswith(PACK) else path.parent
    return build(read(path), name_of(text, path, boundary), home, boundary, str(path))


def policy_text(reference: str | Path, *, base: Path | None = None) -> str:
    """Return the file that `load_policy` would read, as it stands.

    Raises PolicyNotFoundError where there is no such policy.
    """
    return read(find(str(reference), base)[0]).decode("utf-8-sig", "replace")


def find(reference: str, base: Path | None) -> tuple[Path, Path | None]:
    """Return the file that a reference names, and the folder that it and its bases may not leave."""
    if reference.startswith(PACK):
        return locate(reference, None, None), base
    if base is not None:
        return locate(reference, base, base), base
    folder = Path.cwd()
    file = (folder / reference).resolve()
    boundary = folder if file.is_relative_to(folder.resolve()) else file.parent
    return locate(reference, folder, boundary), boundary


def parse_policy(text: str | bytes, *, source: str = "policy", base: Path | None = None) -> Policy:
    """Return the policy that the YAML `text` holds; `source` is what its mistakes call it.

    What it extends by path starts from `base` and may not lie outside of it; without a `base` it may
    extend packs only. Raises PolicyError with every mistake in it.
    """
    return build(text, source, base, base, source)


def build(text: str | bytes, source: str, home: Path | None, boundary: Path | None, identity: str) -> Policy:
    """Return the policy of a document and of what it extends from `home`, without leaving `boundary`.

    `identity` tells the document from the others. Raises PolicyError with every mistake.
    """
    collection = Collection(boundary)
    collection.add(text, source, home, identity)
    policy, problems = resolve(collection.documents, RULES, boundary)
    problems = collection.problems + problems
    if policy is None or problems:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise PolicyError(f"the policy {source} has {count}:", tuple(_ordered(problems)))
    return policy


def _ordered(problems: list[PolicyProblem]) -> list[PolicyProblem]:
    """Return the mistakes by document, in the order of the documents, and by place."""
    sources = list(dict.fromkeys(problem.source for problem in problems))
    return sorted(problems, key=lambda found: (sources.index(found.source), found.line, found.column))

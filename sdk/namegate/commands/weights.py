"""`namegate weights CHECKPOINT`: what the weights are, proven from their headers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from namegate_policy.evidence import Evidence


def read(checkpoint: str, config: Path | None = None) -> Evidence:
    """Return the evidence beside weights that can be trusted: a file, a folder, or a repository on the Hub.

    What is there on disk is meant before what the Hub may have. Raises EvidenceError, which names every
    problem, where the weights cannot be trusted.
    """
    from namegate.evidence import gather
    from namegate.hub import REPOSITORY, hub_files
    from namegate_policy.errors import EvidenceError

    path = Path(checkpoint)
    on_hub = not path.exists() and REPOSITORY.fullmatch(checkpoint)
    evidence = gather(hub_files(checkpoint) if on_hub else path, config=config)
    if evidence.weights is None or (evidence.weights.verifiable and not evidence.weights.tensors):
        raise EvidenceError(f"there are no weights in {checkpoint}")
    if not evidence.weights.verifiable:
        problems = [
            f"{problem.file}: {f'{problem.tensor}: ' if problem.tensor else ''}{problem.message}"
            for problem in evidence.weights.problems
        ]
        raise EvidenceError("\n".join(["the weights cannot be trusted", *problems]))
    return evidence


@click.command("weights")
@click.argument("checkpoint")
@click.option("--config", type=click.Path(path_type=Path), help="config.json, if not in the folder.")
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def command(checkpoint: str, config: Path | None, format_name: str) -> None:
    """Print what the weights of CHECKPOINT are: family, parameters, layers, number format.

    CHECKPOINT is a file, a folder, or the id of a repository on the Hub (`org/name`, `org/name@revision`), of
    which only the headers are fetched.
    """
    import msgspec

    architecture = read(checkpoint, config).architecture
    facts = architecture.to_dict() if architecture is not None else {}
    if format_name == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(facts), indent=2))
        return
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        click.echo(f"{name:{width}}  {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)

"""`namegate describe CHECKPOINT`: the model-card metadata that the weights prove."""

from __future__ import annotations

import click

from namegate.commands.weights import read


@click.command("describe")
@click.argument("checkpoint")
def command(checkpoint: str) -> None:
    """Print the front matter of a model card, as far as the weights prove it."""
    import yaml

    from namegate_policy.architecture.describe import describe

    architecture = read(checkpoint).architecture
    facts = describe(architecture) if architecture is not None else {}
    click.echo("---\n" + yaml.safe_dump(facts, sort_keys=False, allow_unicode=True) + "---")

"""`namegate compare FIRST SECOND`: how two checkpoints differ, and whether one can be tuned to the other."""

from __future__ import annotations

from pathlib import Path

import click

from namegate.commands.weights import read

_SHOWN = 40
"""Differences that text shows; JSON holds all."""


@click.command("compare")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_context
def command(ctx: click.Context, first: Path, second: Path, format_name: str) -> None:
    """Compare two checkpoints. Exits with 0 when SECOND can be a fine-tune of FIRST, else with 1."""
    import msgspec

    from namegate_policy.architecture.compare import compare

    one, two = read(first), read(second)
    if one.weights is None or two.weights is None:
        ctx.exit(2)
    comparison = compare(one.weights, two.weights, one.config, two.config)
    if format_name == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(comparison), indent=2))
    else:
        can = "can" if comparison.tunable else "cannot"
        click.echo(f"{second} {can} be a fine-tune of {first}: {comparison.reason}")
        for difference in comparison.differences[:_SHOWN]:
            click.echo(f"  {difference.pattern}: {_side(difference.first)} → {_side(difference.second)}")
        if len(comparison.differences) > _SHOWN:
            click.echo(f"  … {len(comparison.differences) - _SHOWN} more")
    ctx.exit(0 if comparison.tunable else 1)


def _side(side: tuple[int, tuple[int, ...] | None] | None) -> str:
    if side is None:
        return "none"
    count, shape = side
    return f"{count} of {'x'.join(map(str, shape)) if shape else 'packed shape'}"

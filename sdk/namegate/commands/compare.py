"""`namegate compare`: how two checkpoints differ, or one from the reference that a name claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from namegate.commands.weights import read
from namegate.exit_codes import ExitCode

if TYPE_CHECKING:
    from namegate_policy.architecture.reference import Conformance, Deviation

_SHOWN = 40
"""Differences that text shows; JSON holds all."""


@click.command("compare")
@click.argument("checkpoints", nargs=-1, required=True, metavar="FIRST SECOND | CHECKPOINT")
@click.option("--name", metavar="NAME", help="Compare one CHECKPOINT with what this name claims.")
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_context
def command(ctx: click.Context, checkpoints: tuple[str, ...], name: str | None, format_name: str) -> None:
    """Compare two checkpoints, or one with the reference that a name claims.

    A checkpoint is a file, a folder, or the id of a repository on the Hub. Exits with 0 when SECOND can be a
    fine-tune of FIRST, or CHECKPOINT is what the name claims but for its heads; else with 1, and with 2 when
    the name claims no network that is known.
    """
    if len(checkpoints) != (1 if name else 2):
        raise click.UsageError("give two checkpoints, or one with --name")
    if name:
        ctx.exit(_with_reference(name, checkpoints[0], format_name))
    first, second = checkpoints
    ctx.exit(_with_each_other(first, second, format_name))


def _with_reference(name: str, checkpoint: str, format_name: str) -> ExitCode:
    from namegate_policy.architecture.reference import conformance
    from namegate_policy.errors import EvidenceError
    from namegate_policy.naming import default_vocabulary, parse_name

    evidence = read(checkpoint)
    if evidence.weights is None:
        return ExitCode.UNDECIDED
    found = conformance(parse_name(name), default_vocabulary(), evidence.weights, evidence.config)
    if found is None:
        raise EvidenceError(f"{name} claims no network whose tensors are known")
    if format_name == "json":
        _print_json({**_as_dict(found), "conforms": found.conforms})
    else:
        what = "is" if found.conforms else "is not"
        click.echo(f"{checkpoint} {what} what {name} claims: {found.reference}, {found.similarity:.1%} alike")
        _print_lines(_deviation(each) for each in found.deviations)
    return ExitCode.ALLOWED if found.conforms else ExitCode.DENIED


def _with_each_other(first: str, second: str, format_name: str) -> ExitCode:
    from namegate_policy.architecture.compare import compare

    one, two = read(first), read(second)
    if one.weights is None or two.weights is None:
        return ExitCode.UNDECIDED
    comparison = compare(one.weights, two.weights, one.config, two.config)
    if format_name == "json":
        _print_json(comparison)
    else:
        can = "can" if comparison.tunable else "cannot"
        click.echo(f"{second} {can} be a fine-tune of {first}: {comparison.reason}")
        _print_lines(
            f"  {each.pattern}: {_side(each.first)} → {_side(each.second)}" for each in comparison.differences
        )
    return ExitCode.ALLOWED if comparison.tunable else ExitCode.DENIED


def _deviation(each: Deviation) -> str:
    head = " (head)" if each.head else ""
    return f"  {each.what}: {each.reference or 'none'} → {each.held or 'none'}{head}"


def _as_dict(found: Conformance) -> dict[str, Any]:
    import msgspec

    converted: dict[str, Any] = msgspec.to_builtins(found)
    return converted


def _print_json(value: Any) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def _print_lines(lines: Any) -> None:
    listed = list(lines)
    for line in listed[:_SHOWN]:
        click.echo(line)
    if len(listed) > _SHOWN:
        click.echo(f"  … {len(listed) - _SHOWN} more")


def _side(side: tuple[int, tuple[int, ...] | None] | None) -> str:
    if side is None:
        return "none"
    count, shape = side
    return f"{count} of {'x'.join(map(str, shape)) if shape else 'packed shape'}"

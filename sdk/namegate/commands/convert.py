"""`namegate convert NAME --from huggingface --to ollama`: a name as another registry writes it."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from namegate.exit_codes import ExitCode
from namegate_policy.errors import UnreadableNameError


def _registry(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Return the name of a registry; the table of registries is read only when it is needed."""
    from namegate_policy.naming.registries import REGISTRIES

    if value not in REGISTRIES:
        raise click.BadParameter(f"{value!r} is no registry; valid: {', '.join(sorted(REGISTRIES))}")
    return value


@click.command("convert")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--from", "source", callback=_registry, default="huggingface", show_default=True)
@click.option("--to", "target", callback=_registry, required=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(names: tuple[str, ...], source: str, target: str, form: str) -> int:
    """Print names as another registry writes them, and on standard error what is lost on the way.

    The exit code is 1 where the target can have no such name, 2 where the source has none.
    """
    from namegate_policy.naming.convert import convert

    code = ExitCode.ALLOWED
    for name in names:
        try:
            conversion = convert(name, source, target)
        except UnreadableNameError as error:
            click.echo(f"namegate: {error}", err=True)
            code = ExitCode.UNDECIDED
            continue
        code = max(code, ExitCode.DENIED if conversion.text is None else ExitCode.ALLOWED)
        if form == "json":
            click.echo(json.dumps(asdict(conversion)))
            continue
        if conversion.text is not None:
            click.echo(conversion.text)
        for loss in conversion.losses:
            click.echo(f"  {loss}", err=True)
        if conversion.problem:
            click.echo(f"namegate: {name} cannot be converted: {conversion.problem}", err=True)
    return code

"""`namegate compose --architecture llama --size 8B …`: a name of these components that a scheme takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS = (
    *("vendor", "architecture", "title", "version", "size", "dimension", "input", "dataset", "language"),
    *("task", "training", "quantization", "format", "other"),
)


def _kinds(command: Callable[..., int]) -> Callable[..., int]:
    for kind in reversed(_KINDS):
        command = click.option(
            f"--{kind}", multiple=True, metavar="TEXT", help=f"A component of the kind {kind}."
        )(command)
    return command


@click.command("compose")
@click.option("--organization", help="The organization before the name.")
@_kinds
@click.option("--scheme", default="ptm", show_default=True, help="A shipped scheme, or a grammar's path.")
def command(organization: str | None, scheme: str, **components: tuple[str, ...]) -> int:
    """Print a name of exactly these components that the scheme takes.

    The name is read back before it is printed. Options of components may be repeated. The exit code is 1,
    with the reason, where there is no such name.
    """
    from namegate_policy.naming import Kind
    from namegate_policy.naming.compose import compose
    from namegate_policy.naming.scheme import load_scheme

    given = [(Kind(kind), text) for kind in _KINDS for text in components[kind]]
    if not given:
        raise click.UsageError(f"a name needs at least one of --{', --'.join(_KINDS)}")
    composition = compose(given, load_scheme(scheme), organization=organization)
    if composition.name is None:
        click.echo(f"namegate: {composition.problem}", err=True)
        return 1
    click.echo(composition.name.text)
    return 0

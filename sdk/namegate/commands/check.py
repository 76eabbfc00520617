"""`namegate check NAME…`: are names allowed by a policy, and true of the weights?"""

from __future__ import annotations

import os
import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from namegate.formats import FORMATS, Style, renderer
from namegate.names import given_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from namegate.results import Checked
    from namegate_policy.verdict import Verdict

_BATCH = 200
"""Names that go to a server in one request."""


def read_time(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """Return the time that an option gives; one without a zone is UTC."""
    from datetime import UTC, datetime

    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no ISO 8601 time such as 2027-03-31 or 2027-03-31T12:00Z"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


_FILE = click.Path(path_type=Path)


@click.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--policy",
    envvar="NAMEGATE_POLICY",
    metavar="REF",
    help="A pack (default: namegate:recommended) or a file; with --url a policy there (default: its choice).",
)
@click.option("--weights", type=_FILE, help="The checkpoint: a file or a folder.")
@click.option("--config", type=_FILE, help="config.json, if not in the folder of the weights.")
@click.option("--card", type=_FILE, help="The model card, if not README.md in the folder of the weights.")
@click.option("--names", "known", type=_FILE, help="Names that exist: an index, or a list of one a line.")
@click.option("--owner", help="The registry's lasting id of the account that uploads.")
@click.option("--url", envvar="NAMEGATE_URL", help="Ask this server instead of deciding here.")
@click.option("--key", envvar="NAMEGATE_KEY", help="API key of the server.")
@click.option("--format", "format_name", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Let warnings deny too, and errors that are not enforced.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 though names are denied.")
@click.option("--statistics", is_flag=True, help="Count rules and names, on standard error.")
@click.option("--fix-names", is_flag=True, help="Rename the --weights folder to what is suggested.")
@click.option("--now", metavar="TIME", callback=read_time, help="Decide as at this time: waivers expire.")
@click.pass_context
def command(
    ctx: click.Context,
    names: tuple[str, ...],
    policy: str | None,
    weights: Path | None,
    config: Path | None,
    card: Path | None,
    known: Path | None,
    owner: str | None,
    url: str | None,
    key: str | None,
    format_name: str,
    strict: bool,
    exit_zero: bool,
    statistics: bool,
    fix_names: bool,
    now: datetime | None,
) -> None:
    """Check names of models: arguments, or lines of standard input.

    Exits with 0 when all are allowed, 1 when one is denied, 2 when one could not be decided.
    """
    from namegate.results import Tally

    one = len(names) == 1 and names != ("-",)
    if not one and (weights or config or card or owner):
        raise click.UsageError("--weights, --config, --card and --owner belong to one NAME")
    if url is not None and (now or known):
        raise click.UsageError("--now and --names have no effect with --url: a server has its own")

    if fix_names and weights is None:
        raise click.UsageError("--fix-names renames the folder of --weights")
    given = {"weights": weights, "config": config, "card": card, "owner": owner}
    if url is None:
        results = _here(given_names(names), policy, now, {**given, "names": known})
    elif one:
        results = _by_server(names[0], url, key, {**given, "policy": policy})
    else:
        results = _by_server_in_batches(given_names(names), url, key, policy)

    tally = Tally()
    style = Style(colour=format_name == "text" and _colour(), one=one)
    results = tally.count(results)
    if fix_names and weights is not None:
        results = _renaming(results, weights)
    for piece in renderer(format_name)(results, style):
        # JSON and XML are UTF-8 whatever the locale says.
        click.echo(piece if format_name == "text" else piece.encode(), nl=False, color=style.colour)
    if statistics:
        click.echo("\n".join(tally.lines()), err=True)
    ctx.exit(tally.exit_code(strict=strict, exit_zero=exit_zero))


def _here(
    names: Iterable[str], reference: str | None, now: datetime | None, given: dict[str, Any]
) -> Iterator[Checked]:
    from datetime import UTC, datetime

    from namegate.evidence import gather
    from namegate.validate import RECOMMENDED
    from namegate_policy.engine import judge
    from namegate_policy.language import load_policy

    policy, evidence = load_policy(reference or RECOMMENDED), gather(**given)
    moment = now or datetime.now(UTC)
    for name in names:
        yield _checked(name, partial(judge, name, policy, evidence, now=moment))


def _by_server(name: str, url: str, key: str | None, given: dict[str, Any]) -> Iterator[Checked]:
    from namegate.client import Client

    with Client(url, key=key) as client:
        yield _checked(name, partial(client.validate, name, **given))


def _by_server_in_batches(
    names: Iterator[str], url: str, key: str | None, policy: str | None
) -> Iterator[Checked]:
    from namegate.client import Client
    from namegate.results import Checked

    with Client(url, key=key) as client:
        while batch := list(islice(names, _BATCH)):
            yield from map(Checked, batch, client.validate_batch(batch, policy=policy))


def _checked(name: str, decide: Callable[[], Verdict]) -> Checked:
    from namegate.results import Checked
    from namegate_policy.errors import UnreadableNameError

    try:
        return Checked(name, decide())
    except UnreadableNameError as error:
        return Checked(name, error)


def _renaming(results: Iterable[Checked], folder: Path) -> Iterator[Checked]:
    """Pass the results on; rename the folder, if it has the name that was judged, to the one suggested."""
    from namegate_policy.verdict import Verdict

    for checked in results:
        yield checked
        suggestion = checked.result.suggestion if isinstance(checked.result, Verdict) else None
        if suggestion is None:
            continue
        before, after = (each.rpartition("/")[2] for each in (checked.name, suggestion))
        target = folder.with_name(after)
        if folder.name != before or folder.is_symlink() or not folder.is_dir():
            click.echo(f"namegate: not renamed: {folder} is no folder named {before}", err=True)
        elif before != after and target.exists():
            click.echo(f"namegate: not renamed: {target} is there already", err=True)
        elif before != after:
            folder.rename(target)
            click.echo(f"namegate: renamed {folder} to {target}", err=True)


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

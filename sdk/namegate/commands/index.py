"""`namegate index LIST… --output FILE`: an index of names, for registries of millions."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("index")
@click.argument(
    "lists",
    nargs=-1,
    required=True,
    metavar="LIST...",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The index file; extended if there.",
)
def command(lists: tuple[Path, ...], output: Path) -> None:
    """Write names into an index that `namegate check --names` opens at once.

    A list holds one name a line, or one JSON object a line with name and owner; it may be gzipped.
    """
    from itertools import chain

    from namegate_policy.index.store import NameStore, read_names

    store = NameStore.create(output)
    try:
        added = store.add(chain.from_iterable(map(read_names, lists)))
    finally:
        store.close()
    click.echo(f"{added:,} names added to {output}")

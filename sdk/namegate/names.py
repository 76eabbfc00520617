"""The names that a command is given."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


def given_names(arguments: tuple[str, ...]) -> Iterator[str]:
    """Yield the arguments, and lines of standard input in the place of `-` or where there are none.

    Raises click.UsageError where there is no name at all.
    """
    if not arguments and sys.stdin.isatty():
        raise click.UsageError("give at least one NAME, or names on standard input")
    found = False
    for argument in arguments or ("-",):
        if argument != "-":
            found = True
            yield argument
            continue
        for line in sys.stdin.buffer:
            # Bytes that are no UTF-8 become unpaired surrogates, which the engine refuses by name.
            if name := line.rstrip(b"\r\n").decode("utf-8", "surrogateescape"):
                found = True
                yield name
    if not found:
        raise click.UsageError("standard input holds no names")

"""`namegate parse NAME…`: the components of names, the runner-up and its margin."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import click

from namegate.exit_codes import ExitCode
from namegate.names import given_names
from namegate_policy.errors import UnreadableNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from namegate_policy.naming import Component, ModelName
    from namegate_policy.naming.scheme import Branch

_COLOURS = {
    "vendor": "bright_black",
    "architecture": "green",
    "title": "bright_green",
    "size": "yellow",
    "dimension": "bright_yellow",
    "version": "cyan",
    "dataset": "magenta",
    "language": "bright_magenta",
    "task": "blue",
    "input": "bright_blue",
    "training": "red",
    "quantization": "bright_red",
    "format": "bright_cyan",
    "other": "white",
}


@click.command("parse")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--scheme", default="ptm", show_default=True, help="A shipped scheme, or a grammar's path.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "tree"]), default="text", show_default=True
)
def command(names: tuple[str, ...], scheme: str, form: str) -> int:
    """Print how names are read; without names, those on standard input, one a line.

    The exit code is 1 where a name does not fit the scheme, 2 where one is no name at all.
    """
    from namegate_policy.naming import parse_name

    given = given_names(names)
    if scheme == "ptm" and form != "tree":
        return max(_print(given, parse_name, form), default=0)
    from namegate_policy.naming.scheme import load_scheme

    loaded = load_scheme(scheme)
    return max(_print(given, loaded.parse, form, loaded.tree), default=0)


def _print(
    names: Iterable[str],
    parse: Callable[[str], ModelName],
    form: str,
    tree_of: Callable[[str], Branch | None] | None = None,
) -> Iterator[int]:
    for name in names:
        try:
            read = parse(name)
        except UnreadableNameError as error:
            click.echo(f"namegate: {error}", err=True)
            yield ExitCode.UNDECIDED
            continue
        if form == "json":
            click.echo(_json(read))
        elif form == "tree" and tree_of is not None and (tree := tree_of(name)):
            click.echo("\n".join([name, *_branches(tree, "")]))
        else:
            click.echo("\n".join(_lines(read)))
        yield ExitCode.DENIED if read.mismatch else ExitCode.ALLOWED


def _json(name: ModelName) -> str:
    import json

    from namegate_policy.naming.record import name_to_dict

    record: dict[str, Any] = name_to_dict(name)
    mismatch = name.mismatch
    record["mismatch"] = mismatch and {
        "span": list(mismatch.span),
        "found": mismatch.found,
        "expected": list(mismatch.expected),
    }
    return json.dumps(record, ensure_ascii=not _writes_unicode())


def _writes_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _lines(name: ModelName) -> Iterator[str]:
    from namegate_policy.errors import caret

    if name.mismatch:
        yield caret(name.text, name.mismatch.span)
        yield f"  {name.mismatch}"
    else:
        yield _coloured(name.text, name.components)
    if name.organization is not None:
        yield f"  {'organization':13} {name.organization}"
    for part in name.components:
        known = f"  = {part.canonical}" if part.canonical not in (None, part.text) else ""
        yield f"  {click.style(f'{part.kind:13}', fg=_COLOURS[part.kind])} {part.text}{known}"
    if name.runner_up is not None and not math.isinf(name.margin):
        chosen = set(name.components)
        others = ", ".join(f"{part.text} {part.kind}" for part in name.runner_up if part not in chosen)
        yield f"  {'runner-up':13} {others or 'other boundaries'}  (margin {name.margin:.2f})"


def _coloured(text: str, components: Iterable[Component]) -> str:
    pieces, position = [], 0
    for part in components:
        start, end = part.span
        pieces += [text[position:start], click.style(text[start:end], fg=_COLOURS[part.kind], bold=True)]
        position = end
    return "".join([*pieces, text[position:]])


def _branches(branch: Branch, indent: str) -> Iterator[str]:
    from namegate_policy.naming.scheme import Branch

    last = len(branch.children) - 1
    for index, child in enumerate(branch.children):
        elbow, below = ("└─ ", "   ") if index == last else ("├─ ", "│  ")
        if isinstance(child, Branch):
            yield f"{indent}{elbow}{child.rule}"
            yield from _branches(child, indent + below)
        elif isinstance(child, str):
            yield f"{indent}{elbow}{child}"
        else:
            kind = click.style(child.kind, fg=_COLOURS[child.kind])
            yield f"{indent}{elbow}{kind} {child.text}"

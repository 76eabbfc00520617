"""The command line: a group that imports a subcommand only when it is asked for.

A subcommand is a module of `namegate.commands`, or an entry point of the group `namegate.commands` by
which another package adds one. Exit codes are 0 for *allowed*, 1 for *denied* and 2 for *could not
decide*; 130 and 141 say that the reader pressed Ctrl-C or closed the pipe, as shells have it.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

import namegate.commands
from namegate.exit_codes import ExitCode
from namegate_policy.errors import NamegateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoints


class LazyGroup(click.Group):
    """Finds its commands by name and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands, sorted."""
        own = {module.name.replace("_", "-") for module in pkgutil.iter_modules(namegate.commands.__path__)}
        return sorted(own | set(super().list_commands(ctx)) | _added().names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the subcommand, or return None where there is none of that name."""
        module = cmd_name.replace("-", "_")
        if module in {found.name for found in pkgutil.iter_modules(namegate.commands.__path__)}:
            command = import_module(f"namegate.commands.{module}").command
        else:
            entry = next(iter(_added().select(name=cmd_name)), None)
            command = entry.load() if entry else super().get_command(ctx, cmd_name)
        if command is not None and not isinstance(command, click.Command):
            raise TypeError(f"the subcommand {cmd_name!r} is no click command: {command!r}")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; a reader that goes away ends it quietly."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            # click would end with 1, which here says *denied*. The interpreter flushes once more at its
            # end; give it a place to write to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(ExitCode.PIPE_CLOSED)


def _added() -> EntryPoints:
    from importlib.metadata import entry_points

    return entry_points(group="namegate.commands")


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("namegate")
    except PackageNotFoundError:
        installed = "(a checkout that is not installed)"
    click.echo(f"namegate {installed}")
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version.",
)
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Does a model's name follow the policy, and is it true of the weights?"""
    ctx.ensure_object(dict)["debug"] = debug


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; an error never leaves it as an exception.

    Python ends with 1 after an uncaught exception, which here would say *denied*.
    """
    gc.set_threshold(
        50_000
    )  # what is imported lives to the end; looking it through costs a tenth of the start
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    try:
        code = cli.main(arguments, prog_name="namegate", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.UNDECIDED
    except NamegateError as error:
        return _report(str(error), debug)
    except Exception as error:
        return _report(f"internal error, {type(error).__name__}: {error}", debug)
    return code if isinstance(code, int) else ExitCode.ALLOWED


def _report(message: str, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exc()
    printable = message.encode(errors="backslashreplace").decode()
    click.echo(f"namegate: {printable}", err=True)
    return ExitCode.UNDECIDED

"""`namegate serve`, which the package adds to the command line."""

from __future__ import annotations

import socket
from pathlib import Path

import click


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free.")
@click.option(
    "--policies",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="NAMEGATE_POLICIES",
    help="A folder of policy files; requests name a policy by its metadata.name.",
)
@click.option(
    "--names",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="NAMEGATE_NAMES",
    help="Names that the registry has: an index, or a list of one a line.",
)
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="NAMEGATE_KEYS",
    help="Clients that may ask: a line has the SHA-256 of a key and a name. Without it everybody may.",
)
@click.option(
    "--database",
    envvar="NAMEGATE_DATABASE",
    help="Keep a log of decisions in this database, such as sqlite:///decisions.db.",
)
@click.option("--access-log", is_flag=True, help="Print a line for each request.")
def serve(
    host: str,
    port: int,
    policies: Path | None,
    names: Path | None,
    keys: Path | None,
    database: str | None,
    access_log: bool,
) -> None:
    """Answer over HTTP: POST /v1/validate, and /docs for the rest."""
    import uvicorn

    from namegate_server.app import create_app
    from namegate_server.settings import Settings

    settings = Settings(policies=policies, names=names, keys=keys, database=database)
    try:
        app = create_app(settings)
    except ModuleNotFoundError as error:
        message = f"--database needs {error.name}: pip install 'namegate[log]'"
        raise click.ClickException(message) from error
    try:
        listener = socket.create_server((host, port), family=_family(host), backlog=1024)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host} port {port}: {error.strerror}") from error
    with listener:
        # Without it a small answer waits for the acknowledgement of the one before, 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"namegate: http://{shown}:{listener.getsockname()[1]}", err=True)
        uvicorn.Server(uvicorn.Config(app, log_level="info", access_log=access_log)).run(sockets=[listener])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET

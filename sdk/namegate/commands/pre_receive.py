"""`namegate pre-receive`: the hook of a git server that keeps a push with a wrong name out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_FILE = click.Path(path_type=Path)


@click.command("pre-receive")
@click.option("--name", help="The model id; by default the repository's path below --root, without .git.")
@click.option("--root", type=_FILE, help="The folder that holds the repositories.")
@click.option("--policy", envvar="NAMEGATE_POLICY", help="As of `namegate check`.")
@click.option("--names", type=_FILE, help="Names that exist: an index, or a list of one a line.")
@click.option("--owner", envvar="NAMEGATE_OWNER", help="The lasting id of the account that pushes.")
@click.option("--url", envvar="NAMEGATE_URL", help="Ask this server instead of deciding here.")
@click.option("--key", envvar="NAMEGATE_KEY", help="API key of the server.")
@click.option(
    "--failure",
    type=click.Choice(["closed", "open"]),
    help="What to do when no decision can be had; default: what the policy says, else closed.",
)
@click.option("--lfs", type=_FILE, help="The Git LFS objects; default: lfs/objects of the repository.")
@click.pass_context
def command(
    ctx: click.Context,
    name: str | None,
    root: Path | None,
    policy: str | None,
    names: Path | None,
    owner: str | None,
    url: str | None,
    key: str | None,
    failure: str | None,
    lfs: Path | None,
) -> None:
    """Run as the pre-receive hook of a repository of models.

    \b
    #!/bin/sh
    exec namegate pre-receive --root /srv/models --policy /etc/namegate/acme.yaml
    """
    from namegate.exit_codes import ExitCode
    from namegate.hooks import git
    from namegate.hooks.gate import Gate
    from namegate_policy.errors import NamegateError

    if name is None:
        name = _name_below(root)
    gate = Gate(policy=policy, names=names, url=url, key=key, failure=failure)  # type: ignore[arg-type]
    refused = undecided = False
    for commit in git.commits(git.read_updates(sys.stdin)):
        files = git.files(commit, lfs)
        try:
            admission = gate.admit(name, files, owner=owner)
        finally:
            for file in files:
                file.close()
        # On a line of its own, since carets point at columns of the name.
        click.echo(f"commit {commit[:12]}\n{admission}", err=True)
        refused |= not admission.admitted
        undecided |= not admission.admitted and isinstance(admission.result, NamegateError)
    ctx.exit(ExitCode.UNDECIDED if undecided else ExitCode.DENIED if refused else ExitCode.ALLOWED)


def _name_below(root: Path | None) -> str:
    if root is None:
        raise click.UsageError("give --name, or the --root of the repositories")
    repository = Path.cwd().resolve()
    try:
        below = repository.relative_to(root.resolve())
    except ValueError as error:
        raise click.UsageError(f"the repository {repository} is not below {root}") from error
    return below.as_posix().removesuffix(".git")

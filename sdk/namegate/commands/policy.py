"""`namegate policy …`: check, show, test, replay and compare policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from namegate.commands.check import read_time
from namegate.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from namegate_policy.testing import Change, Replay, TestReport

_NOW = click.option("--now", metavar="TIME", callback=read_time, help="As at this time: waivers expire.")
_NAMES = click.option(
    "--names",
    "names",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="A file of names, one a line, or of such lines compressed (.gz); - is standard input.",
)
_LIMIT = click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="Names to print."
)


@click.group("policy")
def command() -> None:
    """Check, show, test, replay and compare policies."""


@command.command()
@click.argument("references", nargs=-1, required=True, metavar="POLICY...")
@_NOW
@click.pass_context
def check(ctx: click.Context, references: tuple[str, ...], now: datetime | None) -> None:
    """Load policies and tell every mistake; exits with 2 where there are any."""
    from namegate_policy.errors import PolicyError
    from namegate_policy.language import expired_waivers, load_policy

    code = ExitCode.ALLOWED
    for reference in references:
        try:
            policy = load_policy(reference)
        except PolicyError as error:
            click.echo(f"namegate: {error}", err=True)
            code = ExitCode.UNDECIDED
            continue
        click.echo(f"{policy.name}@{policy.revision}  {len(policy.rules)} rules, {policy.mode.value}")
        for waiver in expired_waivers(policy, _moment(now)):
            place = f"{waiver.location.source}:{waiver.location.line}"
            click.echo(f"  {place}: the waiver for {waiver.match} has expired on {waiver.expires}")
    ctx.exit(code)


@command.command()
@click.argument("reference", metavar="POLICY")
@click.option("--resolved", is_flag=True, help="Every setting in full, with the place where it was made.")
def show(reference: str, resolved: bool) -> None:
    """Print a policy: its file, or with --resolved what it comes to with everything that it extends."""
    from namegate_policy.language import load_policy, policy_text
    from namegate_policy.language.show import show as render

    click.echo(render(load_policy(reference)) if resolved else policy_text(reference), nl=False)


@command.command()
def schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    from namegate_policy.language.json_schema import schema_text

    click.echo(schema_text(), nl=False)


@command.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True), metavar="[PATH]...")
@click.option(
    "--fail-on-empty", is_flag=True, help="Exit with 1 where there is no test, or one without cases."
)
@click.option(
    "--fail-on-uncovered", is_flag=True, help="Exit with 1 where a rule never spoke, or always did."
)
@click.pass_context
def run_tests(
    ctx: click.Context, paths: tuple[Path, ...], fail_on_empty: bool, fail_on_uncovered: bool
) -> None:
    """Run policy tests (*_test.yaml): files, or all in folders; the working directory without a PATH."""
    from namegate_policy.testing import run_policy_test

    files = list(_test_files(paths or (Path(),)))
    failed = fail_on_empty and not files
    for file in files:
        report = run_policy_test(file)
        _print_report(report)
        uncovered = not all(coverage.full for coverage in report.coverage)
        failed |= (
            not report.passed or (fail_on_empty and not report.results) or (fail_on_uncovered and uncovered)
        )
    if not files:
        click.echo("no policy tests (*_test.yaml) here")
    ctx.exit(ExitCode.DENIED if failed else ExitCode.ALLOWED)


@command.command()
@click.argument("reference", metavar="POLICY")
@_NAMES
@click.option("--against", metavar="POLICY", help="The policy as it was: print what changes.")
@_LIMIT
@_NOW
def replay(reference: str, names: Path | None, against: str | None, limit: int, now: datetime | None) -> None:
    """Print what a policy decides on many names, by their names alone."""
    from namegate_policy.language import load_policy
    from namegate_policy.testing import compare
    from namegate_policy.testing import replay as run

    if names is None:
        raise click.UsageError("give --names FILE, or - for standard input")
    texts, moment = list(_read_names(names)), _moment(now)
    found = run(load_policy(reference), texts, now=moment)
    _print_replay(found)
    if against is not None:
        old = run(load_policy(against), texts, now=moment)
        _print_change(compare(found, old), found, old, limit)


@command.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_NAMES
@_LIMIT
@_NOW
def diff(old: str, new: str, names: Path | None, limit: int, now: datetime | None) -> None:
    """Print the settings in which two policies differ, and with --names what becomes of names."""
    from namegate_policy.language import load_policy
    from namegate_policy.language.differences import differences
    from namegate_policy.testing import compare
    from namegate_policy.testing import replay as run

    before, after = load_policy(old), load_policy(new)
    for difference in differences(before, after):
        click.echo(str(difference))
    if names is not None:
        texts, moment = list(_read_names(names)), _moment(now)
        was, becomes = run(before, texts, now=moment), run(after, texts, now=moment)
        _print_change(compare(becomes, was), becomes, was, limit)


def _moment(now: datetime | None) -> datetime:
    from datetime import UTC, datetime

    return now or datetime.now(UTC)


def _test_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    from namegate_policy.testing.cases import SUFFIX

    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob(f"*{SUFFIX}"))
        else:
            yield path


def _read_names(path: Path) -> Iterator[str]:
    from gzip import GzipFile

    with click.open_file(str(path), "rb") as file:
        for line in GzipFile(fileobj=file) if path.suffix == ".gz" else file:
            if name := line.rstrip(b"\r\n").decode("utf-8", "surrogateescape"):
                yield name


def _print_report(report: TestReport) -> None:
    failures = [result for result in report.results if result.differences]
    passed = len(report.results) - len(failures)
    click.echo(f"{report.source}: {passed} of {len(report.results)} cases passed")
    for result in failures:
        click.echo(f"  {report.source}:{result.line}: {result.name!r}")
        for difference in result.differences:
            click.echo(f"    {difference}")
    covered = sum(coverage.full for coverage in report.coverage)
    click.echo(f"  rules that spoke and were silent: {covered} of {len(report.coverage)}")
    for coverage in report.coverage:
        if not coverage.full:
            state = "never spoke" if not coverage.fired else "always spoke"
            click.echo(f"    {coverage.code} {coverage.rule} {state}")


def _print_replay(found: Replay) -> None:
    policy, total = found.policy, len(found.decisions)
    click.echo(f"{policy.name}@{policy.revision} denies {found.denied:,} of {total:,} names")
    names = {active.rule.code: active.rule.name for active in policy.rules}
    for code, count in sorted((found.speaking | found.denying).items()):
        share = f"{count / total:7.2%}" if total else ""
        rule = f"{code} {names.get(code, '')}"
        click.echo(f"  {rule:34} {count:>8,} {share}  denies {found.denying[code]:,}")
    for waiver in found.unused_waivers:
        place = f"{waiver.location.source}:{waiver.location.line}"
        click.echo(f"  {place}: the waiver for {waiver.match} lifts nothing here")


def _print_change(change: Change, new: Replay, old: Replay, limit: int) -> None:
    click.echo(
        f"{new.policy.name}@{new.policy.revision} against {old.policy.name}@{old.policy.revision}: {change}"
    )
    for sign, names, because in (
        ("-", change.newly_denied, new),
        ("+", change.newly_allowed, old),
    ):
        for name in names[:limit]:
            click.echo(f"  {sign} {_printable(name)}  {', '.join(because.decisions[name].denying)}")
        if len(names) > limit:
            click.echo(f"  {sign} … and {len(names) - limit:,} more (--limit)")


def _printable(name: str) -> str:
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name
    )

"""`namegate waive`: write an exception into a policy file."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click


def _day(_ctx: click.Context, _parameter: click.Parameter, value: str) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date such as 2027-03-31") from None
    if day < datetime.now(UTC).date():
        raise click.BadParameter(f"{value} is over, so the waiver would lift nothing")
    return day


@click.command("waive")
@click.argument("policy", metavar="POLICY")
@click.argument("match", metavar="NAME")
@click.option(
    "--rule", "rules", multiple=True, required=True, metavar="RULE", help="Code or name; repeatable."
)
@click.option("--reason", required=True, help="Why, or the ticket that says why.")
@click.option("--approved-by", required=True, help="Who allowed it.")
@click.option("--expires", required=True, callback=_day, metavar="DATE", help="The last day that it holds.")
def command(
    policy: str, match: str, rules: tuple[str, ...], reason: str, approved_by: str, expires: date
) -> None:
    """Let names that match NAME (a glob on the full id) break rules of a policy file, until a date."""
    from namegate_policy.language.document import WaiverEntry
    from namegate_policy.language.waive import add_waiver

    entry = WaiverEntry(match=match, rules=rules, reason=reason, approved_by=approved_by, expires=expires)
    path = add_waiver(policy, entry)
    click.echo(f"{path}: {match} may break {', '.join(rules)} until {expires}, approved by {approved_by}")

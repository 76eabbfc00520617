"""`namegate rule [RULE…]`: what a rule does, why, and its options; without an argument, all rules."""

from __future__ import annotations

import click


@click.command("rule")
@click.argument("rules", nargs=-1, metavar="[CODE|NAME]...")
def command(rules: tuple[str, ...]) -> None:
    """Print the reference page of rules, or list all rules."""
    from namegate_policy.rules.pages import page, summary
    from namegate_policy.rules.registry import RULES, rule

    if rules:
        click.echo("\n\n".join([page(rule(asked)) for asked in rules]))
        return
    width = max(len(known.name) for known in RULES)
    for known in RULES:
        click.echo(f"{known.code}  {known.name:{width}}  {known.severity:5}  {summary(known)}")

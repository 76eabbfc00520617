"""`namegate rule` prints a rule's page, lists all rules, and refuses an unknown one."""

from namegate.cli import main


def test_without_argument_it_lists_every_rule(capsys):
    assert main(["rule"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("NG101  invalid-registry-name")
    assert len(lines) == len({line.split()[0] for line in lines}) > 5


def test_with_a_code_or_a_name_it_prints_the_page(capsys):
    assert main(["rule", "NG103"]) == 0
    by_code = capsys.readouterr().out
    assert main(["rule", "separator-style"]) == 0
    assert capsys.readouterr().out == by_code
    assert by_code.startswith("# separator-style (NG103)")
    for heading in (
        "## What it does",
        "## Why is this bad",
        "## Bad example",
        "## Good example",
        "## Options",
    ):
        assert heading in by_code


def test_an_unknown_rule_could_not_be_decided(capsys):
    assert main(["rule", "NG999"]) == 2
    assert "there is no rule 'NG999'" in capsys.readouterr().err

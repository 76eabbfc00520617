"""Docs and registry hold each other: every rule has its page, every page its rule, and both agree."""

from pathlib import Path

import pytest

from namegate_policy.rules.pages import page, pages
from namegate_policy.rules.registry import RULES

DOCS = Path(__file__).parents[3] / "docs" / "rules"


def test_the_folder_holds_exactly_the_generated_pages():
    """`python -m namegate_policy.rules.pages docs/rules` writes them."""
    assert {path.name: path.read_text() for path in DOCS.iterdir()} == pages()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_page_has_its_parts_in_order(rule):
    headings = [line for line in page(rule).splitlines() if line.startswith("#")]
    assert headings[0] == f"# {rule.name} ({rule.code})"
    assert headings[1:5] == ["## What it does", "## Why is this bad", "## Bad example", "## Good example"]
    assert headings[5:] == (["## Options"] if rule.options.model_fields else [])

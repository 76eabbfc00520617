from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from namegate_policy.language import load_policy, parse_policy
from namegate_policy.language.differences import differences
from namegate_policy.language.documents import PACK, packs
from namegate_policy.language.json_schema import policy_schema, schema_text
from namegate_policy.language.nodes import core, read_nodes
from namegate_policy.language.show import show
from namegate_policy.resources import folder

FOLDER = Path(__file__).parent / "shown"
HEAD = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: acme}\n"


def test_shows_every_setting_with_its_origin() -> None:
    policy = load_policy("acme.yaml", base=FOLDER)
    shown = show(policy).replace(policy.digest, "DIGEST")
    assert shown == (FOLDER / "acme.txt").read_text()


def test_what_is_shown_loads_to_the_same_policy() -> None:
    for policy in [load_policy("acme.yaml", base=FOLDER), *map(load_policy, packs())]:
        assert parse_policy(show(policy)).digest == policy.digest


VALID = [
    *(path.read_text() for path in FOLDER.glob("*.yaml")),
    HEAD + "rules: {NG103: off, separator-style: {severity: off, mode: audit, glued: false}}",
    HEAD + "rules: {A1: warn}\ncustom: [{code: A1, rule: one, require: {size: [7b, 8b]}, message: m}]",
]
INVALID = [
    HEAD + "mood: x",
    HEAD + "mode: enforced",
    HEAD + "rules: {separator-stile: off}",
    HEAD + "rules: {separator-style: {glud: no}}",
    HEAD + "rules: {separator-style: loud}",
    HEAD + "custom: [{code: a1, rule: one, assert: 'true', message: m}]",
    HEAD + "custom: [{code: A1, rule: one, require: {szie: 7b}, message: m}]",
    HEAD + "waivers: [{match: a, rules: [NG103], reason: x, approved_by: y}]",
    "kind: NamingPolicy",
]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(policy_schema())


@pytest.mark.parametrize("text", [*VALID, *INVALID])
def test_the_schema_accepts_what_it_should(text: str) -> None:
    errors = list(jsonschema.Draft202012Validator(policy_schema()).iter_errors(as_editors_read(text)))
    assert (errors == []) == (text in VALID)


def as_editors_read(text: str) -> object:
    """Return the document as an editor of YAML 1.2 sees it."""
    root, _ = read_nodes(text, "p")
    return root and core(root.data())


def test_the_schema_accepts_the_packs() -> None:
    validator = jsonschema.Draft202012Validator(policy_schema())
    for reference in packs():
        text = (folder("policies") / f"{reference.removeprefix(PACK)}.yaml").read_text()
        assert list(validator.iter_errors(as_editors_read(text))) == []


def test_differences_are_told_by_setting() -> None:
    old = parse_policy(HEAD + "rules: {separator-style: error, missing-component: {components: [size]}}")
    new = parse_policy(
        HEAD + "mode: audit\nparams: {x: 1}\nrules: {separator-style: {severity: warn, glued: no}}"
    )
    assert [str(difference) for difference in differences(old, new)] == [
        "~ NG103 separator-style.glued: True → False",
        "~ NG103 separator-style.mode: enforce → audit",
        "~ NG103 separator-style.severity: error → warn",
        "- NG201 missing-component: on",
        "- NG201 missing-component.components: ['size']",
        "- NG201 missing-component.mode: enforce",
        "- NG201 missing-component.severity: error",
        "~ mode: enforce → audit",
        "+ params.x: 1",
    ]
    assert list(differences(old, old)) == []


def test_the_published_schema_is_current() -> None:
    published = folder("policies") / "namegate-policy.schema.json"
    assert published.read_text() == schema_text(), "write it with `namegate policy schema`"

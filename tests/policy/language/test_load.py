from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namegate_policy.errors import PolicyError, PolicyNotFoundError
from namegate_policy.language import Policy, load_policy, parse_policy
from namegate_policy.language.document import PolicyDocument
from namegate_policy.naming import Kind
from namegate_policy.resources import folder
from namegate_policy.rules.registry import RULES
from namegate_policy.verdict import Location, Mode, Severity

GOLDEN = Path(__file__).parent / "golden"
HEAD = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: acme, revision: 1.10}\n"


def setting(policy: Policy, name: str) -> tuple[Severity, Mode, dict[str, object]] | None:
    for active in policy.rules:
        if active.rule.name == name:
            return active.severity, active.mode, active.options.model_dump()
    return None


def mistakes(text: str, base: Path | None = None) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, source="p.yaml", base=base)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("document", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mistake_is_told_at_once(document: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(document.read_bytes(), source=document.name)
    every_rule = ", ".join(rule.name for rule in RULES), ", ".join(rule.code for rule in RULES)
    rendered = str(caught.value).replace(every_rule[0], "NAMES").replace(every_rule[1], "CODES")
    assert f"{rendered}\n" == document.with_suffix(".txt").read_text()


def test_patterns_of_words_belong_to_a_policys_meaning() -> None:
    plain = parse_policy(HEAD + "vocabulary: {version: [r2024]}")
    formed = parse_policy(HEAD + 'vocabulary: {version: [r2024, {pattern: "r[0-9]{4}"}]}')
    assert plain.digest != formed.digest
    assert formed.read("llama-r2025").version is not None
    assert [part.canonical for part in formed.read("llama-r2025").of(Kind.VERSION)] == ["r2025"]


def test_equal_vocabularies_are_one() -> None:
    text = HEAD + 'vocabulary: {version: [r2024, {pattern: "r[0-9]{4}"}], title: [acme]}'
    assert parse_policy(text).vocabulary is parse_policy(text + "\nmode: audit").vocabulary
    assert parse_policy(text).vocabulary is not parse_policy(text.replace("acme]", "bcme]")).vocabulary


def test_patterns_of_extended_documents_are_counted_together(tmp_path: Path) -> None:
    for name in ("one", "two"):
        patterns = ", ".join(f'{{pattern: "{name}{index}x"}}' for index in range(40))
        (tmp_path / f"{name}.yaml").write_text(f"{HEAD}vocabulary: {{title: [{patterns}]}}\n")
    found = mistakes(f"{HEAD}extends: [one.yaml, two.yaml]", tmp_path)
    assert found == ["two.yaml:4:14: the vocabulary has 80 patterns of words; at most 64 are taken"]


def test_a_mistaken_grammar_is_told_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "own.lark").write_text('start: ARCHITECTUR "-" SIZE\n')
    first, second = mistakes(f"{HEAD}scheme: ./own.lark", tmp_path)
    assert first == "p.yaml:4:9: the scheme own.lark does not load"
    assert second.startswith("own.lark:1:8: unknown terminal ARCHITECTUR; did you mean ARCHITECTURE?")


def test_metadata_and_defaults() -> None:
    policy = parse_policy(HEAD)
    assert (policy.name, policy.revision, policy.description) == ("acme", "1.10", "")
    assert (policy.mode, policy.failure, policy.scheme) == (Mode.ENFORCE, "closed", "ptm")
    assert (policy.rules, policy.waivers) == ((), ())


SETTINGS = {
    "off": None,
    "no": None,
    "false": None,
    "on": (Severity.WARN, Mode.ENFORCE),
    "yes": (Severity.WARN, Mode.ENFORCE),
    "error": (Severity.ERROR, Mode.ENFORCE),
    "info": (Severity.INFO, Mode.ENFORCE),
    "{}": (Severity.WARN, Mode.ENFORCE),
    "{severity: off}": None,
    "{severity: error, mode: audit}": (Severity.ERROR, Mode.AUDIT),
    "{glued: no}": (Severity.WARN, Mode.ENFORCE),
}


@pytest.mark.parametrize("name", ["separator-style", "NG103"])
@pytest.mark.parametrize(("value", "expected"), SETTINGS.items())
def test_a_rule_is_a_word_or_a_mapping(name: str, value: str, expected: object) -> None:
    found = setting(parse_policy(f"{HEAD}rules: {{{name}: {value}}}"), "separator-style")
    assert (found and found[:2]) == expected


def test_options_merge_key_by_key_and_lists_replace(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        HEAD + "rules:\n  separator-style: {severity: error, separators: ['_', '.'], glued: no}\n"
        "  missing-component: {components: [size]}\n  component-order: error\n"
        "vocabulary: {architecture: [acmeformer]}\nmode: audit\nfailure: open\n"
    )
    policy = parse_policy(
        HEAD + "extends: [./base.yaml]\nvocabulary: {architecture: [other-net], dataset: [acme-reviews]}\n"
        "rules:\n  NG103: {separators: ['-']}\n  NG201: off\n  component-order: {mode: warn}\nmode: warn\n",
        base=tmp_path,
    )
    assert setting(policy, "separator-style") == (
        Severity.ERROR,
        Mode.WARN,
        {"separators": ("-",), "glued": False},
    )
    assert setting(policy, "missing-component") is None
    order = setting(policy, "component-order")
    assert order is not None
    assert order[:2] == (Severity.ERROR, Mode.WARN)
    assert (policy.mode, policy.failure) == (Mode.WARN, "open")
    for kind, word in [
        ("architecture", "acmeformer"),
        ("architecture", "other-net"),
        ("dataset", "acme-reviews"),
    ]:
        assert policy.vocabulary.lookup(Kind(kind), word)


def test_a_severity_keeps_inherited_options_and_off_keeps_them_for_later(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + "rules: {separator-style: {separators: ['_']}}")
    (tmp_path / "b.yaml").write_text(HEAD + "extends: [a.yaml]\nrules: {separator-style: off}")
    assert setting(load_policy("b.yaml", base=tmp_path), "separator-style") is None
    policy = parse_policy(HEAD + "extends: [b.yaml]\nrules: {separator-style: error}", base=tmp_path)
    assert setting(policy, "separator-style") == (
        Severity.ERROR,
        Mode.ENFORCE,
        {"separators": ("_",), "glued": True},
    )


def test_bases_apply_in_order_and_each_once(tmp_path: Path) -> None:
    (tmp_path / "root.yaml").write_text(HEAD + "rules: {separator-style: error, component-order: error}")
    (tmp_path / "a.yaml").write_text(HEAD + "extends: [root.yaml]\nrules: {separator-style: warn}")
    (tmp_path / "b.yaml").write_text(HEAD + "extends: [root.yaml]\nrules: {component-order: info}")
    policy = parse_policy(HEAD + "extends: [a.yaml, b.yaml]", base=tmp_path)
    assert {active.rule.name: active.severity for active in policy.rules} == {
        "separator-style": Severity.WARN,
        "component-order": Severity.INFO,
    }


def test_settings_know_where_they_were_made(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "base.yaml").write_text(
        HEAD + "rules:\n  component-order: error\n  separator-style: error\n"
    )
    policy = parse_policy(
        HEAD + "extends: [sub/base.yaml]\nrules:\n  separator-style: warn\n", source="p.yaml", base=tmp_path
    )
    assert {active.rule.name: active.location for active in policy.rules} == {
        "separator-style": Location(6, 3, "p.yaml"),
        "component-order": Location(5, 3, "sub/base.yaml"),
    }


def test_mistakes_in_what_is_extended_are_told_with_their_own_place(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(HEAD + "rules: {separator-style: {glud: no}}")
    assert mistakes(HEAD + "extends: [base.yaml]\nmood: x\nrules: {NG103: {separators: [x]}}", tmp_path) == [
        "p.yaml:5:1: unknown key 'mood'; did you mean 'mode'?; valid: " + ", ".join(KEYS),
        "p.yaml:6:30: unknown separator-style.separators[0] 'x'; valid: -, _, ., +, ~, =,  ",
        "base.yaml:4:27: unknown option of separator-style 'glud'; did you mean 'glued'?; "
        "valid: separators, glued, severity, mode",
    ]


KEYS = [field.alias or name for name, field in PolicyDocument.model_fields.items()]

UNREACHABLE = {
    "namegate:recomended": "4:11: there is no pack 'namegate:recomended'; did you mean 'namegate:recommended",
    "namegate:nope": "4:11: there is no pack 'namegate:nope'; valid: namegate:enterprise-example, ",
    "nowhere": "4:11: there is no file 'nowhere'",
    "../x.yaml": "4:11: '../x.yaml' lies outside of the folder ",
    "/etc/passwd": "4:11: '/etc/passwd' lies outside of the folder ",
    "link.yaml": "4:11: 'link.yaml' lies outside of the folder ",
    "missing.yaml": "4:11: there is no file 'missing.yaml'",
    "recommended": "4:11: there is no file 'recommended'; did you mean 'namegate:recommended'?",
    ".": "4:11: there is no file '.'",
    '"a\\0b"': "4:11: 'a\\x00b' is no path of a file",
    "self.yaml": "4:11: 'self.yaml' extends this document in turn",
}


@pytest.mark.parametrize(("reference", "expected"), UNREACHABLE.items())
def test_extends_is_confined(tmp_path: Path, reference: str, expected: str) -> None:
    base = tmp_path / "policies"
    base.mkdir()
    (tmp_path / "x.yaml").write_text(HEAD)
    (base / "link.yaml").symlink_to(tmp_path / "x.yaml")
    text = HEAD + f"extends: [{reference}]"
    (base / "self.yaml").write_text(text)
    with pytest.raises(PolicyError) as caught:
        load_policy("self.yaml", base=base)
    assert any(str(problem).startswith(f"self.yaml:{expected}") for problem in caught.value.problems)


def test_a_circle_through_another_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + "extends: [b.yaml]")
    (tmp_path / "b.yaml").write_text(HEAD + "extends: [a.yaml]")
    with pytest.raises(PolicyError) as caught:
        load_policy("a.yaml", base=tmp_path)
    assert [str(problem) for problem in caught.value.problems] == [
        "b.yaml:4:11: 'a.yaml' extends this document in turn"
    ]


def test_without_a_base_only_packs_can_be_extended() -> None:
    assert mistakes(HEAD + "extends: [a.yaml]") == [
        "p.yaml:4:11: 'a.yaml' is a path, and here only packs can be extended"
    ]
    assert parse_policy(HEAD + "extends: [namegate:recommended]").rules


def test_references_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "teams").mkdir(parents=True)
    outside.mkdir()
    (inside / "org.yaml").write_text(HEAD + "rules: {separator-style: error}")
    (inside / "teams" / "a.yaml").write_text(HEAD + "extends: [../org.yaml]")
    (outside / "b.yaml").write_text(HEAD + "extends: [../inside/org.yaml]")
    monkeypatch.chdir(inside)
    assert setting(load_policy("teams/a.yaml"), "separator-style")
    with pytest.raises(PolicyError, match="lies outside of the folder"):
        load_policy(outside / "b.yaml")


@pytest.mark.parametrize("reference", ["namegate:nothing", "nowhere.yaml", "."])
def test_an_unknown_policy_is_its_own_error(reference: str) -> None:
    with pytest.raises(PolicyNotFoundError):
        load_policy(reference)


def test_the_digest_follows_the_meaning(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(HEAD + "rules: {separator-style: error}")
    written = parse_policy(HEAD + "rules:\n  # a comment\n  NG103: 'error'\n")
    inherited = parse_policy(HEAD + "extends: [base.yaml]", base=tmp_path)
    changed = parse_policy(HEAD + "rules: {separator-style: {severity: error, glued: no}}")
    assert written.digest == inherited.digest != changed.digest
    assert len(written.digest) == 64


GRAMMAR = 'start: organization "/" ARCHITECTURE "-" SIZE\norganization: ORGANIZATION\n'


def test_a_policy_reads_names_in_its_scheme(tmp_path: Path) -> None:
    (tmp_path / "acme.lark").write_text(GRAMMAR)
    policy = parse_policy(HEAD + "scheme: ./acme.lark", base=tmp_path)
    assert policy.read("acme/llama-8b").scheme == "acme"
    assert policy.read("acme/llama-8b").mismatch is None
    assert policy.read("acme/8b-llama").mismatch is not None
    assert parse_policy(HEAD + "scheme: ollama").read("llama3:8b").scheme == "ollama"
    assert parse_policy(HEAD).read("acme/llama-8b").scheme == "ptm"


def test_the_digest_holds_the_grammar(tmp_path: Path) -> None:
    (tmp_path / "acme.lark").write_text(GRAMMAR)
    before = parse_policy(HEAD + "scheme: ./acme.lark", base=tmp_path).digest
    (tmp_path / "acme.lark").write_text(GRAMMAR.replace("SIZE", "VERSION"))
    assert parse_policy(HEAD + "scheme: ./acme.lark", base=tmp_path).digest != before


def test_mistakes_in_a_scheme_are_told_at_its_key(tmp_path: Path) -> None:
    (tmp_path / "wrong.lark").write_text("start: NOTHING")
    assert mistakes(HEAD + "scheme: ollma")[0].startswith(
        "p.yaml:4:9: unknown scheme 'ollma'; did you mean 'ollama'?; valid: "
    )
    assert mistakes(HEAD + "scheme: ./no.lark", tmp_path) == ["p.yaml:4:9: there is no file './no.lark'"]
    assert mistakes(HEAD + "scheme: ../no.lark", tmp_path)[0].startswith(
        "p.yaml:4:9: '../no.lark' lies outside"
    )
    assert mistakes(HEAD + "scheme: ./wrong.lark", tmp_path)[0].startswith("p.yaml:4:9: ")
    assert mistakes(HEAD + "scheme: ./wrong.lark") == [
        "p.yaml:4:9: './wrong.lark' is a path, and here only packs can be extended"
    ]


PACKS = [path.read_text() for path in sorted(folder("policies").glob("*.yaml")) if "_test" not in path.stem]
PIECES = [
    "[",
    "}",
    ": ",
    "\n",
    "  ",
    "- ",
    "'",
    "~",
    "off",
    "&a",
    "!x",
    "|",
    "NG402",
    "{name.",
    "(?",
    "\u202e",
    "\ud800",
]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_a_policy_is_told_in_its_place(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(PACKS))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[end:]
    try:
        parse_policy(text)
    except PolicyError as error:
        assert error.problems
        assert all(problem.line > 0 and problem.column > 0 for problem in error.problems)

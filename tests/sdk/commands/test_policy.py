"""`namegate policy …` and `namegate waive`, as a shell sees them."""

import gzip
import json

import pytest

from namegate.cli import main

HEAD = "apiVersion: namegate/v1\nkind: NamingPolicy\nmetadata: {name: acme, revision: 1.10}\n"
RULES = 'rules: {separator-style: {severity: error, separators: ["-"]}}\n'
WAIVER = "waivers: [{match: x, rules: [NG103], reason: r, approved_by: a, expires: 2026-01-31}]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "acme.yaml").write_text(HEAD + RULES)
    (tmp_path / "old.yaml").write_text(HEAD.replace("1.10", "1.9") + "rules: {NG103: off}\n")
    (tmp_path / "wrong.yaml").write_text(HEAD + "rules: {separator-stile: off}\nmood: x\n")
    with gzip.open(tmp_path / "names.txt.gz", "wt") as file:
        file.write("acme/llama-7b\nacme/llama_7b\n\nacme/bert_base\n../x\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_check_tells_every_mistake(capsys):
    assert main(["policy", "check", "acme.yaml"]) == 0
    assert capsys.readouterr().out == "acme@1.10  1 rules, enforce\n"
    assert main(["policy", "check", "wrong.yaml", "acme.yaml"]) == 2
    captured = capsys.readouterr()
    assert "wrong.yaml:4:9: unknown rule 'separator-stile'; did you mean 'separator-style'?" in captured.err
    assert "wrong.yaml:5:1: unknown key 'mood'; did you mean 'mode'?" in captured.err
    assert captured.out == "acme@1.10  1 rules, enforce\n"


def test_check_names_expired_waivers(folder, capsys):
    (folder / "acme.yaml").write_text(HEAD + RULES + WAIVER)
    assert main(["policy", "check", "acme.yaml", "--now", "2026-01-31"]) == 0
    assert "expired" not in capsys.readouterr().out
    assert main(["policy", "check", "acme.yaml", "--now", "2026-02-01"]) == 0
    assert "  acme.yaml:5: the waiver for x has expired on 2026-01-31\n" in capsys.readouterr().out


def test_show_prints_the_file_or_what_it_comes_to(capsys):
    assert main(["policy", "show", "acme.yaml"]) == 0
    assert capsys.readouterr().out == HEAD + RULES
    assert main(["policy", "show", "--resolved", "acme.yaml"]) == 0
    resolved = capsys.readouterr().out
    assert "    separators: ['-']                                         # acme.yaml:4:44\n" in resolved
    assert "    glued: true                                               # default\n" in resolved


def test_schema_is_json(capsys):
    assert main(["policy", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "PolicyDocument"


def test_test_runs_what_it_finds(folder, capsys):
    assert main(["policy", "test"]) == 0
    assert main(["policy", "test", "--fail-on-empty"]) == 1
    capsys.readouterr()
    test = folder / "sub" / "acme_test.yaml"
    test.parent.mkdir()
    head = "apiVersion: namegate/v1\nkind: PolicyTest\npolicy: ../acme.yaml\n"
    test.write_text(head + "cases:\n  - {name: a/b-c, allowed: true}\n")
    assert main(["policy", "test"]) == 0
    assert capsys.readouterr().out == (
        "sub/acme_test.yaml: 1 of 1 cases passed\n"
        "  rules that spoke and were silent: 0 of 1\n"
        "    NG103 separator-style never spoke\n"
    )
    assert main(["policy", "test", "--fail-on-uncovered"]) == 1
    test.write_text(head + "cases:\n  - {name: a/b_7b, allowed: true}\n")
    assert main(["policy", "test", str(test)]) == 1
    assert "    allowed: expected true, found false\n" in capsys.readouterr().out
    test.write_text(head)
    assert main(["policy", "test", "--fail-on-empty"]) == 1


def test_replay_and_diff_name_what_changes(capsys):
    assert main(["policy", "replay", "acme.yaml", "--names", "names.txt.gz", "--against", "old.yaml"]) == 0
    assert capsys.readouterr().out == (
        "acme@1.10 denies 3 of 4 names\n"
        "  NG103 separator-style                     2  50.00%  denies 2\n"
        "  unreadable-name                           1  25.00%  denies 1\n"
        "acme@1.10 against acme@1.9: would newly deny 2 of 4 names, newly allow 0\n"
        "  - acme/llama_7b  NG103\n"
        "  - acme/bert_base  NG103\n"
    )
    assert main(["policy", "diff", "acme.yaml", "old.yaml", "--names", "names.txt.gz", "--limit", "1"]) == 0
    assert capsys.readouterr().out == (
        "- NG103 separator-style: on\n"
        "- NG103 separator-style.glued: True\n"
        "- NG103 separator-style.mode: enforce\n"
        "- NG103 separator-style.separators: ['-']\n"
        "- NG103 separator-style.severity: error\n"
        "acme@1.9 against acme@1.10: would newly deny 0 of 4 names, newly allow 2\n"
        "  + acme/llama_7b  NG103\n"
        "  + … and 1 more (--limit)\n"
    )
    assert main(["policy", "replay", "acme.yaml"]) == 2


def test_waive_writes_a_waiver_that_holds(folder, capsys):
    assert main(["check", "acme/llama_7b", "--policy", "acme.yaml", "--now", "2099-01-01"]) == 1
    words = ["waive", "acme.yaml", "acme/*", "--rule", "NG103", "--reason", "SEC-12", "--approved-by", "gov"]
    assert main([*words, "--expires", "2099-01-01"]) == 0
    assert (folder / "acme.yaml").read_text().startswith(HEAD + RULES + "waivers:\n")
    assert main(["check", "acme/llama_7b", "--policy", "acme.yaml", "--now", "2099-01-01"]) == 0
    assert main(["check", "acme/llama_7b", "--policy", "acme.yaml", "--now", "2099-01-02"]) == 1
    before = (folder / "acme.yaml").read_text()
    assert main([*words, "--expires", "2020-01-01"]) == 2
    assert main([*words, "--rule", "QX77", "--expires", "2099-01-01"]) == 2
    assert (folder / "acme.yaml").read_text() == before

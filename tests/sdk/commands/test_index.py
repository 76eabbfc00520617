"""`namegate index` writes an index that `namegate check --names` reads."""

import json

from namegate.cli import main

POLICY = """
apiVersion: namegate/v1
kind: NamingPolicy
metadata: {name: acme, revision: "1"}
rules: {look-alike: error, name-taken: error}
"""


def test_an_index_is_written_extended_and_searched(tmp_path, capsys):
    listed, more, index = tmp_path / "names.txt", tmp_path / "more.jsonl", tmp_path / "names.db"
    policy = tmp_path / "policy.yaml"
    listed.write_text("acme/llama-3-8b\nacme/bert-base\n")
    more.write_text('{"name": "umbrella/t5-small", "owner": "u1"}\n')
    policy.write_text(POLICY)
    assert main(["index", str(listed), "--output", str(index)]) == 0
    assert main(["index", str(more), "--output", str(index)]) == 0
    assert capsys.readouterr().out == f"2 names added to {index}\n1 names added to {index}\n"

    def codes(name):
        assert main(["check", name, "--policy", str(policy), "--names", str(index), "--format", "json"]) == 1
        return [violation["code"] for violation in json.loads(capsys.readouterr().out)["violations"]]

    assert codes("acrne/llama-3-8b") == ["NG302"]
    assert codes("umbrella/T5-small") == ["NG301"]


def test_a_file_that_is_no_index_is_left_as_it_is(tmp_path, capsys):
    listed, output = tmp_path / "names.txt", tmp_path / "notes.md"
    listed.write_text("acme/llama-3-8b\n")
    output.write_text("notes\n" * 100)
    assert main(["index", str(listed), "--output", str(output)]) == 2
    assert "notes.md is no index of names" in capsys.readouterr().err
    assert output.read_text() == "notes\n" * 100


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    listed, output = tmp_path / "names.txt", tmp_path / "nowhere" / "names.db"
    listed.write_text("acme/llama-3-8b\n")
    assert main(["index", str(listed), "--output", str(output)]) == 2
    assert capsys.readouterr().err == f"namegate: {output}: unable to open database file\n"

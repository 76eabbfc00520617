"""`namegate parse`, `compose` and `convert`: what they print, and how they end."""

from __future__ import annotations

import io
import json

import pytest

from namegate.cli import main

TREE = """\
acme/llama3:8b-q4_K_M
├─ organization
│  └─ acme
├─ model
│  ├─ architecture llama
│  └─ version 3
└─ tag
   ├─ size 8b
   ├─ -
   └─ quantization q4_K_M
"""
MISMATCH = """\
llama-3-8b
          ^
  the scheme gguf takes the extension (stem[-shard]extension) here, the name has nothing
"""
LOST = """\
  the organization 'acme' is left out: Kubernetes object has no place for it
  the name 'Llama-3-8B' becomes 'llama-3-8b': Kubernetes object takes lower-case letters or digits, '-' or '.'
"""
ENDINGS = [
    (["parse", "gpt2"], 0, "gpt2\n  architecture  gpt2\n", ""),
    (["parse", "acme/llama3:8b-q4_K_M", "--scheme", "ollama", "--format", "tree"], 0, TREE, ""),
    (["parse", "llama-3-8b", "--scheme", "gguf"], 1, MISMATCH, ""),
    (["parse", "gpt2", "--scheme", "nope"], 2, "", "namegate: unknown scheme 'nope'; valid: gguf"),
    (["compose", "--architecture", "llama", "--version", "3", "--size", "8B", "--task", "instruct"], 0,
     "llama-3-8B-instruct\n", ""),
    (["compose", "--size", "llama"], 1, "", "namegate: 'llama' is read with architecture"),
    (["compose"], 2, "", "Usage: namegate compose"),
    (["convert", "acme/Llama-3-8B", "--to", "kubernetes"], 0, "llama-3-8b\n", LOST),
    (["convert", "gpt2", "--to", "purl"], 1, "", "namegate: gpt2 cannot be converted: purl: "),
    (["convert", "a b", "gpt2", "--to", "oci"], 2, "gpt2\n", "namegate: huggingface: the repository name"),
    (["convert", "gpt2", "--to", "nowhere"], 2, "", "Usage: namegate convert"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "output", "error"), ENDINGS)
def test_output_and_exit_code(
    arguments: list[str], code: int, output: str, error: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    captured = capfd.readouterr()
    assert captured.out.startswith(output)
    assert captured.err.startswith(error)


def test_names_are_read_from_standard_input_as_json(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"acme/llama-3-8b\nresnet50.\n")))
    assert main(["parse", "--format", "json", "--scheme", "timm"]) == 1
    first, second = map(json.loads, capfd.readouterr().out.splitlines())
    assert first["mismatch"] == {
        "span": [4, 5],
        "found": "'/'",
        "expected": ["ASCII letters, digits, '_' or '-'"],
    }
    assert second["mismatch"]["expected"] == ["the tag (architecture[.tag])"]


def test_a_text_that_is_no_name_stops_no_other(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"gpt2\n\na/b/c\nx\xff\nbert\n")))
    assert main(["parse"]) == 2
    captured = capfd.readouterr()
    assert [line for line in captured.out.splitlines() if not line.startswith(" ")] == ["gpt2", "bert"]
    assert captured.err.count("namegate: ") == 2


def test_a_conversion_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "acme/Llama-3-8B", "--to", "oci", "--format", "json"]) == 0
    record = json.loads(capfd.readouterr().out)
    assert record["text"] == "acme/llama-3-8b"
    assert record["losses"][0]["kept"] == "llama-3-8b"

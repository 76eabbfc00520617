"""Real uploads whose names lie: their tensors by name from the index, their shapes from config.json."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from math import prod
from pathlib import Path
from typing import Any

import pytest

from namegate_policy.engine import judge
from namegate_policy.evidence import Evidence
from namegate_policy.language import load_policy
from tests.policy.architecture.headers import header, llama

DATA = Path(__file__).parents[4] / "shared" / "data" / "checkpoints.jsonl.gz"
NOW = datetime(2027, 1, 1, tzinfo=UTC)

with gzip.open(DATA, "rt") as lines:
    ROWS = {row["name"]: row for row in map(json.loads, lines)}

LYING = {
    "Juanlucasbg/COBOLpro_llama65B_Fined_tuned_LLM": "the name says 65B, the weights hold 33.74B parameters",
    "1235357/Backup_hf_sakura-14b-qwen2.5-v1.0-q6k": "the name says q6k, the weights are stored as F16",
}
TRUE = [
    "boincai/321412425",
    "saluberis/Wizard-Vicuna-30B-Uncensored",
    "kuolema-aap14/ELYZA-japanese-Llama-2-13b-instruct",
    "MiMiGame-1/Reflection-Llama-3.1-70B",
    "PANDASANG1231/llama_3.2-3B-huggingface-shard0",
    "isatyabrata/llama2-7b-chat-hf",
    "VineethGithubIBM/graniteModelWithoutGGUF",
]


def evidence(row: dict[str, Any]) -> Evidence:
    """Return the header of a Llama, or of a Qwen2 with its biases, of the sizes in config.json.

    The names and the bytes are those of the index.
    """
    config = row["config"]
    width, heads = config["hidden_size"], config["num_attention_heads"]
    keys = width // heads * config.get("num_key_value_heads", heads)
    shapes = llama(
        config["num_hidden_layers"],
        width,
        config["intermediate_size"],
        keys,
        config["vocab_size"],
        tied=config.get("tie_word_embeddings", False),
    )
    for layer in range(config["num_hidden_layers"]) if config["model_type"] == "qwen2" else ():
        for part, rows in {"q": width, "k": keys, "v": keys}.items():
            shapes[f"model.layers.{layer}.self_attn.{part}_proj.bias"] = (rows,)
    dtype = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", None: "F16"}[config.get("torch_dtype")]
    listed = {name for name in row["index"]["weight_map"] if not name.endswith("rotary_emb.inv_freq")}
    assert shapes.keys() == listed
    size = sum(map(prod, shapes.values())) * (4 if dtype == "F32" else 2)
    assert abs(size - row["index"]["metadata"]["total_size"]) < 50_000  # rotary tables
    return Evidence(header(shapes, dtype), config)


@pytest.mark.parametrize("name", LYING)
def test_lies_are_found(name: str) -> None:
    verdict = judge(name, load_policy("namegate:recommended"), evidence(ROWS[name]), now=NOW)
    assert not verdict.allowed
    assert LYING[name] in [violation.message for violation in verdict.violations]


@pytest.mark.parametrize("name", TRUE)
def test_true_names_are_allowed(name: str) -> None:
    verdict = judge(name, load_policy("namegate:recommended"), evidence(ROWS[name]), now=NOW)
    assert [v.message for v in verdict.violations if v.code.startswith(("NG4", "NG501")) and v.denies] == []

"""Write a checkpoint with the true headers of an 8-billion-parameter Llama 3, its weights left as holes.

usage: python docs/examples/llama_8b.py FOLDER

The four shards say 16 GB and take a few kilobytes of disk, where the file system knows sparse files.
Shapes follow Meta's published configuration of Llama 3 8B: 32 layers, width 4096, 8 key-value heads of
128, feed-forward width 14336, vocabulary 128256.
"""

import json
import sys
from pathlib import Path

LAYERS, WIDTH, FEED_FORWARD, KEY_VALUE, VOCABULARY = 32, 4096, 14336, 1024, 128256
SHARDS = 4


def tensors() -> dict[str, tuple[int, ...]]:
    """Return tensor name → shape."""
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (VOCABULARY, WIDTH)}
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}"
        shapes |= {
            f"{prefix}.self_attn.q_proj.weight": (WIDTH, WIDTH),
            f"{prefix}.self_attn.k_proj.weight": (KEY_VALUE, WIDTH),
            f"{prefix}.self_attn.v_proj.weight": (KEY_VALUE, WIDTH),
            f"{prefix}.self_attn.o_proj.weight": (WIDTH, WIDTH),
            f"{prefix}.mlp.gate_proj.weight": (FEED_FORWARD, WIDTH),
            f"{prefix}.mlp.up_proj.weight": (FEED_FORWARD, WIDTH),
            f"{prefix}.mlp.down_proj.weight": (WIDTH, FEED_FORWARD),
            f"{prefix}.input_layernorm.weight": (WIDTH,),
            f"{prefix}.post_attention_layernorm.weight": (WIDTH,),
        }
    return shapes | {"model.norm.weight": (WIDTH,), "lm_head.weight": (VOCABULARY, WIDTH)}


def write(folder: Path) -> None:
    """Write the shards, their index and config.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shapes = tensors()
    names = list(shapes)
    weight_map: dict[str, str] = {}
    total = 0
    for shard in range(SHARDS):
        file = f"model-{shard + 1:05}-of-{SHARDS:05}.safetensors"
        header: dict[str, object] = {"__metadata__": {"format": "pt"}}
        position = 0
        for name in names[shard * len(names) // SHARDS : (shard + 1) * len(names) // SHARDS]:
            shape = shapes[name]
            end = position + 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
            header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": (position, end)}
            weight_map[name] = file
            position = end
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with (folder / file).open("wb") as stream:
            stream.write(len(text).to_bytes(8, "little") + text)
            stream.truncate(8 + len(text) + position)
        total += position
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    config = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "num_hidden_layers": LAYERS,
        "hidden_size": WIDTH,
        "intermediate_size": FEED_FORWARD,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": VOCABULARY,
        "torch_dtype": "bfloat16",
    }
    (folder / "config.json").write_text(json.dumps(config))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python docs/examples/llama_8b.py FOLDER")
    write(Path(sys.argv[1]))

"""Safetensors files that lie or are damaged, with the code of the problem that each is refused for."""

from __future__ import annotations

import struct

from tests.policy.weights.build import raw_safetensors

TENSOR = '"dtype":"F32","shape":[2],"data_offsets":[0,8]'


REJECTED = {
    "empty file": (b"", "truncated"),
    "seven bytes": (bytes(7), "truncated"),
    "header beyond the file": (struct.pack("<Q", 100) + b"{}", "truncated"),
    "header above the limit": (struct.pack("<Q", 100_000_001) + b"{}", "header-too-large"),
    "header of 2^64-1": (b"\xff" * 8 + b"{}", "header-too-large"),
    "a zip archive": (b"PK\x03\x04\0\0\0\0{}", "content-mismatch"),
    "a GGUF file": (b"GGUF\3\0\0\0{}", "content-mismatch"),
    "leading space": (raw_safetensors(f' {{"a":{{{TENSOR}}}}}', 8), "invalid-start"),
    "byte-order mark": (raw_safetensors("\ufeff{}"), "invalid-start"),
    "list": (raw_safetensors("[]"), "invalid-start"),
    "not UTF-8": (raw_safetensors(b'{"\xff":{}}'), "invalid-json"),
    "trailing comma": (raw_safetensors(f'{{"a":{{{TENSOR}}},}}', 8), "invalid-json"),
    "trailing comma after metadata": (raw_safetensors('{"__metadata__":{},}'), "invalid-json"),
    "trailing object": (raw_safetensors(f'{{"a":{{{TENSOR}}}}}{{}}', 8), "invalid-json"),
    "lone surrogate": (raw_safetensors(f'{{"\\ud800":{{{TENSOR}}}}}', 8), "invalid-json"),
    "NaN": (raw_safetensors('{"a":NaN}'), "invalid-json"),
    "nested lists": (raw_safetensors('{"a\\n":' + "[" * 100_000), "invalid-json"),
    "duplicate name": (
        raw_safetensors(f'{{"a":{{{TENSOR}}},"a":{{{TENSOR}}}}}', 8),
        "duplicate-key",
    ),
    "duplicate name by escape": (
        raw_safetensors(f'{{"a":{{{TENSOR}}},"\\u0061":{{{TENSOR}}}}}', 8),
        "duplicate-key",
    ),
    "duplicate shape": (raw_safetensors(f'{{"a":{{"shape":[1],{TENSOR}}}}}', 8), "duplicate-key"),
    "duplicate dtype": (raw_safetensors(f'{{"a":{{{TENSOR},"dtype":"F32"}}}}', 8), "duplicate-key"),
    "duplicate metadata": (
        raw_safetensors(f'{{"__metadata__":{{}},"a":{{{TENSOR}}},"__metadata__":{{}}}}', 8),
        "duplicate-key",
    ),
    "duplicate key in metadata": (
        raw_safetensors(f'{{"__metadata__":{{"x":"1","x":"2"}},"a":{{{TENSOR}}}}}', 8),
        "duplicate-key",
    ),
    "metadata of numbers": (raw_safetensors('{"__metadata__":{"x":1}}'), "invalid-metadata"),
    "metadata null": (raw_safetensors('{"__metadata__":null}'), "invalid-metadata"),
    "further field": (raw_safetensors(f'{{"a":{{{TENSOR},"x":1}}}}', 8), "invalid-entry"),
    "missing field": (raw_safetensors('{"a":{"dtype":"F32","shape":[]}}', 4), "invalid-entry"),
    "entry as a list": (raw_safetensors('{"a":["F32",[2],[0,8]]}', 8), "invalid-entry"),
    "three offsets": (
        raw_safetensors('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}', 1),
        "invalid-entry",
    ),
    "negative extent": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', 8),
        "invalid-shape",
    ),
    "minus zero": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[-0,8]}}', 8),
        "invalid-json",
    ),
    "extent as a float": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}', 8),
        "invalid-entry",
    ),
    "extent as true": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[true],"data_offsets":[0,8]}}', 8),
        "invalid-entry",
    ),
    "unknown dtype": (
        raw_safetensors('{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,16]}}', 16),
        "unknown-dtype",
    ),
    "lower-case dtype": (
        raw_safetensors('{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}', 8),
        "unknown-dtype",
    ),
    "shape above the bytes": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2000000000],"data_offsets":[0,8]}}', 8),
        "size-mismatch",
    ),
    "shape that overflows to the bytes": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}}', 8),
        "invalid-shape",
    ),
    "a nibble short": (
        raw_safetensors('{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}', 1),
        "size-mismatch",
    ),
    "offset below zero": (
        raw_safetensors('{"a":{"dtype":"U8","shape":[5],"data_offsets":[-1,4]}}', 4),
        "overlapping-tensors",
    ),
    "two offsets below zero": (
        raw_safetensors(
            '{"a":{"dtype":"U8","shape":[9],"data_offsets":[-10,-1]},'
            '"b":{"dtype":"U8","shape":[5],"data_offsets":[-1,4]}}',
            4,
        ),
        "overlapping-tensors",
    ),
    "end before begin": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}', 8),
        "size-mismatch",
    ),
    "data too short": (raw_safetensors(f'{{"a":{{{TENSOR}}}}}', 7), "truncated"),
    "data too long": (raw_safetensors(f'{{"a":{{{TENSOR}}}}}', 9), "trailing-bytes"),
    "no tensors but data": (raw_safetensors("{}", 1), "trailing-bytes"),
    "gap at the start": (
        raw_safetensors('{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}', 12),
        "uncovered-bytes",
    ),
    "aliased tensors": (
        raw_safetensors(f'{{"a":{{{TENSOR}}},"b":{{{TENSOR}}}}}', 8),
        "overlapping-tensors",
    ),
    "seventeen dimensions": (
        raw_safetensors(f'{{"a":{{"dtype":"U8","shape":{[1] * 17},"data_offsets":[0,1]}}}}', 1),
        "invalid-shape",
    ),
    "empty name": (raw_safetensors(f'{{"":{{{TENSOR}}}}}', 8), "invalid-name"),
    "long name": (raw_safetensors(f'{{"{"a" * 513}":{{{TENSOR}}}}}', 8), "invalid-name"),
    "name with a line end": (raw_safetensors(f'{{"a\\nb":{{{TENSOR}}}}}', 8), "invalid-name"),
    "name with DEL": (raw_safetensors(f'{{"a\x7fb":{{{TENSOR}}}}}', 8), "invalid-name"),
}

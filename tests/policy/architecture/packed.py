"""Checkpoints as quantizers write them: the tensors of a network, its linear layers packed.

Each function takes one matrix (module name, outputs, inputs) and yields the tensors (name, dtype, shape) that
the writer of the format stores for it. Sources: AutoGPTQ, AutoAWQ, bitsandbytes, HQQ, compressed-tensors,
DeepSeek's and gpt-oss's own checkpoints, ModelOpt and MLX.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Tensors = Iterator[tuple[str, str, tuple[int, ...]]]

GROUP = 128
"""Weights that share a scale; MLX and HQQ take 64 by default."""


def gptq(base: str, rows: int, columns: int, bits: int = 4) -> Tensors:
    yield f"{base}.qweight", "I32", (columns * bits // 32, rows)
    yield f"{base}.qzeros", "I32", (columns // GROUP, rows * bits // 32)
    yield f"{base}.scales", "F16", (columns // GROUP, rows)
    yield f"{base}.g_idx", "I32", (columns,)


def awq(base: str, rows: int, columns: int) -> Tensors:
    yield f"{base}.qweight", "I32", (columns, rows // 8)
    yield f"{base}.qzeros", "I32", (columns // GROUP, rows // 8)
    yield f"{base}.scales", "F16", (columns // GROUP, rows)


def bitsandbytes_4bit(base: str, rows: int, columns: int, kind: str = "nf4") -> Tensors:
    blocks = rows * columns // 64
    yield f"{base}.weight", "U8", (rows * columns // 2, 1)
    yield f"{base}.weight.absmax", "U8", (blocks,)
    yield f"{base}.weight.nested_absmax", "F32", (-(-blocks // 256),)
    yield f"{base}.weight.nested_quant_map", "F32", (256,)
    yield f"{base}.weight.quant_map", "F32", (16,)
    yield f"{base}.weight.quant_state.bitsandbytes__{kind}", "U8", (90,)


def bitsandbytes_int8(base: str, rows: int, columns: int) -> Tensors:
    yield f"{base}.weight", "I8", (rows, columns)
    yield f"{base}.SCB", "F32", (rows,)
    yield f"{base}.weight_format", "U8", (1,)


def hqq(base: str, rows: int, columns: int, bits: int = 4) -> Tensors:
    yield f"{base}.W_q", "U8", (rows * columns * bits // 8 // 64, 64)
    yield f"{base}.scale", "F16", (rows * columns // 64, 1)
    yield f"{base}.zero", "F16", (rows * columns // 64, 1)


def compressed_int4(base: str, rows: int, columns: int) -> Tensors:
    yield f"{base}.weight_packed", "I32", (rows, columns // 8)
    yield f"{base}.weight_scale", "BF16", (rows, columns // GROUP)
    yield f"{base}.weight_shape", "I64", (2,)


def compressed_int8(base: str, rows: int, columns: int) -> Tensors:
    yield f"{base}.weight", "I8", (rows, columns)
    yield f"{base}.weight_scale", "BF16", (rows, 1)


def fp8(base: str, rows: int, columns: int) -> Tensors:
    yield f"{base}.weight", "F8_E4M3", (rows, columns)
    yield f"{base}.weight_scale_inv", "F32", (-(-rows // 128), -(-columns // 128))


def nvfp4(base: str, rows: int, columns: int) -> Tensors:
    yield f"{base}.weight", "U8", (rows, columns // 2)
    yield f"{base}.weight_scale", "F8_E4M3", (rows, columns // 16)
    yield f"{base}.weight_scale_2", "F32", (1,)
    yield f"{base}.input_scale", "F32", (1,)


def nvfp4_compressed(base: str, rows: int, columns: int) -> Tensors:
    yield f"{base}.weight_packed", "U8", (rows, columns // 2)
    yield f"{base}.weight_scale", "F8_E4M3", (rows, columns // 16)
    yield f"{base}.weight_global_scale", "F32", (1,)
    yield f"{base}.input_global_scale", "F32", (1,)


def mxfp4(base: str, rows: int, columns: int) -> Tensors:
    yield f"{base}.weight_packed", "U8", (rows, columns // 2)
    yield f"{base}.weight_scale", "U8", (rows, columns // 32)


def mlx(base: str, rows: int, columns: int, bits: int = 4) -> Tensors:
    yield f"{base}.weight", "U32", (rows, columns * bits // 32)
    yield f"{base}.scales", "BF16", (rows, columns // 64)
    yield f"{base}.biases", "BF16", (rows, columns // 64)


FORMATS: dict[str, tuple[str, float, Callable[[str, int, int], Tensors]]] = {
    **{f"gptq {bits} bits": ("gptq", bits, partial(gptq, bits=bits)) for bits in (2, 3, 4, 8)},
    "awq": ("awq", 4, awq),
    "bitsandbytes nf4": ("bitsandbytes-nf4", 4, bitsandbytes_4bit),
    "bitsandbytes fp4": ("bitsandbytes-fp4", 4, partial(bitsandbytes_4bit, kind="fp4")),
    "bitsandbytes int8": ("bitsandbytes-int8", 8, bitsandbytes_int8),
    "compressed-tensors int4": ("compressed-tensors", 4, compressed_int4),
    "compressed-tensors int8": ("compressed-tensors", 8, compressed_int8),
    "fp8": ("fp8", 8, fp8),
    "nvfp4": ("nvfp4", 4, nvfp4),
    "nvfp4 by compressed-tensors": ("nvfp4", 4, nvfp4_compressed),
    "mxfp4 by compressed-tensors": ("mxfp4", 4, mxfp4),
    **{f"mlx {bits} bits": ("mlx", bits, partial(mlx, bits=bits)) for bits in (2, 3, 4, 6, 8)},
}
"""Name → method and bits that the facts should say, and the writer."""


def packed(
    shapes: Mapping[str, tuple[int, ...]], writer: Callable[[str, int, int], Tensors], dtype: str = "BF16"
) -> Tensors:
    """Yield the tensors of a network with the matrices of its layers packed, and all others as they are."""
    for name, shape in shapes.items():
        base = name.removesuffix(".weight")
        linear = len(shape) == 2 and base != name and any(character.isdigit() for character in name)
        if linear and not any(size % GROUP for size in shape):
            yield from writer(base, *shape)
        else:
            yield name, dtype, shape

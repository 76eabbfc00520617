"""Logical weights behind packed ones: what a quantized checkpoint's tensors stand for.

Each format stores one weight matrix as several tensors (packed integers, scales, zero points …). The
count of weights follows from their shapes, where these decide it: sources are the formats' own
writers (AutoGPTQ, AutoAWQ, bitsandbytes, HQQ, compressed-tensors, MLX, OCP Microscaling, ModelOpt).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.architecture.configuration import packing_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from namegate_policy.weights.header import Tensor, WeightsHeader


class Weight(NamedTuple):
    """One logical tensor: `shape` is None where packing hides it, `elements` never is."""

    name: str
    dtype: str
    shape: tuple[int, ...] | None
    elements: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The logical weights of a checkpoint and how they are packed.

    `method` and `bits` are None for a checkpoint that is not quantized; `undecided` says what its
    bytes leave open.
    """

    weights: list[Weight]
    method: str | None = None
    bits: float | None = None
    undecided: str | None = None


FLOAT8 = ("F8_E4M3", "F8_E5M2", "F8_E4M3FN", "F8_E5M2FNUZ", "F8_E4M3FNUZ")
_MARKERS = {
    "qweight",
    "SCB",
    "W_q",
    "weight_packed",
    "weight_scale",
    "weight_scale_inv",
    "weight_scale_2",
    "scales",
    "weight_zero_point",
    "absmax",
    "_data",
    "weight_format",
}
_AUXILIARY = {
    "qzeros",
    "scales",
    "g_idx",
    "SCB",
    "weight_format",
    "weight_scale",
    "weight_scale_inv",
    "weight_scale_2",
    "weight_shape",
    "weight_zero_point",
    "weight_g_idx",
    "weight_global_scale",
    "input_scale",
    "input_global_scale",
    "input_zero_point",
    "output_scale",
    "k_scale",
    "v_scale",
    "q_scale",
    "biases",
    "_scales",
    "zero_point",
    "scale",
    "zero",
    "group_size",
    "nbits",
    "axis",
    "shape",
    "channel_wise",
    "optimize",
    "round_zero",
    "quant_scale",
    "quant_zero",
    "offload_meta",
    "packing",
    "unpack_view_dtype",
    "view_as_float",
    "stores_quant_config",
    "encoded_state_dict",
    "compute_dtype",
    "meta",
}
"""Parts of a packed module beside its weights; dropped only in a module that is packed."""

_WIDTHS = (2, 3, 4, 5, 6, 8)
"""Bits that packed integers have; a header that implies others does not pack."""

_LARGEST_BLOCK = 4096
"""The most weights that share one scale in bitsandbytes' 4-bit formats."""

_FROM_WIDTH = ("q_proj", "k_proj", "v_proj", "up_proj", "gate_proj")
"""Projections whose input is the width of the network."""

Module = dict[str, "Tensor"]


def unpack(header: WeightsHeader, config: Mapping[str, Any] | None) -> Unpacked:
    """Return the logical weights of a checkpoint, each distinct stored one once.

    A tensor for which no bytes are stored is not counted: a second name of stored weights.
    """
    tensors = [tensor for tensor in header.tensors if tensor.stored]
    if not tensors:
        return Unpacked([Weight(tensor.name, tensor.dtype, tensor.shape, 0) for tensor in header.tensors])
    if header.format == "gguf":
        return _gguf(tensors)
    endings = {tensor.name.rpartition(".")[2] for tensor in tensors}
    if endings.isdisjoint(_MARKERS) and not any(ending.endswith("_blocks") for ending in endings):
        return _plain(tensors)
    modules: dict[str, Module] = {}
    for tensor in tensors:
        base, part = _split(tensor.name)
        modules.setdefault(base, {})[part] = tensor
    return _Packed(modules, config).unpack()


def _plain(tensors: list[Tensor]) -> Unpacked:
    weights = [Weight(tensor.name, tensor.dtype, tensor.shape, prod(tensor.shape)) for tensor in tensors]
    counts = elements_by_dtype(weights)
    if max(counts, key=lambda dtype: counts[dtype], default="") in FLOAT8:
        return Unpacked(weights, "fp8", 8.0)
    return Unpacked(weights)


def elements_by_dtype(weights: list[Weight]) -> dict[str, int]:
    """Return dtype → elements stored in it."""
    dtypes = {weight.dtype for weight in weights}
    if len(dtypes) == 1:
        return {dtypes.pop(): sum([weight.elements for weight in weights])}
    counts = dict.fromkeys(sorted(dtypes), 0)
    for weight in weights:
        counts[weight.dtype] += weight.elements
    return counts


def _gguf(tensors: list[Tensor]) -> Unpacked:
    weights = [Weight(tensor.name, tensor.dtype, tensor.shape, prod(tensor.shape)) for tensor in tensors]
    matrices = [tensor for tensor in tensors if len(tensor.shape) > 1]
    elements = sum(prod(tensor.shape) for tensor in matrices)
    bits = 8 * sum(tensor.stored for tensor in matrices) / elements if elements else 32.0
    return Unpacked(weights, "gguf" if bits < 15 else None, round(bits, 3) if bits < 15 else None)


def _split(name: str) -> tuple[str, str]:
    """Return a tensor's module and its part in it."""
    for ending in ("_blocks", "_scales"):
        if name.endswith(ending):
            return name.removesuffix(ending), ending
    head, mark, tail = name.rpartition(".weight.")
    if mark:
        return head, f"weight.{tail}"
    head, _, tail = name.rpartition(".")
    return head, tail


class _Packed:
    """Unpacks modules; the formats that shapes alone leave open use the width that norms prove."""

    def __init__(self, modules: dict[str, Module], config: Mapping[str, Any] | None) -> None:
        self.modules = modules
        self.options = packing_options(config)
        self.undecided: str | None = None
        self.packed: dict[str, int] = {}
        self.bits: dict[str, float] = {}
        self.width = self._width()
        self.group_size = self.options.get("group_size") or self._group_size()

    def unpack(self) -> Unpacked:
        weights: list[Weight] = []
        for base, module in self.modules.items():
            reader = next((read for marks, read in _FORMATS if marks <= module.keys()), None)
            found = reader(self, module) if reader else None
            if found is None:
                weights += (Weight(t.name, t.dtype, t.shape, prod(t.shape)) for t in module.values())
                continue
            method, main, shape, elements, bits = found
            name = base if "_blocks" in module else f"{base}.weight"
            weights.append(Weight(name, main.dtype, shape, elements))
            self.packed[method] = self.packed.get(method, 0) + elements
            self.bits[method] = self.bits.get(method, 0.0) + elements * bits
            for part, tensor in module.items():
                if tensor is not main and part not in _AUXILIARY and not part.startswith("weight."):
                    weights.append(Weight(tensor.name, tensor.dtype, tensor.shape, prod(tensor.shape)))
        if not self.packed:
            return Unpacked(weights)
        method = max(self.packed, key=lambda key: self.packed[key])
        return Unpacked(weights, method, round(self.bits[method] / self.packed[method], 3), self.undecided)

    def _width(self) -> int | None:
        """Return the width of the network, from its unpacked norms: their most frequent length."""
        lengths: dict[int, int] = {}
        for base, module in self.modules.items():
            weight = module.get("weight")
            if weight is None or len(weight.shape) != 1 or base.endswith(("q_norm", "k_norm")):
                continue
            if "norm" in base.rpartition(".")[2]:
                lengths[weight.shape[0]] = lengths.get(weight.shape[0], 0) + 1
        return max(lengths, key=lambda length: lengths[length], default=None)

    def _group_size(self) -> int | None:
        """Return the weights that share a scale, from a projection whose input is the network's width."""
        width = self.width
        for base, module in self.modules.items():
            scales = module.get("scales") or module.get("weight_scale")
            if scales is None or len(scales.shape) != 2 or not base.endswith(_FROM_WIDTH):
                continue
            if width and scales.shape[1] > 1 and width % scales.shape[1] == 0:
                return width // scales.shape[1]
        return None

    def _inputs(
        self, packed: tuple[int, ...], scales: tuple[int, ...], word: int
    ) -> tuple[int, float] | None:
        """Return (inputs, bits) of a matrix packed along its rows in words of `word` bits."""
        held = word * packed[-1]
        if self.group_size and len(scales) > 1:
            inputs = scales[-1] * self.group_size
            if inputs and held / inputs in _WIDTHS:
                return inputs, held / inputs
        bits = self.options.get("bits")
        if bits in _WIDTHS:
            return held // bits, float(bits)
        if self.width and held / self.width in _WIDTHS:
            return self.width, held / self.width
        return None


Found = tuple[str, "Tensor", "tuple[int, ...] | None", int, float]


def _gptq_or_awq(_: _Packed, module: Module) -> Found | None:
    packed, scales, zeros = module["qweight"], module["scales"].shape, module.get("qzeros")
    if len(packed.shape) != 2 or len(scales) != 2 or not scales[1]:
        return None
    rows, columns = packed.shape
    if columns == scales[1]:
        bits = 32 * zeros.shape[1] / scales[1] if zeros is not None and len(zeros.shape) == 2 else 4.0
        if bits not in _WIDTHS:
            return None
        inputs = round(rows * 32 / bits)
        return "gptq", packed, (columns, inputs), columns * inputs, bits
    bits = 32 * columns / scales[1]
    if bits not in _WIDTHS:
        return None
    return "awq", packed, (scales[1], rows), rows * scales[1], bits


def _bitsandbytes_4bit(_: _Packed, module: Module) -> Found | None:
    packed, blocks = module["weight"], prod(module["weight.absmax"].shape)
    if packed.dtype not in ("U8", "I8") or blocks * _LARGEST_BLOCK < 2 * packed.stored:
        return None
    kind = "fp4" if any(part.endswith("bitsandbytes__fp4") for part in module) else "nf4"
    return f"bitsandbytes-{kind}", packed, None, 2 * packed.stored, 4.0


def _same(method: str, bits: float) -> Callable[[_Packed, Module], Found]:
    def read(_: _Packed, module: Module) -> Found:
        weight = module["weight"]
        return method, weight, weight.shape, prod(weight.shape), bits

    return read


def _hqq(packed: _Packed, module: Module) -> Found:
    weight = module["W_q"]
    bits = packed.options.get("bits")
    if bits not in (1, *_WIDTHS):
        packed.undecided = "HQQ does not show its bits in its shapes; config.json would say them"
        bits = 4
    elements = weight.stored * 8 // bits
    return "hqq", weight, None, elements, float(bits)


def _compressed(packed: _Packed, module: Module) -> Found | None:
    weight = module["weight_packed"]
    scale = module.get("weight_scale")
    if weight.dtype == "U8":
        method, block = ("nvfp4", 16) if "weight_global_scale" in module else ("mxfp4", 32)
        if scale is None or prod(scale.shape) * block != 2 * prod(weight.shape):
            return None
        return method, weight, (*weight.shape[:-1], 2 * weight.shape[-1]), 2 * prod(weight.shape), 4.0
    known = packed._inputs(weight.shape, scale.shape if scale is not None else (), 32)
    if known is None:
        packed.undecided = "compressed-tensors: the bits of packed weights need config.json"
        known = weight.shape[-1] * 8, 4.0
    inputs, bits = known
    shape = (*weight.shape[:-1], inputs)
    return "compressed-tensors", weight, shape, prod(shape), bits


def _scaled(_: _Packed, module: Module) -> Found | None:
    weight, scale = module["weight"], module.get("weight_scale") or module.get("weight_scale_inv")
    if weight.dtype == "U8" and "weight_scale_2" in module:
        if scale is None or prod(scale.shape) * 16 != 2 * prod(weight.shape):
            return None
        return "nvfp4", weight, (*weight.shape[:-1], 2 * weight.shape[-1]), 2 * prod(weight.shape), 4.0
    if weight.dtype == "U8" and scale is not None and prod(scale.shape) == 1:
        return "bitnet", weight, (4 * weight.shape[0], *weight.shape[1:]), 4 * prod(weight.shape), 2.0
    if weight.dtype in FLOAT8:
        return "fp8", weight, weight.shape, prod(weight.shape), 8.0
    if weight.dtype == "I8":
        return "compressed-tensors", weight, weight.shape, prod(weight.shape), 8.0
    return None


def _blocks(_: _Packed, module: Module) -> Found | None:
    blocks = module["_blocks"]
    if len(blocks.shape) < 3 or prod(module["_scales"].shape) * 16 != prod(blocks.shape):
        return None
    shape = (*blocks.shape[:-2], 2 * prod(blocks.shape[-2:]))
    return "mxfp4", blocks, shape, 2 * prod(blocks.shape), 4.0


def _mlx(packed: _Packed, module: Module) -> Found | None:
    weight, scales = module["weight"], module["scales"]
    if weight.dtype != "U32":
        return None
    known = packed._inputs(weight.shape, scales.shape, 32)
    if known is None:
        packed.undecided = "MLX: the bits of packed weights need config.json"
        known = weight.shape[-1] * 8, 4.0
    inputs, bits = known
    shape = (*weight.shape[:-1], inputs)
    return "mlx", weight, shape, prod(shape), bits


_FORMATS: tuple[tuple[set[str], Callable[[_Packed, Module], Found | None]], ...] = (
    ({"qweight", "scales"}, _gptq_or_awq),
    ({"weight", "weight.absmax"}, _bitsandbytes_4bit),
    ({"weight", "SCB"}, _same("bitsandbytes-int8", 8.0)),
    ({"W_q"}, _hqq),
    ({"weight_packed"}, _compressed),
    ({"_blocks", "_scales"}, _blocks),
    ({"weight", "scales"}, _mlx),
    ({"weight", "weight_scale"}, _scaled),
    ({"weight", "weight_scale_inv"}, _scaled),
)

"""Number formats that a name states, compared with how the weights are stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from namegate_policy.architecture.claims.size import Outcome

if TYPE_CHECKING:
    from namegate_policy.architecture.model import Architecture


class Statement(NamedTuple):
    """What a word of a name says: the method's names, the bits of a weight, or the dtype of whole floats."""

    methods: tuple[str, ...] = ()
    bits: int | None = None
    dtypes: tuple[str, ...] = ()


_METHODS = {
    "gptq": ("gptq", "compressed-tensors"),
    "autoround": ("gptq", "awq", "compressed-tensors"),
    "awq": ("awq", "compressed-tensors"),
    "bnb": ("bitsandbytes-nf4", "bitsandbytes-fp4", "bitsandbytes-int8"),
    "bitsandbytes": ("bitsandbytes-nf4", "bitsandbytes-fp4", "bitsandbytes-int8"),
    "nf4": ("bitsandbytes-nf4",),
    "hqq": ("hqq",),
    "nvfp4": ("nvfp4",),
    "mxfp4": ("mxfp4", "mlx"),
    "fp8": ("fp8",),
    "float8": ("fp8",),
}
_FLOATS = {
    "fp16": ("F16",),
    "f16": ("F16",),
    "float16": ("F16",),
    "half": ("F16",),
    "bf16": ("BF16",),
    "bfloat16": ("BF16",),
    "fp32": ("F32",),
    "f32": ("F32",),
    "float32": ("F32",),
}
_GGML = re.compile(r"(?:i?q|tq)(\d)(?:k[sml]?|_.*)?$")
_BITS = re.compile(r"(?:int|w|fp|nf|q|uint)?(\d{1,2})[-_ ]?(?:bits?|bpw)?(?:a\d+.*)?(?:g\d+)?$")


def read(text: str) -> Statement | None:
    """Return what one word states, None for a word that states no number format."""
    folded = text.casefold()
    if folded in _FLOATS:
        return Statement(dtypes=_FLOATS[folded])
    for word, methods in _METHODS.items():
        if folded == word or folded.startswith((f"{word}-", f"{word}_")):
            return Statement(methods, bits=8 if "8" in word else 4 if "4" in word else None)
    if found := _GGML.fullmatch(folded):
        return Statement(bits=int(found[1]))
    if folded[:3] in ("int", "w4a", "w8a") or "bit" in folded or re.fullmatch(r"w\d+a\d+", folded):
        found = _BITS.search(folded)
        if found and int(found[1]) in (1, 2, 3, 4, 5, 6, 8, 16):
            return Statement(bits=int(found[1]))
    return None


def judge(said: Statement, architecture: Architecture) -> Outcome:
    """Compare one statement with the weights."""
    method, main = architecture.quantization, main_dtype(architecture)
    if said.dtypes:
        if method is None or architecture.format == "gguf":
            return Outcome.FITS if main in said.dtypes else Outcome.CONTRADICTED
        return Outcome.CONTRADICTED
    if architecture.format == "gguf" and said.bits is not None:
        digits = {
            found[1]
            for dtype in architecture.dtypes or ()
            if (found := re.match(r"(?:I?Q|TQ|MXFP)(\d)", dtype))
        }
        return Outcome.FITS if str(said.bits) in digits else Outcome.CONTRADICTED
    if said.methods and architecture.format != "gguf":
        if method in said.methods:
            return (
                Outcome.FITS if said.bits is None or _same(architecture, said.bits) else Outcome.CONTRADICTED
            )
        return Outcome.UNDECIDABLE if _opaque(architecture) else Outcome.CONTRADICTED
    if said.bits == 16:
        return Outcome.FITS if main in ("F16", "BF16") and method is None else Outcome.CONTRADICTED
    if said.bits is not None:
        if method is None:
            return Outcome.UNDECIDABLE if _opaque(architecture) else Outcome.CONTRADICTED
        return Outcome.FITS if _same(architecture, said.bits) else Outcome.CONTRADICTED
    return Outcome.UNDECIDABLE


def main_dtype(architecture: Architecture) -> str | None:
    """Return the dtype of most weights."""
    dtypes = architecture.dtypes or {}
    return max(dtypes, key=lambda dtype: dtypes[dtype], default=None)


def stored_as(architecture: Architecture) -> str:
    """Return how most weights are stored, as a message says it."""
    main = main_dtype(architecture) or "nothing"
    if architecture.quantization is None or architecture.quantization == "gguf":
        return main
    bits = architecture.quantization_bits
    return f"{architecture.quantization}, {bits:g} bits" if bits else architecture.quantization


def _same(architecture: Architecture, bits: int) -> bool:
    held = architecture.quantization_bits
    return architecture.undecided is not None or held is None or abs(held - bits) < 0.75


def _opaque(architecture: Architecture) -> bool:
    """Whether most weights are integers of a format that is not known, so that nothing can be said."""
    whole = main_dtype(architecture) in ("I32", "U32", "I16", "U8", "I8", "I64", "U16")
    return (whole and architecture.quantization is None) or architecture.format == "onnx"

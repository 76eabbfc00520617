"""How many names of GGUF files the two schemes for them take, and whether the quantization is read.

`python -m tests.benchmarks.gguf_files` prints a table. The files are made of the public ids that say GGUF, in
the ways in which such repositories name their files; and those shown in the specification stand beside them.
"""

from __future__ import annotations

import gzip
import re
from itertools import cycle
from pathlib import Path

from namegate_policy.naming import Kind
from namegate_policy.naming.scheme import load_scheme

NAMES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "hub_ids.txt.gz"
SUFFIX = re.compile(r"[-_.]gguf$", re.IGNORECASE)
ENCODINGS = ("Q2_K", "Q3_K_M", "Q4_0", "Q4_K_M", "Q5_K_S", "Q6_K", "Q8_0", "IQ2_XXS", "IQ4_XS", "F16", "BF16")
STYLES = {
    "name-Q4_K_M.gguf": "{name}-{encoding}.gguf",
    "name.Q4_K_M.gguf": "{name}.{encoding}.gguf",
    "name-q4_k_m.gguf": "{lower}-{small}.gguf",
    "name.i1-Q4_K_M.gguf": "{name}.i1-{encoding}.gguf",
    "name-UD-Q4_K_M.gguf": "{name}-UD-{encoding}.gguf",
    "name-Q4_K_M-00001-of-00003.gguf": "{name}-{encoding}-00001-of-00003.gguf",
    "name-v1.0-Q4_K_M.gguf": "{name}-v1.0-{encoding}.gguf",
    "mmproj-name-f16.gguf": "mmproj-{name}-{small}.gguf",
}
SPECIFICATION = [
    "Mixtral-8x7B-v0.1-KQ2.gguf",
    "Hermes-2-Pro-Llama-3-8B-F16.gguf",
    "Grok-100B-v1.0-Q4_0-00003-of-00009.gguf",
    "Phi-3-mini-3.8B-ContextLength4k-instruct-v1.0.gguf",
]
"""The four examples of the specification; the second has no version, against its own rule."""


def main() -> None:
    """Print the table."""
    with gzip.open(NAMES, "rt") as lines:
        ids = [name.rpartition("/")[2] for name in lines.read().splitlines()]
    bases = [SUFFIX.sub("", name) for name in ids if SUFFIX.search(name)]
    strict, tolerant = load_scheme("gguf-strict"), load_scheme("gguf")
    print(f"{len(bases)} ids end with GGUF\n{'':34}{'strict':>9}{'tolerant':>9}{'encoding read':>15}")
    for label, style in STYLES.items():
        taken = [0, 0, 0]
        for base, encoding in zip(bases, cycle(ENCODINGS), strict=False):
            small = encoding.lower()
            file = style.format(name=base, lower=base.lower(), encoding=encoding, small=small)
            read = tolerant.parse(file)
            found = [part.text.lower() for part in read.of(Kind.QUANTIZATION)]
            taken[0] += strict.parse(file).mismatch is None
            taken[1] += read.mismatch is None
            taken[2] += small in found
        print(
            f"{label:34}"
            + "".join(
                f"{count / len(bases):{width}.1%}" for count, width in zip(taken, (9, 9, 15), strict=True)
            )
        )
    for file in SPECIFICATION:
        shown = ["taken" if each.parse(file).mismatch is None else "refused" for each in (strict, tolerant)]
        print(f"{file:52}{shown[0]:>9}{shown[1]:>9}")


if __name__ == "__main__":
    main()

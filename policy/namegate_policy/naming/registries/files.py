"""Names of weight files and of weights in libraries: GGUF, timm, torchvision, the ONNX model zoo."""

from __future__ import annotations

from namegate_policy.naming.model import Kind
from namegate_policy.naming.registries.registry import Field, Registry, begins, exactly, never, only

_SIZE_LABEL = r"(?:\d+x)?(?:\d+\.)?\d+[QTBMKqtbmk]"
_SIZE_ATTRIBUTE = r"[A-Za-z]+(?:\d+\.)?\d+[A-Za-z]+"
_ENCODING = (
    r"(?:UD-)?(?:(?:I?Q[1-8]|TQ[12])(?:_[A-Z0-9]+)*|KQ[1-8]|BF16|F16|F32|F64|I8|I16|I32|I64"
    r"|MXFP4(?:_MOE)?|NVFP4)"
)
_SHARD = (
    exactly(r"\d{5}-of-\d{5}", "five digits, '-of-' and five digits"),
    never(r"\A00000(?=-)", "a shard from 00001"),
)
_WORDS = (
    only(r"A-Za-z0-9\s\-", "ASCII letters, digits, spaces or '-'"),
    never(r"\A-|--|-\Z", "words divided by one '-'"),
)
_TIMM = r"a-zA-Z0-9_\-"

FILES = (
    Registry(
        name="gguf",
        title="GGUF file",
        shapes=("{stem}[-{shard}]{extension}",),
        split=r"(?i)(?P<stem>.*?)(?:-(?P<shard>\d+-of-\d+))?(?P<extension>\.gguf)?",
        fields={
            "stem": Field(
                "name before '.gguf'",
                (
                    only(r"\w .,+~=()\[\]\-", "letters, digits, spaces or any of '_-.,+~=()[]'"),
                    begins("A-Za-z0-9_", "a letter, digit or '_'"),
                ),
                required=True,
            ),
            "shard": Field("shard", _SHARD, "SHARD"),
            "extension": Field(
                "extension",
                (exactly(r"\.gguf", "'.gguf' in lower case"),),
                "EXTENSION",
                required=True,
                fixed=".gguf",
            ),
        },
        source="names of GGUF files as they are, by the fields of the specification's naming convention",
    ),
    Registry(
        name="gguf-strict",
        title="GGUF file (strict)",
        shapes=(
            "[{sidecar}-]{base_name}-{size_label}[-{size_attribute}][-{fine_tune}]-{version}[-{encoding}][-{type}][-{shard}]{extension}",
        ),
        split=(
            rf"(?:(?P<sidecar>mmproj|mtp)-)?(?P<base_name>.*?)(?:-(?P<size_label>{_SIZE_LABEL})(?=-|\.gguf|\Z)"
            rf"(?:-(?P<size_attribute>{_SIZE_ATTRIBUTE})(?=-|\.gguf|\Z))?"
            r"(?:-(?P<fine_tune>(?!v\d+(?:\.\d+)*(?:-|\.gguf|\Z)).*?))??(?:-(?P<version>v\d+(?:\.\d+)*)"
            r"(?:-(?P<encoding>(?!LoRA|vocab|\d{5}-)(?:UD-)?[^\-.]*))??(?:-(?P<type>LoRA|vocab))?"
            r"(?:-(?P<shard>\d+-of-\d+))?)?)?(?P<extension>\.gguf)?"
        ),
        fields={
            "sidecar": Field("sidecar prefix", (), "SIDECAR"),
            "base_name": Field("base name", _WORDS, required=True),
            "size_label": Field(
                "size label",
                (exactly(_SIZE_LABEL, "a count such as 8B or 8x7B"),),
                "SIZE_FIELD",
                required=True,
                kind=Kind.SIZE,
            ),
            "size_attribute": Field("size attribute", (), "SIZE_FIELD", kind=Kind.SIZE),
            "fine_tune": Field("fine tune", _WORDS),
            "version": Field(
                "version",
                (exactly(r"v\d+(?:\.\d+)*", "'v' and numbers, as in v1.0"),),
                "VERSION_FIELD",
                required=True,
                kind=Kind.VERSION,
            ),
            "encoding": Field(
                "encoding",
                (exactly(_ENCODING, "an encoding such as Q4_K_M, IQ2_XXS, F16, BF16 or MXFP4"),),
                "QUANTIZATION_FIELD",
                kind=Kind.QUANTIZATION,
            ),
            "type": Field("type", (), "TYPE"),
            "shard": Field("shard", _SHARD, "SHARD"),
            "extension": Field("extension", (), "EXTENSION", required=True, fixed=".gguf"),
        },
        source="ggml-org/ggml, docs/gguf.md",
    ),
    Registry(
        name="timm",
        title="timm",
        shapes=("{architecture}[.{tag}]",),
        split=r"(?P<architecture>[^.]*)(?:\.(?P<tag>.*))?",
        fields={
            "architecture": Field(
                "architecture",
                (only(_TIMM, "ASCII letters, digits, '_' or '-'"), begins("a-zA-Z", "a letter")),
                required=True,
            ),
            "tag": Field("tag", (only(_TIMM + ".", "ASCII letters, digits, '_', '-' or '.'"),)),
        },
        source="timm.models.split_model_name_tag",
    ),
    Registry(
        name="torchvision",
        title="torchvision",
        shapes=(
            "{architecture}_Weights.{dataset}_{version}",
            "{architecture}_Weights.{default}",
            "{file}-{hash}.pth",
        ),
        split=(
            r"(?P<file>.*)-(?P<hash>[^.\-]*)\.pth"
            r"|(?P<architecture>.*?)(?:_Weights(?:\.(?:(?P<default>DEFAULT)|(?P<dataset>.*?)(?:_(?P<version>[Vv]\d*|FEATURES|LINEAR))?))?)?"
        ),
        fields={
            "file": Field(
                "architecture", (only(r"A-Za-z0-9_.\-", "ASCII letters, digits, '_', '.' or '-'"),)
            ),
            "hash": Field("hash", (exactly("[0-9a-f]{8,}", "8 or more hexadecimal digits"),), "HASH"),
            "architecture": Field(
                "architecture",
                (only("A-Za-z0-9_", "ASCII letters, digits or '_'"), begins("A-Za-z", "a letter")),
            ),
            "default": Field("member", (), "DEFAULT"),
            "dataset": Field(
                "data set",
                (only("A-Z0-9_", "capitals, digits or '_'"), begins("A-Z", "a capital")),
                "DATASET_FIELD",
                kind=Kind.DATASET,
            ),
            "version": Field("version", (), "VERSION_FIELD", kind=Kind.VERSION),
        },
        whole=(
            never(
                r"\A(?!.*\.pth\Z)(?!.*_Weights).*()\Z",
                "'_Weights.DATASET_Vn', or '-' and hexadecimal digits and '.pth'",
            ),
            never(r"_Weights()\Z", "'.DATASET_Vn'"),
        ),
        source="torchvision.models.WeightsEnum",
    ),
    Registry(
        name="onnx-zoo",
        title="ONNX model zoo",
        shapes=("{architecture}-{opset}[-{variant}].onnx", "{name}_{long_opset}_{origin}"),
        split=(
            r"(?P<architecture>.*?)(?:-(?P<opset>\d+)(?:-(?P<variant>int8|qdq))?)?\.onnx"
            r"|(?P<name>.*?)(?:_(?P<long_opset>Opset\d*)(?:_(?P<origin>.*))?)?"
        ),
        fields={
            "architecture": Field(
                "architecture",
                (
                    only(r"\w. \-", "letters, digits, '_', '.' or '-'"),
                    begins("A-Za-z0-9", "a letter or digit"),
                ),
            ),
            "opset": Field("opset", (exactly("[1-9][0-9]?", "an opset from 1 to 99"),), "OPSET"),
            "variant": Field("variant", (), "QUANTIZATION_FIELD", kind=Kind.QUANTIZATION),
            "name": Field(
                "name",
                (
                    only(r"\w. \-", "letters, digits, '_', '.' or '-'"),
                    begins("A-Za-z0-9", "a letter or digit"),
                ),
            ),
            "long_opset": Field(
                "opset", (exactly("Opset[1-9][0-9]?", "'Opset' and a number from 1 to 99"),), "OPSET"
            ),
            "origin": Field("source", (only("a-z0-9_", "lower-case letters, digits or '_'"),), "ORIGIN"),
        },
        whole=(
            never(r"\A(?!.*-\d+(?:-int8|-qdq)?\.onnx\Z).*()\.onnx\Z", "'-' and the opset before '.onnx'"),
            never(r"\A(?!.*_Opset\d*_)(?!.*\.onnx\Z).*()\Z", "'-opset.onnx' or '_OpsetNN_source'"),
        ),
        source="github.com/onnx/models",
    ),
)

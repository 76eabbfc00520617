"""Registries' names: what each accepts, what it refuses, where and why."""

from __future__ import annotations

import re

import pytest
from huggingface_hub.utils import HFValidationError, validate_repo_id
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.utils.validation import _validate_model_alias_name, _validate_model_name

from namegate_policy.errors import UnreadableNameError
from namegate_policy.naming.registries import REGISTRIES, check_name, parse_reference
from namegate_policy.naming.registries.registry import MAX_LENGTH

SHA = "559062ad13d311b87b2c455e67dcd5f1c8f65111"
GGUF = (
    "([sidecar-]base_name-size_label[-size_attribute][-fine_tune]-version[-encoding][-type][-shard]extension)"
)
DIGEST = "sha256:" + "0123456789abcdef" * 4

ACCEPTED = {
    "huggingface": [
        "gpt2",
        "acme/llama-3-8b",
        "meta-llama/Llama-3.1-8B-Instruct",
        "_acme/x_",
        "a/" + "b" * 96,
        "a" * 96 + "/b",
    ],
    "kaggle": [
        "google/gemma/pyTorch/2b-it",
        "google/gemma/pyTorch/2b-it/3",
        "keras/bert/keras/bert_base_en_uncased",
        "google/yamnet/tensorFlow2/yamnet/1",
        "google/gemma/gemmaCpp/1.1-2b-it-sfp",
    ],
    "kaggle-slug": ["llama-3-8b", "a", "9"],
    "tfhub": ["google/universal-sentence-encoder/4", "google/imagenet/mobilenet_v2_100_224/classification/5"],
    "torchhub": [
        "pytorch/vision",
        "pytorch/vision:v0.10.0",
        "pytorch/vision:v0.10.0 resnet50",
        "facebookresearch/dinov2:main dinov2_vits14",
        "acme/models:feature/new resnet",
    ],
    "ngc": ["nvidia/nemo/megatron_gpt_345m", "nvidia/bert:1.0", "nvidia/nemo/llama-3_1-8b-nemo:1.0"],
    "ollama": [
        "llama3.1",
        "llama3.1:8b-instruct-q4_K_M",
        "acme/llama3:latest",
        "hf.co/acme/Llama-3-8B-GGUF:Q4_K_M",
        "localhost:11434/acme/llama3",
        f"llama3:8b@{DIGEST}",
        "_x",
    ],
    "oci": [
        "llama",
        "acme/llama-3-8b:v1",
        "ghcr.io/acme/models/llama-3_8b.q4:Q4_K_M",
        "localhost:5000/llama",
        "localhost/llama",
        "[::1]:5000/llama",
        f"ghcr.io/acme/llama@{DIGEST}",
        f"ghcr.io/acme/llama:v1@{DIGEST}",
        "a--b/c__d",
        "acme/llama:" + "a" * 128,
    ],
    "mlflow": [
        "llama 3",
        "models:/llama-3/1",
        "models:/llama 3@champion",
        "models:/llama@v1_candidate",
        "a" * 256,
        "a@b",
    ],
    "purl": [
        f"pkg:huggingface/microsoft/deberta-v3-base@{SHA}",
        f"pkg:huggingface/microsoft/deberta-v3-base@{SHA}?repository_url=https://hub-ci.huggingface.co",
        "pkg:huggingface/microsoft/DeBERTa",
        "pkg:mlflow/creditfraud@3?repository_url=https://westus2.api.azureml.ms/mlflow/v1.0",
        "pkg:mlflow/trafficsigns@10?model_uuid=36233173b22f4c89b451f1228d700d49&run_id=410a3121",
        "pkg:mlflow/my%20model",
    ],
    "gguf": [
        "Mixtral-8x7B-v0.1-KQ2.gguf",
        "Llama-3.1-8B-Instruct-Q4_K_M.gguf",
        "llama-2-7b.Q4_K_M.gguf",
        "Qwen2.5-72B-Instruct-Q8_0-00001-of-00003.gguf",
        "ggml-model-q4_0.gguf",
        "mmproj-model-f16.gguf",
        "model.gguf",
    ],
    "gguf-strict": [
        "Mixtral-8x7B-v0.1-KQ2.gguf",
        "Grok-100B-v1.0-Q4_0-00003-of-00009.gguf",
        "Hermes-2-Pro-Llama-3-8B-v1.0-F16.gguf",
        "Phi-3-mini-3.8B-ContextLength4k-instruct-v1.0.gguf",
        "Qwen3-30B-A3B-v1.0-UD-Q4_K_XL.gguf",
        "Llama-8B-v1.0-LoRA.gguf",
        "mmproj-Gemma-4B-v1.0-BF16.gguf",
        "Llama-8B-Instruct-v3.1-IQ2_XXS-vocab.gguf",
    ],
    "timm": [
        "resnet50",
        "resnet50.a1_in1k",
        "vit_base_patch16_224.augreg2_in21k_ft_in1k",
        "mobilenetv3_small_100.lamb_in1k",
        "tf_efficientnet_b7.ns_jft_in1k",
    ],
    "torchvision": [
        "ResNet50_Weights.IMAGENET1K_V2",
        "ResNet50_Weights.DEFAULT",
        "ViT_H_14_Weights.IMAGENET1K_SWAG_E2E_V1",
        "MaskRCNN_ResNet50_FPN_Weights.COCO_V1",
        "VGG16_Weights.IMAGENET1K_FEATURES",
        "resnet50-0676ba61.pth",
        "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth",
    ],
    "onnx-zoo": [
        "resnet50-v1-7.onnx",
        "mobilenetv2-12-int8.onnx",
        "bertsquad-12-qdq.onnx",
        "yolov2-coco-9.onnx",
        "resnet50_Opset17_torch_hub",
        "adv_inception_v3_Opset16_timm",
    ],
    "wandb": ["llama-3 8b", "a" * 128],
    "wandb-project": ["llama 3 (new)"],
    "sagemaker": ["Llama-3--8b", "a" * 63],
    "bedrock": ["llama_3-8b-", "a" * 63, "a-" * 63],
    "azureml": ["Llama-3.1_8b", "a-", "a" * 255],
    "vertex": ["llama_3-8b-", "_a", "a" * 63],
    "vertex-display": ["Llama 3.1 – 8B"],
    "kubernetes": ["llama-3.1-8b", "a.b", "0"],
}

# registry → (name, the refused part with its place marked by ‹…›, what is expected there)
REJECTED = {
    "huggingface": [
        ("acme/‹›", "the repository name ([namespace/]name)"),
        ("‹›", "the repository name ([namespace/]name)"),
        ("‹›/llama", "the namespace ([namespace/]name)"),
        ("acme/llama‹ ›3", "ASCII letters, digits, '_', '.' or '-'"),
        ("acme/llama‹/›3", "ASCII letters, digits, '_', '.' or '-'"),
        ("acme/llama‹--›3", "no '--' or '..'"),
        ("acme/‹-›llama", "a letter, digit or '_' first"),
        ("acme/llama‹.›", "a letter, digit or '_' last"),
        ("acme/llama‹.git›", "no '.git' last"),
        ("acme/‹é›", "ASCII letters, digits, '_', '.' or '-'"),
        ("acme/" + "a" * 96 + "‹aa›", "at most 96 characters"),
    ],
    "kaggle": [
        ("google/gemma/pyTorch‹›", "the variation (owner/model/framework/variation[/version])"),
        ("google‹›", "the model (owner/model/framework/variation[/version])"),
        ("google/gemma/pyTorch/2b/‹0›", "a positive integer"),
        ("google/‹G›emma/pyTorch/2b", "lower-case letters, digits or '-'"),
        ("google/gemma/pyTorch/2b/1‹/x›", "the end of the name"),
    ],
    "tfhub": [
        ("google/bert‹›", "the version (publisher/name[/variation]/version)"),
        ("google/bert/‹one›", "an integer"),
        ("‹G›oogle/bert/1", "lower-case letters, digits or '-'"),
    ],
    "torchhub": [
        ("pytorch‹›", "the repository (owner/repo[:ref][ entry_point])"),
        ("‹-›pytorch/vision", "a letter or digit first"),
        ("pytorch/vision ‹resnet-50›", "a Python identifier"),
        ("pytorch/vision:a‹..›b", "a Git branch or tag"),
    ],
    "ollama": [
        ("‹›:latest", "the model (host/namespace/model[:tag][@digest] or [namespace/]model[:tag][@digest])"),
        ("ac‹.›me/llama", "ASCII letters, digits, '_' or '-'"),
        ("acme/llama‹ ›3", "ASCII letters, digits, '_', '.' or '-'"),
        ("acme/llama:‹-›x", "a letter, digit or '_' first"),
        ("acme/llama@‹sha256:00›", "'sha256:' and 64 hexadecimal digits in lower case"),
        ("a/b/c‹/d›", "the end of the name"),
    ],
    "oci": [
        ("acme/‹L›lama", "lower-case letters, digits, '.', '_' or '-'"),
        ("‹A›cme/llama", "lower-case letters, digits, '.', '_' or '-'"),
        ("acme/llama‹-›", "a lower-case letter or digit at either end"),
        ("acme/a‹___›b", "one '.', '_', '__' or some '-' between letters"),
        ("acme/llama:‹.›v1", "a letter, digit or '_' first"),
        ("acme/llama:" + "a" * 128 + "‹a›", "at most 128 characters"),
        ("a" * 255 + "‹aa›:v1", "at most 255 characters before tag and digest"),
        (
            "acme/llama@‹sha256:AB›",
            "algorithm:value, as in 'sha256:' and 64 hexadecimal digits in lower case",
        ),
    ],
    "mlflow": [
        ("‹.›", "a name that is no path, as '.' and '..' are"),
        ("‹..›a", "a name that is no path, as '.' and '..' are"),
        ("acme‹/›llama", "no '/' or ':'"),
        ("‹   ›", "more than spaces"),
        ("models:/llama‹›", "'/version' or '@alias'"),
        ("models:/llama/‹one›", "an integer"),
        ("models:/llama@‹latest›", "another alias than 'latest', which MLflow keeps for itself"),
        ("models:/llama@‹V2›", "another alias than a version number"),
    ],
    "purl": [
        ("‹acme/llama›", "'pkg:huggingface/' or 'pkg:mlflow/'"),
        ("‹pkg:pypi/›x/torch", "'pkg:huggingface/' or 'pkg:mlflow/'"),
        ("pkg:huggingface/‹›llama", "a namespace, as in pkg:huggingface/namespace/name"),
        ("pkg:huggingface/acme/llama@‹main›", "a commit hash: 40 hexadecimal digits in lower case"),
        ("pkg:mlflow/‹acme/›llama@1", "no namespace"),
        ("pkg:mlflow/my‹ ›model", "ASCII letters, digits, '_', '.', '~' or '-', others as %XX"),
    ],
    "gguf": [
        ("llama-3-8b‹›", "the extension (stem[-shard]extension)"),
        ("llama-3-8b‹.GGUF›", "'.gguf' in lower case"),
        ("llama‹/›3.gguf", "letters, digits, spaces or any of '_-.,+~=()[]'"),
        ("llama-‹1-of-2›.gguf", "five digits, '-of-' and five digits"),
        ("llama-‹00000›-of-00002.gguf", "a shard from 00001"),
    ],
    "gguf-strict": [
        ("not-a-known-arrangement‹›.gguf", f"the size label {GGUF}"),
        ("Llama-3‹.›1-8B-v1.0.gguf", "ASCII letters, digits, spaces or '-'"),
        ("Hermes-2-Pro-Llama-3-8B-F16‹›.gguf", f"the version {GGUF}"),
        ("Llama-8B-v1.0-‹q4_k_m›.gguf", "an encoding such as Q4_K_M, IQ2_XXS, F16, BF16 or MXFP4"),
    ],
    "timm": [
        ("resnet‹/›50", "ASCII letters, digits, '_' or '-'"),
        ("‹50›", "a letter first"),
        ("resnet50.‹›", "the tag (architecture[.tag])"),
    ],
    "torchvision": [
        ("ResNet50‹›", "'_Weights.DATASET_Vn', or '-' and hexadecimal digits and '.pth'"),
        ("ResNet50_Weights‹›", "'.DATASET_Vn'"),
        ("ResNet50_Weights.‹imagenet›1k_V2", "capitals, digits or '_'"),
        ("resnet50-‹0676ba6›.pth", "8 or more hexadecimal digits"),
    ],
    "onnx-zoo": [
        ("resnet50‹›.onnx", "'-' and the opset before '.onnx'"),
        ("resnet50‹›", "'-opset.onnx' or '_OpsetNN_source'"),
        ("resnet50_‹Opset0›_timm", "'Opset' and a number from 1 to 99"),
    ],
    "ngc": [
        ("‹N›vidia/bert", "lower-case letters, digits, '_' or '-'"),
        ("nvidia‹›", "the model (org/[team/]model[:version])"),
        ("a/b/c‹/d›", "the end of the name"),
    ],
    "kaggle-slug": [("llama‹--›3", "no '--'"), ("‹L›lama", "lower-case letters, digits or '-'")],
    "wandb": [("acme‹/›llama", "no '/'"), ("a" * 128 + "‹a›", "at most 128 characters")],
    "wandb-project": [("a‹#›b", "none of '/', '\\', '#', '?', '%', ':' and line breaks")],
    "sagemaker": [("llama‹.›3", "ASCII letters or digits or '-'"), ("llama‹-›", "a letter or digit last")],
    "bedrock": [
        ("a-‹-›b", "one '_' or '-' between letters or digits"),
        ("a" * 63 + "‹b›", "at most 63 letters and digits"),
    ],
    "azureml": [("‹_›a", "a letter or digit first"), ("a‹.›", "no '.' last")],
    "vertex": [
        ("‹3›a", "a lower-case letter or '_' first"),
        ("‹L›lama", "lower-case letters, digits, '_' or '-'"),
    ],
    "vertex-display": [("a" * 128 + "‹b›", "at most 128 characters")],
    "kubernetes": [
        ("llama‹_›3", "lower-case letters or digits, '-' or '.'"),
        ("a.‹-›b", "lower-case letters or digits at either end of each part"),
    ],
}

NAMES = [(registry, name) for registry, names in ACCEPTED.items() for name in names]
MARKED = [(registry, marked, expected) for registry, rows in REJECTED.items() for marked, expected in rows]


def test_every_registry_has_names_that_it_accepts_and_refuses() -> None:
    assert set(ACCEPTED) == set(REJECTED) == set(REGISTRIES)


@pytest.mark.parametrize(("registry", "name"), NAMES)
def test_accepted_names_are_read_and_written_again(registry: str, name: str) -> None:
    assert check_name(registry, name) is None
    reference = parse_reference(registry, name)
    assert str(reference) == name
    assert REGISTRIES[registry].format(reference.fields) == name


@pytest.mark.parametrize(("registry", "marked", "expected"), MARKED)
def test_refused_names_show_the_place_and_what_belongs_there(
    registry: str, marked: str, expected: str
) -> None:
    start, end = marked.index("‹"), marked.index("›") - 1
    name = marked.replace("‹", "").replace("›", "")
    problem = check_name(registry, name)
    assert problem is not None
    assert (problem.span, problem.expected) == ((start, end), expected)
    with pytest.raises(UnreadableNameError) as caught:
        parse_reference(registry, name)
    assert caught.value.span == problem.span


FIELDS = [
    ("ollama", "hf.co/acme/llama3:8b",
     {"host": "hf.co", "namespace": "acme", "model": "llama3", "tag": "8b"}),
    ("oci", "localhost:5000/a/b/llama:v1",
     {"domain": "localhost:5000", "path": "a/b", "name": "llama", "tag": "v1"}),
    ("oci", "acme/llama", {"path": "acme", "name": "llama"}),
    ("mlflow", "models:/llama 3@champion", {"prefix": "models:/", "name": "llama 3", "alias": "champion"}),
    ("purl", "pkg:mlflow/llama@3", {"type": "pkg:mlflow/", "name": "llama", "version": "3"}),
    ("timm", "resnet50.a1_in1k", {"architecture": "resnet50", "tag": "a1_in1k"}),
    ("gguf-strict", "Hermes-2-Pro-Llama-3-8B-Chat-v1.0-F16.gguf",
     {"base_name": "Hermes-2-Pro-Llama-3", "size_label": "8B", "fine_tune": "Chat", "version": "v1.0",
      "encoding": "F16", "extension": ".gguf"}),
    ("tfhub", "google/imagenet/inception_v1/classification/5",
     {"publisher": "google", "name": "imagenet", "variation": "inception_v1/classification", "version": "5"}),
    ("torchvision", "ResNet50_Weights.IMAGENET1K_V2",
     {"architecture": "ResNet50", "dataset": "IMAGENET1K", "version": "V2"}),
]  # fmt: skip


@pytest.mark.parametrize(("registry", "name", "fields"), FIELDS)
def test_fields_of_a_reference(registry: str, name: str, fields: dict[str, str]) -> None:
    given = {
        field: text for field, text in parse_reference(registry, name).fields.items() if text is not None
    }
    assert given == fields


REPO_IDS = (
    st.text("aB9_-./ é", max_size=30) | st.text(max_size=20) | st.from_regex(r"[\w.-]{1,97}(/[\w.-]{1,97})?")
)


@given(REPO_IDS)
def test_hugging_face_agrees_with_its_own_library(name: str) -> None:
    try:
        validate_repo_id(name)
    except HFValidationError:
        assert check_name("huggingface", name) is not None
    else:
        assert check_name("huggingface", name) is None


@given(st.text("aB9_-./: @é\n\0", max_size=20) | st.text(max_size=20))
def test_what_mlflow_refuses_is_refused(text: str) -> None:
    for validate, name in ((_validate_model_name, text), (_validate_model_alias_name, f"models:/m@{text}")):
        try:
            validate(text)
        except MlflowException:
            assert check_name("mlflow", name) is not None


# The patterns of the services' own documentation.
PATTERNS = {
    "kaggle-slug": r"[a-z0-9]+(?:-[a-z0-9]+)*",
    "sagemaker": r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    "bedrock": r"([0-9a-zA-Z][_-]?){1,63}",
    "azureml": r"(?![\-_.])[a-zA-Z0-9\-_.]{1,255}(?<!\.)",
    "vertex": r"[a-z_][a-z0-9_-]{0,62}",
    "kubernetes": r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
}
# SageMaker counts hyphens in its 63 characters, which its pattern alone does not.
LONGEST = {"sagemaker": 63, "kubernetes": 253, "azureml": 255}


@pytest.mark.parametrize("registry", sorted(PATTERNS))
@settings(max_examples=40)
@given(data=st.data())
def test_plain_names_agree_with_the_documented_pattern(registry: str, data: st.DataObject) -> None:
    name = data.draw(st.text("aZ0-_.", max_size=70) | st.from_regex(PATTERNS[registry], fullmatch=True))
    accepted = re.fullmatch(PATTERNS[registry], name) is not None and len(name) <= LONGEST.get(
        registry, MAX_LENGTH
    )
    assert (check_name(registry, name) is None) == accepted


@pytest.mark.parametrize("registry", sorted(REGISTRIES))
@settings(max_examples=40)
@given(text=st.text(max_size=60) | st.text("aZ0-_./:@# v\u00e9", max_size=40))
def test_any_text_is_a_reference_or_has_a_problem_in_its_span(registry: str, text: str) -> None:
    problem = check_name(registry, text)
    if problem is None:
        assert str(parse_reference(registry, text)) == text
    else:
        start, end = problem.span
        assert 0 <= start <= end <= len(text)
        assert problem.found == "nothing" if start == end else problem.found != "nothing"


@pytest.mark.parametrize("registry", sorted(REGISTRIES))
@pytest.mark.parametrize("text", ["-" * 1024, "a-" * 512, "." * 1024, "/" * 1024, "a" * 100_000, "_1" * 512])
def test_long_texts_are_answered(registry: str, text: str) -> None:
    problem = check_name(registry, text)
    assert problem is None or problem.expected

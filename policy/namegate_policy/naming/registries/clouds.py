"""Services whose rules are all about one plain name: tracking servers, clouds, Kubernetes."""

from __future__ import annotations

from namegate_policy.naming.registries.registry import (
    Check,
    Field,
    Registry,
    at_most,
    begins,
    ends,
    exactly,
    never,
    only,
)


def _plain(name: str, title: str, noun: str, source: str, *checks: Check) -> Registry:
    split = "(?P<name>.*)"
    return Registry(name, title, ("{name}",), split, {"name": Field(noun, checks, required=True)}, source)


_ALPHANUMERIC = "ASCII letters or digits"
_LABEL = "lower-case letters or digits"

CLOUDS = (
    _plain(
        "wandb",
        "Weights & Biases artifact",
        "artifact name",
        "wandb documentation, artifact names",
        at_most(128),
        never("/+", "no '/'"),
    ),
    _plain(
        "wandb-project",
        "Weights & Biases project or registry",
        "project name",
        "wandb documentation, project names",
        at_most(128),
        never(r"[/\\#?%:\r\n]+", "none of '/', '\\', '#', '?', '%', ':' and line breaks"),
    ),
    _plain(
        "sagemaker",
        "Amazon SageMaker model package group",
        "model package group name",
        "SageMaker API, CreateModelPackageGroup",
        at_most(63),
        only(r"A-Za-z0-9\-", f"{_ALPHANUMERIC} or '-'"),
        begins("A-Za-z0-9", "a letter or digit"),
        ends("A-Za-z0-9", "a letter or digit"),
    ),
    _plain(
        "bedrock",
        "Amazon Bedrock custom model",
        "custom model name",
        "Bedrock API, CreateModelCustomizationJob",
        only(r"A-Za-z0-9_\-", f"{_ALPHANUMERIC}, '_' or '-'"),
        begins("A-Za-z0-9", "a letter or digit"),
        never(r"(?<=[_\-])[_\-]+", "one '_' or '-' between letters or digits"),
        never(r"\A(?:[A-Za-z0-9][_\-]?+){63}+(.+)", "at most 63 letters and digits"),
    ),
    _plain(
        "azureml",
        "Azure ML model",
        "model name",
        "azure-ai-ml, model names",
        at_most(255),
        only(r"A-Za-z0-9\-_.", f"{_ALPHANUMERIC}, '-', '_' or '.'"),
        begins("A-Za-z0-9", "a letter or digit"),
        never(r"\.\Z", "no '.' last"),
    ),
    _plain(
        "vertex",
        "Vertex AI model id",
        "model id",
        "Vertex AI API, UploadModelRequest.model_id",
        at_most(63),
        only(r"a-z0-9_\-", "lower-case letters, digits, '_' or '-'"),
        begins("a-z_", "a lower-case letter or '_'"),
    ),
    _plain(
        "vertex-display",
        "Vertex AI display name",
        "display name",
        "Vertex AI API, Model.display_name",
        at_most(128),
    ),
    _plain(
        "kubernetes",
        "Kubernetes object",
        "object name",
        "Kubernetes, names of objects: DNS-1123 subdomain",
        at_most(253),
        only(r"a-z0-9.\-", f"{_LABEL}, '-' or '.'"),
        never(r"\A[.\-]+|[.\-]+\Z|(?<=\.)[.\-]+|-+(?=\.)", f"{_LABEL} at either end of each part"),
        exactly("[a-z0-9.-]+", _LABEL),
    ),
)

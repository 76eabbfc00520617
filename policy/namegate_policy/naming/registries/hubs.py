"""Registries that hold models under an owner: Hugging Face, Kaggle, TensorFlow Hub, PyTorch Hub, NGC."""

from __future__ import annotations

from namegate_policy.naming.model import Kind
from namegate_policy.naming.registries.registry import (
    Field,
    Registry,
    at_most,
    begins,
    ends,
    exactly,
    never,
    only,
)

_HUB = (
    at_most(96),
    only(r"A-Za-z0-9_.\-", "ASCII letters, digits, '_', '.' or '-'"),
    begins("A-Za-z0-9_", "a letter, digit or '_'"),
    ends("A-Za-z0-9_", "a letter, digit or '_'"),
    never(r"--|\.\.", "no '--' or '..'"),
)
_GITHUB_OWNER = (
    at_most(39),
    only(r"A-Za-z0-9\-", "ASCII letters, digits or '-'"),
    begins("A-Za-z0-9", "a letter or digit"),
    ends("A-Za-z0-9", "a letter or digit"),
    never("--", "no '--'"),
)
_GITHUB_REPOSITORY = (at_most(100), only(r"A-Za-z0-9_.\-", "ASCII letters, digits, '_', '.' or '-'"))
_SLUG = (
    only(r"a-z0-9\-", "lower-case letters, digits or '-'"),
    begins("a-z0-9", "a lower-case letter or digit"),
    ends("a-z0-9", "a lower-case letter or digit"),
    never("--", "no '--'"),
)
_POSITIVE = exactly("[1-9][0-9]*", "a positive integer")

KAGGLE_FRAMEWORKS = (
    *(
        "api",
        "coral",
        "flax",
        "gemmaCpp",
        "ggml",
        "gguf",
        "jax",
        "keras",
        "maxText",
        "mxnet",
        "onnx",
        "other",
    ),
    *("pax", "pyTorch", "scikitLearn", "tensorFlow1", "tensorFlow2", "tensorRtLlm", "tfJs", "tfLite"),
    *("transformers", "triton", "vllm"),
)
"""Frameworks of Kaggle's models, from kagglesdk's `ModelFramework`."""

HUBS = (
    Registry(
        name="huggingface",
        title="Hugging Face Hub",
        shapes=("[{namespace}/]{name}",),
        split=r"(?:(?P<namespace>[^/]*)/)?(?P<name>.*)",
        fields={
            "namespace": Field("namespace", _HUB, "ORGANIZATION"),
            "name": Field("repository name", (*_HUB, never(r"\.git\Z", "no '.git' last")), required=True),
        },
        source="huggingface_hub.utils.validate_repo_id",
    ),
    Registry(
        name="kaggle",
        title="Kaggle Models",
        shapes=("{owner}/{model}/{framework}/{variation}[/{version}]",),
        split=(
            r"(?P<owner>[^/]*)(?:/(?P<model>[^/]*)(?:/(?P<framework>[^/]*)"
            r"(?:/(?P<variation>[^/]*)(?:/(?P<version>[^/]*))?)?)?)?(?P<rest>.*)"
        ),
        fields={
            "owner": Field("owner", _SLUG, "ORGANIZATION", required=True),
            "model": Field("model", _SLUG, required=True),
            "framework": Field(
                "framework",
                (
                    exactly(
                        "(?i:" + "|".join(KAGGLE_FRAMEWORKS) + ")", f"one of {', '.join(KAGGLE_FRAMEWORKS)}"
                    ),
                ),
                "FORMAT_FIELD",
                required=True,
                kind=Kind.FORMAT,
            ),
            "variation": Field(
                "variation",
                (only(r"A-Za-z0-9_.\-", "ASCII letters, digits, '_', '.' or '-'"),),
                required=True,
            ),
            "version": Field("version", (_POSITIVE,), "VERSION_FIELD", kind=Kind.VERSION),
        },
        source="kagglehub.handle",
    ),
    Registry(
        name="kaggle-slug",
        title="Kaggle slug",
        shapes=("{name}",),
        split="(?P<name>.*)",
        fields={"name": Field("slug", _SLUG, required=True)},
        source="kaggle API documentation",
    ),
    Registry(
        name="tfhub",
        title="TensorFlow Hub",
        shapes=("{publisher}/{name}[/{variation}]/{version}",),
        split=r"(?P<publisher>[^/]*)(?:/(?P<name>[^/]*)(?:/(?P<variation>.+(?=/)))?(?:/(?P<version>[^/]*))?)?",
        fields={
            "publisher": Field(
                "publisher", (only(r"a-z0-9\-", "lower-case letters, digits or '-'"),), "ORGANIZATION"
            ),
            "name": Field(
                "model name",
                (only(r"A-Za-z0-9_.\-", "ASCII letters, digits, '_', '.' or '-'"),),
                required=True,
            ),
            "variation": Field(
                "variation",
                (
                    only(r"A-Za-z0-9_.\-/", "ASCII letters, digits, '_', '.' or '-'"),
                    never(r"\A/|/\Z|//", "a name between '/' and '/'"),
                ),
            ),
            "version": Field(
                "version",
                (exactly("[0-9]+", "an integer"),),
                "VERSION_FIELD",
                required=True,
                kind=Kind.VERSION,
            ),
        },
        source="TensorFlow Hub's handles, tfhub.dev documentation",
    ),
    Registry(
        name="torchhub",
        title="PyTorch Hub",
        shapes=("{owner}/{repo}[:{ref}][ {entry_point}]",),
        split=(
            r"(?P<owner>[^/ ]*)(?:/(?P<repo>[^/: ]*)(?::(?P<ref>[^ ]*))?(?: (?P<entry_point>.*))?)?"
            r"(?P<rest>.*)"
        ),
        fields={
            "owner": Field("owner", _GITHUB_OWNER, "ORGANIZATION", required=True),
            "repo": Field("repository", _GITHUB_REPOSITORY, required=True),
            "ref": Field(
                "ref",
                (
                    only(r"!-)+-9;->@-Z\]_`a-}", "a Git branch or tag"),
                    never(r"\.\.|//|\.lock\Z|\A[-/.]|[/.]\Z", "a Git branch or tag"),
                ),
                "REF",
            ),
            "entry_point": Field("entry point", (exactly(r"[^\W\d]\w*", "a Python identifier"),)),
        },
        source="torch.hub.load and GitHub's rules for owners and repositories",
    ),
    Registry(
        name="ngc",
        title="NVIDIA NGC",
        shapes=("{org}/[{team}/]{model}[:{version}]",),
        split=r"(?P<org>[^/]*)(?:/(?:(?P<team>[^/]*)/)?(?P<model>[^/:]*)(?::(?P<version>[^/]*))?)?(?P<rest>.*)",
        fields={
            "org": Field(
                "org",
                (only(r"a-z0-9_\-", "lower-case letters, digits, '_' or '-'"),),
                "ORGANIZATION",
                required=True,
            ),
            "team": Field("team", (only(r"a-z0-9_\-", "lower-case letters, digits, '_' or '-'"),), "TEAM"),
            "model": Field(
                "model", (only(r"a-z0-9_.\-", "lower-case letters, digits, '_', '.' or '-'"),), required=True
            ),
            "version": Field(
                "version",
                (only(r"A-Za-z0-9_.\-", "ASCII letters, digits, '_', '.' or '-'"),),
                "VERSION_FIELD",
                kind=Kind.VERSION,
            ),
        },
        source="NGC CLI documentation",
    ),
)

"""Registries whose names are references with tags, digests or versions: Ollama, OCI, MLflow, package URLs."""

from __future__ import annotations

from namegate_policy.naming.model import Kind
from namegate_policy.naming.registries.registry import (
    Field,
    Registry,
    at_most,
    begins,
    exactly,
    never,
    only,
)

_WORD = "ASCII letters, digits, '_'"
_DIGEST = exactly("sha256:[0-9a-f]{64}", "'sha256:' and 64 hexadecimal digits in lower case")
_NAME_LIKE = (only(r"A-Za-z0-9_.\-", f"{_WORD}, '.' or '-'"), begins("A-Za-z0-9_", "a letter, digit or '_'"))
_OCI_COMPONENT = (
    only(r"a-z0-9._\-/", "lower-case letters, digits, '.', '_' or '-'"),
    never(r"(?:\A|(?<=/))[._\-]+|[._\-]+(?=/|\Z)", "a lower-case letter or digit at either end"),
    never(r"(?:\A|(?<=/))(?=/|\Z)", "a name between '/' and '/'"),
    never(
        r"_{3,}|\.[._\-]+|_[.\-][._\-]*|-+[._][._\-]*|__[.\-]",
        "one '.', '_', '__' or some '-' between letters",
    ),
)
_QUALIFIERS = (
    exactly(
        r"[a-zA-Z.\-_][a-zA-Z0-9.\-_]*=[^&=#]+(?:&[a-zA-Z.\-_][a-zA-Z0-9.\-_]*=[^&=#]+)*",
        "key=value, divided by '&'",
    ),
)

REFERENCES = (
    Registry(
        name="ollama",
        title="Ollama",
        shapes=("{host}/{namespace}/{model}[:{tag}][@{digest}]", "[{namespace}/]{model}[:{tag}][@{digest}]"),
        split=(
            r"(?:(?:(?P<host>[^/]*)/)?(?P<namespace>[^/]*)/)?(?P<model>[^/:@]*)(?::(?P<tag>[^/@]*))?"
            r"(?:@(?P<digest>[^/]*))?(?P<rest>.*)"
        ),
        fields={
            "host": Field(
                "host",
                (
                    at_most(350),
                    only(r"A-Za-z0-9_.:\-", f"{_WORD}, '.', ':' or '-'"),
                    begins("A-Za-z0-9_", "a letter, digit or '_'"),
                ),
                "HOST",
            ),
            "namespace": Field(
                "namespace",
                (
                    at_most(80),
                    only(r"A-Za-z0-9_\-", f"{_WORD} or '-'"),
                    begins("A-Za-z0-9_", "a letter, digit or '_'"),
                ),
                "ORGANIZATION",
            ),
            "model": Field("model", (at_most(80), *_NAME_LIKE), required=True),
            "tag": Field("tag", (at_most(80), *_NAME_LIKE)),
            "digest": Field("digest", (_DIGEST,), "DIGEST"),
        },
        source="ollama/types/model",
    ),
    Registry(
        name="oci",
        title="OCI reference",
        shapes=("[{domain}/][{path}/]{name}[:{tag}][@{digest}]",),
        split=(
            r"(?:(?P<domain>localhost(?=/)|[^/@]*[.:][^/@]*(?=/))/)?(?:(?P<path>[^:@]*)/)?(?P<name>[^/:@]*)"
            r"(?::(?P<tag>[^@/]*))?(?:@(?P<digest>[^@/]*))?(?P<rest>.*)"
        ),
        fields={
            "domain": Field(
                "domain",
                (
                    exactly(
                        r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9\-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9\-]*[a-zA-Z0-9])?)*"
                        r"|\[[0-9a-fA-F:]+\])(?::[0-9]+)?",
                        "a host name or address, with or without ':port'",
                    ),
                ),
                "HOST",
            ),
            "path": Field("path", _OCI_COMPONENT, "ORGANIZATION"),
            "name": Field("name", _OCI_COMPONENT, required=True),
            "tag": Field("tag", (at_most(128), *_NAME_LIKE)),
            "digest": Field(
                "digest",
                (
                    exactly(
                        r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}|(?!sha256:|sha512:)[a-z0-9]+(?:[+._\-][a-z0-9]+)*:[A-Za-z0-9=_\-]+",
                        "algorithm:value, as in 'sha256:' and 64 hexadecimal digits in lower case",
                    ),
                ),
                "DIGEST",
            ),
        },
        whole=(never(r"\A[^:@]{255}([^:@]+)(?=[:@]|\Z)", "at most 255 characters before tag and digest"),),
        source="OCI distribution specification; github.com/distribution/reference",
    ),
    Registry(
        name="mlflow",
        title="MLflow registered model",
        shapes=("[{prefix}]{name}", "{prefix}{name}/{version}", "{prefix}{name}@{alias}"),
        split=(
            r"(?P<prefix>models:/)?(?P<name>(?(prefix)[^/@]*|.*))"
            r"(?(prefix)(?:/(?P<version>[^/@]*)|@(?P<alias>[^/]*))?|)(?P<rest>.*)"
        ),
        fields={
            "prefix": Field("prefix", (), "PREFIX"),
            "name": Field(
                "model name",
                (
                    never("[/:]+", "no '/' or ':'"),
                    never(r"\A\s+\Z", "more than spaces"),
                    never(r"\A\.(?:\.|\Z)", "a name that is no path, as '.' and '..' are"),
                ),
                required=True,
            ),
            "version": Field(
                "version", (exactly("[0-9]+", "an integer"),), "VERSION_FIELD", kind=Kind.VERSION
            ),
            "alias": Field(
                "alias",
                (
                    at_most(255),
                    only(r"A-Za-z0-9_\-", f"{_WORD} or '-'"),
                    never(r"\A(?i:latest)\Z", "another alias than 'latest', which MLflow keeps for itself"),
                    never(r"\A[vV][0-9]+\Z", "another alias than a version number"),
                ),
                "ALIAS",
            ),
        },
        whole=(never(r"\Amodels:/[^/@]+()\Z", "'/version' or '@alias'"),),
        source="mlflow.utils.validation; mlflow.store.artifact.utils.models",
    ),
    Registry(
        name="purl",
        title="Package URL",
        shapes=(
            "{type}{namespace}/{name}[@{version}][?{qualifiers}]",
            "{type}{name}[@{version}][?{qualifiers}]",
        ),
        split=(
            r"(?P<type>pkg:[^/]*/)(?:(?P<namespace>[^@?#]*)/)?(?P<name>[^/@?#]*)(?:@(?P<version>[^?#/]*))?"
            r"(?:\?(?P<qualifiers>[^#]*))?(?P<rest>.*)"
        ),
        fields={
            "type": Field(
                "type",
                (exactly("pkg:(?:huggingface|mlflow)/", "'pkg:huggingface/' or 'pkg:mlflow/'"),),
                "TYPE",
                required=True,
            ),
            "namespace": Field(
                "namespace",
                (
                    never("/.*", "one namespace"),
                    only(r"A-Za-z0-9_.~%\-", "ASCII letters, digits, '_', '.', '~' or '-'"),
                ),
                "ORGANIZATION",
            ),
            "name": Field(
                "name",
                (
                    only(r"A-Za-z0-9_.~%:\-", "ASCII letters, digits, '_', '.', '~' or '-', others as %XX"),
                    never("%(?![0-9A-Fa-f]{2})", "%XX"),
                ),
                required=True,
            ),
            "version": Field(
                "version",
                (
                    only(r"A-Za-z0-9_.~%:\-", "ASCII letters, digits, '_', '.', '~' or '-', others as %XX"),
                    never("%(?![0-9A-Fa-f]{2})", "%XX"),
                ),
                "REVISION",
            ),
            "qualifiers": Field("qualifiers", _QUALIFIERS, "QUALIFIERS"),
        },
        whole=(
            never(r"\A(?!pkg:).*", "'pkg:huggingface/' or 'pkg:mlflow/'"),
            never(
                r"\Apkg:huggingface/(?=[^/@?#]*(?:[@?#]|\Z))()",
                "a namespace, as in pkg:huggingface/namespace/name",
            ),
            never(r"\Apkg:mlflow/([^@?#]*/)", "no namespace"),
            never(
                r"\Apkg:huggingface/[^@?#]*@(?![0-9a-f]{40}(?:[?#]|\Z))([^?#]*)",
                "a commit hash: 40 hexadecimal digits in lower case",
            ),
        ),
        source="package-url specification, types huggingface and mlflow",
    ),
)

"""What clients may send."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PlainValidator, WithJsonSchema


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a name is text")  # noqa: TRY004 (pydantic reports ValueError)
    return value


Name = Annotated[
    str,
    PlainValidator(_text),
    WithJsonSchema({"type": "string", "examples": ["acme/llama-3-7b"]}),
]
"""Any text: what is no name is refused by the engine, for its own reason, beside the names that are."""

PolicyName = Annotated[str, Field(max_length=200, examples=["namegate:recommended"])]
"""A policy that the server knows (`GET /v1/policies`), never a path; without it the server chooses."""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WeightFile(_Request):
    """A file of the upload: its whole size and the ranges of bytes that a reader needs of it."""

    name: str
    size: int
    ranges: list[tuple[int, str]] = Field(
        default=[], description="`[offset, base64]` in ascending order; the bytes of headers, not of data"
    )


class Weights(_Request):
    """The files of an upload, as `namegate_policy.weights.pack_sources` writes them."""

    files: list[WeightFile]


class EvidenceRequest(_Request):
    """What is known of the upload beside its name."""

    weights: Weights | None = None
    config: dict[str, Any] | None = Field(default=None, description="config.json")
    card: dict[str, JsonValue] | None = Field(default=None, description="the model card's front matter")
    owner: str | None = Field(default=None, description="the uploading account's lasting id")


class ValidateRequest(_Request):
    """One name to judge."""

    name: Name
    policy: PolicyName | None = None
    evidence: EvidenceRequest | None = None


class BatchItem(_Request):
    """A name of a batch."""

    name: Name
    evidence: EvidenceRequest | None = None


class BatchRequest(_Request):
    """Names to judge by one policy."""

    items: list[BatchItem]
    policy: PolicyName | None = None


class ParseRequest(_Request):
    """A name to read; `scheme` is one that Namegate ships, never a path."""

    name: Name
    scheme: str = "ptm"

"""The size in the name lies outside the range that the policy allows.

## What it does
Compares the stated parameter count with `minimum` and `maximum`. For a mixture of experts without a
stated total (`8x7B`) the product is the upper bound and one expert the lower bound; only names that lie
wholly outside are reported.

## Why is this bad
A registry for phones has no room for 70 billion parameters; a registry for servers does not want toys.

## Bad example
With `minimum: 1B` and `maximum: 10B`:
```
acme/llama-3-70b
```

## Good example
With `minimum: 1B` and `maximum: 10B`:
```
acme/llama-3-8b
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, model_validator

from namegate_policy.naming.model import Kind
from namegate_policy.naming.values import read_size
from namegate_policy.rules.base import Finding, Options, Rule, Subject
from namegate_policy.rules.counts import printed_counts
from namegate_policy.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.naming.values import Size


def _read_count(value: object) -> object:
    """Return `8B`, `350M` … as an integer; other values are left to pydantic."""
    if not isinstance(value, str) or value.isdigit():
        return value
    size = read_size([value])
    if size is None or size.parameters is None:
        raise ValueError(f"{value!r} is no parameter count such as 350M, 8B or 1.5T")
    return size.parameters


Count = Annotated[int, BeforeValidator(_read_count), Field(ge=0)]
"""A number of parameters, as an integer or as text such as `8B`."""


class SizeRangeOptions(Options):
    """Options of size-range."""

    minimum: Count = Field(default=0, description="fewest parameters, such as `1B`")
    maximum: Count | None = Field(
        default=None, description="most parameters, such as `70B`; null is no limit"
    )

    @model_validator(mode="after")
    def _ordered(self) -> SizeRangeOptions:
        if self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(
                f"minimum {_printed(self.minimum)} is greater than maximum {_printed(self.maximum)}"
            )
        return self


def _check(subject: Subject, options: SizeRangeOptions) -> Iterator[Finding]:
    size = subject.name.size
    if size is None:
        return
    least, most = _bounds(size)
    if least is None or most is None:
        return
    if most < options.minimum:
        limit = f"at least {_printed(options.minimum)}"
    elif options.maximum is not None and least > options.maximum:
        limit = f"at most {_printed(options.maximum)}"
    else:
        return
    stated = next(
        component
        for component in subject.name.of(Kind.SIZE)
        if (read := read_size([component.text])) and (read.parameters or read.expert_parameters)
    )
    yield Finding(
        f"the name says {stated.text}, the policy allows {limit} parameters",
        span=stated.span,
        expected=limit,
        actual=size.parameters or most,
    )


def _printed(count: int) -> str:
    """Return the shortest text that says exactly this count: 8e9 → `8B`."""
    exact = [text for text in printed_counts(count) if _read_count(text) == count]
    return min(exact, key=len, default=f"{count:,}")


def _bounds(size: Size) -> tuple[int, int] | tuple[None, None]:
    if size.parameters is not None:
        return size.parameters, size.parameters
    if size.expert_parameters is not None and size.experts is not None:
        return size.expert_parameters, size.expert_parameters * size.experts
    return None, None


RULE = Rule("NG212", "size-range", Severity.ERROR, SizeRangeOptions, _check)

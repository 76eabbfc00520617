"""`Policy` → the document that says it all: every setting in full, with the place where it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from namegate_policy.language.document import CustomRule, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.language.policy import ActiveRule, Policy

_COLUMN = 60
"""Where the comments stand."""


def show(policy: Policy) -> str:
    """Return the policy as one YAML document without `extends`, which loads to a policy of the same digest.

    The comment behind each setting is where it was made: a place, or `default`.
    """
    return "\n".join(_lines(policy)) + "\n"


def _lines(policy: Policy) -> Iterator[str]:
    yield f"# {policy.name}@{policy.revision}, sha256 {policy.digest}"
    yield "apiVersion: namegate/v1"
    yield "kind: NamingPolicy"
    metadata = {"name": policy.name, "revision": policy.revision, "description": policy.description}
    yield f"metadata: {_flow(metadata)}"
    bindings = {
        name: list(globs)
        for name, globs in (("organizations", policy.organizations), ("registries", policy.registries))
        if globs is not None
    }
    if "bindings" in policy.origins:
        yield _line(f"bindings: {_flow(bindings)}", _origin(policy, "bindings"))
    for name, value in (("mode", policy.mode.value), ("failure", policy.failure), ("scheme", policy.scheme)):
        yield _line(f"{name}: {_flow(value)}", _origin(policy, name))
    yield from _section(policy, "params", dict(policy.params))
    words = {kind.value: [*map(written, added)] for kind, added in policy.words.items()}
    yield from _section(policy, "vocabulary", words)
    yield from _rules(policy)
    custom = [active for active in policy.rules if isinstance(active.options, CustomRule)]
    if custom:
        yield "custom:"
        for active in custom:
            yield from _custom(active)
    if policy.waivers:
        yield "waivers:"
    for waiver in policy.waivers:
        entry = {
            "match": waiver.match,
            "rules": list(waiver.rules),
            "reason": waiver.reason,
            "approved_by": waiver.approved_by,
            "expires": waiver.expires.isoformat(),
        }
        yield f"  # {_place(waiver.location)}"
        yield f"  - {_flow(entry)}"


def _section(policy: Policy, name: str, values: dict[str, Any]) -> Iterator[str]:
    if values:
        yield f"{name}:"
        for key, value in values.items():
            yield _line(f"  {key}: {_flow(value)}", _origin(policy, f"{name}.{key}"))


def _rules(policy: Policy) -> Iterator[str]:
    own = {active.rule.code: active for active in policy.rules if not isinstance(active.options, CustomRule)}
    custom = {active.rule.code for active in policy.rules} - own.keys()
    mentioned = {path.split(".")[1] for path in policy.origins if path.startswith("rules.")}
    off = mentioned - own.keys() - custom
    if not own.keys() | off:
        return
    yield "rules:"
    for code in sorted(own.keys() | off):
        if code in off:
            yield _line(f"  {code}: off", _origin(policy, f"rules.{code}"))
            continue
        active = own[code]
        yield f"  {active.rule.name}:  # {code}"
        yield _line(f"    severity: {active.severity.value}", _origin(policy, f"rules.{code}.severity"))
        yield _line(f"    mode: {active.mode.value}", _origin(policy, f"rules.{code}.mode", "mode"))
        for name, value in active.options.model_dump(mode="json").items():
            yield _line(f"    {name}: {_flow(value)}", _origin(policy, f"rules.{code}.{name}"))


def _custom(active: ActiveRule) -> Iterator[str]:
    definition = active.options.model_dump(mode="json", by_alias=True, exclude_none=True)
    yield f"  # {_place(active.location)}"
    lead = "  - "
    for name, value in {**definition, "severity": active.severity.value, "mode": active.mode.value}.items():
        yield f"{lead}{name}: {_flow(value)}"
        lead = "    "


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _line(text: str, comment: str) -> str:
    return f"{text:<{_COLUMN}}  # {comment}"


def _origin(policy: Policy, *paths: str) -> str:
    for path in paths:
        if path in policy.origins:
            return _place(policy.origins[path])
    return "default"


def _place(location: Any) -> str:
    return f"{location.source}:{location.line}:{location.column}"

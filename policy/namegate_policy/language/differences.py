"""In which settings two policies differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.language.document import CustomRule, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_policy.language.policy import Policy


class Difference(NamedTuple):
    """One setting, as it was and as it is; None where there was or is none."""

    setting: str
    old: Any
    new: Any

    def __str__(self) -> str:
        if self.old is None:
            return f"+ {self.setting}: {self.new}"
        if self.new is None:
            return f"- {self.setting}: {self.old}"
        return f"~ {self.setting}: {self.old} → {self.new}"


def differences(old: Policy, new: Policy) -> Iterator[Difference]:
    """Yield the settings in which two policies differ, resolved, in order of their names."""
    before, after = _settings(old), _settings(new)
    for setting in sorted(before.keys() | after.keys()):
        if before.get(setting) != after.get(setting):
            yield Difference(setting, before.get(setting), after.get(setting))


def _settings(policy: Policy) -> dict[str, Any]:
    found: dict[str, Any] = {
        "mode": policy.mode.value,
        "failure": policy.failure,
        "scheme": policy.scheme,
        "bindings.organizations": policy.organizations and list(policy.organizations),
        "bindings.registries": policy.registries and list(policy.registries),
    }
    found |= {f"params.{name}": value for name, value in policy.params.items()}
    found |= {
        f"vocabulary.{kind.value}": sorted(map(written, words), key=str)
        for kind, words in policy.words.items()
    }
    for active in policy.rules:
        rule = f"{active.rule.code} {active.rule.name}"
        found[rule] = "on"
        found[f"{rule}.severity"], found[f"{rule}.mode"] = active.severity.value, active.mode.value
        custom = isinstance(active.options, CustomRule)
        options = active.options.model_dump(mode="json", by_alias=True, exclude_none=custom)
        found |= {f"{rule}.{name}": value for name, value in options.items() if f"{rule}.{name}" not in found}
    for waiver in policy.waivers:
        setting = f"waiver for {waiver.match}: {', '.join(waiver.rules)}"
        found[setting] = f"until {waiver.expires}, {waiver.approved_by}: {waiver.reason}"
    return found

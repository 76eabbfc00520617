from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from namegate_policy.engine import judge
from namegate_policy.language import active_waiver, expired_waivers, parse_policy

POLICY = parse_policy("""
apiVersion: namegate/v1
kind: NamingPolicy
metadata: {name: acme}
rules:
  separator-style: {severity: error, separators: ["-"]}
  missing-component: {components: [architecture]}
waivers:
  - {match: "acme/legacy_*", rules: [separator-style], reason: SEC-12, approved_by: gov, expires: 2026-03-31}
  - {match: "acme/*", rules: [NG103, NG201], reason: SEC-13, approved_by: board, expires: 2026-02-01}
""")

HOLDS = [
    ("acme/legacy_llama", "NG103", datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), "gov"),
    ("acme/legacy_llama", "NG103", datetime(2026, 4, 1, 0, 0, tzinfo=UTC), None),
    # 01:00 in Berlin is still the evening before in UTC, and the reverse in New York.
    ("acme/legacy_llama", "NG103", datetime(2026, 4, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))), "gov"),
    ("acme/legacy_llama", "NG103", datetime(2026, 3, 31, 21, 0, tzinfo=timezone(timedelta(hours=-5))), None),
    ("acme/legacy_llama", "NG201", datetime(2026, 1, 1, tzinfo=UTC), "board"),
    ("acme/legacy_llama", "NG201", datetime(2026, 2, 2, tzinfo=UTC), None),
    ("other/legacy_llama", "NG103", datetime(2026, 1, 1, tzinfo=UTC), None),
    ("acme/Legacy_llama", "NG103", datetime(2026, 2, 2, tzinfo=UTC), None),
    ("acme/legacy_llama", "NG202", datetime(2026, 1, 1, tzinfo=UTC), None),
]


@pytest.mark.parametrize(("name", "rule", "now", "approver"), HOLDS)
def test_a_waiver_holds_through_its_last_day(
    name: str, rule: str, now: datetime, approver: str | None
) -> None:
    waiver = active_waiver(POLICY, name, rule, now)
    assert (waiver and waiver.approved_by) == approver


def test_a_verdict_says_who_waived() -> None:
    before = judge("acme/legacy_llama", POLICY, now=datetime(2026, 3, 1, tzinfo=UTC))
    after = judge("acme/legacy_llama", POLICY, now=datetime(2026, 4, 1, tzinfo=UTC))
    assert [(each.code, each.waived_by) for each in before.violations] == [("NG103", "gov")]
    assert [(each.code, each.waived_by) for each in after.violations] == [("NG103", None)]
    assert (before.allowed, after.allowed) == (True, False)


def test_expired_waivers_are_named() -> None:
    assert [waiver.reason for waiver in expired_waivers(POLICY, datetime(2026, 3, 1, tzinfo=UTC))] == [
        "SEC-13"
    ]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        active_waiver(POLICY, "acme/legacy_llama", "NG103", datetime(2026, 1, 1))  # noqa: DTZ001

from __future__ import annotations

import json
from datetime import UTC, datetime

from namegate_policy.engine import judge
from namegate_policy.language import parse_policy
from namegate_policy.verdict import Verdict

POLICY = """
apiVersion: namegate/v1
kind: NamingPolicy
metadata: {name: acme, revision: 1}
extends: [namegate:recommended]
"""


def test_verdicts_by_rules_of_an_extended_policy_are_json() -> None:
    verdict = judge("acme/my_model", parse_policy(POLICY), now=datetime(2027, 1, 1, tzinfo=UTC))
    assert verdict.violations
    assert Verdict.from_dict(json.loads(verdict.to_json())).to_json() == verdict.to_json()

"""Tests and replays of policies: what a policy says of given names, and what a change of it would change."""

from namegate_policy.testing.cases import PolicyTest, load_policy_test
from namegate_policy.testing.replay import Change, Replay, compare, replay
from namegate_policy.testing.run import CaseResult, TestReport, run_policy_test

__all__ = [
    "CaseResult",
    "Change",
    "PolicyTest",
    "Replay",
    "TestReport",
    "compare",
    "load_policy_test",
    "replay",
    "run_policy_test",
]

"""YAML → `Policy`: the policy language."""

from namegate_policy.language.load import load_policy, parse_policy, policy_text
from namegate_policy.language.policy import ActiveRule, Policy, Waiver
from namegate_policy.language.waivers import active_waiver, expired_waivers

__all__ = [
    "ActiveRule",
    "Policy",
    "Waiver",
    "active_waiver",
    "expired_waivers",
    "load_policy",
    "parse_policy",
    "policy_text",
]

"""YAML → `Policy`: the policy language."""

from namegate_policy.language.load import load_policy, parse_policy
from namegate_policy.language.policy import ActiveRule, Policy, Waiver

__all__ = ["ActiveRule", "Policy", "Waiver", "load_policy", "parse_policy"]

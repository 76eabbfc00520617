"""Text → `ModelName`: split, read, parse."""

from namegate_policy.naming.model import Component, Kind, ModelName
from namegate_policy.naming.read import parse_name
from namegate_policy.naming.values import Size, Version
from namegate_policy.naming.vocabulary import Entry, Vocabulary, default_vocabulary

__all__ = [
    "Component",
    "Entry",
    "Kind",
    "ModelName",
    "Size",
    "Version",
    "Vocabulary",
    "default_vocabulary",
    "parse_name",
]

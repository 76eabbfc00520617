"""Families that no library can build: `remote.yaml` lists their tensor names."""

from __future__ import annotations

from pathlib import Path

import yaml

from namegate_policy.architecture.build.part import Part


def build() -> Part:
    """Return the part written by hand."""
    part = Part("remote code", "1")
    for name, family in yaml.safe_load(Path(__file__).with_name("remote.yaml").read_text("utf-8")).items():
        patterns = [family["layers"] + tensor for tensor in family["layer"]] + family["rest"]
        part.add_patterns(family.get("type", name), family["class"], patterns)
    return part

"""YAML → `Policy`."""

"""Builds the catalogue of network families; see `docs/architecture.md`. Nothing here runs at judging time."""

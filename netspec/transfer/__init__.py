"""Carries weights from a spec to its edited version, by path and structure."""

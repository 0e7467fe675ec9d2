"""Parity: every backend and the reference, compared step by step."""

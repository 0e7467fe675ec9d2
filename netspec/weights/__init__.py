"""Weights: first values by path and seed, and the canonical store."""

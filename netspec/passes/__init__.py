"""Passes: a graph and a map of its weights in, an equal graph that costs less out."""

"""Readable source: expressions, the outline of a graph, equal blocks as one class or function."""

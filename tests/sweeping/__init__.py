"""Sweeps: what is varied, what is measured, and that no row is lost or doubled."""

"""Weights that move between frameworks: real files of real networks, and files made to harm."""

"""Inception V3 as published, and small variants of it."""

from __future__ import annotations

from typing import Any

import netspec
from netspec.ir.graph import Graph

SMALL = {"aux": False, "depth_multiplier": 0.25, "num_classes": 10}

INCEPTION: dict[str, tuple[dict[str, Any], tuple[int, int] | None]] = {
    "published": ({}, None),
    "wide-map": ({**SMALL, "spatial_squeeze": False}, (75, 107)),
    "no-prediction": ({**SMALL, "prediction": "none"}, (75, 75)),
    "sigmoid": ({**SMALL, "prediction": "sigmoid", "dropout_keep": 1.0}, (76, 75)),
    "another-value": ({**SMALL, "Mixed_5c/Branch_0/Conv2d_0a_1x1.filters": 48}, (75, 75)),
    "another-structure": ({**SMALL, "Mixed_6d/Branch_2/Conv2d_0b_7x1.norm": "none"}, (75, 75)),
    "head-on-a-small-map": ({**SMALL, "aux": True}, (139, 107)),
}


def inception(case: str) -> Graph:
    """The graph of a case."""
    values, size = INCEPTION[case]
    return netspec.load("inception_v3", set=values, input=size).graph()

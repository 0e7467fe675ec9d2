"""Photographs that a package ships, as files, and a small network that looks at them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

FOLDER = Path(str(files("sklearn.datasets.images")))
CHINA, FLOWER = FOLDER / "china.jpg", FOLDER / "flower.jpg"
"""A temple and a flower, 640x427 pixels."""

SEEING = """
netspec: 1
name: Seeing
input: {image: {height: 24, width: 32, channels: 3}}
preprocess: {resize: {filter: bilinear, shorter: 32}, range: [-1, 1]}
defaults: {conv: {activation: relu, padding: same}}
steps:
  - Conv: {op: conv, filters: 8, kernel: 5, stride: 2}
  - Pool: {op: global_avg_pool}
  - Squeeze: {op: squeeze}
  - Logits: {op: dense, filters: 6}
outputs: {Logits: {}}
"""
NAMES = ["ant", "bee", "cat", "dog", "eel", "fox"]

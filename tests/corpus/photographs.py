"""Photographs that a package ships, as files: one of a temple, one of a flower, 640x427 pixels."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

FOLDER = Path(str(files("sklearn.datasets.images")))
CHINA, FLOWER = FOLDER / "china.jpg", FOLDER / "flower.jpg"

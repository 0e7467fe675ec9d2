"""Layers numbered as they are created: a second model of one process starts where the first ended.

`conv2d` to `conv2d_93` are then `conv2d_94` to `conv2d_187`. Where a file's numbers follow on one
another as the map's do, and are as many, they are the same layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from netspec.weights.plan import Tensor


def renumbered(
    plan: Sequence[Tensor], listed: Iterable[str], families: Sequence[str]
) -> tuple[tuple[Tensor, ...], tuple[str, ...]]:
    """The plan with the file's numbers, and a note on each family that begins elsewhere."""
    listed, notes = list(listed), []
    found = list(plan)
    for family in families:
        pattern = re.compile(rf"{re.escape(family)}(?:_([1-9][0-9]{{0,8}}))?(/.*)", re.DOTALL)
        ours = _numbers(pattern, (tensor.stored for tensor in plan))
        theirs = _numbers(pattern, listed)
        if not _follow(ours) or not _follow(theirs) or len(ours) != len(theirs):
            continue
        if offset := theirs[0] - ours[0]:
            found = [_moved(tensor, pattern, family, offset) for tensor in found]
            notes.append(f"layers are numbered from {family}_{theirs[0]} on")
    return tuple(found), tuple(notes)


def _numbers(pattern: re.Pattern[str], names: Iterable[str]) -> list[int]:
    matches = (pattern.fullmatch(name) for name in names)
    return sorted({int(match[1] or 0) for match in matches if match})


def _follow(numbers: Sequence[int]) -> bool:
    return bool(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1


def _moved(tensor: Tensor, pattern: re.Pattern[str], family: str, offset: int) -> Tensor:
    match = pattern.fullmatch(tensor.stored)
    if match is None:
        return tensor
    number = int(match[1] or 0) + offset
    return replace(tensor, stored=f"{family}_{number}{match[2]}" if number else family + match[2])

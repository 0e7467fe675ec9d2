"""Which of some numbers stand in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def in_order(numbers: Sequence[int]) -> list[int]:
    """The indices of a longest rising run of distinct numbers, not necessarily neighbours.

    Fredman 1975, "On computing the length of longest increasing subsequences": n log n.

    >>> in_order([0, 3, 1, 2])
    [0, 2, 3]
    """
    ends: list[int] = []  # the smallest number that a run of each length ends in
    last: list[int] = []  # and its index
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        last[length : length + 1] = [index]
    found: list[int] = []
    index = last[-1] if last else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found[::-1]

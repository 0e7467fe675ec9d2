"""Pairs steps that stand in other blocks: moved, wrapped in a new block, or taken out of one."""

from __future__ import annotations

from collections import Counter

from netspec.comparing.pairs import may_pair
from netspec.comparing.siblings import (
    ALIKE,
    BY_CONTENT,
    BY_KIND,
    BY_PLAN,
    CONTENT_ALONE,
    PLAN,
    Key,
    Pair,
    Siblings,
)
from netspec.language.tree import Step, Tree


def pair_moved(a: Tree, b: Tree, siblings: Siblings) -> None:
    """Pair what is left of two trees and has kernels, the largest first.

    Blocks of one content go with each other in order. A leaf, which many blocks may hold alike, and
    a block whose content has changed go only with the one step that they can be.
    """
    ones, others = list(a.walk()), list(b.walk())
    for key in (BY_CONTENT, CONTENT_ALONE, BY_PLAN, BY_KIND, PLAN):
        found = _found(ones, others, siblings, key)
        found.sort(key=lambda pair: -siblings.a[pair[0].path].leaves)
        for one, other in found:
            if siblings.free_a([one]) and siblings.free_b([other]) and may_pair(one, other):
                siblings.take(one, other)


def _found(ones: list[Step], others: list[Step], siblings: Siblings, key: Key) -> list[Pair]:
    left = [step for step in siblings.free_a(ones) if siblings.a[step.path].weighty]
    right = [step for step in siblings.free_b(others) if siblings.b[step.path].weighty]
    of_left = Counter(key(siblings.a[step.path]) for step in left)
    of_right = Counter(key(siblings.b[step.path]) for step in right)

    def sure(one: Step, other: Step) -> bool:
        mark = key(siblings.a[one.path])
        only = of_left[mark] == of_right[mark] == 1
        equal = siblings.likeness(one, other) == 1
        block = siblings.a[one.path].leaves > 1
        return (block and equal) or (only and siblings.likeness(one, other) >= ALIKE)

    return [pair for pair in siblings.alike(left, right, key) if sure(*pair)]

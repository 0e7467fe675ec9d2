"""Arranges a group with all within it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netspec.drawing import boxing, branches, flows
from netspec.drawing.fragments import Direction, Fragment
from netspec.drawing.scene import Arrangement, Group

ARRANGE: Mapping[Arrangement, Callable[[Group, Mapping[int, Fragment], Direction], Fragment]] = {
    Arrangement.FLOW: flows.arranged,
    Arrangement.BRANCHES: branches.arranged,
}


def arranged(group: Group, direction: Direction) -> Fragment:
    """A group as a fragment, in its frame if it has one."""
    inner = {
        place: arranged(item, direction)
        for place, item in enumerate(group.items)
        if isinstance(item, Group)
    }
    found = ARRANGE[group.arrangement](group, inner, direction)
    return boxing.framed(group, found, direction) if group.framed else found

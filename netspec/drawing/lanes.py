"""Places lanes beside a spine: each as near to it as the rows that it passes allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netspec.drawing.fragments import Fragment
from netspec.drawing.links import Lane
from netspec.drawing.sizes import BESIDE

BEFORE_LINE = 15
"""Between a box and a line beside it."""
RIGHT_SIDE, LEFT_SIDE = 1, -1


@dataclass(slots=True)
class Contour:
    """How far what is placed reaches on both sides of the spine, in each row."""

    left: list[int]
    right: list[int]

    def widen(self, rows: range, low: int, high: int) -> None:
        """Mark as taken what lies between two places in these rows."""
        for row in rows:
            self.left[row] = min(self.left[row], low)
            self.right[row] = max(self.right[row], high)


def place_lanes(
    lanes: Sequence[Lane], parts: Mapping[int, Fragment], contour: Contour
) -> tuple[int, ...]:
    """Where each lane is across, the spine at 0. Short lanes are nearest: long ones go around."""
    places = [0] * len(lanes)
    sides: dict[int, list[Lane]] = {RIGHT_SIDE: [], LEFT_SIDE: []}
    order = sorted(range(1, len(lanes)), key=lambda at: (lanes[at].last - lanes[at].first, at))
    for at in order:
        lane = lanes[at]
        side = _side(lane, sides)
        sides[side].append(lane)
        places[at] = _placed(lane, parts, side, contour)
    return tuple(places)


def _placed(lane: Lane, parts: Mapping[int, Fragment], side: int, contour: Contour) -> int:
    rows = range(lane.first, lane.last + 1)
    own = [parts[item] for item in lane.items]
    before = max((part.spine for part in own), default=0)
    after = max((part.breadth - part.spine for part in own), default=0)
    gap = BESIDE if own else BEFORE_LINE
    if side == RIGHT_SIDE:
        place = max(contour.right[row] for row in rows) + gap + before
    else:
        place = min(contour.left[row] for row in rows) - gap - after
    contour.widen(rows, place - before, place + after)
    return place


def _side(lane: Lane, sides: Mapping[int, Sequence[Lane]]) -> int:
    """Right, or left where the lane would cross another on the right but none on the left."""
    for side, others in sides.items():
        if not any(_cross(lane, other) for other in others):
            return side
    return RIGHT_SIDE


def _cross(lane: Lane, other: Lane) -> bool:
    """Whether two lanes overlap, neither within the other."""
    (first, second) = sorted((lane, other), key=lambda one: (one.first, -one.last))
    return first.first < second.first <= first.last + 1 and second.last > first.last

"""How large a box is drawn, in pixels, and the sizes of type and gaps that all share."""

from __future__ import annotations

from typing import NamedTuple

from netspec.drawing.fonts import width
from netspec.drawing.scene import Box, Form

TITLE, NOTE, SHAPE, HEADER, SMALL = 12, 10, 10, 11, 10
NAME, FACT, BADGE = 20, 12, 11
"""Sizes of type: of a box's op and name, of shapes, of frames' titles, of the foot; of the
network's name, what stands under it, and `×4` on a frame."""
PAD = 9
"""Between a box's edge and its words."""
LINE, LINES = 23, 35
"""Heights of a box with one line, and with two."""
KNOT = 20
BAR = 19
NARROWEST, WIDEST = 44, 240
BEHIND = 5
"""How far the boxes of a stack peek out."""
GAP = 16
"""Along the flow, between one box and the next: an arrow fits."""
BESIDE = 14
"""Across the flow, between neighbours."""
TRACK = 9
"""Between lines beside each other."""


class Size(NamedTuple):
    """Width and height, in pixels."""

    width: int
    height: int


def badge(box: Box) -> str:
    """`(×4)` on a box that stands for several."""
    return f"(×{box.repeats})" if box.repeats > 1 else ""


def words_width(box: Box) -> int:
    """What its words take."""
    return max(width(title(box), TITLE, weight(box)), width(box.note, NOTE))


def title(box: Box) -> str:
    """The box's first line: the sign of its change, its title, its badge."""
    return " ".join(filter(None, (box.mark.value, box.title, badge(box))))


def weight(box: Box) -> str:
    """Of its title: a block's name stands out."""
    return "bold" if box.form is Form.TERMINAL else "regular"


def size(box: Box) -> Size:
    """What a box needs, with what peeks out behind it."""
    if box.form is Form.KNOT:
        return Size(KNOT, KNOT)
    wide = min(WIDEST, max(NARROWEST, words_width(box) + 2 * PAD))
    if box.form is Form.BAR:
        return Size(wide, BAR)
    behind = BEHIND if box.repeats > 1 else 0
    return Size(wide + behind, (LINES if box.note else LINE) + behind)

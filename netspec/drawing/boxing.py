"""Boxes as fragments, and frames around fragments."""

from __future__ import annotations

from collections.abc import Mapping

from netspec.drawing import sizes
from netspec.drawing.fonts import fitted, width
from netspec.drawing.fragments import (
    DOWN,
    Area,
    Caption,
    Direction,
    Fragment,
    Point,
    Wire,
)
from netspec.drawing.scene import Box, Form, Group
from netspec.drawing.sizes import BEHIND, HEADER

PORT = 16
"""Between two lines that enter one box."""
MARGIN = 10
"""Between a frame and what is in it."""
HEAD = 17
"""Height of a frame's title."""
ABOVE = 23
"""What it takes where it stands above everything."""
ARROW = 9
"""The line that an arrow needs, between a frame's edge and the first box."""
TITLE_AT_MOST = 150


def extents(box: Box, direction: Direction) -> tuple[int, int]:
    """What a box needs across the flow and along it; a bar lies across, whatever its direction."""
    size = sizes.size(box)
    return size if box.form is Form.BAR else direction.turned(*size)


def breadth(box: Box, direction: Direction) -> int:
    """What a box takes across the flow, with room for all that enters it."""
    across, _ = extents(box, direction)
    ports = 1 if box.form is Form.KNOT else len(box.takes)
    return max(across, 2 * PORT * max(0, ports - 1) + PORT)


def boxed(box: Box, main: str, broad: int, direction: Direction) -> Fragment:
    """A box as broad as asked, its main value at its middle and others beside that."""
    _, length = extents(box, direction)
    behind = BEHIND if box.repeats > 1 else 0
    spine = (broad - behind) // 2
    others = [value for value in box.takes if value != main]
    apart = 0 if box.form is Form.KNOT else PORT
    inlets = {value: spine + apart * (place + 1) for place, value in enumerate(others)}
    inlets[main] = spine
    area = Area(0, 0, broad - behind, length - behind)
    return Fragment(
        breadth=broad,
        length=length,
        spine=spine,
        inlets=inlets,
        outlets={box.path: spine},
        touching=frozenset(inlets),
        boxes=((box, area),),
    )


def badge(group: Group) -> str:
    """`×4` on the frame of a run."""
    return f"×{group.repeats}" if group.repeats > 1 else ""


def framed(group: Group, inner: Fragment, direction: Direction) -> Fragment:
    """A fragment within the frame of its group, its title beside the line that enters it."""
    sign = f"{group.mark.value} " if group.mark.value else ""
    title = fitted(f"{sign}{group.title}", TITLE_AT_MOST, HEADER, "bold")
    wide = width(title, HEADER, "bold")
    badged = width(badge(group), HEADER, "bold") + 12 if badge(group) else 0
    arrange = _title_beside if direction is DOWN else _title_above
    return arrange(group, inner, (title, wide, badged))


Words = tuple[str, int, int]
"""A frame's title, its width and that of the badge."""


def _title_beside(group: Group, inner: Fragment, words: Words) -> Fragment:
    """The flow goes down: title and badge stand left and right of the line that enters."""
    title, wide, badged = words
    first, last = _entered(inner)
    before = max(MARGIN, wide + 2 * MARGIN - first)
    after = max(MARGIN, badged + MARGIN - (inner.breadth - last))
    broad, head = before + inner.breadth + after, HEAD + ARROW
    captions = [Caption(title, Area(MARGIN, 4, wide, HEAD - 4), "header")]
    left = before + first - 2 * MARGIN - wide - 6
    right = after + inner.breadth - last - badged - 2 * MARGIN
    beside = left > width(group.note, sizes.NOTE)
    start = MARGIN + wide + 6 if beside else before + last + MARGIN
    captions += _note(group, max(left, right), Area(start, 4, 0, HEAD - 4))
    if badged:
        captions.append(
            Caption(badge(group), Area(broad - badged - 4, 4, badged, HEAD - 2), "badge")
        )
    return _around(group, inner, (broad, Point(before, head), MARGIN), tuple(captions))


def _entered(inner: Fragment) -> tuple[int, int]:
    """The first and the last place across at which lines enter."""
    places = tuple(inner.inlets.values()) or (inner.spine,)
    return min(places), max(places)


def _title_above(group: Group, inner: Fragment, words: Words) -> Fragment:
    """The flow goes right: title and badge stand above everything."""
    title, wide, badged = words
    long = max(inner.length + ARROW + MARGIN, wide + badged + 2 * MARGIN)
    broad = inner.breadth + ABOVE + MARGIN
    captions = [Caption(title, Area(4, MARGIN, HEAD - 4, wide), "header")]
    room = long - wide - badged - 2 * MARGIN - 6
    captions += _note(group, room, Area(4, MARGIN + wide + 6, HEAD - 4, 0))
    if badged:
        captions.append(
            Caption(badge(group), Area(4, long - badged - 4, HEAD - 2, badged), "badge")
        )
    corner = Point(ABOVE, ARROW)
    return _around(group, inner, (broad, corner, long - ARROW - inner.length), tuple(captions))


def _note(group: Group, room: int, area: Area) -> list[Caption]:
    """The template's name where there is room for all of it."""
    wide = width(group.note, sizes.NOTE)
    if not group.note or group.note == group.title or wide > room:
        return []
    extent = {"breadth": wide} if area.breadth == 0 else {"length": wide}
    return [Caption(group.note, area._replace(**extent), "template")]


def _around(
    group: Group, inner: Fragment, space: tuple[int, Point, int], captions: tuple[Caption, ...]
) -> Fragment:
    """The frame: `space` is its breadth, where the fragment stands in it, and what is behind."""
    broad, corner, after = space
    end = corner.along + inner.length
    behind = BEHIND if group.repeats > 1 else 0
    inlets = _shifted(inner.inlets, corner.across)
    outlets = _shifted(inner.outlets, corner.across)
    wires = [
        Wire(value, (Point(at, 0), Point(at, corner.along)), value in inner.touching, group.path)
        for value, at in inlets.items()
    ]
    wires += [
        Wire(value, (Point(at, end), Point(at, end + after + behind)))
        for value, at in outlets.items()
    ]
    return Fragment(
        breadth=broad + behind,
        length=end + after + behind,
        spine=inner.spine + corner.across,
        inlets=inlets,
        outlets=outlets,
        parts=((corner, inner),),
        frames=((group, Area(0, 0, broad, end + after)),),
        wires=tuple(wires),
        captions=captions,
    )


def _shifted(places: Mapping[str, int], by: int) -> dict[str, int]:
    return {value: at + by for value, at in places.items()}

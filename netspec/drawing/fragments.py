"""Arranged pieces of a picture, each in coordinates of its own.

Layout speaks of `across` and `along` the flow, so that one arithmetic serves pictures that go down
and pictures that go right; `Direction` turns them into width and height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from netspec.drawing.scene import Box, Group


class Point(NamedTuple):
    """A place, in pixels."""

    across: int
    along: int


ORIGIN = Point(0, 0)


class Area(NamedTuple):
    """A rectangle: its first corner and its extents, in pixels."""

    across: int
    along: int
    breadth: int
    length: int


@dataclass(frozen=True, slots=True)
class Direction:
    """Where the flow goes. `turned` gives (across, along) of (x, y), and (x, y) of those."""

    name: str
    turned: Callable[[int, int], tuple[int, int]]


DOWN = Direction("down", lambda x, y: (x, y))
RIGHT = Direction("right", lambda x, y: (y, x))
DIRECTIONS: Mapping[str, Direction] = {found.name: found for found in (DOWN, RIGHT)}


@dataclass(frozen=True, slots=True)
class Wire:
    """A line on which a value goes to who takes it, or a part of it; an arrow may end it."""

    value: str
    points: tuple[Point, ...]
    arrow: bool = False
    taker: str = ""


@dataclass(frozen=True, slots=True)
class Caption:
    """Words in an area: the shape on a line, the title of a frame."""

    words: str
    area: Area
    role: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """Something arranged: its extents, where values enter and leave it, and what is in it.

    `spine` is where its main value enters and leaves. `inlets` and `outlets` are places across, by
    value. Of the values in `touching` the inlet is the edge of the box that takes them.
    """

    breadth: int
    length: int
    spine: int
    inlets: Mapping[str, int]
    outlets: Mapping[str, int]
    touching: frozenset[str] = frozenset()
    parts: tuple[tuple[Point, Fragment], ...] = ()
    boxes: tuple[tuple[Box, Area], ...] = ()
    frames: tuple[tuple[Group, Area], ...] = ()
    wires: tuple[Wire, ...] = ()
    captions: tuple[Caption, ...] = ()

    def everywhere(self, corner: Point = ORIGIN) -> Iterator[tuple[Point, Fragment]]:
        """The fragment and all within it, each with where its corner is."""
        yield corner, self
        for place, part in self.parts:
            yield from part.everywhere(_moved(place, corner))


def _moved(point: Point, by: Point) -> Point:
    return Point(point.across + by.across, point.along + by.along)


def moved_wire(wire: Wire, by: Point) -> Wire:
    """The wire elsewhere."""
    return Wire(wire.value, tuple(_moved(p, by) for p in wire.points), wire.arrow, wire.taker)


def moved_area(area: Area, by: Point) -> Area:
    """The area elsewhere."""
    return area._replace(across=area.across + by.across, along=area.along + by.along)

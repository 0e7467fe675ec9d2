"""A scene with everything in its place: what is left to do is to paint it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from netspec.drawing import columns
from netspec.drawing.fragments import Area, Direction, Wire, moved_area, moved_wire
from netspec.drawing.scene import Box, Group, Scene


class Rect(NamedTuple):
    """A rectangle of the page: its upper left corner, width and height, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height


class Spot(NamedTuple):
    """A point of the page."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a value runs along: corners, and whether an arrow ends it. See `fragments.Wire`."""

    value: str
    spots: tuple[Spot, ...]
    arrow: bool
    taker: str


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text that fits its rectangle; the role says how it looks."""

    text: str
    rect: Rect
    role: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything of a network with its place, the outermost frames first."""

    scene: Scene
    direction: Direction
    rect: Rect
    frames: tuple[tuple[Group, Rect], ...]
    boxes: tuple[tuple[Box, Rect], ...]
    lines: tuple[Line, ...]
    words: tuple[Words, ...]


def laid_out(scene: Scene, direction: Direction, wanted: int | None = None) -> Layout:
    """The layout of a scene in that many columns, by default as many as make a page of it."""
    fragment = columns.arranged(scene.body, direction, wanted)
    found = list(fragment.everywhere())
    width, height = direction.turned(fragment.breadth, fragment.length)
    return Layout(
        scene,
        direction,
        Rect(0, 0, width, height),
        tuple(
            (group, _rect(moved_area(area, at), direction))
            for at, part in found
            for group, area in part.frames
        ),
        tuple(
            (box, _rect(moved_area(area, at), direction))
            for at, part in found
            for box, area in part.boxes
        ),
        tuple(_line(moved_wire(wire, at), direction) for at, part in found for wire in part.wires),
        tuple(
            Words(caption.words, _rect(moved_area(caption.area, at), direction), caption.role)
            for at, part in found
            for caption in part.captions
        ),
    )


def _rect(area: Area, direction: Direction) -> Rect:
    x, y = direction.turned(area.across, area.along)
    width, height = direction.turned(area.breadth, area.length)
    return Rect(x, y, width, height)


def _line(wire: Wire, direction: Direction) -> Line:
    spots = tuple(Spot(*direction.turned(*point)) for point in wire.points)
    return Line(wire.value, spots, wire.arrow, wire.taker)

"""Arranges what stands one behind the other: a spine, lanes of detours beside it, tails.

Items stand in rows. Lines run across only in the gaps between rows, and along only in lanes that
nothing else stands in, so that no line meets a box that is not its own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from netspec.drawing import boxing
from netspec.drawing.fonts import width
from netspec.drawing.fragments import (
    DOWN,
    Area,
    Caption,
    Direction,
    Fragment,
    Point,
    Wire,
    moved_area,
    moved_wire,
)
from netspec.drawing.lanes import Contour, place_lanes
from netspec.drawing.links import Link, planned
from netspec.drawing.ranking import OUTSIDE, Order, ranked
from netspec.drawing.scene import Box, Form, Group
from netspec.drawing.sizes import BESIDE, SHAPE
from netspec.drawing.tracks import ENTERING, LEAVING, Tracks

SHAPE_HEIGHT = 12
FAR = 10**6
"""Farther across than anything is drawn."""


def arranged(group: Group, inner: Mapping[int, Fragment], direction: Direction) -> Fragment:
    """The items of a group in a flow; `inner` has its groups as fragments, by their place."""
    order = ranked(group)
    parts = dict(inner) | _boxes(group, order, direction)
    return _Flow(group, order, parts, direction).fragment()


def _boxes(group: Group, order: Order, direction: Direction) -> dict[int, Fragment]:
    """The boxes as fragments, those of a lane alike in breadth."""
    found: dict[int, Fragment] = {}
    for lane in (*order.lanes, *((tail,) for tail in order.tails)):
        boxes = {at: item for at in lane if isinstance(item := group.items[at], Box)}
        alike = [box for box in boxes.values() if box.form is not Form.KNOT]
        broad = max((boxing.breadth(box, direction) for box in alike), default=0)
        for at, box in boxes.items():
            full = boxing.breadth(box, direction) if box.form is Form.KNOT else broad
            found[at] = boxing.boxed(box, _main(group, order, at), full, direction)
    return found


def _main(group: Group, order: Order, item: int) -> str:
    """The value of what stands before an item in its lane, else the first that it takes."""
    takes = group.items[item].takes
    made = (value for value in takes if order.follows(order.maker(value), item))
    return next(made, takes[0] if takes else "")


class _Flow:
    """One arrangement. The spine is at 0 across until everything has its place."""

    def __init__(
        self, group: Group, order: Order, parts: Mapping[int, Fragment], direction: Direction
    ) -> None:
        self.group, self.order, self.parts, self.direction = group, order, parts, direction
        self.end = len(group.items)
        self.plan = planned(group, order, parts)
        self.shapes = {item: self._shape(item) for item in order.lanes[0]}
        self.sharing = Counter(order.rows[item] for lane in order.lanes for item in lane)
        self.contour = self._contour()
        places = place_lanes(self.plan.lanes, parts, self.contour)
        self.via = {link: places[lane] for link, lane in self.plan.via.items()}
        self.at = {i: at for lane, at in zip(order.lanes, places, strict=False) for i in lane}
        self.ports = self._ports()

    def fragment(self) -> Fragment:
        """Everything with its place."""
        tracks = self._tracks()
        rows = self._rows(tracks)
        corners = {
            item: Point(at - self.parts[item].spine, rows[self.order.rows[item]][0])
            for item, at in self.at.items()
        }
        end = self._place_tails(rows, corners)
        links = (*self.plan.straight, *self.plan.detours, *self.plan.to_tails)
        wires = [self._wire(link, tracks, corners, end) for link in links]
        captions = list(self._captions(rows))
        return self._assembled(corners, wires, captions, end)

    # across

    def _contour(self) -> Contour:
        """What the spine's items and the words on its lines take."""
        depth = self.order.depth
        contour = Contour([0] * (depth + 1), [0] * (depth + 1))
        for item in self.order.lanes[0]:
            part, row = self.parts[item], self.order.rows[item]
            contour.widen(range(row, row + 1), -part.spine, part.breadth - part.spine)
            area = self._words_area(item, 0)
            contour.widen(range(row, row + 2), area.across, area.across + area.breadth)
        return contour

    def _ports(self) -> dict[str, int]:
        """Where values enter the group: the main one on the spine, others in their lanes."""
        ports = dict.fromkeys(self.group.takes[:1], 0)
        for link in self.plan.detours:
            if link.source == OUTSIDE:
                ports.setdefault(link.value, self.via.get(link, 0))
        for link in self.plan.to_tails:
            if link.source == OUTSIDE:
                ports.setdefault(link.value, 0)
        return ports

    def _leaves(self, link: Link) -> int:
        """Where across a link starts."""
        if link.source == OUTSIDE:
            return self.ports[link.value]
        part = self.parts[link.source]
        return self.at[link.source] + part.outlets[link.value] - part.spine

    def _enters(self, link: Link) -> int:
        """Where across a link ends."""
        if link.target == self.end:
            return self.via.get(link, 0)
        part = self.parts[link.target]
        return self.at[link.target] + part.inlets[link.value] - part.spine

    def _passes(self, link: Link) -> int:
        """Where across a link runs along."""
        if self.order.is_tail(link.target):
            return self._enters(link)
        return self.via[link] if link in self.via else self._leaves(link)

    def _is_beside(self, link: Link) -> bool:
        """Whether a link enters its knot from the side, in a row that its lane alone passes."""
        item = self.group.items[link.target] if link.target != self.end else None
        if link not in self.via or not isinstance(item, Box) or item.form is not Form.KNOT:
            return False
        alone = self.sharing[self.order.rows[link.target]] == 1
        return alone and self._passes(link) != self._enters(link)

    def _tracks(self) -> Tracks:
        """Where lines run across, in which gap and from where to where."""
        tracks = Tracks(self.order.depth)
        for link in (*self.plan.straight, *self.plan.detours):
            start, between, end = self._leaves(link), self._passes(link), self._enters(link)
            gap, last = self._row(link.source) + 1, self._row(link.target)
            if start != between:
                tracks.add(gap, LEAVING, link.value, (start, between))
            if end != between and not self._is_beside(link):
                tracks.add(last, ENTERING, link.value, (between, end))
        for link in self.plan.to_tails:
            ends = (self._leaves(link), FAR)
            tracks.add(self._row(link.source) + 1, LEAVING, link.value, ends)
        return tracks

    def _row(self, item: int) -> int:
        return self.order.row(item, self.end)

    # along

    def _rows(self, tracks: Tracks) -> list[tuple[int, int]]:
        """Where each row begins and ends, and behind the last what follows it."""
        lengths, words = [0] * self.order.depth, [0] * self.order.depth
        for item in self.at:
            row = self.order.rows[item]
            lengths[row] = max(lengths[row], self.parts[item].length)
            if length := self.shapes.get(item, (0, 0))[1]:
                words[row] = max(words[row], length + 2)
        rows, along = [], tracks.open(0, 0, 0)
        for row, length in enumerate(lengths):
            rows.append((along, along + length))
            along = tracks.open(row + 1, along + length, words[row])
        return [*rows, (along, along)]

    def _place_tails(self, rows: list[tuple[int, int]], corners: dict[int, Point]) -> int:
        """Place what leads nowhere beside the rows behind its maker's; gives the end along."""
        starts, ends = zip(*rows, strict=True)
        end = rows[-1][1]
        sources: dict[int, list[int]] = {}
        for link in self.plan.to_tails:
            sources.setdefault(link.target, []).append(self._row(link.source))
        for tail in (*sources, *(tail for tail in self.order.tails if tail not in sources)):
            own, part = sources.get(tail, [OUTSIDE]), self.parts[tail]
            low = rows[max(own) + 1][0]
            first = min(min(own) + 1, bisect_right(starts, low) - 1)
            last = bisect_left(ends, low + part.length)  # lines to it run in the gap before it
            reach = range(max(0, first), min(last + 1, len(rows)))
            at = max(self.contour.right[row] for row in reach) + 2 * BESIDE
            self.contour.widen(reach, 0, at + part.breadth)
            self.at[tail], corners[tail] = at + part.spine, Point(at, low)
            end = max(end, low + part.length)
        return end

    # lines and words

    def _wire(self, link: Link, tracks: Tracks, corners: Mapping[int, Point], end: int) -> Wire:
        start, passes, enters = self._leaves(link), self._passes(link), self._enters(link)
        outside, inside = link.source == OUTSIDE, link.target != self.end
        low = 0 if outside else corners[link.source].along + self.parts[link.source].length
        high = corners[link.target].along if inside else end
        points = [Point(start, low)]
        if start != passes:
            along = tracks.along(self._row(link.source) + 1, LEAVING, link.value)
            points += [Point(start, along), Point(passes, along)]
        if self._is_beside(link):
            points += self._sideways(link, passes, high)
        elif passes != enters:
            along = tracks.along(self._row(link.target), ENTERING, link.value)
            points += [Point(passes, along), Point(enters, along), Point(enters, high)]
        else:
            points.append(Point(passes, high))
        arrow = inside and link.value in self.parts[link.target].touching
        taker = self.group.items[link.target].path if inside else ""
        return Wire(link.value, tuple(points), arrow, taker)

    def _sideways(self, link: Link, passes: int, high: int) -> list[Point]:
        """Into the side of a knot."""
        part, at = self.parts[link.target], self.at[link.target]
        middle = high + part.length // 2
        edge = at + (part.breadth - part.spine if passes > at else -part.spine)
        return [Point(passes, middle), Point(edge, middle)]

    def _shape(self, item: int) -> tuple[int, int]:
        """What the words on the line behind an item take across, and along."""
        words = self.group.items[item].edge
        across, along = self.direction.turned(width(words, SHAPE), SHAPE_HEIGHT)
        return (across, along) if words else (0, 0)

    def _words_area(self, item: int, along: int) -> Area:
        """Right of the lines that go down from an item, above those that go right."""
        across, length = self.shapes[item]
        part = self.parts[item]
        leaving = [at - part.spine for at in (part.spine, *part.outlets.values())]
        start = max(leaving) + 6 if self.direction is DOWN else min(leaving) - across - 3
        return Area(start if across else 0, along + 2, across, length)

    def _captions(self, rows: list[tuple[int, int]]) -> Iterator[Caption]:
        for item in self.order.lanes[0]:
            if words := self.group.items[item].edge:
                below = rows[self.order.rows[item]][1]
                yield Caption(words, self._words_area(item, below), "shape")

    # the whole

    def _assembled(
        self, corners: Mapping[int, Point], wires: list[Wire], captions: list[Caption], end: int
    ) -> Fragment:
        low, high = self._extent(corners, wires, captions)
        by = Point(-low, 0)
        kept = [wire for wire in wires if len(set(wire.points)) > 1]
        at_edge = {wire.value for wire in wires if wire.arrow and len(set(wire.points)) == 1}
        leaving = [link for link in self.plan.via if link.target == self.end]
        outlets = dict.fromkeys(self.group.gives, -low)
        outlets |= {link.value: self.via[link] - low for link in leaving}
        return Fragment(
            breadth=high - low,
            length=end,
            spine=-low,
            inlets={value: at - low for value, at in self.ports.items()},
            outlets=outlets,
            touching=frozenset(at_edge),
            parts=tuple(
                (Point(corner.across - low, corner.along), self.parts[item])
                for item, corner in sorted(corners.items())
            ),
            wires=tuple(moved_wire(wire, by) for wire in kept),
            captions=tuple(replace(c, area=moved_area(c.area, by)) for c in captions),
        )

    def _extent(
        self, corners: Mapping[int, Point], wires: list[Wire], captions: list[Caption]
    ) -> tuple[int, int]:
        """How far everything reaches across."""
        found = [point.across for wire in wires for point in wire.points]
        for item, corner in corners.items():
            found += [corner.across, corner.across + self.parts[item].breadth]
        for caption in captions:
            found += [caption.area.across, caption.area.across + caption.area.breadth]
        return min(found), max(found)

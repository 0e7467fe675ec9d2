"""Arranges branches side by side, their beginnings aligned, and the bar that joins them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netspec.drawing import boxing
from netspec.drawing.fragments import Area, Direction, Fragment, Point, Wire, moved_wire
from netspec.drawing.scene import Box, Group
from netspec.drawing.sizes import BAR, BESIDE
from netspec.drawing.tracks import ENTERING, LEAVING, Tracks

OVER = 12
"""How far the bar reaches past the outer branches' lines."""
THIN = 10
"""What a branch takes that only passes a value on."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """One column: a fragment, or nothing where a value is passed on. `at` is its first edge."""

    value: str
    part: Fragment | None
    at: int

    @property
    def breadth(self) -> int:
        return self.part.breadth if self.part else THIN

    @property
    def leaves(self) -> int:
        """Where across its value leaves it for the join."""
        return self.at + (self.part.outlets[self.value] if self.part else THIN // 2)


def arranged(group: Group, inner: Mapping[int, Fragment], direction: Direction) -> Fragment:
    """The branches of a join; `inner` has its groups as fragments, by their place."""
    return _Branches(group, inner, direction).fragment()


class _Branches:
    """One arrangement: a gap in which the value fans out, the branches, a gap, the bar."""

    def __init__(self, group: Group, inner: Mapping[int, Fragment], direction: Direction) -> None:
        *_, join = group.items
        assert isinstance(join, Box)
        self.group, self.join, self.direction = group, join, direction
        self.branches = self._columns(inner)
        places = [branch.leaves for branch in self.branches if branch.value in join.takes]
        self.broad = self.branches[-1].at + self.branches[-1].breadth
        self.bar = self._bar(min(places), max(places))
        self.spine = (self.bar[0] + self.bar[1]) // 2
        self.inlets = dict.fromkeys(group.takes[:1], self.spine)
        for value, at in self._entries():
            self.inlets.setdefault(value, at)
        others = [value for value in group.gives if value != join.path]
        right = max(self.broad, self.bar[1])
        self.outlets = {value: right + THIN * (n + 1) for n, value in enumerate(others)}

    def _columns(self, inner: Mapping[int, Fragment]) -> tuple[_Branch, ...]:
        """A column for each value that is joined, in its order, then what joins nothing."""
        parts: dict[str, Fragment] = {}
        for place, item in enumerate(self.group.items[:-1]):
            made = inner.get(place)
            parts[item.result] = made or self._boxed(item)
        values = dict.fromkeys((*self.join.takes, *parts))
        found: list[_Branch] = []
        at = 0
        for value in values:
            found.append(_Branch(value, parts.get(value), at))
            at += found[-1].breadth + BESIDE
        return tuple(found)

    def _boxed(self, item: Box | Group) -> Fragment:
        assert isinstance(item, Box)
        main = item.takes[0] if item.takes else ""
        broad = boxing.breadth(item, self.direction)
        return boxing.boxed(item, main, broad, self.direction)

    def _bar(self, low: int, high: int) -> tuple[int, int]:
        """From where to where the bar reaches, wide enough for its word."""
        least = boxing.breadth(self.join, self.direction)
        short = max(0, least - (high - low + 2 * OVER) + 1) // 2
        return low - OVER - short, high + OVER + short

    def _entries(self) -> Iterator[tuple[str, int]]:
        """Every line into a branch, or past all to the bar: its value, and where across."""
        for branch in self.branches:
            if branch.part is None:
                yield branch.value, branch.leaves
            else:
                for value, at in branch.part.inlets.items():
                    yield value, branch.at + at

    def fragment(self) -> Fragment:
        """Everything with its place."""
        tracks = self._tracks()
        top = tracks.open(0, 0, 0)
        length = max((b.part.length for b in self.branches if b.part), default=0)
        start = tracks.open(1, top + length, 0)
        end = start + BAR
        wires = [*self._fan(tracks, top, start), *self._gathered(tracks, top, start, end)]
        low = min(0, self.bar[0])
        high = max(self.broad, self.bar[1], *(at + 1 for at in self.outlets.values()), 0)
        return self._shifted(wires, (top, start, end), low, high - low)

    def _tracks(self) -> Tracks:
        tracks = Tracks(2)
        for value, at in self._entries():
            if at != self.inlets[value]:
                tracks.add(0, ENTERING, value, (self.inlets[value], at))
        for value, at in self.outlets.items():
            tracks.add(1, LEAVING, value, (self._outlet(value), at))
        return tracks

    def _outlet(self, value: str) -> int:
        """Where across a value leaves its branch."""
        parts = ((branch.at, branch.part) for branch in self.branches if branch.part)
        return next(at + part.outlets[value] for at, part in parts if value in part.outlets)

    def _fan(self, tracks: Tracks, top: int, start: int) -> Iterator[Wire]:
        """Lines from where values enter to the branches, or past them to the bar."""
        for branch in self.branches:
            inlets = branch.part.inlets if branch.part else {branch.value: THIN // 2}
            for value, inner in inlets.items():
                at, source = branch.at + inner, self.inlets[value]
                end = Point(at, top if branch.part else start)
                points: tuple[Point, ...] = (Point(source, 0), end)
                if at != source:
                    along = tracks.along(0, ENTERING, value)
                    points = (Point(source, 0), Point(source, along), Point(at, along), end)
                arrow = branch.part is None or value in branch.part.touching
                taker = self.join.path if branch.part is None else branch.value
                yield Wire(value, points, arrow, taker)

    def _gathered(self, tracks: Tracks, top: int, start: int, end: int) -> Iterator[Wire]:
        """Lines from the branches to the bar, and those past it to whoever else takes them."""
        for branch in self.branches:
            if branch.part is None:
                continue
            below = top + branch.part.length
            if branch.value in self.join.takes:
                ends = (Point(branch.leaves, below), Point(branch.leaves, start))
                yield Wire(branch.value, ends, True, self.join.path)
            for value, inner in branch.part.outlets.items():
                if value in self.outlets:
                    at, past = branch.at + inner, self.outlets[value]
                    along = tracks.along(1, LEAVING, value)
                    bend = (Point(at, along), Point(past, along), Point(past, end))
                    yield Wire(value, (Point(at, below), *bend))

    def _shifted(
        self, wires: list[Wire], places: tuple[int, int, int], low: int, breadth: int
    ) -> Fragment:
        top, start, end = places
        by = Point(-low, 0)
        bar = Area(self.bar[0] - low, start, self.bar[1] - self.bar[0], end - start)
        kept = [wire for wire in wires if len(set(wire.points)) > 1]
        at_edge = {wire.value for wire in wires if wire.arrow and len(set(wire.points)) == 1}
        outlets = dict.fromkeys(self.group.gives, self.spine) | self.outlets
        return Fragment(
            breadth=breadth,
            length=end,
            spine=self.spine - low,
            inlets={value: at - low for value, at in self.inlets.items()},
            outlets={value: at - low for value, at in outlets.items()},
            touching=frozenset(at_edge),
            parts=tuple(
                (Point(branch.at - low, top), branch.part)
                for branch in self.branches
                if branch.part is not None
            ),
            boxes=((self.join, bar),),
            wires=tuple(moved_wire(wire, by) for wire in kept),
        )

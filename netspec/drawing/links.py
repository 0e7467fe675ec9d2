"""The links of a flow: which run straight along a lane, and which lane each other one uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from netspec.drawing.fragments import Fragment
from netspec.drawing.ranking import OUTSIDE, Order
from netspec.drawing.scene import Box, Form, Group


class Link(NamedTuple):
    """A value's way from the item that makes it to one that takes it.

    `source` is `OUTSIDE`, or `target` the number of items, where it crosses the group's edge.
    """

    value: str
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A stretch beside the spine, kept free for its items and lines from row `first` to `last`."""

    items: tuple[int, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What runs where: `via` has the lane, by number, of each link that leaves the spine.

    A link between neighbouring rows has none: it crosses in the gap.
    """

    straight: tuple[Link, ...]
    detours: tuple[Link, ...]
    to_tails: tuple[Link, ...]
    lanes: tuple[Lane, ...]
    via: Mapping[Link, int]


def planned(group: Group, order: Order, parts: Mapping[int, Fragment]) -> Plan:
    """The plan of a group's links; lanes are counted as in the order, lines alone behind those."""
    return _Planning(group, order, parts).plan()


class _Planning:
    def __init__(self, group: Group, order: Order, parts: Mapping[int, Fragment]) -> None:
        self.group, self.order, self.parts = group, order, parts
        self.end = len(group.items)
        rows = order.rows
        self.lanes = [Lane(items, rows[items[0]], rows[items[-1]]) for items in order.lanes]
        self.lane_of = {item: at for at, items in enumerate(order.lanes) for item in items}
        self.via: dict[Link, int] = {}
        self.headed: set[int] = set()
        self.ended: set[int] = set()

    def plan(self) -> Plan:
        tails = set(self.order.tails)
        links = dict.fromkeys(self._links())
        trunk = [link for link in links if link.target not in tails]
        straight = dict.fromkeys(link for link in trunk if self._is_straight(link))
        detours = tuple(link for link in trunk if link not in straight)
        for link in detours:
            self._assign(link)
        to_tails = [link for link in links if link.target in tails]
        to_tails.sort(key=lambda link: -self._row(link.source))  # late ones stand nearest
        return Plan(tuple(straight), detours, tuple(to_tails), tuple(self.lanes), self.via)

    def _links(self) -> Iterator[Link]:
        for place, item in enumerate(self.group.items):
            for value in item.takes:
                yield Link(value, self.order.maker(value), place)
        for value in self.group.gives:
            yield Link(value, self.order.maker(value), self.end)

    def _row(self, item: int) -> int:
        return self.order.row(item, self.end)

    def _is_main(self, value: str) -> bool:
        return bool(self.group.takes) and value == self.group.takes[0]

    def _is_straight(self, link: Link) -> bool:
        spine = self.order.lanes[0]
        if link.source == OUTSIDE:
            on_lane = link.target == spine[0] and self._is_main(link.value)
        elif link.target == self.end:
            on_lane = link.source == spine[-1] and link.value == self.group.result
        else:
            on_lane = self.order.follows(link.source, link.target)
        return on_lane and self._leaves_middle(link) and self._enters_middle(link)

    def _leaves_middle(self, link: Link) -> bool:
        part = self.parts.get(link.source)
        return part is None or part.outlets[link.value] == part.spine

    def _enters_middle(self, link: Link) -> bool:
        part = self.parts.get(link.target)
        return part is None or part.inlets[link.value] == part.spine

    def _assign(self, link: Link) -> None:
        """Let a link use the lane that it leads to or comes from, or give it one."""
        first, last = self._row(link.source) + 1, self._row(link.target) - 1
        leads_to, comes_from = self.lane_of.get(link.target, 0), self.lane_of.get(link.source, 0)
        if leads_to and self._heads(link, leads_to):
            self._stretch(link, leads_to, first)
            self.headed.add(leads_to)
        elif comes_from and self._ends(link, comes_from):
            self._stretch(link, comes_from, last + self._beside(link))
            self.ended.add(comes_from)
        elif first <= last or link.source == OUTSIDE or link.target == self.end:
            last_row = self.order.depth - 1
            far = max(0, min(last + self._beside(link), last_row))
            near = max(0, min(first, last_row))
            self.via[link] = len(self.lanes)
            self.lanes.append(Lane((), min(near, far), max(near, far)))

    def _beside(self, link: Link) -> int:
        """How many rows more a link passes to enter a knot from the side."""
        item = self.group.items[link.target] if link.target != self.end else None
        return int(isinstance(item, Box) and item.form is Form.KNOT)

    def _heads(self, link: Link, lane: int) -> bool:
        if link.target != self.lanes[lane].items[0] or lane in self.headed:
            return False
        enters_beside = link.source == OUTSIDE and not self._is_main(link.value)
        return self._enters_middle(link) and not enters_beside

    def _ends(self, link: Link, lane: int) -> bool:
        if link.source != self.lanes[lane].items[-1] or lane in self.ended:
            return False
        return self._leaves_middle(link) and link.target != self.end

    def _stretch(self, link: Link, lane: int, row: int) -> None:
        known = self.lanes[lane]
        first, last = min(known.first, row), max(known.last, row)
        self.lanes[lane] = replace(known, first=first, last=last)
        self.via[link] = lane

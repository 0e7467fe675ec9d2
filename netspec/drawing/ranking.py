"""The order of a flow: in which row each item stands, which of them are its spine, which detours.

entry ─ conv1 ─ conv2 ─ conv3 ─ add      the spine: the longest way to the result
  └──── shortcut ───────────────┘        a detour, a lane of its own
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from netspec.drawing.scene import Box, Group, Item, Mark, makers

OUTSIDE = -1
"""Stands for the item that makes a value which comes from outside."""


@dataclass(frozen=True)
class Order:
    """Items by their place in the group.

    `rows` has a number for each, one more than its latest maker's; `lanes` are items behind each
    other, the spine first; `tails` lead nowhere and stand beside. `makers` has each inner value's.
    """

    rows: tuple[int, ...]
    lanes: tuple[tuple[int, ...], ...]
    tails: tuple[int, ...]
    makers: Mapping[str, int]

    @cached_property
    def depth(self) -> int:
        """How many rows there are."""
        return 1 + max((self.rows[item] for lane in self.lanes for item in lane), default=-1)

    def maker(self, value: str) -> int:
        """The item that makes a value, or `OUTSIDE`."""
        return self.makers.get(value, OUTSIDE)

    def row(self, item: int, end: int) -> int:
        """An item's row; that before the first for `OUTSIDE`, that behind the last for `end`."""
        return OUTSIDE if item == OUTSIDE else self.depth if item == end else self.rows[item]

    def follows(self, before: int, item: int) -> bool:
        """Whether an item stands behind another in a lane."""
        return self.followers.get(before) == item

    def is_tail(self, item: int) -> bool:
        """Whether an item leads nowhere."""
        return item in self._tails

    @cached_property
    def _tails(self) -> frozenset[int]:
        return frozenset(self.tails)

    @cached_property
    def followers(self) -> Mapping[int, int]:
        """The next item of its lane, by item."""
        return {a: b for lane in self.lanes for a, b in pairwise(lane)}


def ranked(group: Group) -> Order:
    """The order of a group's items."""
    made = makers(group.items)
    before = [_makers_of(item.takes, made) for item in group.items]
    rows: list[int] = []
    for sources in before:
        rows.append(1 + max((rows[source] for source in sources), default=-1))
    tails = _tails(group, before)
    last = made.get(group.result, len(rows) - 1)
    weights = [_weight(item, row) for item, row in zip(group.items, rows, strict=True)]
    lanes = _lanes(last, before, weights, set(tails) - {last})
    return Order(tuple(rows), lanes, tuple(tail for tail in tails if tail != last), made)


Weight = tuple[bool, int, int]


def _weight(item: Item, row: int) -> Weight:
    """What makes an item the spine's: that it is not gone, stands late and is large."""
    count = 1 if isinstance(item, Box) else sum(1 for _ in item.boxes())
    return item.mark is not Mark.REMOVED, row, count


def _makers_of(values: Iterable[str], made: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(made[value] for value in values if value in made))


def _tails(group: Group, before: list[tuple[int, ...]]) -> list[int]:
    taken = {source for sources in before for source in sources}
    wanted = set(group.gives)
    return [
        place
        for place, item in enumerate(group.items)
        if place not in taken and wanted.isdisjoint(item.gives)
    ]


def _lanes(
    last: int, before: list[tuple[int, ...]], weights: list[Weight], tails: set[int]
) -> tuple[tuple[int, ...], ...]:
    """The spine up to the last item, then chains of what is left, those that end late first.

    Of several makers a lane follows the heaviest, and of those the first.
    """
    left = set(range(len(weights))) - tails
    late_first = sorted(sorted(left - {last}), key=weights.__getitem__, reverse=True)
    starts = [last, *late_first]
    lanes = []
    for start in starts:
        if start not in left:
            continue
        lane, here = [start], start
        left.discard(start)
        while sources := [source for source in before[here] if source in left]:
            here = max(sources, key=weights.__getitem__)
            left.discard(here)
            lane.append(here)
        lanes.append(tuple(reversed(lane)))
    return tuple(lanes)

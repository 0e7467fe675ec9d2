"""Breaks a long flow into columns, so that a picture fits a page.

│ ┌→ │ ┌→ │      a value goes from the end of a column to the start of the next
↓ ┘  ↓ ┘  ↓
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import log

from netspec.drawing import flows
from netspec.drawing.arranging import arranged as arranged_group
from netspec.drawing.boxing import extents
from netspec.drawing.fragments import Direction, Fragment, Point, Wire
from netspec.drawing.linking import group
from netspec.drawing.ranking import Order, ranked
from netspec.drawing.scene import Arrangement, Box, Group, Item
from netspec.drawing.sizes import GAP

ASPECT = 1.3
"""Width by height of a page that is looked at on a screen, or lies across a paper's two columns."""
GUTTER = 36
"""Between columns; the line to the next one runs in its middle."""
AT_MOST = 10
"""Columns that are tried."""
TURN = 14
"""Between a column's end and the line that leaves it across."""


def arranged(body: Group, direction: Direction, wanted: int | None = None) -> Fragment:
    """The body in that many columns, or fewer where it can't be broken; by default a page."""
    pieces = _Pieces(body, direction)
    if wanted is not None:
        return pieces.in_columns(wanted)
    tried = [pieces.in_columns(count) for count in range(1, min(AT_MOST, pieces.count) + 1)]
    return min(tried, key=lambda found: _unlike_page(found, direction))


def _unlike_page(fragment: Fragment, direction: Direction) -> float:
    width, height = direction.turned(fragment.breadth, fragment.length)
    return abs(log(width / height / ASPECT))


@dataclass(frozen=True, slots=True)
class _Piece:
    """Items between two places at which the flow can break, and what hangs from them.

    `hanging` is the length of what stands beside the rows that follow.
    """

    items: tuple[int, ...]
    length: int
    hanging: int


class _Pieces:
    """A body that can be broken into columns."""

    def __init__(self, body: Group, direction: Direction) -> None:
        self.body, self.direction = body, direction
        self.order = ranked(body)
        self.spine = frozenset(self.order.lanes[0])
        self.inner = {
            place: arranged_group(item, direction)
            for place, item in enumerate(body.items)
            if isinstance(item, Group)
        }
        self.pieces = tuple(self._pieces())
        spine = (item for place, item in enumerate(body.items) if not self.order.is_tail(place))
        self.taken = {value for item in spine for value in item.takes}

    @property
    def count(self) -> int:
        return len(self.pieces)

    def in_columns(self, count: int) -> Fragment:
        """At most so many columns, the longest as short as can be."""
        columns = [self._arranged(part) for part in _shared_out(self.pieces, count)]
        return columns[0][1] if len(columns) == 1 else _beside(columns)

    def _arranged(self, pieces: Sequence[_Piece]) -> tuple[str, Fragment]:
        """A column, and the value that leaves it."""
        places = sorted(item for piece in pieces for item in piece.items)
        items = [self.body.items[place] for place in places]
        last = max((p for p in places if p in self.spine), key=self.order.rows.__getitem__)
        result = self.body.items[last].result
        gives = (result,) if result in self.taken else ()
        column = replace(group("", Arrangement.FLOW, items, result), gives=gives)
        inner = {n: self.inner[p] for n, p in enumerate(places) if p in self.inner}
        return result, flows.arranged(column, inner, self.direction)

    def _pieces(self) -> Iterator[_Piece]:
        rows: list[list[int]] = [[] for _ in range(self.order.depth + 1)]
        hanging: list[int] = [0] * (self.order.depth + 1)
        for place in range(len(self.body.items)):
            rows[_home(self.order, place)].append(place)
        for tail in self.order.tails:
            home = _home(self.order, tail)
            hanging[home] = max(hanging[home], self._length(self.body.items[tail], tail))
        breaks = [-1, *_breaks(self.body, self.order), self.order.depth - 1]
        for before, end in pairwise(breaks):
            stretch = range(before + 1, end + 1)
            items = tuple(place for row in stretch for place in rows[row])
            length = sum(self._row_length(rows[row]) for row in stretch)
            yield _Piece(items, length, max(hanging[row] for row in stretch))

    def _row_length(self, places: Sequence[int]) -> int:
        own = (p for p in places if not self.order.is_tail(p))
        return GAP + max((self._length(self.body.items[p], p) for p in own), default=0)

    def _length(self, item: Item, place: int) -> int:
        words = GAP if item.edge else 0
        if isinstance(item, Box):
            return extents(item, self.direction)[1] + words
        return self.inner[place].length + words


def _home(order: Order, place: int) -> int:
    """The row that an item belongs to; of a tail, that of what it hangs from."""
    row = order.rows[place]
    return max(0, row - 1) if order.is_tail(place) else row


def _breaks(body: Group, order: Order) -> Iterator[int]:
    """The rows behind which the spine's value alone goes on, but the last."""
    last_use: dict[str, int] = {}
    for place, item in enumerate(body.items):
        last_use |= {v: max(last_use.get(v, 0), _home(order, place)) for v in item.takes}
    alive = [0] * (order.depth + 1)
    for value, end in last_use.items():
        alive[order.rows[order.maker(value)]] += 1
        alive[end] -= 1
    spine = {order.rows[place]: body.items[place].result for place in order.lanes[0]}
    for row, count in enumerate(accumulate(alive[: max(spine)])):
        if count == 1 and last_use.get(spine.get(row, ""), 0) > row:
            yield row


def _shared_out(pieces: Sequence[_Piece], count: int) -> list[list[_Piece]]:
    """The pieces in at most so many columns, the longest as short as can be."""
    low = max(piece.length + piece.hanging for piece in pieces)
    high = sum(piece.length for piece in pieces) + low
    while low < high:
        middle = (low + high) // 2
        if len(_filled(pieces, middle)) <= count:
            high = middle
        else:
            low = middle + 1
    return _filled(pieces, high)


def _filled(pieces: Sequence[_Piece], most: int) -> list[list[_Piece]]:
    """The pieces in columns of at most that length, one after the other."""
    columns: list[list[_Piece]] = []
    length = most + 1
    for piece in pieces:
        if length + piece.length + piece.hanging > most:
            columns.append([])
            length = 0
        columns[-1].append(piece)
        length += piece.length
    return columns


def _beside(columns: Sequence[tuple[str, Fragment]]) -> Fragment:
    """Columns side by side, and the lines between them."""
    starts = [0, *accumulate(column.breadth + GUTTER for _, column in columns)]
    parts = tuple(
        (Point(start, TURN), column) for start, (_, column) in zip(starts, columns, strict=False)
    )
    wires = [
        _turn(value, before, after)
        for (value, _), (before, after) in zip(columns, pairwise(parts), strict=False)
    ]
    return Fragment(
        breadth=starts[-1] - GUTTER,
        length=max(column.length for _, column in columns) + 2 * TURN,
        spine=parts[0][1].spine,
        inlets={},
        outlets={},
        parts=parts,
        wires=tuple(wires),
    )


def _turn(value: str, before: tuple[Point, Fragment], after: tuple[Point, Fragment]) -> Wire:
    """From the end of a column up to the start of the next."""
    (corner, column), (start, following) = before, after
    bottom = corner.along + column.length
    leaves, enters = corner.across + column.outlets[value], start.across + following.inlets[value]
    gutter = start.across - GUTTER // 2
    points = (
        Point(leaves, bottom),
        Point(leaves, bottom + TURN),
        Point(gutter, bottom + TURN),
        Point(gutter, 0),
        Point(enters, 0),
        Point(enters, start.along),
    )
    return Wire(value, points, value in following.touching)

"""A summary as text: a table fitted to its terminal, and CSV. Each column is stated once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any

from netspec.amounts import size
from netspec.ir.shapes import Map
from netspec.summary import Row, Summary
from netspec.tables import GAP

NAME_AT_LEAST = 12
"""Columns that a cut name keeps."""
WHOLE = "all"
"""The receptive field of what sees the whole input."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table. Words align left, numbers right; `total` stands in its last line."""

    heading: str
    words: bool
    cell: Callable[[Row], str]
    total: Callable[[Summary], str] = lambda _: ""


def _name(row: Row) -> str:
    return "  " * row.level + row.path.rpartition("/")[2]


def _count(count: int) -> str:
    """A cost; of nothing it is left blank."""
    return f"{count:,}" if count else ""


def _field(row: Row) -> str:
    return f"{row.field.height}x{row.field.width}" if row.field else WHOLE


def _stride(row: Row) -> str:
    if row.field is None:
        return ""
    height, width = row.field.stride_height, row.field.stride_width
    return str(height) if height == width else f"{height}x{width}"


OPERATIONS = Column("MACs", False, lambda r: _count(r.cost.macs), lambda s: f"{s.total.macs:,}")
"""Its heading is the unit of whoever counts."""
COLUMNS = (
    Column("step", True, _name, lambda _: "total"),
    Column("op", True, lambda r: r.op),
    Column("kernel", True, lambda r: r.window),
    Column("output", False, lambda r: str(r.output)),
    Column("params", False, lambda r: _count(r.cost.trainable), lambda s: f"{s.total.trainable:,}"),
    OPERATIONS,
    Column("memory", False, lambda r: size(r.memory) if r.memory else "", lambda s: size(s.memory)),
    Column("rec. field", False, _field),
    Column("stride", False, _stride),
)
LEAST_USEFUL = ("stride", "rec. field", "memory", "op", "kernel")
"""Columns that go first where there is no room for all; then names are cut."""


def columns(summary: Summary) -> tuple[Column, ...]:
    """The columns of a summary's table."""
    named = replace(OPERATIONS, heading=summary.unit)
    return tuple(named if column is OPERATIONS else column for column in COLUMNS)


@dataclass(frozen=True, slots=True)
class Laid:
    """A column with its texts, heading first and total last, and the room that it gets."""

    column: Column
    texts: tuple[str, ...]
    width: int

    def line(self, index: int) -> str:
        text = self.texts[index]
        cut = text if len(text) <= self.width else f"{text[: self.width - 1]}…"
        return cut.ljust(self.width) if self.column.words else cut.rjust(self.width)


def text(summary: Summary, width: int | None = None) -> str:
    """The whole summary, its table fitted to a terminal of that width.

    Where it is too wide the least useful columns go, then names are cut short. Without a width
    nothing is left out.
    """
    laid = [_laid(column, summary) for column in columns(summary)]
    if width is not None:
        laid = _fitted(laid, width)
    count = len(summary.rows) + 2
    lines = [GAP.join(column.line(index) for column in laid).rstrip() for index in range(count)]
    lines.insert(-1, "")
    notes = (line for note in summary.notes() for line in _wrapped(note, width))
    return "\n".join((*_wrapped(summary.title(), width), "", *lines, "", *notes)) + "\n"


def _wrapped(sentence: str, width: int | None) -> list[str]:
    """A line, broken where a terminal would break it within words."""
    return [sentence] if width is None else wrap(sentence, max(width, NAME_AT_LEAST))


def _laid(column: Column, summary: Summary) -> Laid:
    texts = (column.heading, *map(column.cell, summary.rows), column.total(summary))
    return Laid(column, texts, max(map(len, texts)))


def _fitted(laid: list[Laid], width: int) -> list[Laid]:
    for heading in LEAST_USEFUL:
        if _spread(laid) <= width:
            return laid
        laid = [column for column in laid if column.column.heading != heading]
    names, *others = laid
    room = max(NAME_AT_LEAST, names.width - max(0, _spread(laid) - width))
    return [replace(names, width=min(names.width, room)), *others]


def _spread(laid: list[Laid]) -> int:
    return sum(column.width for column in laid) + len(GAP) * (len(laid) - 1)


CSV_HEADER = (
    "path",
    "op",
    *("kernel_height", "kernel_width", "kernel_stride_height", "kernel_stride_width"),
    *("output_height", "output_width", "output_channels"),
    *("params", "macs", "memory"),
    *("receptive_field_height", "receptive_field_width", "stride_height", "stride_width"),
)
"""`macs` holds another tool's operations where its rule counts; `memory` is bytes."""


def csv_text(summary: Summary) -> str:
    """The rows as CSV; what a step does not have is an empty cell."""
    return _csv(CSV_HEADER, (tuple(_csv_cells(row)) for row in summary.rows))


def csv_of_all(summaries: Mapping[str, Summary]) -> str:
    """The rows of several, each behind its spec's name."""
    rows = ((name, *_csv_cells(row)) for name, summary in summaries.items() for row in summary.rows)
    return _csv(("spec", *CSV_HEADER), rows)


def _csv(header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows(rows)
    return written.getvalue()


def _csv_cells(row: Row) -> Iterator[Any]:
    yield from (row.path, row.op)
    yield from row.kernel or (None, None)
    yield from row.stride or (None, None)
    shape = row.output
    yield from shape.dims if isinstance(shape, Map) else (None, None, shape.channels)
    yield from (row.cost.trainable, row.cost.macs, row.memory)
    field = row.field
    yield from (field.height, field.width) if field else (None, None)
    yield from (field.stride_height, field.stride_width) if field else (None, None)

"""What became of each step's shape and cost, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress

from netspec.amounts import signed, signed_size
from netspec.comparing.alignment import Row
from netspec.comparing.costing import Figures
from netspec.comparing.difference import Difference
from netspec.tables import aligned

HEADINGS = ("step", "output", "params", "MACs", "memory", "rec. field")
LEFT = 2
"""Columns of words; the others hold numbers and align right."""
MARKS = {"added": "+", "removed": "-", "renamed": "~", "same path": " "}
Cells = tuple[str, ...]


def step_rows(found: Difference, depth: int) -> Iterator[tuple[Row, Cells]]:
    """The steps of so many levels whose figures differ, each with what it holds."""
    for row in found.alignment.rows:
        step = row.b or row.a
        assert step is not None
        if step.path.count("/") >= depth:
            continue
        before, after = found.sides(row)
        if before != after:
            yield row, (_name(row), *_cells(before, after))


def step_lines(found: Difference, depth: int) -> Iterator[tuple[str, str]]:
    """The table's lines, each with its kind; a column that says nothing is left out."""
    rows = [*step_rows(found, depth)]
    if not rows:
        return
    said = [any(column) for column in zip(*(cells for _, cells in rows), strict=True)]
    table = [[*compress(cells, said)] for cells in (HEADINGS, *(cells for _, cells in rows))]
    heading, *lines = aligned(table, left=range(sum(said[:LEFT])))
    yield f"    {heading}", ""
    for (row, _), line in zip(rows, lines, strict=True):
        kind = {"added": "added", "removed": "removed"}.get(row.how, "")
        yield f"  {MARKS[row.how]} {line}", kind


def _name(row: Row) -> str:
    step = row.b or row.a
    assert step is not None
    indent = "  " * step.path.count("/")
    if row.a and row.b and row.a.name != row.b.name:
        return f"{indent}{row.a.name} → {row.b.name}"
    return f"{indent}{step.name}"


def _cells(before: Figures | None, after: Figures | None) -> Cells:
    """Shapes and fields as they were and are; of costs the difference."""
    known = after or before
    assert known is not None
    if before is None or after is None:
        sign = 1 if after else -1
        numbers = (sign * known.params, sign * known.macs, sign * known.memory)
        return (
            str(known.output),
            *map(signed, numbers[:2]),
            signed_size(numbers[2]),
            _field(known),
        )
    shapes = (str(before.output), str(after.output))
    fields = (_field(before), _field(after))
    return (
        _became(shapes),
        signed(after.params - before.params),
        signed(after.macs - before.macs),
        signed_size(after.memory - before.memory),
        _became(fields),
    )


def _became(pair: tuple[str, str]) -> str:
    return "" if pair[0] == pair[1] else " → ".join(pair)


def _field(figures: Figures) -> str:
    if figures.rf is None:
        return "all"
    height, width = figures.rf
    return f"{height}x{width}"

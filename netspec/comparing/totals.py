"""Both networks' figures side by side."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.amounts import rounded, share, size
from netspec.comparing.difference import Difference
from netspec.measures import MEASURES
from netspec.tables import aligned

NAME_AT_MOST = 30
"""Columns for what a network is called; longer ones are A and B."""


def total_rows(found: Difference) -> Iterator[tuple[str, str, str, str]]:
    """A line for each figure: what it is, A's, B's, and the change; nothing where there is none."""
    for name, (before, after) in found.totals.items():
        cells = (figure(name, before), figure(name, after))
        yield MEASURES[name].title, *cells, change(name, before, after)


def figure(name: str, value: int) -> str:
    """A figure with its unit: `27,143,152`, `5.72 G`, `57.5 MB`."""
    unit = MEASURES[name].unit
    if unit == "B":
        return size(value)
    if name == "macs":
        return rounded(value)
    return f"{value:,} {unit}".rstrip()


def change(name: str, before: int, after: int) -> str:
    """The change with its share of A's: `+18,112, +0.07 %`."""
    if before == after:
        return ""
    less = after < before
    amount = f"{'-' if less else '+'}{figure(name, abs(after - before))}"
    return f"{amount}, {share(before, after)}" if before else amount


def total_lines(found: Difference) -> Iterator[str]:
    """The figures as a table."""
    one, other = found.names if max(map(len, found.names)) <= NAME_AT_MOST else ("A", "B")
    rows = [("", one, other, ""), *total_rows(found)]
    yield from (f"  {line}" for line in aligned(rows, left=(0, 3)))

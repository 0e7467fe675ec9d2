"""Tables as text: columns of equal width. `summary_text` fits its own to a terminal besides."""

from __future__ import annotations

from collections.abc import Collection, Sequence

GAP = "  "
"""Between two columns."""


def widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column."""
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def aligned(rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> list[str]:
    """Each row as a line. Columns `left` align so, as words do; all others right, as numbers do.

    >>> aligned([("step", "params"), ("Conv", "27")])
    ['step  params', 'Conv      27']
    """
    widths = widths_of(rows)
    return [
        GAP.join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]

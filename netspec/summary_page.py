"""A summary as HTML for notebooks.

Styles are inline and take the page's own colours, so that it stands on light and dark ground
alike; a bar behind a number is its share of the column's greatest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape

from netspec.summary import Row, Summary
from netspec.summary_text import COLUMNS, OPERATIONS, Column, columns

TALL = 24
"""Rows beyond which the table scrolls."""
LINE = "1px solid rgba(128,128,128,.4)"
SMALL = "margin:.15em 0;font-size:.9em;opacity:.8"
_COST: dict[str, Callable[[Row], int]] = {
    "params": lambda row: row.cost.trainable,
    OPERATIONS.heading: lambda row: row.cost.macs,
    "memory": lambda row: row.memory,
}
"""The columns with bars, by the heading that netspec's own have."""


def page(summary: Summary) -> str:
    """The summary as a fragment of HTML."""
    title = f'<p style="margin:.3em 0"><b>{escape(summary.title())}</b></p>'
    notes = "".join(f'<p style="{SMALL}">{escape(note)}</p>' for note in summary.notes())
    return f"<div>{title}{_table(summary)}{notes}</div>"


def folded_page(summary: Summary) -> str:
    """The top level of steps, and all of them below where there are more."""
    top = summary.folded(1)
    if len(top.rows) == len(summary.rows):
        return page(top)
    within = f"<summary>all {len(summary.rows)} steps</summary>{_table(summary)}"
    return f'{page(top)}<details style="margin:.3em 0">{within}</details>'


def _table(summary: Summary) -> str:
    shown = columns(summary)
    head = "".join(_cell("th", c, c.heading, f"border-bottom:{LINE}") for c in shown)
    greatest = {h: max(map(of, summary.rows), default=0) for h, of in _COST.items()}
    rows = "".join(f"<tr>{''.join(_cells(shown, row, greatest))}</tr>" for row in summary.rows)
    total = "".join(_cell("th", c, c.total(summary), f"border-top:{LINE}") for c in shown)
    table = (
        '<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        f"<tfoot><tr>{total}</tr></tfoot></table>"
    )
    scroll = "max-height:36em;" if len(summary.rows) > TALL else ""
    return f'<div style="overflow:auto;{scroll}">{table}</div>'


def _cells(shown: tuple[Column, ...], row: Row, greatest: dict[str, int]) -> Iterator[str]:
    for written, column in zip(COLUMNS, shown, strict=True):
        heading = written.heading
        style = _bar(_COST[heading](row), greatest[heading]) if heading in _COST else ""
        if column.words and column is shown[0]:
            style = f"padding-left:{0.6 + 1.1 * row.level:.1f}em"
            bare = replace(column, cell=lambda r: r.path.rpartition("/")[2])
            yield _cell("td", bare, bare.cell(row), style)
        else:
            yield _cell("td", column, column.cell(row), style)


def _bar(cost: int, most: int) -> str:
    """A bar from the right, behind the number."""
    if not cost:
        return ""
    share = f"{100 * cost / most:.1f}%"
    return f"background:linear-gradient(to left,rgba(66,133,244,.22) {share},transparent {share})"


def _cell(tag: str, column: Column, text: str, style: str) -> str:
    side = "left" if column.words else "right"
    plain = f"text-align:{side};white-space:nowrap;padding:.1em .6em"
    return f'<{tag} style="{plain};{style}">{escape(text)}</{tag}>'

"""A difference as Markdown, for the comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from netspec.comparing.difference import Difference
from netspec.comparing.gates import Verdict
from netspec.comparing.sections import Line, Telling
from netspec.comparing.stepwise import HEADINGS, LEFT, MARKS, step_rows
from netspec.comparing.telling import title, told
from netspec.comparing.totals import total_rows

_MARKS = "+-~"
"""What begins the line of a step; Markdown would make a list of it."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def markdown(found: Difference, verdicts: Sequence[Verdict] = (), depth: int = 1) -> str:
    """The difference with its figures as tables, the steps folded away."""
    return "\n".join(_parts(found, verdicts, depth)) + "\n"


def _parts(found: Difference, verdicts: Sequence[Verdict], depth: int) -> Iterator[str]:
    if found.equal:
        yield _plain(told(found).splitlines()[0])
        return
    yield f"**{_plain(title(found))}**\n"
    for verdict in verdicts:
        yield f"- {'❌' if verdict.failed else '✅'} {_plain(str(verdict))}"
    yield ""
    names = (_plain(name) for name in found.names)
    yield from table(("", *names, "change"), [[*map(_plain, row)] for row in total_rows(found)], 1)
    for heading, body in Telling(found).sections():
        if body:
            yield f"\n**{heading}**\n"
            yield from _listed(body)
    rows = [(f"{MARKS[row.how]} {cells[0]}", *cells[1:]) for row, cells in step_rows(found, depth)]
    if rows:
        yield "\n<details><summary>Step by step</summary>\n"
        yield from table(HEADINGS, [[*map(_plain, row)] for row in rows], LEFT)
        yield "\n</details>"


def _listed(body: Iterable[Line]) -> Iterator[str]:
    """Lines as a list, each as deep as it is indented."""
    for line in body:
        text = line.text.lstrip()
        deep = len(line.text) - len(text) > 2
        mark = f"`{text[0]}` " if text[0] in _MARKS else ""
        words = re.sub(r" {2,}", " ", text[2:] if mark else text)
        yield f"{'  ' if deep else ''}- {mark}{_plain(words)}"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> Iterator[str]:
    """A table, its first columns of words, the others of numbers."""
    yield f"| {' | '.join(headings)} |"
    aligned = (":--" if index < left else "--:" for index in range(len(headings)))
    yield f"| {' | '.join(aligned)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _plain(text: str) -> str:
    """The text as Markdown shows it."""
    return _SPECIAL.sub(r"\\\1", text).strip()

"""A difference as people read it: what happened, why, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.amounts import counted
from netspec.comparing.difference import Difference
from netspec.comparing.sections import Line, Telling
from netspec.comparing.stepwise import step_lines
from netspec.comparing.totals import total_lines

LINES_AT_MOST = 80
"""Lines of a section."""


def told(found: Difference, depth: int = 1) -> str:
    """The whole difference as plain text; the table of steps has that many levels."""
    return "\n".join(line.text for line in lines(found, depth)) + "\n"


def lines(found: Difference, depth: int = 1) -> Iterator[Line]:
    """The difference, line by line."""
    if found.equal:
        yield from _same(found)
        return
    yield Line(title(found), "title")
    yield Line("")
    for text in total_lines(found):
        yield Line(text)
    telling = Telling(found)
    for heading, body in telling.sections():
        if body:
            yield Line("")
            yield Line(heading, "heading")
            yield from body[:LINES_AT_MOST]
        if len(body) > LINES_AT_MOST:
            yield Line(
                f"  … and {len(body) - LINES_AT_MOST:,} more lines; --json tells all", "note"
            )
    table = [*step_lines(found, depth)]
    if table:
        yield Line("")
        yield Line("Step by step", "heading")
        yield from (Line(text, kind) for text, kind in table)


def title(found: Difference) -> str:
    """What happened, in a line."""
    one, other = found.names
    counts = found.counts
    done = [f"{counted(counts[word], 'step')} {word}" for word in counts if counts[word]]
    around = any(each.counted for each in found.outside)
    rest = "the same steps" if around else "the same steps, written otherwise"
    return f"{one} → {other}: {', '.join(done) or rest}"


def _same(found: Difference) -> Iterator[Line]:
    one, other = found.names
    what = one if one == other else f"{one} and {other}"
    verb = "is" if one == other else "are"
    yield Line(f"{what} {verb} the same network (spec hash {found.a.hash[:12]})", "title")
    yield from Telling(found).around()

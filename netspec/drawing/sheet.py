"""The sheet around a layout: the network's name and figures above it, the legend below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netspec.drawing import families, heat
from netspec.drawing.fonts import fitted, width
from netspec.drawing.layout import Layout, Rect, Words
from netspec.drawing.looks import MARKED, PLAIN
from netspec.drawing.sizes import FACT, NAME, SMALL

MARGIN = 22
ABOVE, BELOW = 16, 18
"""Between the head and the picture, and between it and the foot."""
NAME_LINE, FACT_LINE, FOOT_LINE = 26, 17, 22
NARROWEST = 420
"""A sheet is at least as wide, if its picture is half as wide, and its head may be."""
SWATCH = Rect(0, 0, 16, 12)
APART = 18
"""Between entries of the legend."""


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour of the legend; `look` is the class of its area."""

    look: str
    rect: Rect


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole picture: the layout stands at `corner`, all else is in place."""

    layout: Layout
    rect: Rect
    corner: tuple[int, int]
    words: tuple[Words, ...]
    swatches: tuple[Swatch, ...]


def sheet(layout: Layout) -> Sheet:
    """The sheet of a layout, as wide as what it holds."""
    head = list(_head(layout))
    least = max((words.rect.right for words in head), default=0)
    room = max(layout.rect.width + MARGIN, least, min(NARROWEST, 2 * layout.rect.width))
    top = max(words.rect.bottom for words in head) + ABOVE
    left = MARGIN + (room - MARGIN - layout.rect.width) // 2
    foot = top + layout.rect.height + BELOW
    swatches, notes, bottom = _foot(layout, foot, room)
    whole = Rect(0, 0, room + MARGIN, bottom + MARGIN - 8)
    return Sheet(layout, whole, (left, top), (*head, *notes), tuple(swatches))


def _head(layout: Layout) -> Iterator[Words]:
    scene = layout.scene
    name = width(scene.name, NAME, "bold")
    yield Words(scene.name, Rect(MARGIN, MARGIN - 4, name, NAME_LINE), "name")
    y = MARGIN - 4 + NAME_LINE
    for told in scene.facts:
        fact = fitted(told, max(NARROWEST, layout.rect.width), FACT)
        yield Words(fact, Rect(MARGIN, y, width(fact, FACT), FACT_LINE), "fact")
        y += FACT_LINE


def _foot(layout: Layout, y: int, room: int) -> tuple[list[Swatch], list[Words], int]:
    """The legend in lines of at most `room`, then the notes; and where it ends."""
    swatches: list[Swatch] = []
    words: list[Words] = []
    x = MARGIN
    for look, text in _entries(layout):
        wide = SWATCH.width + 6 + width(text, SMALL)
        if x > MARGIN and x + wide > room:
            x, y = MARGIN, y + FOOT_LINE
        swatches.append(Swatch(look, SWATCH._replace(x=x, y=y + 3)))
        words.append(_small(text, x + SWATCH.width + 6, y))
        x += wide + APART
    for told in layout.scene.notes:
        note = fitted(told, room - MARGIN, SMALL)
        if x > MARGIN and x + width(note, SMALL) > room:
            x, y = MARGIN, y + FOOT_LINE
        words.append(_small(note, x, y))
        x += width(note, SMALL) + APART
    return swatches, words, y + FOOT_LINE


def _small(text: str, x: int, y: int) -> Words:
    return Words(text, Rect(x, y, width(text, SMALL), 18), "small")


def _entries(layout: Layout) -> Iterator[tuple[str, str]]:
    """The legend: each look that the picture has, and what it says."""
    scene = layout.scene
    boxes = tuple(scene.body.boxes())
    if scene.measure:
        most = max((box.amount for box in boxes), default=0)
        yield from _ticks(most, scene.measure)
    elif not scene.compared:
        shown = set(scene.families())
        yield from ((name, text) for name, text in families.WORDS.items() if name in shown)
    marks = {box.mark for box in boxes}
    yield from ((name, f"{mark.value} {name}") for mark, name in MARKED.items() if mark in marks)


def _ticks(most: int, measure: str) -> Sequence[tuple[str, str]]:
    words, unit, _ = heat.MEASURES[measure]
    ticks = [(f"heat{step}" if step else PLAIN, text) for step, text in heat.ticks(most, unit)]
    (hottest, amount) = ticks.pop()
    return [*ticks, (hottest, f"{amount} {words}")]

"""What can be wrong with a layout: overlaps, words that don't fit, lines through boxes, loose ends.

Widths of words are those of Adobe's Helvetica as reportlab has them, not of our own table.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from reportlab.pdfbase.pdfmetrics import stringWidth

from netspec.drawing import sizes
from netspec.drawing.layout import Layout, Line, Rect, Spot, Words
from netspec.drawing.scene import Box, Form, Group
from netspec.drawing.sheet import Sheet
from netspec.drawing.themes import TYPE

ALONE = {"shape", "header", "template", "badge"}
"""Words that stand in the picture itself."""


def faults(sheet: Sheet) -> list[str]:
    """Everything that is wrong, in words."""
    layout = sheet.layout
    return [
        *_overlaps(layout),
        *_outside(layout),
        *_frames(layout),
        *_labels(layout),
        *_words(layout.words),
        *_words(sheet.words),
        *_through(layout),
        *_loose(layout),
        *_off_the_sheet(sheet),
    ]


def crossings(layout: Layout) -> int:
    """How often lines of two values cross."""
    pieces = [(line.value, piece) for line in layout.lines for piece in pairwise(line.spots)]
    return sum(
        1
        for (value, one), (other, two) in combinations(pieces, 2)
        if value != other and _cross(one, two)
    )


def _overlaps(layout: Layout) -> Iterator[str]:
    for (box, rect), (other, second) in combinations(layout.boxes, 2):
        if _meet(rect, second):
            yield f"{box.path} and {other.path} overlap"
    for words in layout.words:
        for box, rect in layout.boxes:
            if _meet(words.rect, rect):
                yield f"the words {words.text!r} stand on {box.path}"
    for words, others in combinations(layout.words, 2):
        if _meet(words.rect, others.rect):
            yield f"the words {words.text!r} and {others.text!r} overlap"
    for (group, frame), (other, second) in combinations(layout.frames, 2):
        if _meet(frame, second) and not _within(second, frame) and not _within(frame, second):
            yield f"the frames of {group.path} and {other.path} overlap"


def _outside(layout: Layout) -> Iterator[str]:
    whole = layout.rect
    for box, rect in layout.boxes:
        if not _within(rect, whole):
            yield f"{box.path} is outside the picture"
    for line in layout.lines:
        for spot in line.spots:
            if not (0 <= spot.x <= whole.width and 0 <= spot.y <= whole.height):
                yield f"a line of {line.value} leaves the picture"
    for words in layout.words:
        if not _within(words.rect, whole):
            yield f"the words {words.text!r} are outside the picture"


def _frames(layout: Layout) -> Iterator[str]:
    """A frame is around its own boxes, and around no others."""
    for group, frame in layout.frames:
        own = {box.path for box in group.boxes()}
        for box, rect in layout.boxes:
            if box.path in own and not _within(rect, frame):
                yield f"{box.path} stands outside the frame {group.path}"
            if box.path not in own and _meet(rect, frame):
                yield f"{box.path} stands in the frame {group.path}, which is not its own"


def _labels(layout: Layout) -> Iterator[str]:
    for box, rect in layout.boxes:
        if box.form is Form.KNOT:
            continue
        room = rect.height if box.form is Form.BAR and rect.height > rect.width else rect.width
        font = "Helvetica-Bold" if sizes.weight(box) == "bold" else "Helvetica"
        size = TYPE["bar"][0] if box.form is Form.BAR else sizes.TITLE
        least = min(sizes.WIDEST, stringWidth(sizes.title(box), font, size))
        if least > room or stringWidth(box.note, "Helvetica", sizes.NOTE) > max(room, 226):
            yield f"the label of {box.path} is wider than its box"


def _words(found: tuple[Words, ...]) -> Iterator[str]:
    for words in found:
        size, style = TYPE[words.role]
        font = "Helvetica-Bold" if "bold" in style else "Helvetica"
        room = max(words.rect.width, words.rect.height)
        if stringWidth(words.text, font, size) > room:
            yield f"the words {words.text!r} are wider than their place"


def _through(layout: Layout) -> Iterator[str]:
    """A line touches boxes at their edges alone, and meets no words."""
    for line in layout.lines:
        for piece in pairwise(line.spots):
            stretch = _stretch(piece)
            for box, rect in layout.boxes:
                if _meet(stretch, _shrunk(rect)):
                    yield f"a line of {line.value} runs through {box.path}"
            for words in layout.words:
                if _meet(stretch, words.rect):
                    yield f"a line of {line.value} runs through the words {words.text!r}"


def _loose(layout: Layout) -> Iterator[str]:
    """Each value's lines lead from the box that gives it to every box that takes it."""
    places = {box.path: rect for box, rect in layout.boxes}
    lines: dict[str, list[Line]] = {}
    for line in layout.lines:
        lines.setdefault(line.value, []).append(line)
    for box, rect in layout.boxes:
        for value in box.takes:
            reached = _reached(places[value], lines.get(value, []))
            if not any(_touches(spot, rect) for spot in reached):
                yield f"no line leads from {value} to {box.path}"
    for value, own in lines.items():
        if len(_reached(places[value], own)) < len({line.spots[-1] for line in own}):
            yield f"a line of {value} starts nowhere"
        for line in own:
            if line.arrow and not any(_touches(line.spots[-1], r) for r in places.values()):
                yield f"an arrow of {value} points at nothing"


def _reached(start: Rect, lines: list[Line]) -> set[Spot]:
    """The ends of lines that start at a box, or where another one ends."""
    reached: set[Spot] = set()
    left = list(lines)
    while True:
        more = [x for x in left if x.spots[0] in reached or _touches(x.spots[0], _grown(start))]
        if not more:
            return reached
        reached |= {line.spots[-1] for line in more}
        left = [line for line in left if line not in more]


def _off_the_sheet(sheet: Sheet) -> Iterator[str]:
    x, y = sheet.corner
    inner = sheet.layout.rect._replace(x=x, y=y)
    if not _within(inner, sheet.rect):
        yield "the picture is larger than its sheet"
    for words in sheet.words:
        if not _within(words.rect, sheet.rect) or _meet(words.rect, inner):
            yield f"the words {words.text!r} are off the sheet, or on the picture"
    for one, other in combinations(sheet.words, 2):
        if _meet(one.rect, other.rect):
            yield f"the words {one.text!r} and {other.text!r} overlap"


def _meet(one: Rect, other: Rect) -> bool:
    """Whether two areas have more than an edge in common."""
    beside = one.right <= other.x or other.right <= one.x
    return not beside and not (one.bottom <= other.y or other.bottom <= one.y)


def _within(inner: Rect, outer: Rect) -> bool:
    across = outer.x <= inner.x and inner.right <= outer.right
    return across and outer.y <= inner.y and inner.bottom <= outer.bottom


def _stretch(piece: tuple[Spot, Spot]) -> Rect:
    """A line as an area one pixel thick, from its middle on."""
    (x, y), (x2, y2) = piece
    assert x == x2 or y == y2, "lines run across or along"
    return Rect(min(x, x2), min(y, y2), max(1, abs(x - x2)), max(1, abs(y - y2)))


def _shrunk(rect: Rect) -> Rect:
    return Rect(rect.x + 1, rect.y + 1, rect.width - 2, rect.height - 2)


def _grown(rect: Rect) -> Rect:
    """A box with what peeks out behind it, from where its line starts."""
    more = sizes.BEHIND
    return Rect(rect.x, rect.y, rect.width + more, rect.height + more)


def _touches(spot: Spot, rect: Rect) -> bool:
    """Whether a spot is on the area or its edge."""
    return rect.x <= spot.x <= rect.right and rect.y <= spot.y <= rect.bottom


def _cross(one: tuple[Spot, Spot], two: tuple[Spot, Spot]) -> bool:
    """Whether a line across meets one along within both."""
    for (a, b), (c, d) in ((one, two), (two, one)):
        if a.y == b.y and c.x == d.x:
            inside = min(a.x, b.x) < c.x < max(a.x, b.x)
            return inside and min(c.y, d.y) < a.y < max(c.y, d.y)
    return False


def framed(layout: Layout, path: str) -> tuple[Group, Rect]:
    """The frame of that path."""
    return next((group, rect) for group, rect in layout.frames if group.path == path)


def placed(layout: Layout, path: str) -> tuple[Box, Rect]:
    """The box of that path."""
    return next((box, rect) for box, rect in layout.boxes if box.path == path)

"""Paints a sheet as SVG: no script, no font, nothing from elsewhere, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from netspec.drawing import sizes
from netspec.drawing.fonts import exact_width, fitted
from netspec.drawing.fragments import RIGHT
from netspec.drawing.layout import Line, Rect, Spot, Words
from netspec.drawing.looks import MARKED, Looks, ink_of, marks_of
from netspec.drawing.scene import Box, Form, Group, Mark
from netspec.drawing.sheet import Sheet
from netspec.drawing.themes import TYPE, scope, style

BEND = 7
"""Radius of the corners of lines."""
TIP, SPREAD = 6, 3
"""Length and half of the breadth of an arrow."""
BASELINE = 0.35
"""How far a line of text stands under its middle, in sizes of its type."""


def render(sheet: Sheet, theme: str = "auto") -> str:
    """The picture; `theme` is `light`, `dark` or `auto`."""
    return "\n".join(_Painter(sheet, theme).lines()) + "\n"


class _Painter:
    """One picture, from the back to the front."""

    def __init__(self, sheet: Sheet, theme: str) -> None:
        self.sheet, self.theme, self.scene = sheet, theme, sheet.layout.scene
        self.looks = Looks(self.scene)
        self.marks = marks_of(self.scene.body)

    def lines(self) -> Iterator[str]:
        width, height = self.sheet.rect.width, self.sheet.rect.height
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}" role="img" class="{scope(self.theme)}">'
        )
        yield f"<title>{_text(self.scene.name)}</title>"
        yield f"<desc>{_text('; '.join(self.scene.facts))}</desc>"
        yield f"<style>{style(self.theme)}</style>"
        yield _area("page", self.sheet.rect, 0)
        x, y = self.sheet.corner
        yield f'<g transform="translate({x} {y})">'
        layout = self.sheet.layout
        for group, rect in layout.frames:
            yield from _frame(group, rect)
        for line in layout.lines:
            yield from self._line(line)
        for box, rect in layout.boxes:
            yield from self._box(box, rect)
        for words in layout.words:
            yield from _words(words)
        yield "</g>"
        for swatch in self.sheet.swatches:
            yield _area(swatch.look, swatch.rect, 3)
        for words in self.sheet.words:
            yield from _words(words)
        yield "</svg>"

    # lines

    def _line(self, line: Line) -> Iterator[str]:
        mark = self._mark_of(line)
        more = f" line-{MARKED[mark]}" if mark in MARKED else ""
        dashed = ' stroke-dasharray="5 3"' if mark is Mark.REMOVED else ""
        yield f'<path class="line{more}" d="{_bent(_shortened(line))}"{dashed}/>'
        if line.arrow:
            head = f" head-{MARKED[mark]}" if mark in MARKED else ""
            yield f'<path class="head{head}" d="{_tip(line.spots)}"/>'

    def _mark_of(self, line: Line) -> Mark:
        """A line is as new, or as gone, as what it leads from or to."""
        found = [self.marks.get(end, Mark.SAME) for end in (line.value, line.taker)]
        return next((m for m in (Mark.REMOVED, Mark.ADDED) if m in found), Mark.SAME)

    # boxes

    def _box(self, box: Box, rect: Rect) -> Iterator[str]:
        yield "<g>"
        if box.detail:
            yield f"<title>{_text(chr(10).join(box.detail))}</title>"
        look = self.looks.of(box)
        if box.form is Form.KNOT:
            yield from _knot(box, rect, look)
        else:
            if box.repeats > 1:
                yield _area(look, _behind(rect), 4)
            yield _area(look, rect, 9 if box.form is Form.TERMINAL else 4)
            if box.form is Form.STACK and box.repeats == 1:
                yield _double(rect, look)
            yield from self._labels(box, rect)
        yield "</g>"

    def _labels(self, box: Box, rect: Rect) -> Iterator[str]:
        on = ink_of(self.looks.of(box))
        if box.form is Form.BAR:
            yield from self._bar(box, rect, on)
            return
        titles, notes = _halves(rect) if box.note else (rect, rect)
        role = "bold" if sizes.weight(box) == "bold" else "title"
        title = fitted(sizes.title(box), rect.width - 6, sizes.TITLE, sizes.weight(box))
        yield _centred(title, titles, role, on)
        if box.note:
            yield _centred(fitted(box.note, rect.width - 6, sizes.NOTE), notes, "note", on)

    def _bar(self, box: Box, rect: Rect, on: str) -> Iterator[str]:
        if self.sheet.layout.direction is RIGHT:
            x, y = rect.x + rect.width / 2, rect.y + rect.height / 2
            turned = f' transform="rotate(-90 {_number(x)} {_number(y)})"'
            yield _centred(sizes.title(box), rect, "bar", on, turned)
        else:
            yield _centred(sizes.title(box), rect, "bar", on)


def _frame(group: Group, rect: Rect) -> Iterator[str]:
    look = f"frame edge-{MARKED[group.mark]}" if group.mark in MARKED else "frame"
    yield "<g>"
    if group.detail:
        yield f"<title>{_text(chr(10).join(group.detail))}</title>"
    if group.repeats > 1:
        yield _area(look, _behind(rect), 7)
    yield _area(look, rect, 7)
    yield "</g>"


def _behind(rect: Rect) -> Rect:
    return rect._replace(x=rect.x + sizes.BEHIND, y=rect.y + sizes.BEHIND)


def _double(rect: Rect, look: str) -> str:
    """The inner lines of a folded block."""
    x, right, y, bottom = rect.x + 4, rect.right - 4, rect.y, rect.bottom
    return f'<path class="{look}" d="M{x} {y}V{bottom}M{right} {y}V{bottom}"/>'


def _knot(box: Box, rect: Rect, look: str) -> Iterator[str]:
    x, y, half = rect.x + rect.width / 2, rect.y + rect.height / 2, rect.width / 2
    yield f'<circle class="{look}" cx="{_number(x)}" cy="{_number(y)}" r="{_number(half)}"/>'
    arm = 4.5
    if box.title == "add":
        ends = f"M{_number(x - arm)} {_number(y)}h9M{_number(x)} {_number(y - arm)}v9"
    else:
        ends = f"M{_number(x - 3)} {_number(y - 3)}l6 6m0 -6l-6 6"
    yield f'<path class="{look} cross" d="{ends}"/>'


def _halves(rect: Rect) -> tuple[Rect, Rect]:
    """Where the two lines of a box stand."""
    return rect._replace(y=rect.y + 3, height=16), rect._replace(y=rect.y + 18, height=14)


def _words(words: Words) -> Iterator[str]:
    if words.role == "badge":
        yield _area("pill", words.rect, words.rect.height // 2)
        yield _centred(words.text, words.rect, "badge")
        return
    yield _left(words)


def _left(words: Words) -> str:
    y = words.rect.y + words.rect.height / 2 + BASELINE * TYPE[words.role][0]
    place = f'x="{words.rect.x}" y="{_number(y)}"'
    return _line_of_text(words.role, words.role, place, words.text)


def _centred(text: str, rect: Rect, role: str, on: str = "", more: str = "") -> str:
    x = rect.x + rect.width / 2
    y = rect.y + rect.height / 2 + BASELINE * TYPE[role][0]
    look = f"{role} {on}".strip()
    place = f'x="{_number(x)}" y="{_number(y)}" text-anchor="middle"{more}'
    return _line_of_text(look, role, place, text)


def _line_of_text(look: str, role: str, place: str, text: str) -> str:
    """A text told to be as wide as the layout has it, whatever font it is shown in."""
    size, style = TYPE[role]
    wide = exact_width(text, size, "bold" if "bold" in style else "regular")
    length = f' textLength="{_number(wide)}" lengthAdjust="spacingAndGlyphs"' if text else ""
    return f'<text class="{look}" {place}{length}>{_text(text)}</text>'


def _area(look: str, rect: Rect, radius: int) -> str:
    x, y, width, height = rect
    round_off = f' rx="{radius}"' if radius else ""
    return f'<rect class="{look}" x="{x}" y="{y}" width="{width}" height="{height}"{round_off}/>'


# paths


def _shortened(line: Line) -> Sequence[Spot]:
    """The line without what its arrow covers."""
    if not line.arrow:
        return line.spots
    *others, before, last = line.spots
    return [*others, before, _towards(last, before, TIP - 1)]


def _towards(spot: Spot, other: Spot, by: int) -> Spot:
    """The place so far from a spot on the way to another, along one axis."""
    x, y = _sign(other.x - spot.x), _sign(other.y - spot.y)
    length = abs(other.x - spot.x) + abs(other.y - spot.y)
    reach = min(by, length)
    return Spot(spot.x + x * reach, spot.y + y * reach)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _tip(spots: Sequence[Spot]) -> str:
    """The arrow at the end of a line."""
    before, last = spots[-2], spots[-1]
    back = Spot(last.x - TIP * _sign(last.x - before.x), last.y - TIP * _sign(last.y - before.y))
    across = (_sign(last.y - before.y) * SPREAD, _sign(last.x - before.x) * SPREAD)
    one, other = (back.x + across[0], back.y + across[1]), (back.x - across[0], back.y - across[1])
    return f"M{last.x} {last.y}L{one[0]} {one[1]}L{other[0]} {other[1]}z"


def _bent(spots: Sequence[Spot]) -> str:
    """A path through the spots, its corners rounded."""
    distinct = [spots[0], *(after for before, after in pairwise(spots) if after != before)]
    parts = [f"M{distinct[0].x} {distinct[0].y}"]
    for before, corner, after in zip(distinct, distinct[1:], distinct[2:], strict=False):
        radius = min(BEND, _distance(before, corner) // 2, _distance(corner, after) // 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        parts.append(f"L{start.x} {start.y}Q{corner.x} {corner.y} {end.x} {end.y}")
    parts.append(f"L{distinct[-1].x} {distinct[-1].y}")
    return "".join(parts)


def _distance(one: Spot, other: Spot) -> int:
    return abs(one.x - other.x) + abs(one.y - other.y)


def _number(value: float) -> str:
    """A coordinate in tenths, without a needless zero."""
    return f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    """Words as XML holds them; characters that XML can't hold are replaced."""
    return escape(
        "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    )

"""The check of layouts finds what is planted: each mistake alone, in an otherwise good picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import netspec
from drawing.geometry import crossings, faults, framed, placed
from netspec.drawing.layout import Layout, Line, Rect, Spot, Words
from netspec.drawing.pictures import Style, scene_of, sheet_of

GOOD = sheet_of(scene_of(netspec.load("inception_v3"), Style()), Style())
CONV = "Mixed_5b/Branch_1/Conv2d_0b_5x5"
BESIDE = "Mixed_5b/Branch_0/Conv2d_0a_1x1"


def moved_onto_another(layout: Layout) -> Layout:
    _, there = placed(layout, BESIDE)
    return _with_rect(layout, CONV, there)


def moved_by_two_pixels(layout: Layout) -> Layout:
    _, rect = placed(layout, CONV)
    return _with_rect(layout, CONV, rect._replace(y=rect.y + 2))


def moved_out_of_its_frame(layout: Layout) -> Layout:
    _, rect = placed(layout, CONV)
    _, frame = framed(layout, "Mixed_5b")
    return _with_rect(layout, CONV, rect._replace(y=frame.bottom + 1))


def wider_title(layout: Layout) -> Layout:
    boxes = tuple(
        (replace(box, title=f"{box.title}, dilation 2"), rect) if box.path == CONV else (box, rect)
        for box, rect in layout.boxes
    )
    return replace(layout, boxes=boxes)


def line_through_a_box(layout: Layout) -> Layout:
    _, rect = placed(layout, CONV)
    middle = rect.y + rect.height // 2
    spots = (Spot(rect.x - 8, middle), Spot(rect.right + 8, middle))
    return replace(layout, lines=(*layout.lines, Line("image", spots, False, "")))


def line_left_out(layout: Layout) -> Layout:
    kept = tuple(line for line in layout.lines if line.value != CONV)
    assert len(kept) < len(layout.lines)
    return replace(layout, lines=kept)


def line_to_nowhere(layout: Layout) -> Layout:
    found = tuple(
        replace(line, spots=(*line.spots[:-1], _short(line))) if line.value == CONV else line
        for line in layout.lines
    )
    return replace(layout, lines=found)


def frame_too_small(layout: Layout) -> Layout:
    frames = tuple(
        (group, rect._replace(width=rect.width // 2)) if group.path == "Mixed_5b" else (group, rect)
        for group, rect in layout.frames
    )
    return replace(layout, frames=frames)


def words_on_a_box(layout: Layout) -> Layout:
    _, rect = placed(layout, CONV)
    return replace(layout, words=(*layout.words, Words("3×3", rect, "shape")))


def too_small_a_page(layout: Layout) -> Layout:
    return replace(layout, rect=layout.rect._replace(height=layout.rect.height - 300))


MISTAKES: dict[Callable[[Layout], Layout], str] = {
    moved_onto_another: f"{BESIDE} and {CONV} overlap",
    moved_by_two_pixels: f"no line leads from Mixed_5b/Branch_1/Conv2d_0a_1x1 to {CONV}",
    moved_out_of_its_frame: f"{CONV} stands outside the frame Mixed_5b",
    wider_title: f"the label of {CONV} is wider than its box",
    line_through_a_box: f"a line of image runs through {CONV}",
    line_left_out: f"no line leads from {CONV} to Mixed_5b",
    line_to_nowhere: f"no line leads from {CONV} to Mixed_5b",
    frame_too_small: "stands outside the frame Mixed_5b",
    words_on_a_box: f"the words '3×3' stand on {CONV}",
    too_small_a_page: "is outside the picture",
}


@pytest.mark.parametrize("plant", MISTAKES, ids=lambda plant: plant.__name__)
def test_a_planted_mistake_is_found(plant: Callable[[Layout], Layout]) -> None:
    assert faults(GOOD) == []
    found = faults(replace(GOOD, layout=plant(GOOD.layout)))
    assert any(MISTAKES[plant] in fault for fault in found), found


def test_words_wider_than_their_place_are_found() -> None:
    first, *others = GOOD.words
    longer = replace(first, text=first.text + " and more")
    assert faults(replace(GOOD, words=(longer, *others)))


def test_a_crossing_is_counted() -> None:
    layout = GOOD.layout
    _, rect = placed(layout, CONV)
    below = rect.bottom + 5
    across = Line("image", (Spot(rect.x, below), Spot(rect.right, below)), False, "")
    assert crossings(layout) == 0
    assert crossings(replace(layout, lines=(*layout.lines, across))) == 1


def _with_rect(layout: Layout, path: str, there: Rect) -> Layout:
    boxes = tuple((box, there if box.path == path else rect) for box, rect in layout.boxes)
    return replace(layout, boxes=boxes)


def _short(line: Line) -> Spot:
    """A place before a line's end."""
    return line.spots[-1]._replace(y=line.spots[-1].y - 4)


def test_the_sheet_is_judged_too() -> None:
    smaller = GOOD.rect._replace(width=GOOD.rect.width // 2)
    assert "the picture is larger than its sheet" in faults(replace(GOOD, rect=smaller))

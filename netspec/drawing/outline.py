"""A scene as other programs that lay pictures out want it: what is written on it, what links it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netspec.drawing import boxing, sizes
from netspec.drawing.labels import SIGNS
from netspec.drawing.looks import marks_of
from netspec.drawing.scene import Box, Form, Group, Mark, Scene


class Link(NamedTuple):
    """A value's way to a box that takes it, the words on it, and whether it is no more."""

    value: str
    taker: str
    words: str
    gone: bool


def links(scene: Scene) -> Iterator[Link]:
    """Every link, in the order of the boxes that take; a value's words stand on its first."""
    marks = marks_of(scene.body)
    words = dict(_words(scene.body))
    for box in scene.body.boxes():
        for value in box.takes:
            gone = Mark.REMOVED in (box.mark, marks[value])
            yield Link(value, box.path, words.pop(value, ""), gone)


def _words(group: Group) -> Iterator[tuple[str, str]]:
    for item in group.items:
        if isinstance(item, Group):
            yield from _words(item)
        if item.edge:
            yield item.result, item.edge


def label(box: Box) -> str:
    """What is written on a box: its title, and below it its name."""
    if box.form is Form.KNOT and box.title in SIGNS:
        return f"{box.mark.value} {SIGNS[box.title]}".strip()
    return f"{sizes.title(box)}\n{box.note}" if box.note else sizes.title(box)


def heading(group: Group) -> str:
    """What is written on a frame."""
    return " ".join(filter(None, (group.mark.value, group.title, boxing.badge(group))))

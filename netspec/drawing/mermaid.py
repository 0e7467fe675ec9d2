"""Writes a scene as a Mermaid flowchart, for pages that lay those out: GitHub's, GitLab's, docs.

Source of the syntax: mermaid.js.org/syntax/flowchart.html. Nodes get names of our own, `n1`, so
that no step's name is taken for a keyword; what is said of them stands in quotes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from netspec.drawing.fragments import DOWN, Direction
from netspec.drawing.looks import Looks, tint_of, words_on
from netspec.drawing.outline import heading, label, links
from netspec.drawing.scene import Box, Form, Group, Scene
from netspec.drawing.themes import LIGHT

SHAPES: Mapping[Form, tuple[str, str]] = {
    Form.BOX: ("[", "]"),
    Form.BAR: ("[", "]"),
    Form.KNOT: ("((", "))"),
    Form.STACK: ("[[", "]]"),
    Form.TERMINAL: ("([", "])"),
}
INDENT = "  "


def render(scene: Scene, direction: Direction = DOWN) -> str:
    """The flowchart as text."""
    return "\n".join(_Writer(scene, direction).lines()) + "\n"


class _Writer:
    """One chart. `names` are those of nodes by value, given in order."""

    def __init__(self, scene: Scene, direction: Direction) -> None:
        self.scene, self.direction = scene, direction
        self.boxes = tuple(scene.body.boxes())
        self.names = {box.path: f"n{number}" for number, box in enumerate(self.boxes, 1)}
        self.looks = Looks(scene)
        self.groups = 0

    def lines(self) -> Iterator[str]:
        yield "---"
        yield f"title: {json.dumps(self.scene.name)}"
        yield "---"
        yield f"flowchart {'TB' if self.direction is DOWN else 'LR'}"
        yield from self._items(self.scene.body, INDENT)
        for value, taker, words, gone in links(self.scene):
            arrow = "-.->" if gone else "-->"
            said = f"|{_quoted(words)}|" if words else ""
            yield f"{INDENT}{self.names[value]} {arrow}{said} {self.names[taker]}"
        yield from self._classes()

    def _items(self, group: Group, indent: str) -> Iterator[str]:
        for item in group.items:
            if isinstance(item, Box):
                opening, closing = SHAPES[item.form]
                yield f"{indent}{self.names[item.path]}{opening}{_quoted(label(item))}{closing}"
            elif item.framed:
                self.groups += 1
                yield f"{indent}subgraph g{self.groups}[{_quoted(heading(item))}]"
                yield from self._items(item, indent + INDENT)
                yield f"{indent}end"
            else:
                yield from self._items(item, indent)

    def _classes(self) -> Iterator[str]:
        found: dict[str, list[str]] = {}
        for box in self.boxes:
            found.setdefault(self.looks.of(box), []).append(self.names[box.path])
        for look, names in found.items():
            fill, edge = tint_of(look)
            yield f"{INDENT}classDef {look}_ fill:{fill},stroke:{edge},color:{words_on(look)}"
            yield f"{INDENT}class {','.join(names)} {look}_"
        if self.groups:
            frames = ",".join(f"g{number}" for number in range(1, self.groups + 1))
            fill, edge = LIGHT.frame
            yield f"{INDENT}classDef frame_ fill:{fill},stroke:{edge},color:{LIGHT.ink}"
            yield f"{INDENT}class {frames} frame_"


def _quoted(text: str) -> str:
    """Text in quotes; what Mermaid or HTML would read as more than text, as entities of numbers."""
    return f'"{"".join(map(_entity, text))}"'


def _entity(character: str) -> str:
    if character == "\n":
        return "<br/>"
    if character.isalnum() or character in " ×–−+~_./,:()·…":
        return character
    return f"#{ord(character)};" if character.isprintable() else "#65533;"

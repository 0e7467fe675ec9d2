"""How a box looks: by what became of it, by what it costs, or by its family."""

from __future__ import annotations

from netspec.drawing import heat
from netspec.drawing.scene import Box, Form, Group, Mark, Scene
from netspec.drawing.themes import HEAT, LIGHT, Tint, on

MARKED = {Mark.ADDED: "added", Mark.REMOVED: "removed", Mark.CHANGED: "changed"}
PLAIN = "same"
"""Of what has not changed, and of what costs nothing."""
WITHOUT_HEAT = frozenset({Form.TERMINAL, Form.KNOT})


class Looks:
    """The looks of one scene's boxes, as names that the themes know."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._most = max((box.amount for box in scene.body.boxes()), default=0)

    def of(self, box: Box) -> str:
        """A mark, a step of heat as `heat3`, a family, or `same`."""
        if box.mark in MARKED:
            return MARKED[box.mark]
        if self._scene.compared:
            return PLAIN
        if self._scene.measure and box.form not in WITHOUT_HEAT:
            step = heat.step(box.amount, self._most)
            return f"heat{step}" if step else PLAIN
        return box.family


def marks_of(group: Group) -> dict[str, Mark]:
    """What became of each group and box, by path; a box goes before a group of its path."""
    found = {group.path: group.mark}
    for item in group.items:
        if isinstance(item, Group):
            found |= marks_of(item)
    found |= {item.path: item.mark for item in group.items if isinstance(item, Box)}
    return found


def ink_of(look: str) -> str:
    """The class of the words on a box; empty where they are as everywhere."""
    return look.replace("heat", "on") if look.startswith("heat") else ""


def tint_of(look: str) -> Tint:
    """The colours of a look, for programs that take but one theme."""
    if look.startswith("heat"):
        return Tint(HEAT[int(look.removeprefix("heat"))], LIGHT.line)
    return {**LIGHT.families, **LIGHT.marks, PLAIN: LIGHT.same}[look]


def words_on(look: str) -> str:
    """The colour of the words on a look."""
    return on(tint_of(look).fill) if look.startswith("heat") else LIGHT.ink

"""What a picture shows, before anything has a place: boxes and groups of boxes, and what they take.

A value is named by the path of the box that gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from netspec.ir.shapes import Shape


class Form(Enum):
    """How a box looks."""

    BOX = "box"
    BAR = "bar"
    """A join that gathers branches."""
    KNOT = "knot"
    """A join of two values, as a circle with a sign."""
    STACK = "stack"
    """Equal steps behind each other, or the steps of a folded block."""
    TERMINAL = "terminal"
    """The input."""


class Mark(Enum):
    """What became of a step between two specs; the value is the sign that says so in print."""

    SAME = ""
    ADDED = "+"
    REMOVED = "−"
    CHANGED = "~"


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of steps, by path: the mark, what their boxes and what their tooltips say.

    Steps of which nothing is told are as they were.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def mark(self, path: str) -> Mark:
        """What became of a step."""
        return self.marks.get(path, Mark.SAME)


class Arrangement(Enum):
    """How the items of a group stand."""

    FLOW = "flow"
    """One behind the other, detours beside them."""
    BRANCHES = "branches"
    """Side by side; the last item joins the others."""


@dataclass(frozen=True, slots=True)
class Box:
    """One step, or a block that is folded into one.

    `takes` are values; `detail` the lines of the tooltip; `edge` what is written on the line that
    leaves it. `amount` is what heat shows: of all `repeats` together.
    """

    path: str
    form: Form
    family: str
    title: str
    takes: tuple[str, ...]
    output: Shape
    note: str = ""
    detail: tuple[str, ...] = ()
    edge: str = ""
    repeats: int = 1
    amount: int = 0
    mark: Mark = Mark.SAME
    declared: bool = False
    """Whether the network gives its value."""

    @property
    def gives(self) -> tuple[str, ...]:
        return (self.path,)

    @property
    def result(self) -> str:
        """The value that flows on."""
        return self.path


@dataclass(frozen=True, slots=True)
class Group:
    """Items that were written together.

    `takes` are the values of others that its items take, that which flows in first; `gives` those
    of its own that others take, `result` first; a result that is none of its own is "". `framed`
    groups have a frame with title and note.
    """

    path: str
    arrangement: Arrangement
    items: tuple[Item, ...]
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    result: str
    title: str = ""
    note: str = ""
    framed: bool = False
    detail: tuple[str, ...] = ()
    edge: str = ""
    repeats: int = 1
    mark: Mark = Mark.SAME

    def boxes(self) -> Iterator[Box]:
        """Every box within, in order."""
        for item in self.items:
            if isinstance(item, Box):
                yield item
            else:
                yield from item.boxes()


Item = Box | Group


@dataclass(frozen=True, slots=True)
class Scene:
    """A network's picture: everything in one group, and what stands around it.

    `facts` are the lines under the title, `notes` those at the foot; `measure` names what heat
    shows, if it does. Where specs are `compared`, colours tell what has changed, not families.
    """

    name: str
    body: Group
    facts: tuple[str, ...]
    notes: tuple[str, ...] = ()
    measure: str = ""
    compared: bool = False

    def families(self) -> tuple[str, ...]:
        """Those of the boxes shown, in the order of their first appearance."""
        return tuple(dict.fromkeys(box.family for box in self.body.boxes()))


def makers(items: tuple[Item, ...]) -> Mapping[str, int]:
    """The place of the item that makes each value, results among them that nobody takes."""
    found: dict[str, int] = {}
    for place, item in enumerate(items):
        found |= dict.fromkeys((*item.gives, *filter(None, (item.result,))), place)
    return found

"""Names of steps in reach: those before, in this block and in the blocks around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from netspec.ir.shapes import Shape
from netspec.language.tree import Step


class Flow(NamedTuple):
    """A value on its way: the path that gives it, and its shape, unknown where its step failed."""

    path: str
    shape: Shape | None
    step: Step | None = None


@dataclass(slots=True)
class Frame:
    """One block's names while it is walked, and the block around it."""

    around: Frame | None
    later: list[str]
    flows: dict[str, Flow] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    def find(self, reference: str) -> Flow | None:
        """The flow of a name or path (`Mixed_5b/Branch_0`), the innermost block first."""
        first, *rest = reference.split("/")
        frame: Frame | None = self
        while frame is not None:
            if first in frame.flows:
                return _inside(frame.flows[first], rest)
            frame = frame.around
        return None

    def known(self) -> list[str]:
        """Every name in reach."""
        return [*self.flows, *(self.around.known() if self.around else ())]

    def knows_left_out(self, name: str) -> bool:
        """Whether a `when` removed the step of that name."""
        return name in self.left_out or bool(self.around and self.around.knows_left_out(name))

    def comes_later(self, name: str) -> bool:
        """Whether a step of that name stands further on."""
        return name in self.later or bool(self.around and self.around.comes_later(name))


def _inside(flow: Flow, rest: list[str]) -> Flow | None:
    for name in rest:
        if flow.step is None:
            return Flow(flow.path, None) if flow.shape is None else None
        child = next((c for c in flow.step.children if c.name == name), None)
        if child is None:
            return None
        flow = Flow(child.path, child.output, child)
    return flow

"""What each step of a network costs, alone and with all that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from netspec.costs import Cost, Field, receptive_fields, step_costs, step_memory
from netspec.ir.shapes import Shape
from netspec.spec import Spec


@dataclass(frozen=True, slots=True)
class Figures:
    """A step's output and cost. Params are trainable numbers, MACs one image's, memory bytes.

    `field` is nothing where it sees the whole input.
    """

    output: Shape
    params: int
    macs: int
    memory: int
    field: Field | None

    @property
    def rf(self) -> tuple[int, int] | None:
        """Height and width of the receptive field."""
        return (self.field.height, self.field.width) if self.field else None


def figures_of(spec: Spec) -> Mapping[str, Figures]:
    """The figures of every step, each for itself alone: a block costs nothing."""
    graph = spec.graph()
    costs, memory, fields = step_costs(graph), step_memory(graph), receptive_fields(graph)
    found = {}
    for step in spec.tree.walk():
        cost = costs.get(step.path, Cost())
        field = fields[graph.producer(step.path)]
        kept = memory.get(step.path, 0)
        found[step.path] = Figures(step.output, cost.trainable, cost.macs, kept, field)
    return found


def with_parts(own: Mapping[str, Figures]) -> Mapping[str, Figures]:
    """The figures of every step with all that it holds."""
    found = dict(own)
    for path in reversed([*own]):
        within, slash, _ = path.rpartition("/")
        if slash:
            found[within] = _together(found[within], found[path])
    return found


def _together(block: Figures, part: Figures) -> Figures:
    return replace(
        block,
        params=block.params + part.params,
        macs=block.macs + part.macs,
        memory=block.memory + part.memory,
    )

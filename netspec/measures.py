"""The figures of a network that conditions, sweeps and comparisons speak of by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from netspec.costs import Cost, Field, depth, peak_memory, receptive_fields, step_memory, total_cost
from netspec.ir.graph import Graph
from netspec.ir.needed import needed


@dataclass(frozen=True)
class Measured:
    """A graph, and what several figures are made of, which is had once."""

    graph: Graph

    @cached_property
    def total(self) -> Cost:
        """The cost of the whole network."""
        return total_cost(self.graph)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The receptive fields that are known on the way to the first output, without heads."""
        fields = receptive_fields(self.graph)
        on_the_way = needed(self.graph.with_outputs(self.graph.outputs[:1]))
        named = (self.graph.inputs[0].name, *(node.name for node in on_the_way.nodes))
        return tuple(field for field in map(fields.__getitem__, named) if field is not None)


class Measure(NamedTuple):
    """A figure of a network: its title, what it means, its unit ("" for a count), how it is had."""

    title: str
    meaning: str
    unit: str
    of: Callable[[Measured], int]


MEASURES: Final[Mapping[str, Measure]] = {
    "params": Measure("parameters", "trainable parameters", "", lambda net: net.total.trainable),
    "macs": Measure("MACs", "multiply-accumulates for one image", "", lambda net: net.total.macs),
    "memory": Measure(
        "memory of all values",
        "all values that steps give, one image in float32: what training keeps, at least",
        "B",
        lambda net: sum(step_memory(net.graph).values()),
    ),
    "peak": Measure(
        "memory at the peak",
        "most values alive at once in inference",
        "B",
        lambda net: peak_memory(net.graph),
    ),
    "depth": Measure(
        "weighted layers deep",
        "weighted layers on the longest path",
        "",
        lambda net: depth(net.graph),
    ),
    "rf": Measure(
        "receptive field",
        "the last receptive field on the way to the first output that is not the whole input",
        "px",
        lambda net: max(min(field.height, field.width) for field in net.fields),
    ),
    "stride": Measure(
        "effective stride",
        "the effective stride there: input pixels between neighbours of a map",
        "px",
        lambda net: max(max(f.stride_height, f.stride_width) for f in net.fields),
    ),
    "layers": Measure("steps with an op", "steps with an op", "", lambda net: len(net.graph.steps)),
}


def measures(graph: Graph, names: Iterable[str] = tuple(MEASURES)) -> dict[str, int]:
    """These figures of a network, by name; raises `KeyError` for a name that is none of them."""
    net = Measured(graph)
    return {name: MEASURES[name].of(net) for name in names}

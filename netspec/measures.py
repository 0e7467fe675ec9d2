"""The figures of a network that conditions, sweeps and comparisons speak of by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from netspec.costs import Field, depth, peak_memory, receptive_fields, step_memory, total_cost
from netspec.ir.graph import Graph
from netspec.ir.needed import needed


class Measure(NamedTuple):
    """A figure of a network: what it means, its unit ("" for a count), and how it is had."""

    meaning: str
    unit: str
    of: Callable[[Graph], int]


def _fields(graph: Graph) -> Iterator[Field]:
    """The receptive fields that are known on the way to the first output; heads are left out."""
    fields = receptive_fields(graph)
    on_the_way = needed(graph.with_outputs(graph.outputs[:1]))
    named = (graph.inputs[0].name, *(node.name for node in on_the_way.nodes))
    return (field for field in map(fields.__getitem__, named) if field is not None)


MEASURES: Final[Mapping[str, Measure]] = {
    "params": Measure("trainable parameters", "", lambda graph: total_cost(graph).trainable),
    "macs": Measure("multiply-accumulates for one image", "", lambda graph: total_cost(graph).macs),
    "memory": Measure(
        "all values that steps give, one image in float32: what training keeps, at least",
        "B",
        lambda graph: sum(step_memory(graph).values()),
    ),
    "peak": Measure("most values alive at once in inference", "B", peak_memory),
    "depth": Measure("weighted layers on the longest path", "", depth),
    "rf": Measure(
        "the last receptive field on the way to the first output that is not the whole input",
        "px",
        lambda graph: max(min(field.height, field.width) for field in _fields(graph)),
    ),
    "stride": Measure(
        "the effective stride there: input pixels between neighbours of a map",
        "px",
        lambda graph: max(max(f.stride_height, f.stride_width) for f in _fields(graph)),
    ),
    "layers": Measure("steps with an op", "", lambda graph: len(graph.steps)),
}


def measures(graph: Graph, names: Iterable[str] = tuple(MEASURES)) -> dict[str, int]:
    """These figures of a network, by name; raises `KeyError` for a name that is none of them."""
    return {name: MEASURES[name].of(graph) for name in names}

"""What a pass gives, and how passes follow each other: each verified before the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from numpy.typing import NDArray

from netspec.ir.graph import Graph
from netspec.ir.shapes import Shape
from netspec.ir.verify import InvalidGraph, verify

Weights = Mapping[str, NDArray[Any]]
"""Arrays by canonical name, in the canonical layout."""


class Kept(NamedTuple):
    """A node that a pass looked at and left as it is, and why."""

    node: str
    reason: str


def unchanged(weights: Weights) -> Weights:
    """The weights themselves: the map of a pass that moves none."""
    return weights


@dataclass(frozen=True)
class Rewritten:
    """What a pass gives: the graph, a map from the old graph's weights to its own, its refusals.

    The weights are mapped later, or never: a graph is rewritten without them.
    """

    graph: Graph
    weights: Callable[[Weights], Weights] = unchanged
    kept: tuple[Kept, ...] = ()


Pass = Callable[[Graph], Rewritten]
"""For inference. The graph that it gives has the old one's inputs, and outputs of equal value."""


def run(graph: Graph, passes: Iterable[Pass]) -> Rewritten:
    """The graph after all the passes, in order.

    Raises `InvalidGraph`, naming the pass, where one breaks a graph's promises or its own.
    """
    done = Rewritten(graph)
    for step in passes:
        done = _then(done, step)
    return done


def _then(before: Rewritten, step: Pass) -> Rewritten:
    after = step(before.graph)
    name = step.__name__
    try:
        verify(after.graph)
    except InvalidGraph as error:
        raise InvalidGraph(f"after {name}: {error}") from error
    if after.graph.inputs != before.graph.inputs:
        raise InvalidGraph(f"{name} changed the inputs")
    if _results(after.graph) != _results(before.graph):
        raise InvalidGraph(f"{name} changed the outputs")

    def weights(old: Weights) -> Weights:
        new = after.weights(before.weights(old))
        wanted = {key: weight.shape for key, weight in after.graph.weights()}
        if {key: value.shape for key, value in new.items()} != wanted:
            raise InvalidGraph(f"{name} gives other weights than its graph has")
        return new

    return Rewritten(after.graph, weights, (*before.kept, *after.kept))


def _results(graph: Graph) -> Mapping[str, Shape]:
    return {path: graph.shapes[graph.producer(path)] for path in graph.outputs}

"""Checks what every graph promises; run after lowering and after every rewrite."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Shape


class InvalidGraph(Exception):
    """A graph that breaks a promise: a fault of the compiler, never of a spec (NS501)."""


def verify(graph: Graph) -> Graph:
    """The graph itself; raises `InvalidGraph` naming every broken promise.

    Names are unique; inputs come first; shapes and arities are what the ops say; ops have no sugar
    left; weights have one owner; blocks and outputs name values that exist.
    """
    faults = [*_names(graph), *_nodes(graph), *_weights(graph), *_paths(graph)]
    if faults:
        raise InvalidGraph("; ".join(faults))
    return graph


def _names(graph: Graph) -> Iterator[str]:
    seen = {value.name for value in graph.inputs}
    for node in graph.nodes:
        if node.name in seen:
            yield f"two values are called {node.name}"
        yield from (f"{node.name} takes {i} before it exists" for i in node.inputs if i not in seen)
        seen.add(node.name)


def _nodes(graph: Graph) -> Iterator[str]:
    known = graph.shapes
    for node in graph.nodes:
        if all(name in known for name in node.inputs):
            yield from _node(node, graph.input_shapes(node))


def _node(node: Node, shapes: tuple[Shape, ...]) -> Iterator[str]:
    least, most = node.op.inputs
    if len(shapes) < least or (most is not None and len(shapes) > most):
        yield f"{node.name} takes {len(shapes)} inputs"
    elif node.op.resolved(shapes) != node.op or len(node.op.parts()) != 1:
        yield f"{node.name} is not lowered"
    elif (output := node.op.infer(shapes)) != node.output:
        yield f"{node.name} gives {output}, not {node.output}"


def _weights(graph: Graph) -> Iterator[str]:
    owners: dict[str, str] = {}
    for node in graph.nodes:
        if any(name not in graph.shapes for name in node.inputs):
            continue
        for weight in node.op.weights(graph.input_shapes(node)):
            name = f"{node.owner}/{weight.role}"
            if owners.setdefault(name, node.name) != node.name:
                yield f"{node.name} and {owners[name]} both own {name}"


def _paths(graph: Graph) -> Iterator[str]:
    values = graph.shapes.keys()
    paths = {block.path for block in graph.blocks}
    for block in graph.blocks:
        if block.result not in values:
            yield f"block {block.path} gives {block.result}, which does not exist"
    for node in graph.nodes:
        if node.block and node.block not in paths:
            yield f"{node.name} is in block {node.block}, which does not exist"
    for path in graph.outputs:
        if path not in values and path not in paths:
            yield f"output {path} does not exist"

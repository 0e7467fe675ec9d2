"""Checks what every graph promises; run after lowering and after every rewrite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Shape
from netspec.ops.base import ShapeError


class InvalidGraph(Exception):
    """A graph that breaks a promise: a fault of the compiler, never of a spec (NS501)."""


def verify(graph: Graph) -> Graph:
    """The graph itself; raises `InvalidGraph` naming every broken promise.

    Names are unique; inputs come first; shapes and arities are what the ops say; ops have no sugar
    left; weights have one owner; blocks and outputs name values that exist, and each but once.
    """
    faults = [*_names(graph), *_nodes(graph), *_blocks(graph), *_outputs(graph)]
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
    """What a node says of itself, and, where that is sound, whose its weights are."""
    known = graph.shapes
    owners: dict[str, str] = {}
    for node in graph.nodes:
        if any(name not in known for name in node.inputs):
            continue
        shapes = graph.input_shapes(node)
        if fault := _fault(node, shapes):
            yield fault
        else:
            yield from _weights(graph, node, owners)


def _fault(node: Node, shapes: tuple[Shape, ...]) -> str:
    least, most = node.op.inputs
    if len(shapes) < least or (most is not None and len(shapes) > most):
        return f"{node.name} takes {len(shapes)} inputs"
    try:
        resolved = node.op.resolved(shapes)  # itself, where there is no sugar left
        if (resolved is not node.op and resolved != node.op) or len(node.op.parts()) != 1:
            return f"{node.name} is not lowered"
        output = node.op.infer(shapes)
    except ShapeError as error:
        return f"{node.name} does not fit its inputs: {error.message}"
    return "" if output == node.output else f"{node.name} gives {output}, not {node.output}"


def _weights(graph: Graph, node: Node, owners: dict[str, str]) -> Iterator[str]:
    for weight in graph.owned(node):
        name = f"{node.owner}/{weight.role}"
        if owners.setdefault(name, node.name) != node.name:
            yield f"{node.name} and {owners[name]} both own {name}"


def _blocks(graph: Graph) -> Iterator[str]:
    values = graph.shapes.keys()
    paths: set[str] = set()
    for block in graph.blocks:
        if block.path in paths:
            yield f"two blocks are called {block.path}"
        paths.add(block.path)
        if block.result not in values:
            yield f"block {block.path} gives {block.result}, which does not exist"
    for node in graph.nodes:
        if node.block and node.block not in paths:
            yield f"{node.name} is in block {node.block}, which does not exist"


def _outputs(graph: Graph) -> Iterator[str]:
    known = graph.shapes.keys() | graph.blocks_by_path.keys()
    if not graph.outputs:
        yield "there is no output"
    for path, times in Counter(graph.outputs).items():
        if path not in known:
            yield f"output {path} does not exist"
        if times > 1:
            yield f"output {path} stands twice"

"""The stable text of a graph, one node a line: what a reader compares and a golden file holds."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.ir.graph import Graph, Node
from netspec.reading.document import Plain


def to_text(graph: Graph) -> str:
    """The graph as text.

    %Conv2d_1a_3x3 = conv(%image) {filters: 32, kernel: 3, stride: 2} : 149x149x32
    """
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    yield f"graph {graph.name}"
    for value in graph.inputs:
        yield f"  %{value.name} : {value.shape}"
    for node in graph.nodes:
        yield f"  {_node(node)}"
    for path in graph.outputs:
        yield f"  return {path} = %{graph.producer(path)}"


def _node(node: Node) -> str:
    inputs = ", ".join(f"%{name}" for name in node.inputs)
    options = node.op.options().values()
    stated = {o.name: o for o in options if getattr(node.op, o.name) != o.default}
    fields = {name: o.kind.write(getattr(node.op, name)) for name, o in stated.items()}
    body = f" {flow(fields)}" if fields else ""
    return f"%{node.name} = {node.op.name}({inputs}){body} : {node.output}"


def flow(value: Plain) -> str:
    """Plain data on one line, as YAML's flow style has it; for people, strings unquoted."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)

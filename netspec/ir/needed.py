"""Leaves out what no output needs: a head nobody asked for, a step whose value goes nowhere."""

from __future__ import annotations

from dataclasses import replace

from netspec.ir.graph import Graph, Node


def needed(graph: Graph) -> Graph:
    """The nodes that the outputs depend on. A block whose value goes gives its last one left."""
    wanted = {graph.producer(path) for path in graph.outputs}
    for node in reversed(graph.nodes):
        if node.name in wanted:
            wanted.update(node.inputs)
    nodes = tuple(node for node in graph.nodes if node.name in wanted)
    if len(nodes) == len(graph.nodes):
        return graph
    last = _last(nodes)
    blocks = tuple(
        block if block.result in wanted else replace(block, result=last[block.path])
        for block in graph.blocks
        if block.result in wanted or block.path in last
    )
    return replace(graph, nodes=nodes, blocks=blocks)


def _last(nodes: tuple[Node, ...]) -> dict[str, str]:
    """The last node within each block that has any."""
    last: dict[str, str] = {}
    for node in nodes:
        path = node.block
        while path:
            last[path] = node.name
            path = path.rpartition("/")[0]
    return last

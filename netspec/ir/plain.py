"""A graph as plain data, and back: how it passes from one process to another.

Places in a file are not kept, nor are blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netspec.diagnostics import Origin
from netspec.ir.graph import Graph, Input, Node
from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.affine import Affine
from netspec.ops.base import Op
from netspec.ops.table import OPS

KNOWN: Mapping[str, type[Op]] = {**OPS, Affine.name: Affine}
"""Every op that a graph from elsewhere may have, by name."""


def to_plain(graph: Graph) -> dict[str, Any]:
    """The graph as data that JSON holds."""
    return {
        "name": graph.name,
        "inputs": [[value.name, value.shape.dims] for value in graph.inputs],
        "nodes": [
            [node.name, node.op.to_plain(), list(node.inputs), node.output.dims]
            for node in graph.nodes
        ],
        "outputs": list(graph.outputs),
    }


def from_plain(plain: Mapping[str, Any], origin: Origin) -> Graph:
    """The graph of such data, all of it from one place; it is not verified.

    Raises `KeyError`, `TypeError` or `ValueError` for data of another form.
    """
    inputs = tuple(Input(str(name), _shape(dims)) for name, dims in plain["inputs"])
    nodes = tuple(
        Node(name, _op(op), tuple(taken), _shape(dims), name, "", name, origin)
        for name, op, taken, dims in plain["nodes"]
    )
    return Graph(str(plain["name"]), inputs, nodes, (), tuple(plain["outputs"]))


def _shape(dims: list[int]) -> Shape:
    return Map(*dims) if len(dims) > 1 else Vector(*dims)


def _op(plain: dict[str, Any]) -> Op:
    return KNOWN[plain["op"]].from_plain(plain)

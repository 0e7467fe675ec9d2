"""One node of an ONNX model, and what it is read into: a chain of our ops with values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from onnx import NodeProto

from netspec.backends.onnx.reading.calls import as_floats, attributes_of
from netspec.backends.onnx.reading.values import Unsupported
from netspec.diagnostics import Origin, Source, Span
from netspec.ir.graph import Graph, Input, Node
from netspec.ir.shapes import Map, Shape, Vector
from netspec.ops.base import Op, ShapeError
from netspec.targets import Array

ORIGIN = Origin(Span(Source("a node of ONNX", ""), 1, 1, 1, 1))


@dataclass(frozen=True)
class Call:
    """One node with the values of all its inputs; an absent input is None."""

    node: NodeProto
    opset: int
    inputs: tuple[Any, ...]

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """Every attribute that is written or has a default in the node's opset, by name."""
        return attributes_of(self.node, self.opset)

    @property
    def data(self) -> Array:
        """The first input, float32."""
        return self.floats(0)

    def floats(self, index: int) -> Array:
        """An input that must be there, float32."""
        return as_floats(self.inputs[index])

    def given(self, index: int) -> Any:
        """An input, or None where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None


Restore = Callable[[Array], Array]


@dataclass(frozen=True)
class Reading:
    """A chain of ops, the first of which takes all the data.

    `data` are canonical, (batch, height, width, channels) or (batch, channels); `weights` are by
    role; `restore` brings the canonical result into ONNX's shape and order.
    """

    ops: tuple[Op, ...]
    data: tuple[Array, ...]
    restore: Restore
    weights: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def graph(self) -> Graph:
        """The graph; raises `Unsupported` where an op does not take its input."""
        inputs = tuple(Input(f"x{i}", _shape(value)) for i, value in enumerate(self.data))
        nodes: list[Node] = []
        taken = {value.name: value.shape for value in inputs}
        for index, given in enumerate(self.ops):
            shapes = tuple(taken.values())
            op, output = _inferred(given, shapes)
            name = f"s{index}"
            nodes.append(Node(name, op, tuple(taken), output, name, "", name, ORIGIN))
            taken = {name: output}
        return Graph("Node", inputs, tuple(nodes), (), (nodes[-1].name,))

    @property
    def feeds(self) -> Mapping[str, Array]:
        """The data by the graph's inputs."""
        return {value.name: d for value, d in zip(self.graph.inputs, self.data, strict=True)}

    @property
    def named_weights(self) -> Mapping[str, Array]:
        """The weights by their canonical names."""
        names = {weight.role: name for name, weight in self.graph.weights()}
        return {names[role]: value for role, value in self.weights.items()}


def _inferred(op: Op, shapes: tuple[Shape, ...]) -> tuple[Op, Shape]:
    try:
        resolved = op.resolved(shapes)
        return resolved, resolved.infer(shapes)
    except ShapeError as error:
        raise Unsupported(error.message) from error


def _shape(value: Array) -> Shape:
    return Map(*value.shape[1:]) if value.ndim == 4 else Vector(value.shape[1])


def from_map(value: Array) -> Array:
    """A canonical map as (batch, channels, height, width); a vector as it is."""
    return value.transpose(0, 3, 1, 2) if value.ndim == 4 else value


def to_map(value: Array) -> Array:
    """(batch, channels, height, width) as a canonical map."""
    return np.ascontiguousarray(value.transpose(0, 2, 3, 1))


def image(value: Array, what: str) -> Array:
    """Data with two axes of space as a canonical map; those with one are a map of one row."""
    if value.ndim == 3:
        value = value[:, :, np.newaxis, :]
    if value.ndim != 4:
        raise Unsupported(f"its data have {value.ndim - 2} axes of space; {what} have two")
    return to_map(value)


def image_back(rank: int) -> Restore:
    """From a canonical map to data of this rank."""
    return lambda value: from_map(value)[:, :, 0, :] if rank == 3 else from_map(value)


def around(value: Array, axis: int) -> Array:
    """Data as a map whose channels are one axis: the axes before it the batch, the rest rows."""
    before, after = value.shape[:axis], value.shape[axis + 1 :]
    return to_map(value.reshape(prod(before), value.shape[axis], prod(after), 1))


def pixels(value: Array) -> Array:
    """Data that an op sees value by value: four axes as a map, any other number as one vector."""
    return to_map(value) if value.ndim == 4 else value.reshape(1, -1)


def reshaped(shape: tuple[int, ...]) -> Restore:
    """From canonical to data of this shape, which has the elements in ONNX's order."""
    return lambda value: from_map(value).reshape(shape)

"""Collects the nodes and the weights of the graph that a model is read into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netspec.backends.onnx.reading.values import (
    BATCH,
    Array,
    Group,
    Held,
    Unsupported,
    channels_first,
    lying_as,
)
from netspec.diagnostics import Origin
from netspec.ir.graph import Node
from netspec.ir.shapes import Map, Shape
from netspec.ops.activation import Relu6
from netspec.ops.affine import Affine
from netspec.ops.base import Op, ShapeError
from netspec.ops.reshape import Flatten, Squeeze

FLATTENED = 1 << 22
"""Elements of a flattened map, at most: each has a place of its own."""


class Builder:
    """What has been read so far. A node of the graph has the name of the file's node."""

    def __init__(self, origin: Origin, taken: Mapping[str, Shape]) -> None:
        self.made: dict[str, Node] = {}
        self.weights: dict[str, Array] = {}
        self.sources: dict[str, tuple[str, ...]] = {}
        """The tensors of the file that each weight came from."""
        self.moved: set[str] = set()
        """Weights whose numbers stand in another order than in the file."""
        self.name = ""
        """What the next node is called: the name of the file's node that is being read."""
        self._origin = origin
        self._shapes = dict(taken)

    def add(
        self,
        op: Op,
        inputs: Sequence[Held],
        weights: Mapping[str, Array] | None = None,
        sources: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Held:
        """A node of this op; its value lies as ONNX orders one. Raises `Unsupported`."""
        values = tuple(held.value for held in inputs)
        shapes = tuple(self._shapes[value] for value in values)
        try:
            resolved = op.resolved(shapes)
            output = resolved.infer(shapes)
        except ShapeError as error:
            raise Unsupported(error.message) from None
        name = self._free_name()
        self.made[name] = Node(name, resolved, values, output, name, "", name, self._origin)
        self._shapes[name] = output
        self._own(name, resolved, shapes, weights or {}, sources or {})
        self.moved |= {
            f"{name}/{role}"
            for role, value in (weights or {}).items()
            if not value.flags.c_contiguous or _reordered(value, inputs)
        }
        return Held(name, output, channels_first(output))

    def pointwise(
        self,
        op: Op,
        held: Held,
        weights: Mapping[str, Array] | None = None,
        sources: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Held:
        """A node whose value lies as its input does."""
        made = self.add(op, [held], weights, sources)
        return lying_as(held, made.value, made.shape)

    def map(self, held: Held) -> Held:
        """The tensor, required to be a map that lies as ONNX's own operators want it."""
        if not isinstance(held.shape, Map) or held.groups != channels_first(held.shape):
            raise Unsupported(
                f"it takes a map as (batch, channels, height, width), not {held.dims}"
            )
        return held

    def vector(self, held: Held) -> Held:
        """The tensor as a vector of ours, which may be in another order."""
        if len(held.groups) != 2 or held.groups[0] != (BATCH,):
            raise Unsupported(f"it takes a vector, not {held.dims}")
        if not isinstance(held.shape, Map):
            return held
        order = places(held.shape, held.groups[1])
        single = (held.shape.height, held.shape.width) == (1, 1)
        own, self.name = self.name, f"{self.name}/vector"
        made = self.add(Squeeze() if single else Flatten(), [held])
        self.name = own
        ordered = order == tuple(range(len(order)))
        return Held(made.value, made.shape, made.groups, () if ordered else order)

    def source_of(self, node: Node) -> Held:
        """What a node of one input takes, as ONNX's own operators order it."""
        shape = self._shapes[node.inputs[0]]
        return Held(node.inputs[0], shape, channels_first(shape))

    def three_more(self, value: str) -> str:
        """What a value is relu6(x + 3) of; empty where it is of nothing."""
        outer = self.made.get(value)
        inner = self.made.get(outer.inputs[0]) if outer and isinstance(outer.op, Relu6) else None
        if inner is None or not isinstance(inner.op, Affine):
            return ""
        scale, shift = (self.weights[f"{inner.name}/{role}"] for role in ("scale", "shift"))
        return inner.inputs[0] if (scale == 1).all() and (shift == 3).all() else ""

    def _free_name(self) -> str:
        name, count = self.name, 2
        while name in self._shapes:
            name, count = f"{self.name}.{count}", count + 1
        return name

    def _own(
        self,
        name: str,
        op: Op,
        shapes: tuple[Shape, ...],
        weights: Mapping[str, Array],
        sources: Mapping[str, tuple[str, ...]],
    ) -> None:
        for weight in op.weights(shapes):
            value = weights[weight.role]
            if value.shape != weight.shape:
                have, want = list(value.shape), list(weight.shape)
                raise Unsupported(f"its {weight.role} has the shape {have}, not {want}")
            self.weights[f"{name}/{weight.role}"] = value
            self.sources[f"{name}/{weight.role}"] = sources.get(weight.role, ())


def _reordered(value: Array, inputs: Sequence[Held]) -> bool:
    """Whether a weight's numbers go with the channels of a vector that is in another order."""
    return any(held.order and len(held.order) == len(value) for held in inputs)


def places(size: Map, group: Group) -> tuple[int, ...]:
    """Where each element of a merged axis stands in the order (height, width, channels)."""
    sizes = {"h": size.height, "w": size.width, "c": size.channels}
    strides = {"h": size.width * size.channels, "w": size.channels, "c": 1}
    if set(group) != {axis for axis in sizes if axis == "c" or sizes[axis] > 1}:
        raise Unsupported("it takes a vector of the whole map, not a part of it")
    if size.elements > FLATTENED:
        raise Unsupported(f"it flattens {size.elements:,} numbers")
    found = np.zeros(1, np.int64)
    for axis in group:
        found = (found[:, None] + np.arange(sizes[axis]) * strides[axis]).reshape(-1)
    return tuple(found.tolist())

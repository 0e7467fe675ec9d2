"""What a format's file of a network must hold: every tensor by name, shape and layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, SpecError
from netspec.ir.graph import Graph, Node
from netspec.ops.base import Weight
from netspec.ops.conv import Dense
from netspec.weights.fitting import flattened_map
from netspec.weights.formats import Format, Roles
from netspec.weights.layouts import CONV, DENSE, DEPTHWISE, Layout
from netspec.weights.naming import Module, NameMap

Array = NDArray[Any]
Size = tuple[int, ...]
GAMMA, MEAN = "gamma", "moving_mean"
NORM_PART = "norm"


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor in both places: as the spec names and shapes it, and as the file does.

    `name` is empty for a gamma that the file has and the spec's batch norm has not; `stored` is
    empty where the file has none: a step without a name there, a gamma that the format lacks. Such
    gammas are all ones. `full` is a kernel as (height, width, in, out), else the shape.
    """

    name: str
    shape: Size
    stored: str
    stored_shape: Size
    full: Size
    layout: Layout | None = None
    ones: bool = False

    def from_file(self, array: Array) -> Array:
        """The tensor as the spec lays it out, from the file's."""
        if self.layout is None:
            return np.ascontiguousarray(array)
        return self.layout.restored(array, self.full).reshape(self.shape)

    def to_file(self, array: Array) -> Array:
        """The inverse of `from_file`."""
        if self.layout is None:
            return np.ascontiguousarray(array)
        return self.layout.stored(array, self.full)

    def of_classes(self, classes: int) -> Tensor:
        """The same with that many outputs: numbers along the canonical last axis."""
        full = (*self.full[:-1], classes)
        shape = (*self.shape[:-1], classes)
        stored = self.layout.shape(full) if self.layout else shape
        return Tensor(self.name, shape, self.stored, stored, full, self.layout, self.ones)

    @property
    def change(self) -> str:
        """What becomes of the file's tensor, in a word."""
        if self.layout is not None and self.layout.moves:
            return "transposed"
        return "placed" if self.shape == self.stored_shape else "reshaped"


def tensors(graph: Graph, names: NameMap, form: Format) -> tuple[Tensor, ...]:
    """Every tensor of a file of this network, in the graph's order.

    Raises `SpecError` (NS622) where two have one name: then the map is no bijection.
    """
    owners: dict[tuple[str, bool], list[Node]] = {}
    for node in graph.nodes:
        if node.op.weights(graph.input_shapes(node)):
            owners.setdefault((node.step, node.part == NORM_PART), []).append(node)
    kernels: dict[str, Size] = {}
    found: list[Tensor] = []
    for (step, is_norm), nodes in owners.items():
        module = _Module(graph, names, form, names.module(step), is_norm, nodes)
        kernels.setdefault(step, module.kernel)
        found += module.tensors(kernels[step])
    _require_bijection(found, names)
    return tuple(found)


def _require_bijection(found: list[Tensor], names: NameMap) -> None:
    seen: dict[str, Tensor] = {}
    for tensor in found:
        if tensor.stored and seen.setdefault(tensor.stored, tensor) is not tensor:
            both = f"{seen[tensor.stored].name} and {tensor.name}"
            message = f"{names.source} gives one name to {both}: {tensor.stored}"
            raise SpecError([Diagnostic("NS622", message)])


@dataclass(frozen=True, slots=True)
class _Module:
    """What stands together in a file: a step's own weights, or its batch norm's."""

    graph: Graph
    names: NameMap
    form: Format
    told: Module | None
    is_norm: bool
    nodes: Sequence[Node]

    @property
    def weights(self) -> list[tuple[Node, Weight]]:
        """What the spec's step has."""
        return [(n, w) for n in self.nodes for w in n.op.weights(self.graph.input_shapes(n))]

    @property
    def kernel(self) -> Size:
        """The kernel's (height, width); nothing where there is none."""
        fulls = (self._full(node, weight.shape) for node, weight in self.weights)
        return next((full[:2] for full in fulls if len(full) == 4), ())

    def tensors(self, kernel: Size) -> Iterator[Tensor]:
        """The spec's weights, then a gamma that only the format has."""
        weights = self.weights
        roles = tuple(weight.role for _, weight in weights if weight.role != GAMMA)
        if MEAN in roles and self.names.gamma:
            roles = (*roles, GAMMA)
        base = self._base(kernel)
        for node, weight in weights:
            yield self._tensor(node, weight, base, roles)
        if GAMMA in roles and base and GAMMA not in {weight.role for _, weight in weights}:
            shape = weights[0][1].shape
            yield Tensor("", shape, base + self.form.leaf(GAMMA, roles), shape, shape, ones=True)

    def _base(self, kernel: Size) -> str:
        """What the names of the module's weights begin with; empty if it has none there."""
        if self.told is None:
            return ""
        # a batch norm that is a step of its own may be told as either
        module = self.told.norm if self.is_norm else self.told.own or self.told.norm
        if not module:
            return ""
        for word, edge in zip(("{height}", "{width}"), kernel, strict=False):
            module = module.replace(word, str(edge))
        return f"{self.names.prefix}{module}{self.form.separator}"

    def _tensor(self, node: Node, weight: Weight, base: str, roles: Roles) -> Tensor:
        name, shape = f"{node.owner}/{weight.role}", weight.shape
        lacking = weight.role == GAMMA and GAMMA not in roles
        stored = "" if lacking or not base else base + self.form.leaf(weight.role, roles)
        if len(shape) == 1:
            return Tensor(name, shape, stored, shape, shape, ones=lacking)
        full = self._full(node, shape)
        kind = (self.told.kind if self.told else "") or _kind(node, weight)
        layout = self.form.layouts[kind]
        return Tensor(name, shape, stored, layout.shape(full), full, layout)

    def _full(self, node: Node, shape: Size) -> Size:
        """A kernel's (height, width, in, out); of other weights their shape."""
        if not isinstance(node.op, Dense) or len(shape) != 2:
            return shape
        size = flattened_map(self.graph, node.inputs[0])
        return (1, 1, *shape) if size is None else (*size.dims, shape[1])


def _kind(node: Node, weight: Weight) -> str:
    if weight.role == "depthwise_kernel":
        return DEPTHWISE
    return DENSE if isinstance(node.op, Dense) else CONV

"""The walk that brings a graph into form: the units so far, and which gives each value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from netspec.ir.channel_order import hidden_vectors
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map
from netspec.matching.forms import Form, Unit
from netspec.ops.activation import HardSigmoid, Identity, Relu, Relu6, Sigmoid, Softmax
from netspec.ops.affine import Affine
from netspec.ops.base import Op
from netspec.ops.conv import Kernel
from netspec.ops.join import Concat
from netspec.ops.pool import AdaptiveAvgPool, AvgPool, GlobalPool, MaxPool
from netspec.ops.reshape import Pad

NOT_NEGATIVE = (Relu, Relu6, Sigmoid, HardSigmoid, Softmax)
KEEPS_SIGN = (MaxPool, AvgPool, GlobalPool, Concat, AdaptiveAvgPool)


class Forming:
    """One walk over one graph. `units` are those made so far, `_values` what gives each value."""

    def __init__(self, graph: Graph) -> None:
        self.units: dict[str, Unit] = {}
        self._graph = graph
        self._values = {value.name: value.name for value in graph.inputs}
        self._outputs = {graph.producer(path) for path in graph.outputs}
        self.hidden = hidden_vectors(graph)
        self.shared: set[str] = set()
        """Units whose value, as far as it has been formed, is used more than once."""

    def value(self, name: str) -> str:
        """The unit or the input that gives a node's value."""
        return self._values[name]

    def node(self, node: Node, rule: Callable[[Forming, Node], None]) -> None:
        """Bring one node into form by its rule."""
        rule(self, node)
        if name := self._values.get(node.name):
            seen = len(self._graph.consumers[node.name]) + (node.name in self._outputs)
            if seen != 1:
                self.shared.add(name)

    def size(self, node: Node) -> Map:
        """The one input of an op that takes a map."""
        (size,) = self._graph.input_shapes(node)
        assert isinstance(size, Map), f"{node.name} takes no map"
        return size

    def inputs(self, node: Node) -> tuple[str, ...]:
        return tuple(self._values[name] for name in node.inputs)

    def make(
        self, node: Node, op: Op, inputs: tuple[str, ...] | None = None, written: Op | None = None
    ) -> None:
        """A unit of its own, or no unit where the op does nothing."""
        taken = self.inputs(node) if inputs is None else inputs
        if isinstance(op, Identity):
            self.alias(node)
            return
        self.units[node.name] = Unit(op, taken, node.name, node, written or node.op)
        self._values[node.name] = node.name

    def alias(self, node: Node) -> None:
        self.stand_for(node, self._values[node.inputs[0]])

    def stand_for(self, node: Node, value: str) -> None:
        """Let a node's value be one that is there already."""
        self._values[node.name] = value

    def follow(self, node: Node) -> bool:
        """Let a norm become part of the unit before it, where nothing else sees its value."""
        before = self.units.get(self._values[node.inputs[0]])
        if before is None or before.name in self.shared:
            return False
        if not isinstance(before.op, Kernel | Affine):
            return False
        self.units[before.name] = replace(before, affines=(*before.affines, node))
        self._values[node.name] = before.name
        return True

    def pad_before(self, node: Node) -> Unit | None:
        """The pad that a node's value comes from, if it does."""
        before = self.units.get(self._values[node.inputs[0]])
        return before if before is not None and isinstance(before.op, Pad) else None

    def is_positive(self, name: str) -> bool:
        """Whether a value is known to be nowhere below 0."""
        while (unit := self.units.get(name)) is not None:
            if isinstance(unit.op, NOT_NEGATIVE) and not unit.affines:
                return True
            if not isinstance(unit.op, KEEPS_SIGN):
                return False
            if len(unit.inputs) > 1:
                return all(self.is_positive(taken) for taken in unit.inputs)
            (name,) = unit.inputs
        return False

    def form(self) -> Form:
        """What has been made, without the units that no output needs."""
        outputs = {path: self.value(self._graph.producer(path)) for path in self._graph.outputs}
        whole = Form(self._graph.inputs, self.units, outputs)
        return replace(whole, units={unit.name: unit for unit in whole.behind(outputs.values())})

"""Where a rule is applied, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from onnx import NodeProto, ValueInfoProto, helper

from netspec.backends.onnx.layout import Array
from netspec.ir.graph import Node
from netspec.ir.shapes import Map, Shape
from netspec.ops.base import Op

OpT = TypeVar("OpT", bound=Op)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a rule is applied.

    `inputs` and `output` are names of tensors; `weights` are the node's own by role, float32, in
    the canonical layout; `kept` are the vectors in (channels, height, width) order.
    """

    node: Node
    shapes: tuple[Shape, ...]
    inputs: tuple[str, ...]
    output: str
    weights: Mapping[str, Array]
    kept: Mapping[str, Map]

    def tensor(self, role: str) -> str:
        """The name of an initializer of this node's, or of a tensor on the way to its value."""
        return f"{self.node.owner}/{role}"

    def node_proto(self, op_type: str, *initializers: str, **attributes: Any) -> NodeProto:
        """The node that takes all inputs, then these initializers, and gives the output."""
        inputs = [*self.inputs, *initializers]
        return helper.make_node(op_type, inputs, [self.output], self.node.name, **attributes)

    @property
    def map(self) -> Map:
        """The shape of the one input of an op that takes a map."""
        (size,) = self.shapes
        assert isinstance(size, Map), f"{self.node.name} takes no map"
        return size

    def op(self, kind: type[OpT]) -> OpT:
        """The node's op, its type known."""
        assert isinstance(self.node.op, kind), f"{self.node.name} is no {kind.name}"
        return self.node.op


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a rule gives. `between` describes tensors other than the output."""

    nodes: tuple[NodeProto, ...]
    initializers: Mapping[str, Array] = field(default_factory=dict)
    between: tuple[ValueInfoProto, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Stands in the table for a rule: the op has no exact counterpart, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Alias:
    """Stands in the table for a rule: at inference the value is the input itself."""


Rule = Callable[[Site], Emitted]


def plain(op_type: str) -> Rule:
    """The rule of an op that has the same meaning in ONNX, and no attributes."""
    return lambda site: Emitted((site.node_proto(op_type),))

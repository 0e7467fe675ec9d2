"""A graph and its weights as ONNX: one walk over the nodes, one rule each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto, helper

import netspec
from netspec.backends.onnx import layout
from netspec.backends.onnx.layout import Array
from netspec.backends.onnx.names import Names, name_tensors
from netspec.backends.onnx.rules import RULES
from netspec.backends.onnx.site import Alias, Emitted, Site, Unsupported
from netspec.backends.onnx.tensors import value_info
from netspec.diagnostics import Diagnostic
from netspec.ir.channel_order import channels_first_vectors
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map

OPSET = 28
"""The newest opset that onnxruntime 1.32 supports officially; it refuses to load 29."""
IR_VERSION = 14
"""The file format that came with that opset."""


def unsupported(graph: Graph) -> Iterator[Diagnostic]:
    """A diagnostic (NS601) for each node that no rule can express, with the reason."""
    for node in graph.nodes:
        rule = RULES.get(type(node.op), Unsupported("the onnx backend has no rule for this op"))
        if isinstance(rule, Unsupported):
            message = f"onnx can't express {node.op.name} exactly: {rule.reason}"
            origin = node.origin
            yield Diagnostic("NS601", message, origin.span, uses=origin.uses, step=node.step)


@dataclass(frozen=True, slots=True)
class Emission:
    """A model without its initializers, and those: together they may be too large for a proto."""

    proto: ModelProto
    initializers: Mapping[str, Array]


def emit(graph: Graph, weights: Mapping[str, Array], properties: Mapping[str, str]) -> Emission:
    """The inference model, float32, with a symbolic batch.

    Tensors and nodes are called by paths, initializers by the canonical names of weights.
    `properties` go into the metadata, behind the version of netspec.
    """
    names = name_tensors(graph)
    kept = channels_first_vectors(graph)
    collected = _Collected()
    for value in graph.inputs:
        collected.copy(names, value.name)
    for node in graph.nodes:
        rule = RULES[type(node.op)]
        assert not isinstance(rule, Unsupported), "graphs are checked before they are emitted"
        if not isinstance(rule, Alias):
            collected.add(rule(_site(graph, node, names, weights, kept)))
        collected.copy(names, node.name)
    return Emission(_model(collected.proto(graph, names), properties), collected.initializers)


class _Collected:
    """What the rules have given so far, in order."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: dict[str, Array] = {}
        self.between: list[ValueInfoProto] = []

    def add(self, emitted: Emitted) -> None:
        self.nodes.extend(emitted.nodes)
        self.initializers.update(emitted.initializers)
        self.between.extend(emitted.between)

    def copy(self, names: Names, value: str) -> None:
        for copy in names.copies[value]:
            self.nodes.append(helper.make_node("Identity", [copy.source], [copy.output], copy.node))

    def proto(self, graph: Graph, names: Names) -> GraphProto:
        outputs = {p: layout.dims(graph.shapes[graph.producer(p)]) for p in graph.outputs}
        inputs = {value.name: layout.dims(value.shape) for value in graph.inputs}
        made = {names.tensors[node.name]: layout.dims(node.output) for node in graph.nodes}
        known = outputs | inputs
        inner = {name: dims for name, dims in made.items() if name not in known}
        return helper.make_graph(
            self.nodes,
            graph.name,
            [value_info(*item) for item in inputs.items()],
            [value_info(*item) for item in outputs.items()],
            value_info=[*(value_info(*item) for item in inner.items()), *self.between],
        )


def _site(
    graph: Graph,
    node: Node,
    names: Names,
    weights: Mapping[str, Array],
    kept: Mapping[str, Map],
) -> Site:
    shapes = graph.input_shapes(node)
    owned = {weight.role: weight.shape for weight in node.op.weights(shapes)}
    return Site(
        node=node,
        shapes=shapes,
        inputs=tuple(names.tensors[value] for value in node.inputs),
        output=names.tensors[node.name],
        weights={r: _float32(weights, f"{node.owner}/{r}", shape) for r, shape in owned.items()},
        kept=kept,
    )


def _float32(weights: Mapping[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    """A weight of exactly this shape: onnx's checker misses a kernel of another one."""
    value = np.asarray(weights[name], np.float32)
    if value.shape != shape:
        raise ValueError(f"{name} has shape {value.shape}, not {shape}")
    return value


def _model(proto: GraphProto, properties: Mapping[str, str]) -> ModelProto:
    model = helper.make_model(
        proto,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="netspec",
        producer_version=netspec.__version__,
    )
    helper.set_model_props(model, {"netspec_version": netspec.__version__, **properties})
    return model

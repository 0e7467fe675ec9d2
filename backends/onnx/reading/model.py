"""Reads a model into our graph: one walk over its nodes in their order, a rule each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, NodeProto, ValueInfoProto

from netspec.backends.onnx.reading import folding
from netspec.backends.onnx.reading.building import Builder
from netspec.backends.onnx.reading.calls import Call, schema_of
from netspec.backends.onnx.reading.opening import DOMAINS, array_of, opset_of
from netspec.backends.onnx.reading.rules import RULES
from netspec.backends.onnx.reading.values import (
    UNKNOWN,
    Array,
    Held,
    Known,
    Tensor,
    Unsupported,
    channels_first,
    plain_groups,
)
from netspec.diagnostics import Origin, Source, Span
from netspec.ir.graph import Graph, Input
from netspec.ir.needed import needed
from netspec.ir.shapes import Map
from netspec.ir.verify import verify
from netspec.reading.files import printable_name

CHANNELS_LAST = ("n", "h", "w", "c")
ORIGIN = Origin(Span(Source("an ONNX file", ""), 1, 1, 1, 1))


class Foreign(Exception):
    """The model is none of our graphs; the message names the node, and the reason."""


@dataclass(frozen=True)
class ReadModel:
    """A model as our graph with its weights.

    `sources` names the tensors that each weight came from; those of `moved` have their numbers in
    another order than there.
    """

    graph: Graph
    weights: Mapping[str, Array]
    sources: Mapping[str, tuple[str, ...]]
    moved: frozenset[str]


def read(model: ModelProto, like: Map | None = None) -> ReadModel:
    """The model in our ops.

    Where the model leaves its image's height or width open, they are those of `like`; so is the
    order of its axes where the sizes can't tell. Raises `Foreign` and `Malformed`.
    """
    return _Reading(model, like).result()


class _Reading:
    """One walk over one model."""

    def __init__(self, model: ModelProto, like: Map | None) -> None:
        self.model, self.like = model, like
        self.opset = opset_of(model)
        self.tensors: dict[str, Tensor] = {"": None}

    def result(self) -> ReadModel:
        proto = self.model.graph
        for tensor in proto.initializer:
            self.tensors[tensor.name] = Known(array_of(tensor), (tensor.name,))
        (image,) = (value for value in proto.input if value.name not in self.tensors)
        held = self._input(image)
        self.tensors[image.name] = held
        build = Builder(ORIGIN, {held.value: held.shape})
        for node in _needed_nodes(self.model):
            self._node(node, build)
        outputs = tuple(self._output(value.name) for value in proto.output)
        graph = Graph(
            proto.name or "model",
            (Input(held.value, held.shape),),
            tuple(build.made.values()),
            (),
            tuple(dict.fromkeys(outputs)),
        )
        kept = verify(needed(graph))
        own = {key for key, _ in kept.weights()}
        weights = {key: value for key, value in build.weights.items() if key in own}
        sources = {key: build.sources[key] for key in weights}
        return ReadModel(kept, weights, sources, frozenset(build.moved & own))

    def _input(self, value: ValueInfoProto) -> Held:
        """The image: channels second, or last, as its sizes say."""
        kind = value.type.tensor_type
        dims = [d.dim_value if d.HasField("dim_value") else 0 for d in kind.shape.dim]
        if kind.elem_type != 1 or len(dims) != 4:
            raise Foreign("its input is no batch of float32 images")
        like = self.like or Map(0, 0, 3)
        last = dims[1] != like.channels and dims[3] == like.channels
        height, width, channels = dims[1:] if last else (dims[2], dims[3], dims[1])
        sizes = (height or like.height, width or like.width, channels or like.channels)
        if min(sizes) < 1:
            raise Foreign("it leaves the size of its image open; --input HxW gives one")
        shape = Map(*sizes)
        groups = plain_groups(shape, CHANNELS_LAST) if last else channels_first(shape)
        return Held(value.name, shape, groups)

    def _node(self, node: NodeProto, build: Builder) -> None:
        build.name = node.name or node.output[0]
        try:
            found = self._value(node, build)
        except Unsupported as reason:
            raise _foreign(node, str(reason)) from None
        self.tensors[node.output[0]] = found

    def _value(self, node: NodeProto, build: Builder) -> Tensor:
        if node.op_type == "Constant":
            return folding.constant(node)
        missing = [name for name in node.input if name not in self.tensors]
        if missing:
            raise Unsupported(f"it takes `{printable_name(missing[0])[:80]}`, which nothing gives")
        inputs = tuple(self.tensors[name] for name in node.input)
        known = [value for value in inputs if not isinstance(value, Held)]
        first = inputs[0] if inputs else None
        if len(known) == len(inputs):
            return folding.folded(node, self.opset, known)
        if node.op_type == "Shape" and isinstance(first, Held):
            return _shape(node, first, self.opset)
        if node.op_type == "CastLike" and isinstance(first, Known):
            return Known(first.array.astype(np.float32), first.names)
        _require_inputs(node, inputs, self.opset)
        rule = RULES.get(node.op_type) if node.domain in DOMAINS else None
        if rule is None:
            raise Unsupported("netspec has no such op")
        return rule(Call(node, self.opset, inputs), build)

    def _output(self, name: str) -> str:
        """The value that an output is."""
        held = self.tensors.get(name)
        if not isinstance(held, Held):
            raise Foreign(f"its output `{printable_name(name)[:80]}` is no value of the network")
        if held.order:
            raise Foreign("its output is a map flattened in another order than ours")
        return held.value


def _require_inputs(node: NodeProto, inputs: Sequence[Tensor], opset: int) -> None:
    """As many inputs as the operator takes, and those that must be there."""
    if node.op_type not in RULES:
        return
    schema = schema_of(node, opset)
    if not schema.min_input <= len(inputs) <= schema.max_input:
        raise Unsupported(f"it has {len(inputs)} inputs")
    for number, value in enumerate(inputs[: schema.min_input]):
        if value is None:
            raise Unsupported(f"its input {number} is left out")


def _foreign(node: NodeProto, reason: str) -> Foreign:
    shown = printable_name(node.name or node.output[0])[:120]
    return Foreign(f"node `{shown}` ({printable_name(node.op_type)[:40]}): {reason}")


def _needed_nodes(model: ModelProto) -> Iterator[NodeProto]:
    """The nodes that an output depends on, in order."""
    wanted = {value.name for value in model.graph.output}
    kept: list[NodeProto] = []
    for node in reversed(model.graph.node):
        if not wanted.isdisjoint(node.output):
            wanted.update(node.input)
            kept.append(node)
    return reversed(kept)


def _shape(node: NodeProto, held: Held, opset: int) -> Known:
    """The dimensions of a value, the batch's as -1."""
    found = Call(node, opset, (held,)).attributes
    dims = held.dims[found.get("start", 0) : found.get("end", None)]
    return Known(np.array(dims, np.int64), (), of_shapes=UNKNOWN in dims)

"""One node of a model, its attributes at their defaults, its inputs as far as they are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from onnx import AttributeProto, NodeProto, defs, helper

from netspec.backends.onnx.reading.values import Array, Held, Known, Tensor, Unsupported
from netspec.reading.files import printable_name

_Kind = defs.OpSchema.AttrType
TYPES: Mapping[Any, int] = {
    _Kind.INT: AttributeProto.INT,
    _Kind.INTS: AttributeProto.INTS,
    _Kind.FLOAT: AttributeProto.FLOAT,
    _Kind.FLOATS: AttributeProto.FLOATS,
    _Kind.STRING: AttributeProto.STRING,
    _Kind.STRINGS: AttributeProto.STRINGS,
    _Kind.TENSOR: AttributeProto.TENSOR,
}
"""The types of attributes that operators of ours have, as a schema and as a file names them."""


def schema_of(node: NodeProto, opset: int) -> defs.OpSchema:
    """What ONNX says of a node's operator in that opset."""
    try:
        return defs.get_schema(node.op_type, opset, "")
    except defs.SchemaError:
        raise Unsupported(f"opset {opset} has no such operator") from None


def attributes_of(node: NodeProto, opset: int) -> Mapping[str, Any]:
    """Every attribute that is written or has a default in that opset, by name.

    Raises `Unsupported` for one that the operator has not, that is of another type, or missing.
    """
    schema = schema_of(node, opset)
    for attribute in node.attribute:
        known = schema.attributes.get(attribute.name)
        if known is None or attribute.type != TYPES.get(known.type):
            raise Unsupported(
                f"ONNX has no attribute `{printable_name(attribute.name)[:40]}` of it"
            )
    named = {attribute.name for attribute in node.attribute}
    missing = [n for n, known in schema.attributes.items() if known.required and n not in named]
    if missing:
        raise Unsupported(f"it has no {missing[0]}")
    defaults = {
        name: attribute.default_value
        for name, attribute in schema.attributes.items()
        if attribute.default_value.name
    }
    written = {attribute.name: attribute for attribute in node.attribute}
    values = {n: helper.get_attribute_value(a) for n, a in {**defaults, **written}.items()}
    return {
        name: v.decode(errors="replace") if isinstance(v, bytes) else v
        for name, v in values.items()
    }


@dataclass(frozen=True)
class Call:
    """One node with what its inputs stand for."""

    node: NodeProto
    opset: int
    inputs: tuple[Tensor, ...]

    @cached_property
    def attributes(self) -> Mapping[str, Any]:
        """Every attribute that is written or has a default in the node's opset, by name."""
        return attributes_of(self.node, self.opset)

    def given(self, index: int) -> Tensor:
        """An input, or None where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    @property
    def held(self) -> Held:
        """The first input, a value of the network."""
        return self.held_at(0)

    def held_at(self, index: int) -> Held:
        """An input that is a value of the network."""
        found = self.given(index)
        if not isinstance(found, Held):
            raise Unsupported(f"its input {index} is no value of the network")
        return found

    def floats(self, index: int) -> Array:
        """An input that the file holds, float32."""
        found = self.given(index)
        if not isinstance(found, Known):
            raise Unsupported(f"its input {index} is not held by the file")
        return as_floats(found.array)

    def names(self, index: int) -> tuple[str, ...]:
        """The tensors of the file that an input came from."""
        found = self.given(index)
        return found.names if isinstance(found, Known) else ()


def as_floats(value: Any) -> Array:
    """An array of float32; raises `Unsupported` for any other."""
    if not isinstance(value, np.ndarray):
        raise Unsupported("its data are a sequence or an optional, not an array")
    if np.issubdtype(value.dtype, np.integer):
        raise Unsupported("its data are integers; ours are floats")
    if value.dtype != np.float32:
        raise Unsupported(f"its data are {value.dtype}; ours are float32")
    return value

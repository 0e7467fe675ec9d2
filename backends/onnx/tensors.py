"""Protos of tensors."""

from __future__ import annotations

from onnx import TensorProto, ValueInfoProto, helper

from netspec.backends.onnx.layout import Dim


def value_info(name: str, dims: tuple[Dim, ...]) -> ValueInfoProto:
    """The type of a float32 tensor; a dimension that is a word is symbolic."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)

"""What follows from the file alone: nodes all of whose inputs are known are worked out at once.

Exporters leave shapes, expanded constants and transposed kernels behind. onnx's own reference
implementation works them out; only operators that can't give much more than they take are let in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from onnx import NodeProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from netspec.backends.onnx.reading.values import ELEMENTS, Array, Known, Unsupported

MOVING = frozenset(
    [
        "Cast",
        "Concat",
        "Flatten",
        "Gather",
        "Identity",
        "Reshape",
        "Slice",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    ]
)
"""Operators that move numbers and make none."""
RECKONING = frozenset(
    [
        "Abs",
        "Add",
        "CastLike",
        "Div",
        "Max",
        "Min",
        "Mul",
        "Neg",
        "Pow",
        "Range",
        "Reciprocal",
        "Shape",
        "Size",
        "Sqrt",
        "Sub",
    ]
)
SPREADING = frozenset({"ConstantOfShape", "Expand"})
"""Operators whose first or last input says how large their output is."""
FOLDED = MOVING | RECKONING | SPREADING


def constant(node: NodeProto) -> Known:
    """The value of a Constant node."""
    if len(node.attribute) != 1:
        raise Unsupported("a constant has one value")
    (attribute,) = node.attribute
    values: dict[str, Callable[[], Any]] = {
        "value_float": lambda: np.float32(attribute.f),
        "value_floats": lambda: np.array(attribute.floats, np.float32),
        "value_int": lambda: np.int64(attribute.i),
        "value_ints": lambda: np.array(attribute.ints, np.int64),
        "value": lambda: numpy_helper.to_array(attribute.t),
    }
    if attribute.name not in values:
        raise Unsupported(f"it holds a {attribute.name}, not an array of numbers")
    return Known(np.asarray(values[attribute.name]()), (node.output[0],))


def folded(node: NodeProto, opset: int, inputs: Sequence[Known | None]) -> Known:
    """The value of a node whose inputs are known."""
    given = [value for value in inputs if value is not None]
    of_shapes = any(value.of_shapes and (value.array == -1).any() for value in given)
    if node.op_type not in FOLDED:
        raise Unsupported("nothing in it depends on the image, and its value is not worked out")
    if of_shapes and node.op_type not in MOVING:
        raise Unsupported("it reckons with the size of the batch")
    _require_small(node, [value.array for value in given])
    array = _worked_out(node, opset, inputs)
    names = tuple(dict.fromkeys(name for value in given for name in value.names))
    return Known(array, names, of_shapes)


def _worked_out(node: NodeProto, opset: int, inputs: Sequence[Known | None]) -> Array:
    feeds = {n: v.array for n, v in zip(node.input, inputs, strict=True) if v is not None}
    try:
        (value, *_) = ReferenceEvaluator(node, opsets={"": opset}).run(None, feeds)
    except Exception as error:  # noqa: BLE001 - whatever a malformed node makes onnx raise
        raise Unsupported(f"it can't be worked out: {type(error).__name__}") from None
    return np.asarray(value)


def _require_small(node: NodeProto, arrays: Sequence[Array]) -> None:
    """Refuse what would give more numbers than any network holds, before it is worked out."""
    try:
        wanted = _elements(node, arrays)
    except (ValueError, OverflowError, IndexError, TypeError):
        raise Unsupported("its inputs don't fit each other") from None
    if wanted > ELEMENTS:
        raise Unsupported(f"it would give {wanted:,} numbers")


def _elements(node: NodeProto, arrays: Sequence[Array]) -> int:
    if node.op_type in SPREADING:
        return prod(max(int(size), 1) for size in np.atleast_1d(arrays[-1]).tolist()) * max(
            1, arrays[0].size if node.op_type == "Expand" else 1
        )
    if node.op_type == "Gather":
        return arrays[1].size * max(1, arrays[0].size)
    if node.op_type == "Range":
        start, limit, delta = (float(array) for array in arrays)
        return int(abs((limit - start) / delta)) if delta else ELEMENTS + 1
    if node.op_type in RECKONING and len(arrays) > 1 and node.op_type != "CastLike":
        return prod(np.broadcast_shapes(*(array.shape for array in arrays)))
    return sum(array.size for array in arrays)

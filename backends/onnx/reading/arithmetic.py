"""The rules of arithmetic: joins of two values, and numbers that a value is reckoned with.

A number a channel is an `affine`, one for all of them a `scale` where it multiplies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isclose

import numpy as np

from netspec.backends.onnx.reading import meanings
from netspec.backends.onnx.reading.building import Builder
from netspec.backends.onnx.reading.calls import Call, as_floats
from netspec.backends.onnx.reading.values import (
    CHANNELS,
    Array,
    Held,
    Known,
    Tensor,
    Unsupported,
    in_our_order,
    lying_as,
)
from netspec.ops.activation import HardSigmoid, HardSwish, Relu, Relu6
from netspec.ops.affine import Affine
from netspec.ops.join import Add, Alike, Multiply
from netspec.ops.reshape import Scale

Numbers = tuple[Array, Array]
"""What a value is multiplied by, and what is added to that."""


def _added(number: Array) -> Numbers:
    return np.ones_like(number), number


def _subtracted(number: Array) -> Numbers:
    return np.ones_like(number), -number


def _subtracted_from(number: Array) -> Numbers:
    return -np.ones_like(number), number


def _multiplied(number: Array) -> Numbers:
    return number, np.zeros_like(number)


def _divided(number: Array) -> Numbers:
    if not number.all():
        raise Unsupported("it divides by 0")
    return (1 / number.astype(np.float64)).astype(np.float32), np.zeros_like(number)


BY_NUMBER: Mapping[tuple[str, int], Callable[[Array], Numbers]] = {
    ("Add", 0): _added,
    ("Add", 1): _added,
    ("Sub", 0): _subtracted,
    ("Sub", 1): _subtracted_from,
    ("Mul", 0): _multiplied,
    ("Mul", 1): _multiplied,
    ("Div", 0): _divided,
}
"""What an operator does to a value by a number; by the place of the value among its inputs."""
JOINS: Mapping[str, type[Alike]] = {"Add": Add, "Sum": Add, "Mul": Multiply}


def binary(call: Call, build: Builder) -> Held:
    """A join of values, or a value reckoned with numbers."""
    kind = call.node.op_type
    if all(isinstance(value, Held) for value in call.inputs):
        if kind not in JOINS:
            raise Unsupported("ours join values by adding or multiplying alone")
        return join(call, build, JOINS[kind]())
    if len(call.inputs) != 2:
        raise Unsupported("it joins values and numbers")
    place = 0 if isinstance(call.given(0), Held) else 1
    rule = BY_NUMBER.get((kind, place))
    if rule is None:
        raise Unsupported("it divides a number by a value")
    return _reckoned(call.held_at(place), call.given(1 - place), rule, build)


def join(call: Call, build: Builder, op: Alike) -> Held:
    """A join of values of one shape that lie alike."""
    helds = [call.held_at(index) for index in range(len(call.inputs))]
    if len({tuple(held.dims) for held in helds}) > 1:
        shapes = " and ".join(str(held.dims) for held in helds)
        raise Unsupported(f"it broadcasts {shapes}; our joins broadcast nothing")
    if len({held.groups for held in helds}) > 1:
        raise Unsupported("its inputs have their axes in different orders")
    if len({held.shape for held in helds}) > 1:
        helds = [build.vector(held) for held in helds]
    if len({held.order for held in helds}) > 1:
        raise Unsupported("its inputs are flattened in different orders")
    made = build.add(op, helds)
    return lying_as(helds[0], made.value, made.shape)


def _reckoned(held: Held, number: Tensor, rule: Callable[[Array], Numbers], build: Builder) -> Held:
    if not isinstance(number, Known):
        raise Unsupported("one of its inputs is left out")
    factor, shift = rule(per_channel(held, as_floats(number.array)))
    if factor.size == 1 and not shift.any():
        number_of = float(factor.item())
        return spelt_out(held, number_of, build) or build.pointwise(Scale(factor=number_of), held)
    count = (held.shape.channels,)
    factor, shift = in_our_order(factor, held), in_our_order(shift, held)
    weights = {"scale": np.broadcast_to(factor, count), "shift": np.broadcast_to(shift, count)}
    sources = dict.fromkeys(weights, number.names)
    return build.pointwise(Affine(), held, weights, sources)


SIXTH = 1 / 6


def spelt_out(held: Held, factor: float, build: Builder) -> Held | None:
    """The function that a sixth of a relu6 is where it is written out; nothing if it is none.

    relu6(x + 3) / 6 is a hard sigmoid, x * relu6(x + 3) / 6 a hard swish.
    """
    before = build.made.get(held.value)
    if before is None or not isclose(factor, SIXTH, rel_tol=1e-6):
        return None
    if isinstance(before.op, Multiply) and len(before.inputs) == 2:
        for value, gate in (before.inputs, before.inputs[::-1]):
            if build.three_more(gate) == value:
                return build.pointwise(HardSwish(), replace(held, value=value))
    value = build.three_more(held.value)
    return build.pointwise(HardSigmoid(), replace(held, value=value)) if value else None


def per_channel(held: Held, number: Array) -> Array:
    """Numbers that are broadcast to a tensor, as one for all, [1], or one a channel."""
    if number.size == 1:
        return number.reshape(1)
    if number.ndim > len(held.groups):
        raise Unsupported(f"its numbers of {list(number.shape)} are more than one a channel")
    dims = (1,) * (len(held.groups) - number.ndim) + number.shape
    long = [group for group, size in zip(held.groups, dims, strict=True) if size != 1]
    if long != [(CHANNELS,)] or number.size != held.shape.channels:
        raise Unsupported(f"its numbers of {list(number.shape)} are not one a channel")
    return number.reshape(-1)


def bounds(call: Call, build: Builder) -> Held:
    """A Max or Min with a number: half of a relu or of a relu6."""
    place = 0 if isinstance(call.given(0), Held) else 1
    held, number = call.held_at(place), call.given(1 - place)
    if len(call.inputs) != 2 or not isinstance(number, Known) or number.array.size != 1:
        raise Unsupported("it compares values with each other, or with numbers that differ")
    bound = float(number.array.item())
    if call.node.op_type == "Max":
        return build.pointwise(meanings.clip(bound, np.inf), held)
    before = build.made.get(held.value)
    if bound != 6 or before is None or not isinstance(before.op, Relu):
        raise Unsupported(f"it takes what is less, the value or {bound:g}; ours is relu6")
    source = replace(held, value=before.inputs[0])
    return build.pointwise(Relu6(), source)

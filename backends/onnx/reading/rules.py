"""What the operators of ONNX are in our graph: a rule each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf

import numpy as np

from netspec.backends.onnx.pooling import means
from netspec.backends.onnx.reading import arithmetic, meanings, moving, sliding
from netspec.backends.onnx.reading.building import Builder
from netspec.backends.onnx.reading.calls import Call
from netspec.backends.onnx.reading.values import (
    BATCH,
    CHANNELS,
    Array,
    Held,
    Known,
    Unsupported,
    in_our_order,
    known_ints,
    lying_as,
)
from netspec.ir.shapes import Map
from netspec.ops.activation import Softmax
from netspec.ops.base import Op
from netspec.ops.conv import Dense
from netspec.ops.join import Concat
from netspec.ops.kinds import Pair
from netspec.ops.pool import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool, cells

Rule = Callable[[Call, Builder], Held]


def conv(call: Call, build: Builder) -> Held:
    """A conv, or a depthwise one."""
    held = build.map(call.held)
    kernel = call.floats(1)
    if kernel.ndim != 4:
        raise Unsupported(f"its kernel has {kernel.ndim - 2} axes of space; our convs have two")
    if (written := call.attributes.get("kernel_shape")) and list(written) != list(kernel.shape[2:]):
        raise Unsupported(f"its kernel_shape {list(written)} is not its kernel's")
    bias = None if call.given(2) is None else call.floats(2)
    found = call.attributes
    canonical = kernel.transpose(2, 3, 1, 0)
    op, weights = sliding.conv(found, _space(held), held.shape.channels, canonical, bias)
    sources = dict.fromkeys(weights, call.names(1)) | {"bias": call.names(2)}
    return build.add(op, [held], weights, sources)


def _space(held: Held) -> tuple[int, int]:
    assert isinstance(held.shape, Map), "the builder's maps are maps"
    return held.shape.height, held.shape.width


def max_pool(call: Call, build: Builder) -> Held:
    """A max pool."""
    return _pool(call, build, sliding.max_pool)


def avg_pool(call: Call, build: Builder) -> Held:
    """An average pool."""
    return _pool(call, build, sliding.avg_pool)


def _pool(call: Call, build: Builder, rule: Callable[..., MaxPool | AvgPool]) -> Held:
    held = build.map(call.held)
    return build.add(rule(call.attributes, _space(held)), [held])


def on_map(op: Op) -> Rule:
    """An operator without attributes that takes a map."""
    return lambda call, build: build.add(op, [build.map(call.held)])


def batch_norm(call: Call, build: Builder) -> Held:
    """A batch norm."""
    held = _with_channels_second(call.held)
    op = meanings.batch_norm(call.attributes, len(call.node.output))
    weights = {
        role: in_our_order(call.floats(i), held) for i, role in enumerate(meanings.NORM_ROLES, 1)
    }
    sources = {role: call.names(i) for i, role in enumerate(meanings.NORM_ROLES, 1)}
    return build.pointwise(op, held, weights, sources)


def _with_channels_second(held: Held) -> Held:
    if held.groups[:2] != ((BATCH,), (CHANNELS,)):
        raise Unsupported("its second axis is not the channels")
    return held


def lrn(call: Call, build: Builder) -> Held:
    """A local response normalisation."""
    return build.add(meanings.lrn(call.attributes), [build.map(call.held)])


def function(call: Call, build: Builder) -> Held:
    """A function of each value."""
    return build.pointwise(meanings.FUNCTIONS[call.node.op_type](call.attributes), call.held)


def clip(call: Call, build: Builder) -> Held:
    """A relu, a relu6 or nothing."""
    if call.opset < 11:
        bounds = (call.attributes["min"], call.attributes["max"])
    else:
        least, most = call.given(1), call.given(2)
        bounds = (_number(least, -inf), _number(most, inf))
    return build.pointwise(meanings.clip(*map(_unbounded, bounds)), call.held)


def _number(value: object, default: float) -> float:
    if value is None:
        return default
    if not isinstance(value, Known) or value.array.size != 1:
        raise Unsupported("one of its numbers is not known before it runs")
    return float(value.array.item())


def _unbounded(bound: float) -> float:
    """A bound, infinite where no float32 lies beyond it."""
    return bound if abs(bound) < np.finfo(np.float32).max else float(np.copysign(inf, bound))


def softmax(call: Call, build: Builder) -> Held:
    """A softmax along the channels."""
    held = call.held
    axis = held.axis(call.attributes["axis"])
    behind = held.groups[axis:] if call.opset < 13 else held.groups[axis : axis + 1]
    if [name for group in behind for name in group] != [CHANNELS]:
        raise Unsupported("it is not along the channels alone")
    return build.pointwise(Softmax(), held)


def concat(call: Call, build: Builder) -> Held:
    """A concat along the channels."""
    helds = [call.held_at(index) for index in range(len(call.inputs))]
    axis = helds[0].axis(call.attributes["axis"])
    if any(isinstance(held.shape, Map) != isinstance(helds[0].shape, Map) for held in helds):
        helds = [build.vector(held) for held in helds]
    groups = helds[0].groups
    if any(held.groups != groups for held in helds):
        raise Unsupported("its inputs have their axes in different orders")
    if groups[axis : axis + 1] != ((CHANNELS,),):
        raise Unsupported("it is not along the channels")
    made = build.add(Concat(), helds)
    return replace(lying_as(helds[0], made.value, made.shape), order=_order_behind(helds))


def _order_behind(helds: Sequence[Held]) -> tuple[int, ...]:
    """The order of a concat of vectors that may each have one of their own."""
    if not any(held.order for held in helds):
        return ()
    found: list[int] = []
    for held in helds:
        own = held.order or tuple(range(held.shape.channels))
        found += [len(found) + place for place in own]
    return tuple(found)


def pad(call: Call, build: Builder) -> Held:
    """A pad of height and width by a constant."""
    held = call.held
    if call.opset < 11:
        numbers, value = list(call.attributes["pads"]), float(call.attributes["value"])
        named = None
    else:
        numbers = known_ints(call.given(1)) or []
        value = _number(call.given(2), 0.0)
        named = known_ints(call.given(3))
    every = named is None
    chosen = range(len(held.groups)) if named is None else [held.axis(axis) for axis in named]
    if every and len(numbers) != 2 * len(held.groups):
        raise Unsupported(f"it has {len(numbers)} numbers for {len(held.groups)} axes")
    axes = [_axis_name(held, axis) for axis in chosen]
    op = meanings.pad(call.attributes["mode"], numbers, axes, value)
    return build.pointwise(op, held)


def _axis_name(held: Held, axis: int) -> str:
    """The one axis of ours that an axis of the tensor is; nothing where it is none, or several."""
    group = held.groups[axis]
    return group[0] if len(group) == 1 else f"axis {axis}"


def dropout(call: Call, build: Builder) -> Held:
    """A dropout at inference."""
    found = call.attributes
    ratio = found.get("ratio", 0.5) if call.given(1) is None else _number(call.given(1), 0.5)
    training = bool(_number(call.given(2), 0.0))
    return build.pointwise(meanings.dropout(1, ratio, training), call.held)


def gemm(call: Call, build: Builder) -> Held:
    """A dense."""
    bias = None if call.given(2) is None else call.floats(2)
    op, weights = meanings.gemm(call.attributes, call.floats(1), bias)
    return _dense(call, build, op, dict(weights), 1)


def matmul(call: Call, build: Builder) -> Held:
    """A dense without a bias; of maps, the rows or the columns of an adaptive pool."""
    if isinstance(call.given(0), Known):
        return _means_of_rows(call, build)
    if len(call.held.groups) == 4:
        return _means_of_columns(call, build)
    op, weights = meanings.matmul(call.floats(1))
    return _dense(call, build, op, dict(weights), 1)


def _means_of_rows(call: Call, build: Builder) -> Held:
    """Means of rows by a matrix, as our own adaptive pools are written."""
    held, matrix = build.map(call.held_at(1)), call.floats(0)
    height, width = _space(held)
    if matrix.ndim != 2 or not _is_means(matrix, height):
        raise Unsupported("it multiplies a map by numbers that are no means of rows")
    return build.add(AdaptiveAvgPool(size=Pair(len(matrix), width)), [held])


def _means_of_columns(call: Call, build: Builder) -> Held:
    """Means of columns by a matrix, together with those of rows before it."""
    held, matrix = build.map(call.held), call.floats(1)
    height, width = _space(held)
    if matrix.ndim != 2 or not _is_means(matrix.T, width):
        raise Unsupported("it multiplies a map by numbers that are no means of columns")
    op = AdaptiveAvgPool(size=Pair(height, matrix.shape[1]))
    before = build.made.get(held.value)
    if before is None or not isinstance(before.op, AdaptiveAvgPool):
        return build.add(op, [held])
    return build.add(op, [build.source_of(before)])


def _is_means(matrix: Array, length: int) -> bool:
    """Whether a matrix takes the means of an adaptive pool's cells along an axis."""
    return matrix.shape[1] == length and np.array_equal(
        matrix, means(cells(length, len(matrix)), length)
    )


def _dense(call: Call, build: Builder, op: Dense, weights: dict[str, Array], at: int) -> Held:
    held = build.vector(call.held)
    kernel = weights["kernel"]
    if len(kernel) != held.shape.channels:
        raise Unsupported(f"its kernel takes {len(kernel)} numbers, not {held.shape.channels}")
    weights["kernel"] = in_our_order(kernel, held)
    sources = {"kernel": call.names(at), "bias": call.names(at + 1)}
    return build.add(op, [held], weights, sources)


def still(rule: Callable[[Call], Held]) -> Rule:
    """A rule that makes no node: the tensor holds the same value, otherwise laid out."""
    return lambda call, _: rule(call)


RULES: Mapping[str, Rule] = {
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": avg_pool,
    "GlobalMaxPool": on_map(GlobalMaxPool()),
    "GlobalAveragePool": on_map(GlobalAvgPool()),
    "BatchNormalization": batch_norm,
    "LRN": lrn,
    **dict.fromkeys(meanings.FUNCTIONS, function),
    "Clip": clip,
    "Softmax": softmax,
    "Concat": concat,
    **dict.fromkeys(("Add", "Sum", "Sub", "Mul", "Div"), arithmetic.binary),
    **dict.fromkeys(("Max", "Min"), arithmetic.bounds),
    "Pad": pad,
    "Flatten": moving.flatten,
    "Squeeze": still(moving.squeeze),
    "Unsqueeze": still(moving.unsqueeze),
    "Reshape": moving.reshape,
    "Transpose": still(moving.transpose),
    "ReduceMean": moving.reduce_mean,
    "ReduceMax": moving.reduce_max,
    "Identity": still(moving.identity),
    "Cast": still(moving.cast),
    "CastLike": still(moving.cast),
    "Dropout": dropout,
    "Gemm": gemm,
    "MatMul": matmul,
}

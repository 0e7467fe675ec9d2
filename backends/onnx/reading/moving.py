"""The rules of operators that move axes: most of them become no node at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from netspec.backends.onnx.reading.building import Builder
from netspec.backends.onnx.reading.calls import Call
from netspec.backends.onnx.reading.values import (
    BATCH,
    CHANNELS,
    HEIGHT,
    UNKNOWN,
    WIDTH,
    Held,
    Unsupported,
    known_ints,
    partitioned,
)
from netspec.ops.base import Op
from netspec.ops.pool import GlobalAvgPool, GlobalMaxPool


def transpose(call: Call) -> Held:
    """The axes in another order."""
    held = call.held
    order = call.attributes.get("perm") or list(reversed(range(len(held.groups))))
    if sorted(order) != list(range(len(held.groups))):
        raise Unsupported(f"its perm {list(order)} is no order of {len(held.groups)} axes")
    return replace(held, groups=tuple(held.groups[axis] for axis in order))


def squeeze(call: Call) -> Held:
    """Axes of size 1 left out."""
    held = call.held
    axes = _axes(call, 13)
    if axes is None:
        axes = [axis for axis, size in enumerate(held.dims) if size == 1]
    return _without(held, axes)


def unsqueeze(call: Call) -> Held:
    """Axes of size 1 put in."""
    held = call.held
    axes = _axes(call, 13) or []
    rank = len(held.groups) + len(axes)
    places = {axis % rank for axis in axes if -rank <= axis < rank}
    if len(places) != len(axes):
        raise Unsupported(f"its axes {axes} are no places among {rank}")
    waiting = iter(held.groups)
    groups = tuple(() if axis in places else next(waiting) for axis in range(rank))
    return replace(held, groups=groups)


def flatten(call: Call, build: Builder) -> Held:
    """All axes behind the batch as one."""
    held = call.held
    axis = call.attributes["axis"]
    if axis not in (1, 1 - len(held.groups)):
        raise Unsupported(f"it flattens from axis {axis} on; ours from axis 1")
    behind = tuple(name for group in held.groups[1:] for name in group)
    if held.groups[0] != (BATCH,):
        raise Unsupported("its first axis is not the batch")
    return _merged(replace(held, groups=((BATCH,), behind)), build)


def _merged(held: Held, build: Builder) -> Held:
    """The tensor; one that lays a whole map in a row is a vector from here on."""
    return build.vector(held) if len(held.groups) == 2 and len(held.groups[1]) > 1 else held


def reshape(call: Call, build: Builder) -> Held:
    """Axes merged, or taken apart again."""
    held = call.held
    wanted = known_ints(call.given(1)) if call.opset >= 5 else call.attributes["shape"]
    if not wanted:
        raise Unsupported("it reshapes to nothing")
    groups = partitioned(held, _target(call, held, wanted))
    return _merged(replace(held, groups=groups), build)


def _target(call: Call, held: Held, wanted: Sequence[int]) -> list[int]:
    """The dimensions with 0 and -1 resolved; the first is the batch's."""
    dims, rest = held.dims, list(wanted[1:])
    if dims[0] != UNKNOWN or not (wanted[0] in (0, UNKNOWN) or wanted[0] > 0):
        raise Unsupported("its first axis is not the batch")
    if not call.attributes.get("allowzero"):
        rest = [dims[i] if size == 0 else size for i, size in enumerate(rest, 1) if i < len(dims)]
    if len(rest) != len(wanted) - 1 or rest.count(UNKNOWN) > 1 or min(rest, default=1) < UNKNOWN:
        raise Unsupported(f"it reshapes {dims} to {list(wanted)}")
    elements = held.shape.elements
    known = prod(size for size in rest if size != UNKNOWN)
    if not known or elements % known:
        raise Unsupported(f"it reshapes {dims} to {list(wanted)}")
    return [UNKNOWN, *(elements // known if size == UNKNOWN else size for size in rest)]


def identity(call: Call) -> Held:
    """The tensor itself."""
    return call.held


def cast(call: Call) -> Held:
    """The tensor itself, where it is cast to what it is: float32."""
    if call.node.op_type == "Cast" and call.attributes["to"] != 1:
        raise Unsupported("it casts to another type than float32")
    return call.held


def _reduced(call: Call, build: Builder, op: Op, since: int) -> Held:
    held = call.held
    axes = _axes(call, since)
    if axes is None or (not axes and call.attributes.get("noop_with_empty_axes")):
        raise Unsupported("it reduces all axes or none; ours reduce height and width")
    numbers = sorted({held.axis(axis) for axis in axes})
    named = sorted(name for number in numbers for name in held.groups[number])
    spatial = sorted({n for g in held.groups for n in g} - {BATCH, CHANNELS})
    if named != spatial or set(named) - {HEIGHT, WIDTH}:
        raise Unsupported("it reduces other axes than height and width together")
    made = build.pointwise(op, held) if spatial else held
    return made if call.attributes["keepdims"] else _without(made, numbers)


def reduce_mean(call: Call, build: Builder) -> Held:
    """A mean over height and width: a global pool."""
    return _reduced(call, build, GlobalAvgPool(), 18)


def reduce_max(call: Call, build: Builder) -> Held:
    """A greatest value over height and width: a global pool."""
    return _reduced(call, build, GlobalMaxPool(), 18)


def _axes(call: Call, since: int) -> list[int] | None:
    """The axes, which are an input from that opset on and an attribute before it."""
    if call.opset >= since:
        return known_ints(call.given(1))
    found = call.attributes.get("axes")
    return None if found is None else list(found)


def _without(held: Held, axes: Sequence[int]) -> Held:
    numbers = {held.axis(axis) for axis in axes}
    if any(held.groups[number] for number in numbers):
        raise Unsupported("it leaves an axis out whose size is not 1")
    left = tuple(group for number, group in enumerate(held.groups) if number not in numbers)
    return replace(held, groups=left)

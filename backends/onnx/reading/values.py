"""What the tensors of a model stand for while it is read: known arrays, or values of our graph.

A value of our graph has named axes, and a tensor says where each of them lies: an axis of the
tensor is a group of the value's axes, in the order in which they are merged.

    (batch, channels, height, width)          ((n,), (c,), (h,), (w,))
    its Transpose to channels last            ((n,), (h,), (w,), (c,))
    its Flatten                               ((n,), (c, h, w))

Axes of height and width whose size is 1 are in no group, so that moving them is moving nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.ir.shapes import Map, Shape

Array = NDArray[Any]
Group = tuple[str, ...]

BATCH, CHANNELS, HEIGHT, WIDTH = "n", "c", "h", "w"
ELEMENTS = 1 << 28
"""Numbers in one array that is worked out, at most."""
UNKNOWN = -1
"""The batch's size: any. A `Reshape` writes it the same way."""


class Unsupported(Exception):
    """A node that our ops can't express; the message is the reason."""


@dataclass(frozen=True, eq=False)
class Known:
    """An array that the file holds or that follows from it; `names` are the tensors it came from.

    `of_shapes` says that it holds sizes, and that -1 in it is the batch's: it may be moved, but not
    be reckoned with.
    """

    array: Array
    names: tuple[str, ...] = ()
    of_shapes: bool = False


@dataclass(frozen=True)
class Held:
    """A tensor that holds a value of our graph, its axes in these groups.

    A vector that was flattened from a map may be in another order than ours: what stands at place i
    of the tensor is at place `order[i]` of our value.
    """

    value: str
    shape: Shape
    groups: tuple[Group, ...]
    order: tuple[int, ...] = ()

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each named axis."""
        return axis_sizes(self.shape)

    @property
    def dims(self) -> list[int]:
        """The tensor's dimensions; the batch's is -1."""
        sizes = self.sizes
        return [UNKNOWN if BATCH in g else prod(sizes[axis] for axis in g) for g in self.groups]

    def axis(self, number: int) -> int:
        """The number of an axis, counted from the front; raises `Unsupported` past the last."""
        rank = len(self.groups)
        if not -rank <= number < rank:
            raise Unsupported(f"it names axis {number} of data that have {rank}")
        return number % rank


Tensor = Known | Held | None
"""What a node is given: None where an input is left out."""


def axis_sizes(shape: Shape) -> dict[str, int]:
    """The size of each named axis of a value of that shape; the batch's is -1."""
    sizes = {BATCH: UNKNOWN, CHANNELS: shape.channels}
    if isinstance(shape, Map):
        sizes |= {HEIGHT: shape.height, WIDTH: shape.width}
    return sizes


def channels_first(shape: Shape) -> tuple[Group, ...]:
    """The groups of a tensor as ONNX's own operators order it."""
    order = (BATCH, CHANNELS, HEIGHT, WIDTH) if isinstance(shape, Map) else (BATCH, CHANNELS)
    return plain_groups(shape, order)


def plain_groups(shape: Shape, order: Sequence[str]) -> tuple[Group, ...]:
    """One group an axis, in this order."""
    sizes = axis_sizes(shape)
    return tuple(() if _is_trivial(axis, sizes) else (axis,) for axis in order)


def _is_trivial(axis: str, sizes: dict[str, int]) -> bool:
    return axis in (HEIGHT, WIDTH) and sizes[axis] == 1


def lying_as(held: Held, value: str, shape: Shape) -> Held:
    """A new value that lies as an older one does, some sizes being 1 now."""
    sizes = axis_sizes(shape)
    groups = (tuple(a for a in group if not _is_trivial(a, sizes)) for group in held.groups)
    return Held(value, shape, tuple(groups), held.order)


def in_our_order(numbers: Array, held: Held) -> Array:
    """Numbers along a tensor's channels, along the first axis, as our value has its channels."""
    if not held.order or len(numbers) == 1:
        return numbers
    if len(numbers) != len(held.order):
        raise Unsupported(f"it has {len(numbers)} numbers for {len(held.order)} channels")
    found = np.empty_like(numbers)
    found[list(held.order)] = numbers
    return found


def partitioned(held: Held, target: Sequence[int]) -> tuple[Group, ...]:
    """The groups once the tensor is reshaped to these dimensions, -1 being the batch's.

    Raises `Unsupported` where an axis of ours would be split, or the batch merged with another.
    """
    sizes = held.sizes
    waiting = [axis for group in held.groups for axis in group]
    groups: list[Group] = []
    for size in target:
        group: list[str] = []
        while waiting and _fits(waiting[0], group, size, sizes):
            group.append(waiting.pop(0))
        if (UNKNOWN if BATCH in group else prod(sizes[axis] for axis in group)) != size:
            raise Unsupported(f"it reshapes {held.dims} to {list(target)}, which splits an axis")
        groups.append(tuple(group))
    if waiting:
        raise Unsupported(f"it reshapes {held.dims} to {list(target)}")
    return tuple(groups)


def _fits(axis: str, group: Sequence[str], size: int, sizes: dict[str, int]) -> bool:
    """Whether a further axis goes into a dimension of this size that has these axes so far."""
    if BATCH in (axis, *group) or size == UNKNOWN:
        return axis == BATCH and size == UNKNOWN and not group
    return size % (prod(sizes[a] for a in group) * sizes[axis]) == 0 and (
        prod(sizes[a] for a in group) < size or sizes[axis] == 1
    )


def known_ints(tensor: Tensor) -> list[int] | None:
    """The numbers of a known list of integers, None where it is left out."""
    if tensor is None:
        return None
    if not isinstance(tensor, Known):
        raise Unsupported("one of its numbers is not known before it runs")
    if tensor.array.dtype.kind not in "iu" or tensor.array.ndim > 1:
        raise Unsupported("one of its lists of integers is none")
    return [int(number) for number in np.atleast_1d(tensor.array).tolist()]

"""One tensor of B made of one of A: which numbers are taken, which are new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netspec.transfer.channels import NEW, Indices

Array = NDArray[np.float32]
SPATIAL = 2
"""The axes of height and width, which lead."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """Where the entries of an axis of B stand in A; NEW for those that are new. `length` is A's."""

    indices: Indices
    length: int

    @property
    def new(self) -> int:
        """Entries that A has not."""
        return int((self.indices == NEW).sum())

    @property
    def taken(self) -> int:
        """Entries that A has."""
        return len(self.indices) - self.new

    @property
    def left(self) -> int:
        """Entries of A that are not taken."""
        return self.length - self.taken

    @property
    def whole(self) -> bool:
        """Whether it is A's axis as it is."""
        return len(self.indices) == self.length and bool(
            (self.indices == np.arange(self.length)).all()
        )


def first(count: int, length: int) -> Indices:
    """The first entries of A, as many as there are."""
    found = np.arange(count)
    found[length:] = NEW
    return found


def centred(count: int, length: int) -> Axis | None:
    """The middle of a kernel's rows or columns; nothing where the two have no common middle."""
    if (count - length) % 2:
        return None
    found = np.arange(count) + (length - count) // 2
    found[(found < 0) | (found >= length)] = NEW
    return Axis(found, length)


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """How a tensor of B is made of one of A: an axis for each of B's.

    `zero` are axes along which new entries are zeros, unless they are new along another one too;
    all others are B's own.
    """

    axes: tuple[Axis, ...]
    zero: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every number of A stands where it stood."""
        return all(axis.whole for axis in self.axes)

    @property
    def taken(self) -> int:
        """How many numbers come from A."""
        return int(np.prod([axis.taken for axis in self.axes]))

    def applied(self, old: Array, own: Array) -> Array:
        """The tensor: A's numbers where it has them, else zeros, else B's own."""
        value = own.copy()
        sites = np.ix_(*(axis.indices != NEW for axis in self.axes))
        for index in self.zero:
            value[np.ix_(*self._zeroed(index))] = 0
        value[sites] = old.reshape(self._old_shape)[
            np.ix_(*(axis.indices[axis.indices != NEW] for axis in self.axes))
        ]
        return value

    @property
    def _old_shape(self) -> tuple[int, ...]:
        return tuple(axis.length for axis in self.axes)

    def _zeroed(self, zero: int) -> list[NDArray[np.bool_]]:
        """Along one axis the new entries, along the others those that A has, or zeros too."""
        masks = []
        for index, axis in enumerate(self.axes):
            new = axis.indices == NEW
            if index == zero:
                masks.append(new)
            else:
                masks.append(np.ones_like(new) if index in self.zero else ~new)
        return masks

"""What each unit computes, as a number: equal numbers, equal computations of the image.

A number stands for a unit's op and the numbers of what it takes, so that all of both graphs are
numbered in one walk each. Weights and the choices that a form leaves open don't count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netspec.matching.forms import Form, Unit
from netspec.ops.base import Op
from netspec.ops.join import Alike

LEFT_OPEN = frozenset(
    (
        *("activation", "bias", "bias_init", "center", "decay", "kernel_init", "norm"),
        *("scale", "variance", "weight_decay", "width"),
    )
)
"""Fields that say how weights are kept, drawn or trained, not what is computed from them."""
DIGITS = 5
"""Decimals of a number's mantissa that count: files keep float32."""

Signature = tuple[Any, ...]


class Identities:
    """Numbers for what the units of several forms compute, from one table."""

    def __init__(self) -> None:
        self._table: dict[Any, int] = {}

    def of(self, form: Form) -> Mapping[str, int]:
        """The number of each input and unit, by name."""
        found: dict[str, int] = {}
        for index, value in enumerate(form.inputs):
            found[value.name] = self._number(("input", index))
        for unit in form.units.values():
            taken = [found[name] for name in unit.inputs]
            if is_commutative(unit.op):
                taken.sort()
            found[unit.name] = self._number((signature(unit.op), *taken))
        return found

    def _number(self, key: Any) -> int:
        return self._table.setdefault(key, len(self._table))


def is_commutative(op: Op) -> bool:
    """Whether the order of a join's inputs is nothing to its value."""
    return isinstance(op, Alike)


def signature(op: Op) -> Signature:
    """What an op does, as a key."""
    return (op.name, *((name, comparable(value)) for name, value in fields_of(op).items()))


def fields_of(op: Op) -> Mapping[str, Any]:
    """The fields that count, by name."""
    return {name: getattr(op, name) for name in op.options() if name not in LEFT_OPEN}


def comparable(value: Any) -> Any:
    """The value; a float as float32 has it, to the digits that count."""
    return f"{np.float32(value):.{DIGITS}e}" if isinstance(value, float) else value


def same_kind(one: Unit, other: Unit) -> bool:
    """Whether two units have ops of one class."""
    return one.op.name == other.op.name

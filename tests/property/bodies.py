"""Bodies of single steps: an op, fields that fit its input, and the same values in other words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hypothesis import strategies as st

from netspec.ir.shapes import Shape
from netspec.ops.base import Op, ShapeError
from netspec.ops.constructs import Option
from netspec.ops.join import Join
from netspec.ops.table import OPS
from property.values import simplest, values

Plain = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

ELEMENTS, WEIGHTS, MACS = 4_000, 20_000, 1_000_000
"""What one step may cost: a search tries many small networks rather than few great ones."""
TRIES = 4


@cache
def joins() -> tuple[str, ...]:
    """The ops of several inputs."""
    return tuple(name for name, op in OPS.items() if issubclass(op, Join))


@cache
def fitting(shape: Shape) -> tuple[str, ...]:
    """The ops of one input that may take this shape: those that do with their simplest fields.

    There are many functions of single values; every other op stands here as often as three.
    """
    found = [name for name in OPS if name not in joins() and _fits(name, shape)]
    return tuple(name for name in found for _ in range(1 if OPS[name].elementwise else 3))


def _fits(op: str, shape: Shape) -> bool:
    try:
        typed(op, least(OPS[op]), (shape,))
    except ShapeError:
        return False
    return True


def least(op: type[Op]) -> Plain:
    """The required fields alone, each with its simplest value."""
    return {o.name: simplest(o.kind.schema) for o in op.options().values() if o.required}


def typed(op: str, fields: Plain, shapes: tuple[Shape, ...]) -> Shape:
    """The output of an op; raises `ShapeError`, also where it would be too large to try."""
    made = OPS[op].from_plain(fields).resolved(shapes)
    shape = made.infer(shapes)
    weights = sum(math.prod(weight.shape) for weight in made.weights(shapes))
    if shape.elements > ELEMENTS or weights > WEIGHTS or made.macs(shapes, shape) > MACS:
        raise ShapeError("NS408", "too large to try many")
    return shape


def alike(one: Shape, other: Shape) -> bool:
    """Whether two shapes differ in their channels at most."""
    return type(one) is type(other) and one.dims[:-1] == other.dims[:-1]


_PERCENT = st.integers(0, 99)


@cache
def _values(option: Option, *sizes: int) -> st.SearchStrategy[Any]:
    return values(option.kind.schema, sizes)


@dataclass
class Words:
    """The parameters and functions that fields speak of, which grow with them."""

    params: Plain = field(default_factory=dict)
    functions: Plain = field(default_factory=dict)


class Bodies:
    """Draws bodies for one spec."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.words = Words()

    def integer(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return self.draw(st.integers(low, high))

    def chance(self, percent: int) -> bool:
        """True in about so many of a hundred cases; false is the simpler."""
        return self.draw(_PERCENT) >= 100 - percent

    def one(self, choices: Iterable[Any]) -> Any:
        """One of some, of which the first is the simplest."""
        return self.draw(st.sampled_from(tuple(choices)))

    def some(self, choices: Iterable[Any], least: int, most: int) -> list[Any]:
        """Some different ones of them."""
        items = tuple(choices)
        most = min(most, len(items))
        return self.draw(
            st.lists(st.sampled_from(items), min_size=least, max_size=most, unique=True)
        )

    def fields(self, op: str, shape: Shape, outer: Plain, percent: int) -> Plain:
        """The fields that are required and not given by defaults, and some of the others."""
        return {
            option.name: self.draw(_values(option, *shape.dims))
            for option in OPS[op].options().values()
            if (option.required and option.name not in outer) or self.chance(percent)
        }

    def fitted(
        self, op: str, shapes: tuple[Shape, ...], outer: Plain, *, keeps: bool = False
    ) -> tuple[Plain, Shape | None]:
        """Fields with which the op takes these shapes, and what it gives; nothing if it does not.

        What it refuses is left out, or made simple. With `keeps` the height and width stay.
        """
        own = self.fields(op, shapes[0], outer, 35)
        if keeps and "padding" in OPS[op].options():
            own.pop("stride", None)
            if _may_be_same(OPS[op].options()["padding"]):
                own["padding"] = "same"
        for _ in range(TRIES):
            try:
                output = typed(op, {**outer, **own}, shapes)
            except ShapeError as error:
                own = _mended(OPS[op], own, outer, error.field)
            else:
                return own, None if keeps and not alike(output, shapes[0]) else output
        return own, None

    # values in other words

    def sweetened(self, fields: Plain, shape: Shape, own: Plain | None) -> Plain:
        """The fields, some of their scalars as parameters or expressions that come to the same.

        `shape` is that of the step's input, `own` the parameters of the template around, if any.
        """
        return self._sweetened(fields, shape, own) if fields and self.chance(25) else fields

    def _sweetened(self, value: Any, shape: Shape, own: Plain | None) -> Any:
        if isinstance(value, list):
            return [self._sweetened(item, shape, own) for item in value]
        if isinstance(value, dict):
            return {k: v if k == "op" else self._sweetened(v, shape, own) for k, v in value.items()}
        return self.sweet(value, shape, own) if self.chance(40) else value

    def sweet(self, value: Any, shape: Shape, own: Plain | None) -> str:
        """An expression that comes to the value."""
        ways = [self._parameter, self._sum, self._of_input, self._call]
        return self.one(ways if type(value) is int else ways[:1])(value, shape, own)

    def _parameter(self, value: Any, shape: Shape, own: Plain | None) -> str:
        declared, initial = (self.words.params, "p") if own is None else (own, "q")
        same = [n for n, v in declared.items() if type(v) is type(value) and v == value]
        name = self.one([f"{initial}{len(declared)}", *same])
        declared[name] = value
        return self.one([f"${name}", f"${{{name}}}"])

    def _sum(self, value: int, shape: Shape, own: Plain | None) -> str:
        part = self.integer(-3, 3)
        halved = f"${{{2 * value + 1} // 2}}"
        return self.one([f"${{{value - part} + {part}}}", halved, f"$min({value}, {value + 1})"])

    def _of_input(self, value: int, shape: Shape, own: Plain | None) -> str:
        less = shape.channels - value
        return (
            f"${{in.channels - {less}}}" if less else self.one(["$in.channels", "${in.channels}"])
        )

    def _call(self, value: int, shape: Shape, own: Plain | None) -> str:
        self.words.functions["double"] = {"params": ["n"], "value": "${2 * n}"}
        return f"${{double({value // 2}) + {value % 2}}}"


def _may_be_same(padding: Option) -> bool:
    return any("same" in schema.get("enum", ()) for schema in padding.kind.schema["anyOf"])


def _mended(op: type[Op], own: Plain, outer: Plain, blamed: str) -> Plain:
    """The fields without the one that is blamed, or with its simplest value where one must be."""
    options = op.options()
    needed = {name for name in options if options[name].required and name not in outer}
    if blamed in own and blamed not in needed:
        return {name: value for name, value in own.items() if name != blamed}
    if blamed in options and (blamed in needed or blamed in outer):
        return {**own, blamed: simplest(options[blamed].kind.schema)}
    return {name: value for name, value in own.items() if name in needed}

"""The values of expressions: their kinds and bounds, what operators make of them, how they fail."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

Number = int | float
Value = bool | int | float | str

BOUND: Final = 1 << 63  # every number's magnitude stays below it
SHOWN_CHARACTERS: Final = 40


class ExpressionError(Exception):
    """An expression that can't be read or has no value; `offset` and `length` mark its text."""

    def __init__(
        self, code: str, message: str, offset: int, length: int, hints: Iterable[str] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.length = length
        self.hints = tuple(hints)


class Place(NamedTuple):
    """A stretch of an expression's text."""

    offset: int
    length: int

    def error(self, code: str, message: str, hints: Iterable[str] = ()) -> ExpressionError:
        """The fault, at this place; for the caller to raise."""
        return ExpressionError(code, message, self.offset, self.length, hints)


def shown(value: Value) -> str:
    """The value as a message prints it: as it would be written, a long string cut short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]}…{text[-1] if isinstance(value, str) else ''}"


def bounded(value: Value, place: Place) -> Value:
    """The value itself; NS308 for a number that is not finite or not below 2^63 in magnitude."""
    if isinstance(value, int | float) and not abs(value) < BOUND:
        raise place.error("NS308", "the value is not a number below 2^63 in magnitude")
    return value


def as_number(value: Value, taker: str, place: Place) -> Number:
    """The value itself; NS308 if it is not a number."""
    if isinstance(value, bool | str):
        raise place.error("NS308", f"{taker} takes numbers; {shown(value)} is {KINDS[type(value)]}")
    return value


def round_half_up(number: Number) -> int:
    """floor(x + 1/2), computed without the rounding of that sum."""
    below = math.floor(number)
    return below + (number - below >= 0.5)


class BuiltIn(NamedTuple):
    """A function of the language. One that takes several numbers takes any number of them."""

    function: Callable[..., Number]
    several: bool

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        return count >= 2 if self.several else count == 1

    @property
    def wanted(self) -> str:
        """How many arguments it takes, for a message."""
        return "two or more arguments" if self.several else "one argument"


BUILT_INS: Final[dict[str, BuiltIn]] = {
    "min": BuiltIn(min, several=True),
    "max": BuiltIn(max, several=True),
    "round": BuiltIn(round_half_up, several=False),
    "ceil": BuiltIn(math.ceil, several=False),
    "floor": BuiltIn(math.floor, several=False),
}

KINDS: Final[dict[type, str]] = {
    bool: "a bool",
    int: "a number",
    float: "a number",
    str: "a string",
}

ARITHMETIC: Final[dict[str, Callable[[Number, Number], Number]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
EQUALITIES: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
}
ORDERS: Final[dict[str, Callable[[Number, Number], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

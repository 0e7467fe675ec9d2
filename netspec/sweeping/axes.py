"""What a sweep varies: a key, as `--set` takes it, and the values that it takes.

0.5,0.75,1      these            96..192/32      96, 128, 160, 192
1..5            1, 2, 3, 4, 5    0.1..1.0        any number between
1e-4..0.1/log   any number between, as many small as large
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Final

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.language.settings import node_of
from netspec.reading.document import Plain
from netspec.reading.reader import read_value

_NUMBER: Final = r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?"
_RANGE: Final = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?:/(log|{_NUMBER}))?")
_OPENING: Final = {"[": "]", "{": "}", "(": ")"}
_INTEGER: Final = re.compile(r"-?[0-9]+")
LISTED_AT_MOST: Final = 1_000_000
"""Values that are written out one by one; a range alone is not."""
RANGE_AT_MOST: Final = 10**18
FORMS: Final = "values are 0.5,0.75,1 or a range with its step, 96..192/32"


@dataclass(frozen=True, slots=True)
class Stepped:
    """Numbers at equal distances, both ends included; none is made before it is asked for."""

    first: Decimal
    step: Decimal
    size: int
    whole: bool

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Plain:
        value = self.first + index * self.step
        return int(value) if self.whole else float(value)

    def __iter__(self) -> Iterator[Plain]:
        return map(self.__getitem__, range(self.size))


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers between two, which a grid can't hold. `log`: as many small as large."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def ends(self) -> tuple[Plain, Plain]:
        """The least and the greatest of them."""
        return (int(self.low), int(self.high)) if self.whole else (self.low, self.high)

    def drawn(self, random: Random) -> Plain:
        """One of them, by chance, in six digits."""
        to, back = (math.log, math.exp) if self.log else (float, float)
        value = back(random.uniform(to(self.low), to(self.high)))
        if self.whole:
            return round(value)
        return min(max(float(f"{value:.6g}"), self.low), self.high)


Values = Sequence[Plain] | Stepped | Interval


@dataclass(frozen=True, slots=True)
class Axis:
    """A key and its values."""

    key: str
    values: Values
    written: str = ""
    """The option that gave it, for messages."""

    @property
    def finite(self) -> Sequence[Plain] | Stepped:
        """The values, one by one. Raises `SpecError` (NS208) for all numbers between two."""
        if not isinstance(self.values, Interval):
            return self.values
        low, high = self.values.low, self.values.high
        step = 10.0 ** (math.ceil(math.log10(high - low or 1)) - 1)
        raise _refusal(
            self.key,
            self.written,
            f"`{self.key}` may be any number from {low:g} to {high:g}, which no grid holds",
            f"give a step, {low:g}..{high:g}/{step:g}, or draw some: --random 100",
        )


def from_text(text: str) -> Axis:
    """The axis of `KEY=VALUES`. Raises `SpecError` with the place."""
    key, equals, written = text.partition("=")
    if not equals or not key:
        raise _refusal("K=VALUES", text, "a sweep varies KEY=VALUES", FORMS)
    return Axis(key, _values(key, written), text)


def from_values(key: str, values: object) -> Axis:
    """The axis of a Python caller: a sequence, a text as on the command line, or one value."""
    if not key:
        raise _refusal("sweep", repr(key), "keys are names of parameters, or Path/of/step.field")
    if isinstance(values, str):
        return from_text(f"{key}={values}")
    listed: list[Any] = [values]
    if isinstance(values, Iterable) and not isinstance(values, Mapping):
        listed = list(values)
    span = Span(Source(key, repr(values)), 1, 1, 1, 1)
    plain = [node_of(value, span).plain for value in listed]
    if not plain:
        raise _refusal(key, "[]", f"`{key}` has no value", FORMS)
    return Axis(key, _distinct(plain), f"{key}={plain}")


def _values(key: str, written: str) -> Values:
    parts = [part.strip() for part in _split(written)]
    if parts == [""]:
        raise _refusal(key, written, f"`{key}` has no value", FORMS)
    if len(parts) == 1 and (matched := _RANGE.fullmatch(parts[0])):
        return _range(matched, key, written)
    found: list[Plain] = []
    for part in parts:
        values = _part(part, key, written)
        if len(found) + len(values) > LISTED_AT_MOST:
            raise _refusal(key, written, f"`{key}` lists more than {LISTED_AT_MOST:,} values")
        found += values
    return _distinct(found)


def _part(part: str, key: str, written: str) -> Sequence[Plain] | Stepped:
    """The values of one part of a list."""
    matched = _RANGE.fullmatch(part)
    if matched is None:
        return (read_value(Source(key, part)).plain,)
    values = _range(matched, key, written)
    if isinstance(values, Interval):
        message = f"{part} is any number between two, and stands alone"
        raise _refusal(key, written, message, FORMS)
    return values


def _range(matched: re.Match[str], key: str, written: str) -> Stepped | Interval:
    first, last = Decimal(matched[1]), Decimal(matched[2])
    whole = all(_INTEGER.fullmatch(end) for end in matched.group(1, 2))
    if last < first:
        message = f"the range {matched[0]} runs downward"
        raise _refusal(key, written, message, f"write {matched[2]}..{matched[1]}")
    if matched[3] == "log":
        if first <= 0:
            raise _refusal(key, written, "a logarithmic range is of numbers above 0")
        return Interval(float(first), float(last), log=True, whole=whole)
    if matched[3] is None and not whole:
        return Interval(float(first), float(last))
    step = Decimal(matched[3] or 1)
    if step <= 0:
        raise _refusal(key, written, "the step of a range is above 0", FORMS)
    if (last - first) / step > RANGE_AT_MOST:
        raise _refusal(key, written, f"{matched[0]} is more than {RANGE_AT_MOST:.0e} numbers")
    whole = whole and _INTEGER.fullmatch(matched[3] or "1") is not None
    return Stepped(first, step, int((last - first) // step) + 1, whole)


def _split(text: str) -> Iterator[str]:
    """The parts between commas that are in no quotes and no brackets."""
    closing: list[str] = []
    start, quote = 0, ""
    for place, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in _OPENING:
            closing.append(_OPENING[char])
        elif closing and char == closing[-1]:
            closing.pop()
        elif char == "," and not closing:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _distinct(values: Iterable[Plain]) -> tuple[Plain, ...]:
    """The values without repeats; 1, 1.0 and true are three."""
    return tuple({repr(value): value for value in values}.values())


def _refusal(name: str, text: str, message: str, *hints: str) -> SpecError:
    span = Span(Source(name, text), 1, 1, 1, len(text) + 1)
    return SpecError([Diagnostic("NS208", message, span, hints=hints)])

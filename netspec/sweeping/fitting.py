"""Refuses keys that a spec has not and values that are none for them, before work begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netspec.diagnostics import Diagnostic, SpecError
from netspec.reading.document import Plain
from netspec.sweeping.asking import Asked
from netspec.sweeping.axes import Axis, Interval, Stepped
from netspec.sweeping.points import Point
from netspec.sweeping.tuning import Tuned
from netspec.sweeping.variants import INPUT, Base, Outcome, measured

TRIED: Final = 20
"""Values of a list that are tried before work begins."""


def require_fitting(asked: Asked) -> None:
    """Refuse keys that a spec has not, and values that are none for them, each at its place.

    A value is at fault where it fails alone and among the first values of the other keys. That a
    network is then malformed is no fault of this kind. Raises `SpecError`.
    """
    first = {axis.key: _some(axis)[0] for axis in asked.axes}
    found: list[Diagnostic] = []
    for base in asked.bases.values():
        for axis in asked.axes:
            for value in _some(axis):
                among = _faults(base, axis.key, {**first, axis.key: value})
                if among and (alone := _faults(base, axis.key, {axis.key: value})):
                    found += alone
                    break
    if found:
        raise SpecError(found)
    for name, base in asked.bases.items():
        _answer(asked, Point(name, first), measured(base, first, asked.names))


def _answer(asked: Asked, point: Point, outcome: Outcome) -> None:
    """Ask of one variant what will be asked of all. Raises `SpecError` (NS308) for no answer."""
    if "spec_hash" in outcome:
        asked.ruled_out(point)
        asked.wanted(point, outcome)
        if isinstance(asked.plan, Tuned):
            asked.value(asked.plan.aim.quantity, point, outcome)


def _some(axis: Axis) -> tuple[Plain, ...]:
    """Values that stand for all: of a range its ends, of a list those that come first."""
    if isinstance(axis.values, Interval):
        return axis.values.ends
    if isinstance(axis.values, Stepped):
        return (axis.values[0], axis.values[len(axis.values) - 1])
    return tuple(axis.values[:TRIED])


def _faults(base: Base, key: str, given: Mapping[str, Plain]) -> list[Diagnostic]:
    """What is wrong with a key and its value, as told apart from the network that it makes."""
    try:
        base.spec(given)
    except SpecError as error:
        return [d for d in error.diagnostics if _blames(d, key)]
    return []


def _blames(diagnostic: Diagnostic, key: str) -> bool:
    option = f"set {key}" if key != INPUT else "--input"
    span = diagnostic.span
    return span is not None and span.source.name == option and diagnostic.code[2] in "23"

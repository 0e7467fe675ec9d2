"""What is asked of a sweep, looked through before any work is done for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from netspec import targets
from netspec.conditions import Condition, Quantity
from netspec.diagnostics import refusal
from netspec.measures import MEASURES
from netspec.reading.document import Plain
from netspec.suggestions import did_you_mean
from netspec.sweeping.axes import Axis
from netspec.sweeping.journal import Figures
from netspec.sweeping.points import Plan, Point
from netspec.sweeping.timing import PREFIX
from netspec.sweeping.variants import INPUT, Base

DEFAULT_MEASURES: Final = ("params", "macs")


@dataclass(frozen=True)
class Asked:
    """One sweep: specs, what is varied, which variants are wanted, and what is measured of them."""

    bases: Mapping[str, Base]
    axes: Sequence[Axis]
    plan: Plan
    where: Condition | None = None
    measure: Sequence[str] = DEFAULT_MEASURES
    needed: Collection[str] = ()
    """Other names that something is made of."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The figures that every variant needs, whatever for; none of them needs a framework."""
        asked = {*self.measure, *(self.where.names if self.where else ()), *self.needed}
        return tuple(name for name in MEASURES if name in asked)

    @cached_property
    def latencies(self) -> tuple[str, ...]:
        """The measures that need a framework."""
        return tuple(name for name in self.measure if name.startswith(PREFIX))

    @property
    def backends(self) -> tuple[str, ...]:
        """The backends that are timed."""
        return tuple(name.removeprefix(PREFIX) for name in self.latencies)

    def value(self, quantity: Quantity, point: Point, figures: Figures) -> float | None:
        """The number that a row comes to; nothing where a figure of it could not be had."""
        named = {spoken(name): value for name, value in figures.items() if value is not None}
        values = {**_scalars(point.set), **named}
        return quantity.value(values) if quantity.names <= values.keys() else None

    def ruled_out(self, point: Point) -> bool:
        """Whether the settings alone, which are known at once, break the condition."""
        if self.where is None or not self.where.names <= point.set.keys() - MEASURES.keys():
            return False
        return not self.where.holds(_scalars(point.set))

    def wanted(self, point: Point, figures: Figures) -> bool | None:
        """Whether the condition holds; nothing where what is known does not tell."""
        if self.where is None:
            return True
        values = {**_scalars(point.set), **figures}
        return self.where.holds(values) if self.where.names <= values.keys() else None


def condition(text: str, axes: Sequence[Axis]) -> Condition:
    """The `--where` over figures and what is varied. Raises `SpecError`."""
    return Condition.parse(text, (*MEASURES, *_varied(axes)), "--where")


def quantity(text: str, axes: Sequence[Axis], measure: Sequence[str], option: str) -> Quantity:
    """What is to be large or small, over figures, latency too, and what is varied.

    Raises `SpecError`.
    """
    timed = (spoken(name) for name in measure if name.startswith(PREFIX))
    return Quantity.parse(text, (*MEASURES, *timed, *_varied(axes)), option)


def spoken(name: str) -> str:
    """What expressions call a figure: `latency_onnx`."""
    return name.replace(":", "_")


def _varied(axes: Sequence[Axis]) -> Iterator[str]:
    """The keys that are names."""
    return (axis.key for axis in axes if axis.key.isidentifier() and axis.key != INPUT)


def _scalars(given: Mapping[str, Plain]) -> dict[str, bool | int | float | str]:
    return {k: v for k, v in given.items() if isinstance(v, bool | int | float | str)}


def require_measures(names: Sequence[str]) -> None:
    """Refuse a name that is no figure's: `SpecError` (NS208, NS602)."""
    if not names:
        raise refusal("NS208", "nothing is to be measured", _LISTED)
    for name in names:
        if name.startswith(PREFIX):
            targets.require_known(name.removeprefix(PREFIX))
        elif name not in MEASURES:
            hints = did_you_mean(name, MEASURES) or (_LISTED,)
            raise refusal("NS208", f"`{name[:60]}` can't be measured", *hints)


_TIMED: Final = ", ".join(f"{PREFIX}{name}" for name in targets.BUNDLED)
_LISTED: Final = f"there are {', '.join(MEASURES)}, and {_TIMED}"

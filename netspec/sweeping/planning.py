"""From what a caller gives to the plan of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from netspec.conditions import Quantity
from netspec.diagnostics import refusal
from netspec.reading.document import Plain
from netspec.sweeping import asking
from netspec.sweeping.axes import Axis, from_values
from netspec.sweeping.points import Drawn, Grid, Listed, Plan, Zipped
from netspec.sweeping.tuning import Aim, Tuned

DIRECTIONS: Final = ("maximize", "minimize")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which variants are taken of all that the axes span; by default all.

    `settings` are written out, `zip` takes values side by side, `random` and `tune` so many by
    chance and by what others came to, for which `maximize` or `minimize` says what is good.
    """

    settings: Sequence[Mapping[str, Plain]] | None = None
    zip: bool = False
    random: int | None = None
    tune: int | None = None
    maximize: str | None = None
    minimize: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        ways = {
            "--list": self.settings is not None,
            "--zip": self.zip,
            "--random": self.random is not None,
            "--tune": self.tune is not None,
        }
        given = [option for option, is_given in ways.items() if is_given]
        if len(given) > 1:
            raise refusal(
                "NS208", f"{' and '.join(given)} are two ways to choose variants: give one"
            )
        aims = [option for option in DIRECTIONS if getattr(self, option) is not None]
        if self.tune is not None and len(aims) != 1:
            raise refusal(
                "NS208", "--tune takes one aim", "--maximize 'rf / macs', or --minimize macs"
            )
        if aims and self.tune is None:
            raise refusal("NS208", f"--{aims[0]} is what --tune N works towards; --sort sorts rows")

    def aim(self, axes: Sequence[Axis], measure: Sequence[str]) -> Aim | None:
        """What tuning works towards. Raises `SpecError`."""
        for direction in DIRECTIONS:
            text = getattr(self, direction)
            if text is not None:
                return Aim(_quantity(text, direction, axes, measure), direction)
        return None

    def plan(self, specs: Sequence[str], axes: Sequence[Axis], aim: Aim | None) -> Plan:
        """The points. Raises `SpecError`."""
        if self.settings is not None:
            if axes:
                hint = "write them into the list, or hold them fixed: --set K=V"
                raise refusal("NS208", "with --list no key is varied beside it", hint)
            return Listed(specs, self.settings)
        if self.random is not None:
            return Drawn(specs, axes, self.random, self.seed)
        if self.tune is not None and aim is not None:
            return Tuned(specs, axes, aim, self.tune, self.seed)
        return Zipped(specs, axes) if self.zip else Grid(specs, axes)


def _quantity(text: str, option: str, axes: Sequence[Axis], measure: Sequence[str]) -> Quantity:
    return asking.quantity(text, axes, measure, f"--{option}")


def axes_of(settings: Sequence[Mapping[str, Plain]]) -> list[Axis]:
    """The keys that a list sets, each with the values that it has there."""
    values: dict[str, list[Plain]] = {}
    for given in settings:
        for key, value in given.items():
            values.setdefault(key, []).append(value)
    return [from_values(key, listed) for key, listed in values.items()]

"""Variants chosen by what the ones before have come to: Optuna's tree of Parzen estimators.

The sampler is seeded and asked for one variant after the other, each once it knows of all before.
So a sweep that was cut off is told the same again from the journal, and goes on as it would have.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from netspec.conditions import Quantity
from netspec.reading.document import Plain
from netspec.sweeping.axes import Axis, Interval, Stepped
from netspec.sweeping.points import Point, at_most, size_of
from netspec.targets import MissingExtra

ASKED_PER_VARIANT: Final = 20
"""How many variants may be asked for, on average, until one is wanted that is new."""
SPEC: Final = "spec"
Told = Callable[[Point], float | None]
"""Measures a point; gives what it comes to, or nothing where it is not wanted."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is made as large or as small as can be: `direction` is `maximize` or `minimize`."""

    quantity: Quantity
    direction: str


@dataclass(frozen=True, slots=True)
class Tuned:
    """A plan of this many wanted variants, each chosen when those before are known."""

    specs: Sequence[str]
    axes: Sequence[Axis]
    aim: Aim
    wanted: int
    seed: int = 0

    @property
    def count(self) -> int:
        return at_most(self.wanted, self.specs, self.axes)

    def points(self) -> Iterator[Point]:
        """None that is known beforehand."""
        return iter(())

    def tune(self, told: Told, enough: Callable[[], bool]) -> list[Point]:
        """Let the sampler choose until it is enough; gives all points that it chose.

        It ends early where it chooses nothing new any more. Raises `MissingExtra`.
        """
        optuna = loaded()
        study = optuna.create_study(
            direction=self.aim.direction, sampler=optuna.samplers.TPESampler(seed=self.seed)
        )
        values: dict[str, float | None] = {}
        chosen: list[Point] = []
        for _ in range(ASKED_PER_VARIANT * self.wanted):
            trial = study.ask()
            point = self._suggested(trial)
            if point.key not in values:
                values[point.key] = told(point)
                chosen.append(point)
            _tell(optuna, study, trial, values[point.key])
            if enough() or len(values) == size_of(self.specs, self.axes):
                break
        return chosen

    def _suggested(self, trial: Any) -> Point:
        spec = self.specs[0]
        if len(self.specs) > 1:
            spec = trial.suggest_categorical(SPEC, list(self.specs))
        return Point(spec, {axis.key: _suggest(trial, axis) for axis in self.axes})


def loaded() -> Any:
    """The module optuna, which says nothing by itself from then on; raises `MissingExtra`."""
    try:
        import optuna
    except ModuleNotFoundError as error:
        message = f"--tune needs the package {error.name}: pip install 'netspec[tune]'"
        raise MissingExtra(message) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _tell(optuna: Any, study: Any, trial: Any, value: float | None) -> None:
    """Tell what a trial came to; one that is not wanted is none to choose others by."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial.set_constraint("where", 0.0 if value is not None else 1.0)
        if value is None:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, value)


def _suggest(trial: Any, axis: Axis) -> Plain:
    values = axis.values
    if isinstance(values, Interval):
        low, high = values.low, values.high
        if values.whole:
            return int(trial.suggest_int(axis.key, int(low), int(high), log=values.log))
        return float(f"{trial.suggest_float(axis.key, low, high, log=values.log):.6g}")
    if isinstance(values, Stepped) or _in_order(values):
        place: int = trial.suggest_int(axis.key, 0, len(values) - 1)
    else:
        place = trial.suggest_categorical(axis.key, list(range(len(values))))
    return values[place]


def _in_order(values: Sequence[Plain]) -> bool:
    """Whether they are numbers of which a neighbour is like its neighbour."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return len(numbers) == len(values) and sorted(numbers) == numbers

"""What measures the variants of a sweep: this process, many of them, or many machines."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import netspec
from netspec.sweeping.points import Point
from netspec.sweeping.variants import FAILED, Base, Outcome, measured

DEATHS_AT_MOST = 3
"""How often a variant may end the process that measures it before it is given up."""


class Done(NamedTuple):
    """A point, and what became of it."""

    point: Point
    outcome: Outcome


@dataclass(frozen=True)
class Work:
    """What is the same for all points: the specs by name, and the figures that are wanted."""

    bases: Mapping[str, Base]
    names: Sequence[str]

    def to_plain(self) -> dict[str, Any]:
        """All of it as plain data, for another process."""
        bases = [base.to_plain() for base in self.bases.values()]
        return {"netspec": netspec.__version__, "bases": bases, "names": [*self.names]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Work:
        """The inverse of `to_plain`. Raises `ValueError` for the work of another netspec."""
        if plain["netspec"] != netspec.__version__:
            here, there = netspec.__version__, plain["netspec"]
            raise ValueError(f"netspec {here} is installed here, and the sweep is one of {there}")
        bases = (Base.from_plain(each) for each in plain["bases"])
        return cls({base.name: base for base in bases}, plain["names"])

    def outcome(self, point: Point) -> Outcome:
        """What becomes of a point; a fault of ours costs this point, and not the sweep."""
        try:
            return measured(self.bases[point.spec], point.set, self.names)
        except Exception as error:  # noqa: BLE001 - told of this point, and the others go on
            return failed(f"{type(error).__name__}: {error}")


class Engine(Protocol):
    """Something that measures points. It takes them as it needs them, and may finish any first."""

    def run(self, work: Work, points: Iterable[Point]) -> Generator[Done]:
        """Each point once it is done."""


class Here:
    """This process alone."""

    def run(self, work: Work, points: Iterable[Point]) -> Generator[Done]:
        """Each point in turn."""
        return (Done(point, work.outcome(point)) for point in points)


def failed(message: str) -> Outcome:
    """That a point could not be measured."""
    return {"because": FAILED, "message": message}


def usable_cores() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

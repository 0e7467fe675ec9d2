"""Which variants a sweep is of: all of a grid, those of a list, some by chance.

A plan knows how many points it has before it makes one, and makes them one at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from random import Random
from typing import Final, NamedTuple, Protocol

from netspec.diagnostics import refusal
from netspec.reading.document import Plain
from netspec.sweeping.axes import Axis, Interval, Stepped

DRAWS_PER_POINT: Final = 100
"""How often a draw is repeated, on average, that has met a point again."""


class Point(NamedTuple):
    """One variant: the spec's name, and what is set of it, by key."""

    spec: str
    set: Mapping[str, Plain]

    @property
    def key(self) -> str:
        """What tells it from all others; 1, 1.0 and true are three."""
        return json.dumps([self.spec, self.set], sort_keys=True)


class Plan(Protocol):
    """The points of a sweep, in order, each once."""

    @property
    def count(self) -> int:
        """How many there are."""

    def points(self) -> Iterator[Point]:
        """Each in turn; the same ones each time."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Every value of each axis with every one of the others, the last axis varying fastest."""

    specs: Sequence[str]
    axes: Sequence[Axis]

    @property
    def count(self) -> int:
        return len(self.specs) * prod(len(axis.finite) for axis in self.axes)

    def points(self) -> Iterator[Point]:
        keys = [axis.key for axis in self.axes]
        for spec in self.specs:
            for values in _product([axis.finite for axis in self.axes]):
                yield Point(spec, dict(zip(keys, values, strict=True)))


@dataclass(frozen=True, slots=True)
class Zipped:
    """The first value of each axis, the second of each, and so on."""

    specs: Sequence[str]
    axes: Sequence[Axis]

    def __post_init__(self) -> None:
        lengths = {axis.key: len(axis.finite) for axis in self.axes}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{key} has {n:,}" for key, n in lengths.items())
            raise refusal("NS208", f"--zip takes as many values of each key: {listed}")

    @property
    def count(self) -> int:
        return len(self.specs) * (len(self.axes[0].finite) if self.axes else 1)

    def points(self) -> Iterator[Point]:
        keys = [axis.key for axis in self.axes]
        for spec in self.specs:
            for values in zip(*(axis.finite for axis in self.axes), strict=True):
                yield Point(spec, dict(zip(keys, values, strict=True)))


@dataclass(frozen=True, slots=True)
class Listed:
    """Settings that are written out; what is set twice is one point."""

    specs: Sequence[str]
    settings: Sequence[Mapping[str, Plain]]

    @property
    def count(self) -> int:
        return len(self.specs) * len(self.settings)

    def points(self) -> Iterator[Point]:
        for spec in self.specs:
            for given in self.settings:
                yield Point(spec, given)


@dataclass(frozen=True, slots=True)
class Drawn:
    """This many points by chance, none twice. More of the same seed begin with the same ones."""

    specs: Sequence[str]
    axes: Sequence[Axis]
    wanted: int
    seed: int = 0

    @property
    def count(self) -> int:
        return at_most(self.wanted, self.specs, self.axes)

    def points(self) -> Iterator[Point]:
        random, seen = Random(self.seed), set[str]()
        for _ in range(DRAWS_PER_POINT * self.count):
            point = self._drawn(random)
            if point.key not in seen:
                seen.add(point.key)
                yield point
            if len(seen) == self.count:
                return

    def _drawn(self, random: Random) -> Point:
        spec = self.specs[random.randrange(len(self.specs))]
        return Point(spec, {axis.key: _one_of(axis, random) for axis in self.axes})


def size_of(specs: Sequence[str], axes: Sequence[Axis]) -> int | None:
    """How many points there are in all; nothing where an axis takes any number between two."""
    if any(isinstance(axis.values, Interval) for axis in axes):
        return None
    return len(specs) * prod(len(axis.finite) for axis in axes)


def at_most(wanted: int, specs: Sequence[str], axes: Sequence[Axis]) -> int:
    """As many points as are wanted, where there are so many."""
    possible = size_of(specs, axes)
    return wanted if possible is None else min(wanted, possible)


def _one_of(axis: Axis, random: Random) -> Plain:
    if isinstance(axis.values, Interval):
        return axis.values.drawn(random)
    return axis.finite[random.randrange(len(axis.finite))]


def require_at_most(plan: Plan, most: int) -> None:
    """Refuse a plan of more points than are wanted, before any is made: `SpecError` (NS651)."""
    if plan.count > most:
        count = f"{plan.count:,}" if plan.count < 10**15 else f"{plan.count:.1e}"
        hints = (
            "take fewer values of a key, or some by chance: --random 1000",
            f"if it is meant: --most {plan.count}",
        )
        message = f"the sweep has {count} variants; {most:,} are most"
        raise refusal("NS651", message, *hints)


def _product(columns: Sequence[Sequence[Plain] | Stepped]) -> Iterator[tuple[Plain, ...]]:
    """Every combination, the last column varying fastest; a column is walked, never copied."""
    if not columns:
        yield ()
        return
    first, *others = columns
    for value in first:
        for behind in _product(others):
            yield (value, *behind)

"""What a sweep would do: how many variants, which come first, how long they might take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from netspec.sweeping import fitting
from netspec.sweeping.asking import Asked
from netspec.sweeping.engines import Work
from netspec.sweeping.points import Point
from netspec.sweeping.results import shown

FIRST: Final = 5
"""Variants that are listed, and measured to see how long one takes."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The number of variants, the first of them, and the seconds that one takes on one core."""

    count: int
    first: tuple[Point, ...]
    seconds_each: float
    times_latency: bool

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        first = [{"spec": point.spec, "set": dict(point.set)} for point in self.first]
        seconds = round(self.count * self.seconds_each, 3)
        return {"ok": True, "variants": self.count, "first": first, "core_seconds": seconds}

    def __str__(self) -> str:
        lines = [f"  {point.spec} {shown(point.set)}".rstrip() for point in self.first]
        if self.count > len(lines):
            lines.append(f"  … and {self.count - len(lines):,} more")
        about = _duration(self.count * self.seconds_each)
        more = ", and the time that latency takes" if self.times_latency else ""
        return "\n".join((f"{self.count:,} variants", *lines, f"{about} on one core{more}"))


def looked_ahead(asked: Asked) -> Ahead:
    """What a sweep would do. Raises `SpecError` for values that fit no spec."""
    fitting.require_fitting(asked)
    work = Work(asked.bases, asked.names)
    first = tuple(islice(asked.plan.points(), FIRST))
    tried = first or tuple(Point(name, {}) for name in asked.bases)
    start = time.perf_counter()
    for point in tried:
        work.outcome(point)
    each = (time.perf_counter() - start) / len(tried)
    return Ahead(asked.plan.count, first, each, bool(asked.backends))


def _duration(seconds: float) -> str:
    """Seconds as one says them: `about 40 s`, `about 3 h`."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"about {seconds / size:,.0f} {unit}"
    return f"about {seconds:.0f} s" if seconds >= 1 else "less than a second"

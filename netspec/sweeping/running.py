"""Runs a sweep: costs, then latency, all into the journal; what is known is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

from netspec.sweeping.asking import Asked
from netspec.sweeping.engines import Engine, Work
from netspec.sweeping.journal import KNOWN, SAME, WHERE, Journal
from netspec.sweeping.lines import Record
from netspec.sweeping.points import Point
from netspec.sweeping.results import Fault, SweepResult
from netspec.sweeping.timers import Timer
from netspec.sweeping.tuning import Tuned
from netspec.sweeping.variants import FAILED, INVALID

Progress = Callable[[str, int, int], None]
"""Told what is going on, how many variants are done, and how many there are."""


class Run(AbstractContextManager["Run"]):
    """One sweep under way. However it ends, the journal has all that was measured."""

    def __init__(self, asked: Asked, folder: Path | None, progress: Progress) -> None:
        self.asked, self.progress = asked, progress
        self.work = Work(asked.bases, asked.names)
        self.journal = Journal(folder, asked.wanted)
        self.counts: Counter[str] = Counter()

    def __exit__(self, *_: object) -> None:
        self.journal.close()

    def costs(self, engine: Engine, points: Iterable[Point]) -> None:
        """Measure every point that is not settled yet."""
        done, total = 0, self.asked.plan.count
        self.progress("measuring", done, total)
        with closing(engine.run(self.work, self._unsettled(points))) as found:
            for point, outcome in found:
                self.journal.add(point, outcome)
                done += 1
                self.progress("measuring", done + self._passed(), total)

    def _passed(self) -> int:
        return self.counts[KNOWN] + self.counts[WHERE]

    def _unsettled(self, points: Iterable[Point]) -> Iterator[Point]:
        """The points that are to be measured, each once."""
        seen: set[str] = set()
        for point in points:
            if point.key in seen:
                continue
            seen.add(point.key)
            if self.asked.ruled_out(point):
                self.counts[WHERE] += 1
            elif self.journal.settled(point, self.asked.names):
                self.counts[KNOWN] += 1
            else:
                yield point

    def latencies(self, timer: Timer, points: Iterable[Point]) -> None:
        """Time the networks of all rows that lack it, one after the other."""
        rows = [point for point, kind in self.journal.kinds(points) if not kind]
        lacking = [point for point in rows if self.journal.lacks(point, self.asked.latencies)]
        self.progress("timing", 0, len(lacking))
        for done, (point, outcome) in enumerate(timer.run(lacking), 1):
            self.journal.complete(point, outcome)
            self.progress("timing", done, len(lacking))

    def tuned(self, plan: Tuned, timer: Timer | None) -> list[Point]:
        """Let a plan choose points by what those before came to; gives all that it chose."""
        found: list[Point] = []

        def told(point: Point) -> float | None:
            if self.asked.ruled_out(point):
                self.counts[WHERE] += 1
                return None
            self._settle(point, timer)
            kind = self.journal.kind(point)
            if kind not in ("", SAME):
                return None
            if not kind:
                found.append(point)
                self.progress("tuning", len(found), plan.count)
            return self.asked.value(plan.aim.quantity, point, self.journal.row(point))

        self.progress("tuning", 0, plan.count)
        return plan.tune(told, lambda: len(found) >= plan.wanted)

    def _settle(self, point: Point, timer: Timer | None) -> None:
        if self.journal.settled(point, self.asked.names):
            self.counts[KNOWN] += 1
        else:
            self.journal.add(point, self.work.outcome(point))
        timed = timer is not None and not self.journal.kind(point)
        if timer and timed and self.journal.lacks(point, self.asked.latencies):
            for _, outcome in timer.run([point]):
                self.journal.complete(point, outcome)

    def finish(self, points: Iterable[Point]) -> SweepResult:
        """Put the journal in the order of the points; gives what has come of the sweep."""
        made = [point for point in points if not self.asked.ruled_out(point)]
        self.journal.finish(made)
        rows, faults = [], []
        for point, kind in self.journal.kinds(made):
            self.counts[kind or "rows"] += 1
            if not kind:
                rows.append(self.journal.row(point))
            elif kind in (INVALID, FAILED):
                faults.append(Fault.of(self.journal.reason(point)))
        ranks = self._ranks(self.asked.plan, rows) if isinstance(self.asked.plan, Tuned) else {}
        measure = self.asked.measure
        return SweepResult(tuple(rows), tuple(faults), dict(self.counts), measure, ranks)

    def _ranks(self, plan: Tuned, rows: Iterable[Record]) -> dict[str, float]:
        """What the aim of a plan makes of rows, by hash: the smaller the better."""
        sign = -1 if plan.aim.direction == "maximize" else 1
        found = {}
        for row in rows:
            value = self.asked.value(plan.aim.quantity, Point(row["spec"], row["set"]), row)
            if value is not None:
                found[row["spec_hash"]] = sign * value
        return found

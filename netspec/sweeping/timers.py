"""Latency on this machine: one variant at a time, in a process of each backend's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, Protocol

from netspec.diagnostics import refusal
from netspec.sweeping.engines import DEATHS_AT_MOST, Done, Work
from netspec.sweeping.journal import ERROR
from netspec.sweeping.points import Point
from netspec.sweeping.process import Ended, Worker
from netspec.sweeping.timing import PREFIX, Timing
from netspec.sweeping.variants import Outcome
from netspec.targets import MissingExtra

TIMED_AT_MOST: Final = 20
"""Variants that one process times; frameworks keep memory of each network that they have built."""


class Timer(Protocol):
    """Something that measures latency. It is opened before work begins, and closed behind it."""

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """What each backend runs on. Raises `MissingExtra`, and `SpecError` for what is none."""

    def run(self, points: Iterable[Point]) -> Iterator[Done]:
        """The figures of each point's latency on every backend."""

    def close(self) -> None:
        """Time no more."""


class LocalTimer:
    """Times variants on this machine."""

    def __init__(self, work: Work, backends: Sequence[str], timing: Timing) -> None:
        self._clocks = [_Clock(work, name, timing) for name in backends]

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """What each backend runs on. Raises `MissingExtra`, and `SpecError` for what is none."""
        return {clock.backend: clock.start() for clock in self._clocks}

    def run(self, points: Iterable[Point]) -> Iterator[Done]:
        """The figures of each point's latency on every backend, one after the other."""
        for point in points:
            found = [clock.timed(point) for clock in self._clocks]
            yield Done(point, {name: value for each in found for name, value in each.items()})

    def close(self) -> None:
        """Time no more."""
        for clock in self._clocks:
            clock.stop()


class _Clock:
    """One backend's process, made anew where it dies and when it has timed enough."""

    def __init__(self, work: Work, backend: str, timing: Timing) -> None:
        self.backend, self._timing = backend, timing
        self._work = {**work.to_plain(), "target": backend, "timing": asdict(timing)}
        self._worker: Worker | None = None
        self._left = 0

    def start(self) -> Mapping[str, str]:
        self.stop()
        self._worker = Worker("time", self._work, self._timing.environment)
        self._left = TIMED_AT_MOST
        return _welcomed(self._worker, self.backend)

    def timed(self, point: Point) -> Outcome:
        how = ""
        for _ in range(DEATHS_AT_MOST):
            if self._worker is None or self._left == 0:
                self.start()
            assert self._worker is not None
            self._left -= 1
            try:
                return self._worker.asked(point)
            except Ended as end:
                how = str(end)
                self.stop()
        return untimed([self.backend], f"{how}, {DEATHS_AT_MOST} times")

    def stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = None


def untimed(backends: Iterable[str], why: str) -> Outcome:
    """That latency could not be had on these backends."""
    names = [f"{PREFIX}{backend}" for backend in backends]
    return {**dict.fromkeys(names), **{f"{name}{ERROR}": why for name in names}}


def _welcomed(worker: Worker, backend: str) -> Mapping[str, str]:
    """What a worker that has begun runs on. Raises `MissingExtra` and `SpecError`."""
    try:
        hello: dict[str, Any] = worker.greeted()
    except Ended as end:
        message = f"the process that would time {backend} did not start: {end}"
        raise refusal("NS602", message) from None
    if missing := hello.get("missing"):
        raise MissingExtra(missing)
    versions: Mapping[str, str] = hello["versions"]
    return versions

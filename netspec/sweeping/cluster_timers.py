"""Latency on the machines of a Ray cluster: on each one variant at a time, on all its cores."""

from __future__ import annotations

import platform
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from netspec.diagnostics import refusal
from netspec.sweeping.cluster import joined
from netspec.sweeping.engines import DEATHS_AT_MOST, Done, Work
from netspec.sweeping.points import Point
from netspec.sweeping.timers import LocalTimer, untimed
from netspec.sweeping.timing import PREFIX, Timing
from netspec.sweeping.variants import Outcome
from netspec.targets import MissingExtra

HOST: Final = f"{PREFIX}host"
"""The machine that a row was timed on: times of unlike machines are not to be compared."""


class Keeper:
    """What runs on one machine: a timer of its own, as on any machine."""

    def __init__(self, work: Mapping[str, Any], backends: Sequence[str], timing: Timing) -> None:
        self._timer = LocalTimer(Work.from_plain(work), backends, timing)

    def versions(self) -> tuple[str, Mapping[str, Mapping[str, str]]]:
        """What is missing there, if anything, and what each backend runs on."""
        try:
            return "", {name: dict(found) for name, found in self._timer.versions().items()}
        except MissingExtra as missing:
            return f"{platform.node()}: {missing}", {}

    def timed(self, spec: str, given: Mapping[str, Any]) -> Outcome:
        """The figures of a point's latency, and the machine's name."""
        (done,) = self._timer.run([Point(spec, given)])
        return {**done.outcome, HOST: platform.node()}


class ClusterTimer:
    """Times variants on every machine of a cluster."""

    def __init__(self, address: str, work: Work, backends: Sequence[str], timing: Timing) -> None:
        self.ray = joined(address)
        self.backends = backends
        self._given = (work.to_plain(), backends, timing)

    def _keepers(self) -> dict[str, Any]:
        """A keeper on each machine that is alive, holding all of its cores; by the machine's id."""
        strategy = self.ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        found = {}
        for node in self.ray.nodes():
            cores = node["Resources"].get("CPU", 0)
            if node["Alive"] and cores >= 1:
                there = strategy(node["NodeID"], soft=False)
                made = self.ray.remote(num_cpus=cores, scheduling_strategy=there)(Keeper)
                found[node["NodeID"]] = made.remote(*self._given)
        return found

    def versions(self) -> Mapping[str, Mapping[str, str]]:
        """What each backend runs on, alike on all machines. Raises `MissingExtra`.

        The keepers are let go again, for costs come first and need the cores.
        """
        keepers = self._keepers()
        told = self.ray.get([keeper.versions.remote() for keeper in keepers.values()])
        for keeper in keepers.values():
            self.ray.kill(keeper)
        for missing, _ in told:
            if missing:
                raise MissingExtra(missing)
        return told[0][1] if told else {}

    def run(self, points: Iterable[Point]) -> Generator[Done]:
        """The figures of each point's latency on every backend."""
        under_way = _UnderWay(self.ray, self._keepers(), points)
        try:
            yield from under_way.results(self.backends)
        finally:
            for keeper in under_way.keepers.values():
                self.ray.kill(keeper)

    def close(self) -> None:
        """Nothing is held between two runs."""


class _UnderWay:
    """One run: a point on each machine, and those that were on one that is lost."""

    def __init__(self, ray: Any, keepers: dict[str, Any], points: Iterable[Point]) -> None:
        self.ray, self.keepers, self.points = ray, keepers, iter(points)
        self.again: deque[Point] = deque()
        self.losses: Counter[str] = Counter()
        self.out: dict[Any, tuple[str, Point]] = {}

    def results(self, backends: Sequence[str]) -> Iterator[Done]:
        for node in self.keepers:
            self._send(node)
        while self.out:
            ready, _ = self.ray.wait(list(self.out), num_returns=1)
            node, point = self.out.pop(ready[0])
            try:
                yield Done(point, self.ray.get(ready[0]))
                self._send(node)
            except self.ray.exceptions.RayError as error:
                del self.keepers[node]
                yield from self._lost(point, type(error).__name__, backends)

    def _send(self, node: str) -> None:
        point = self.again.popleft() if self.again else next(self.points, None)
        if point is not None:
            task = self.keepers[node].timed.remote(point.spec, dict(point.set))
            self.out[task] = (node, point)

    def _lost(self, point: Point, how: str, backends: Sequence[str]) -> Iterator[Done]:
        """Give a point to another machine. Raises `SpecError` (NS654) where none is left."""
        self.losses[point.key] += 1
        if not self.keepers:
            message = f"every machine of the cluster that timed variants is lost: {how}"
            raise refusal("NS654", message)
        if self.losses[point.key] >= DEATHS_AT_MOST:
            yield Done(point, untimed(backends, f"its machine was lost: {how}"))
            return
        self.again.append(point)
        busy = {node for node, _ in self.out.values()}
        for node in self.keepers:
            if node not in busy:
                self._send(node)

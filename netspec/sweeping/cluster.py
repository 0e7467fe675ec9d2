"""Variants measured by the machines of a Ray cluster, any of which may be lost."""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, Final

from netspec.diagnostics import Diagnostic, SpecError
from netspec.sweeping.engines import DEATHS_AT_MOST, Done, Work, failed
from netspec.sweeping.points import Point
from netspec.sweeping.variants import Outcome
from netspec.targets import MissingExtra

CHUNK: Final = 8
"""Points of one task, a tenth of a second's work, to which Ray adds some milliseconds."""
MESSAGE_AT_MOST: Final = 300
ANSWERED_WITHIN: Final = 10.0
"""Seconds in which a cluster takes a connection."""
PER_CORE: Final = 2
"""Tasks under way for each core of the cluster, so that none waits for the next one."""
QUIET: Final = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"}


class Cluster:
    """An engine of all machines of a Ray cluster, on each of which netspec is installed.

    A chunk of points that is lost with its worker or its machine is measured again elsewhere, and
    a point that is lost thrice has failed.
    """

    def __init__(self, address: str) -> None:
        self.ray = joined(address)

    def run(self, work: Work, points: Iterable[Point]) -> Generator[Done]:
        """Each point once it is done."""
        under_way = _UnderWay(self.ray, work, iter(points))
        with closing(under_way):
            yield from under_way.results()


class _UnderWay:
    """One run: the tasks that are out, each with its points."""

    def __init__(self, ray: Any, work: Work, points: Iterator[Point]) -> None:
        self.ray, self.points = ray, points
        self.work = ray.put(work.to_plain())
        # Ray's own retries are off: here it is known which points a lost task had
        self.task = ray.remote(num_cpus=1, max_retries=0)(measure)
        self.out: dict[Any, list[Point]] = {}
        self.losses: Counter[str] = Counter()

    def results(self) -> Iterator[Done]:
        self._feed()
        while self.out:
            ready, _ = self.ray.wait(list(self.out), num_returns=1)
            for task in ready:
                yield from self._received(task, self.out.pop(task))
            self._feed()

    def _feed(self) -> None:
        cores = int(self.ray.cluster_resources().get("CPU", 1))
        while len(self.out) < PER_CORE * max(1, cores):
            chunk = list(islice(self.points, CHUNK))
            if not chunk:
                return
            self._send(chunk)

    def _send(self, chunk: list[Point]) -> None:
        given = [(point.spec, dict(point.set)) for point in chunk]
        self.out[self.task.remote(self.work, given)] = chunk

    def _received(self, task: Any, chunk: list[Point]) -> Iterator[Done]:
        try:
            outcomes: list[Outcome] = self.ray.get(task)
        except self.ray.exceptions.RayError as error:
            *_, last = str(error).splitlines() or [""]
            yield from self._lost(chunk, f"{type(error).__name__}: {last}"[:MESSAGE_AT_MOST])
            return
        yield from map(Done, chunk, outcomes)

    def _lost(self, chunk: list[Point], how: str) -> Iterator[Done]:
        """Send points out again, each alone, so that one that ends workers takes no other along."""
        for point in chunk:
            self.losses[point.key] += 1
            if self.losses[point.key] < DEATHS_AT_MOST:
                self._send([point])
            else:
                yield Done(point, failed(f"its worker was lost {DEATHS_AT_MOST} times: {how}"))

    def close(self) -> None:
        """Call back what is still out."""
        for task in self.out:
            self.ray.cancel(task, force=True)


_known: dict[str, Work] = {}


def measure(
    plain: Mapping[str, Any], given: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[Outcome]:
    """What becomes of points, on whatever machine this runs."""
    key = repr(plain)
    if key not in _known:  # a worker is used again: the specs are checked once
        _known.clear()
        _known[key] = Work.from_plain(plain)
    return [_known[key].outcome(Point(spec, settings)) for spec, settings in given]


def joined(address: str) -> Any:
    """The module ray, connected to a cluster.

    Raises `MissingExtra`, and `SpecError` (NS654) where there is no cluster.
    """
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    try:
        import ray
    except ModuleNotFoundError as error:
        message = f"--engine ray needs the package {error.name}: pip install 'netspec[ray]'"
        raise MissingExtra(message) from error
    try:
        _require_answering(address)
        ray.init(
            address=address,
            ignore_reinit_error=True,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (OSError, RuntimeError, ValueError) as error:
        first, *_ = str(error).splitlines() or [""]
        hints = ("start one: ray start --head, and on each other machine ray start --address=…",)
        found = Diagnostic("NS654", f"no Ray cluster answers at {address}: {first}", hints=hints)
        raise SpecError([found]) from None
    return ray


def _require_answering(address: str) -> None:
    """Try a HOST:PORT before Ray does, which waits for minutes. Raises `OSError`."""
    host, colon, port = address.rpartition("/")[2].rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), ANSWERED_WITHIN).close()

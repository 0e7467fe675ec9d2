"""Variants measured by several processes of this machine, any of which may die."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from selectors import EVENT_READ, DefaultSelector

from netspec.sweeping.engines import DEATHS_AT_MOST, Done, Work, failed
from netspec.sweeping.points import Point
from netspec.sweeping.process import Ended, Worker
from netspec.sweeping.worker import PROGRAM

GIVEN_AT_ONCE = 4
"""Points that a worker holds, so that it never waits for the next one."""


class NoWorker(Exception):
    """Processes end before they begin: a fault of the installation, not of a variant."""


class Pool:
    """An engine of this many processes. Whatever ends it, they end with it."""

    def __init__(self, processes: int, program: str = PROGRAM) -> None:
        self.processes, self.program = processes, program

    def run(self, work: Work, points: Iterable[Point]) -> Generator[Done]:
        """Each point once it is done; one that ends its process thrice has failed."""
        under_way = _UnderWay(work, iter(points), self.program)
        try:
            for _ in range(self.processes):
                under_way.start()
            yield from under_way.results()
        finally:
            under_way.stop()


class _UnderWay:
    """One run: its workers, and the points that were handed to a worker that is gone."""

    def __init__(self, work: Work, points: Iterator[Point], program: str) -> None:
        self.work, self.points, self.program = work.to_plain(), points, program
        self.workers = DefaultSelector()
        self.again: deque[Point] = deque()
        self.deaths: Counter[str] = Counter()

    def start(self) -> None:
        """Start a worker, if there is anything for it to do."""
        first = self._next()
        if first is not None:
            worker = Worker("cost", self.work, program=self.program)
            self.workers.register(worker, EVENT_READ)
            worker.give(first)
            self._feed(worker)

    def results(self) -> Iterator[Done]:
        while any(worker.given for worker in self._all()):
            for key, _ in self.workers.select():
                worker = key.fileobj
                assert isinstance(worker, Worker)
                try:
                    for outcome in worker.answers():
                        yield Done(worker.given.popleft(), outcome)
                    self._feed(worker)
                except Ended as end:
                    yield from self._mourn(worker, str(end))

    def _all(self) -> list[Worker]:
        found = (key.fileobj for key in self.workers.get_map().values())
        return [worker for worker in found if isinstance(worker, Worker)]

    def _feed(self, worker: Worker) -> None:
        while len(worker.given) < GIVEN_AT_ONCE and (point := self._next()) is not None:
            worker.give(point)

    def _next(self) -> Point | None:
        return self.again.popleft() if self.again else next(self.points, None)

    def _mourn(self, worker: Worker, how: str) -> Iterator[Done]:
        """Put another one in a worker's place; the point that it was at is what may have ended it.

        Raises `NoWorker` where it had not begun.
        """
        self.workers.unregister(worker)
        worker.stop()
        if worker.hello is None:
            raise NoWorker(f"a process that measures variants did not start: {how}")
        if worker.given:
            suspect = worker.given.popleft()
            self.deaths[suspect.key] += 1
            if self.deaths[suspect.key] < DEATHS_AT_MOST:
                self.again.append(suspect)
            else:
                yield Done(suspect, failed(f"{how}, {DEATHS_AT_MOST} times"))
            self.again.extendleft(reversed(worker.given))
        self.start()

    def stop(self) -> None:
        for worker in self._all():
            worker.stop()
        self.workers.close()

"""Several processes: they measure what one does, and a death costs nothing that can be had."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import netspec
from netspec.sweeping.axes import from_text
from netspec.sweeping.engines import DEATHS_AT_MOST, Done, Here, Work
from netspec.sweeping.points import Grid, Point
from netspec.sweeping.pool import NoWorker, Pool, _UnderWay
from netspec.sweeping.process import Worker
from netspec.sweeping.variants import Base
from sweeping.nets import distinct, small

STUB = """
import json, os, signal, sys
sys.stdin.readline()
print("{}", flush=True)
for line in sys.stdin:
    width = json.loads(line)["set"]["width"]
    if width == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    if width == 8:
        os._exit(3)
    print(json.dumps({"spec_hash": str(width)}), flush=True)
"""
"""A worker that variants of two widths end."""
STILLBORN = "raise SystemExit(5)"


def points(count: int) -> list[Point]:
    return list(Grid(["net"], [from_text(f"width=1..{count}")]).points())


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work({"net": Base.read(small(tmp_path))}, ("params", "macs"))


def named(work: Work) -> Work:
    """The same work, its spec called `net`."""
    (base,) = work.bases.values()
    plain = base.to_plain() | {"name": "net"}
    return Work({"net": Base.from_plain(plain)}, work.names)


def by_key(found: Iterator[Done]) -> dict[str, object]:
    listed = list(found)
    assert distinct(done.point.key for done in listed)
    return {done.point.key: done.outcome for done in listed}


def test_processes_measure_what_one_does(work: Work) -> None:
    work = named(work)
    assert by_key(Pool(2).run(work, points(60))) == by_key(Here().run(work, points(60)))


def test_a_variant_that_ends_its_process_is_given_up_and_no_other(work: Work) -> None:
    found = by_key(Pool(2, STUB).run(named(work), points(40)))
    lost = {json.loads(key)[1]["width"]: o for key, o in found.items() if "because" in o}  # type: ignore[operator]
    assert len(found) == 40
    assert lost == {
        7: {"because": "failed", "message": "its process was ended by SIGKILL, 3 times"},
        8: {"because": "failed", "message": "its process ended with status 3, 3 times"},
    }


def test_workers_that_are_killed_again_and_again(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is killed while it holds some; what it held is measured by another one.

    No point is met by a kill for the third time, at which it would be given up.
    """
    killed: list[int] = []
    met = Counter[str]()
    plain = Worker.answers

    def answers(self: Worker) -> list[dict[str, object]]:
        found = plain(self)
        held = [point.key for point in self.given]
        spared = any(met[key] == DEATHS_AT_MOST - 1 for key in held)
        if len(killed) < 12 and self.hello is not None and held and not spared:
            met.update(held)
            killed.append(self.pid)
            os.kill(self.pid, signal.SIGKILL)
        return found

    monkeypatch.setattr(Worker, "answers", answers)
    found = by_key(Pool(2).run(named(work), points(200)))
    assert len(killed) == 12
    assert distinct(killed)
    monkeypatch.undo()
    assert found == by_key(Here().run(named(work), points(200)))


def test_a_process_that_never_starts_is_no_variant_s_fault(work: Work) -> None:
    with pytest.raises(NoWorker, match="status 5"):
        list(Pool(2, STILLBORN).run(named(work), points(4)))


def test_no_process_is_left(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    plain = _UnderWay.start

    def start(self: _UnderWay) -> None:
        plain(self)
        started.extend(worker.pid for worker in self._all())

    monkeypatch.setattr(_UnderWay, "start", start)
    under_way = Pool(2).run(named(work), points(60))
    next(under_way)
    under_way.close()
    assert len(set(started)) == 2
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_nothing_to_do_starts_nothing(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netspec.sweeping.pool.Worker", None)
    assert list(Pool(2).run(named(work), [])) == []


def test_rows_are_the_same_by_any_number_of_processes(tmp_path: Path) -> None:
    spec, vary = small(tmp_path), {"width": "1..30", "kernel": [1, 3]}
    for jobs in (1, 2, 3):
        netspec.sweep(spec, vary, where="params < 500", out=tmp_path / str(jobs), jobs=jobs)
    for name in ("journal.jsonl", "left_out.jsonl"):
        assert len({(tmp_path / str(jobs) / name).read_bytes() for jobs in (1, 2, 3)}) == 1

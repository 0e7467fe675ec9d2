"""A sweep on a real Ray cluster of two nodes, one of which is killed in its midst."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.diagnostics import SpecError
from netspec.sweeping import cluster
from netspec.sweeping.axes import from_text
from netspec.sweeping.cluster import _UnderWay, measure
from netspec.sweeping.engines import Work
from netspec.sweeping.points import Grid
from netspec.sweeping.variants import Base
from netspec.targets import MissingExtra
from sweeping.nets import codes, lines_of, small

SCRIPT = Path(__file__).with_name("on_ray.py")
FILES = ("journal.jsonl", "left_out.jsonl")


def on_ray(out: Path, kill_at: int, *words: str) -> dict[str, Any]:
    """What the script finds out."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(out), str(kill_at), *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_a_machine_that_is_lost_costs_no_row(tmp_path: Path) -> None:
    vary = ("depth_multiplier=0.2..0.8/0.1", "num_classes=2..60/2", "--where", "macs < 2e9")
    found = on_ray(tmp_path / "ray", 20, "inception_v3", *vary)
    assert found["status"] == 0
    assert 20 <= found["lines"] < 100
    assert found["killed"]
    status = netspec.sweep(
        "inception_v3",
        {"depth_multiplier": "0.2..0.8/0.1", "num_classes": "2..60/2"},
        where="macs < 2e9",
        out=tmp_path / "local",
    )
    assert sum(status.counts[kind] for kind in ("rows", "where")) == 7 * 30
    for name in FILES:
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()


@pytest.mark.slow
def test_latency_on_every_machine(tmp_path: Path) -> None:
    out = tmp_path / "ray"
    found = on_ray(
        out, 10**6, small(tmp_path), "width=4,8,16,32", "--measure", "params,latency:onnx"
    )
    assert (found["status"], found["killed"]) == (0, False)
    rows = lines_of(out / FILES[0])
    assert len(rows) == 4
    assert all(row["latency:onnx"] > 0 and row["latency:host"] for row in rows)


class Lost(Exception):
    """What Ray raises of a task whose worker is gone."""


class Unreliable:
    """Ray in so far as the engine calls it, whose tasks are lost when they hold a bad point."""

    class exceptions:  # noqa: N801
        RayError = Lost

    def __init__(self, bad: int, times: int) -> None:
        self.bad, self.times = bad, times

    def put(self, value: object) -> object:
        return value

    def remote(self, **_: object) -> Any:
        def decorated(function: Any) -> Any:
            return type("Task", (), {"remote": lambda _, *given: _Call(function, given)})()

        return decorated

    def wait(self, tasks: list[Any], num_returns: int) -> tuple[list[Any], list[Any]]:
        return tasks[:num_returns], tasks[num_returns:]

    def get(self, call: Any) -> Any:
        if self.times and any(given["width"] == self.bad for _, given in call.given[1]):
            self.times -= 1
            raise Lost
        return call.function(*call.given)

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}


class _Call:
    def __init__(self, function: Any, given: Any) -> None:
        self.function, self.given = function, given


@pytest.mark.parametrize(("times", "failures"), [(1, 0), (2, 0), (3, 1), (99, 1)])
def test_a_point_that_is_lost_again_and_again(times: int, failures: int, tmp_path: Path) -> None:
    spec = small(tmp_path)
    work = Work({spec: Base.read(spec)}, ("params",))
    points = list(Grid([spec], [from_text("width=4..60")]).points())
    found = list(_UnderWay(Unreliable(20, times), work, iter(points)).results())
    assert sorted(done.point.key for done in found) == sorted(point.key for point in points)
    lost = [done for done in found if done.outcome.get("because") == "failed"]
    assert [done.point.set["width"] for done in lost] == [20] * failures


def test_a_task_measures_what_this_process_does(tmp_path: Path) -> None:
    spec = small(tmp_path)
    work = Work({spec: Base.read(spec)}, ("params",))
    points = list(Grid([spec], [from_text("width=4..9")]).points())
    given = [(point.spec, dict(point.set)) for point in points]
    assert measure(work.to_plain(), given) == [work.outcome(point) for point in points]


def test_a_machine_with_another_netspec_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = small(tmp_path)
    plain = Work({spec: Base.read(spec)}, ("params",)).to_plain()
    monkeypatch.setattr(netspec, "__version__", "0.0.1")
    monkeypatch.setattr(cluster, "_known", {})
    with pytest.raises(ValueError, match=r"netspec 0\.0\.1 is installed here"):
        measure(plain, [(spec, {"width": 4})])


@pytest.mark.parametrize("address", ["{}", "ray://{}", "127.0.0.1:none", "127.0.0.1:99999"])
def test_no_cluster(address: str) -> None:
    with socket.socket() as closed:  # nobody else gets the port, and nobody listens there
        closed.bind(("127.0.0.1", 0))
        host, port = closed.getsockname()
        with pytest.raises(SpecError) as error:
            cluster.joined(address.format(f"{host}:{port}"))
    assert codes(error) == {"NS654"}


def test_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"pip install 'netspec\[ray\]'"):
        cluster.joined("auto")

"""Latency: each backend's own runner, in a process of its own, one variant at a time."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.diagnostics import SpecError
from netspec.sweeping import timers
from netspec.sweeping.engines import Work
from netspec.sweeping.process import Ended, Worker
from netspec.sweeping.timing import Timing, timed
from netspec.sweeping.variants import Base
from netspec.targets import BUNDLED, MissingExtra
from sweeping.nets import codes, lines_of, small

WIDE = {"width": [4, 1024], "kernel": [7]}
MEASURE = ("params", "latency:onnx")


@pytest.mark.slow
@pytest.mark.parametrize("target", BUNDLED)
def test_what_computes_more_takes_longer(target: str, tmp_path: Path) -> None:
    """256 times the work, of which a machine that is busy otherwise hides nothing."""
    name = f"latency:{target}"
    rows = netspec.sweep(
        small(tmp_path), WIDE, input="64x64", measure=("macs", name), threads=1
    ).rows
    little, much = rows
    assert much["macs"] == 256 * little["macs"]
    assert 0 < little[name] < much[name]
    assert all(row[name] <= row[f"{name}:p90"] for row in rows)


@pytest.mark.slow
def test_rows_are_completed_and_timed_once(tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    vary = {"width": [2, 4, 8], "kernel": [1, 3]}
    netspec.sweep(spec, vary, where="params < 120", out=out)
    assert all("latency:onnx" not in row for row in lines_of(out / "journal.jsonl"))
    result = netspec.sweep(spec, vary, where="params < 120", measure=MEASURE, out=out)
    rows = lines_of(out / "journal.jsonl")
    assert [row["set"] for row in rows] == [row["set"] for row in result.rows]
    assert all(row["latency:onnx"] > 0 for row in rows)
    left = lines_of(out / "left_out.jsonl")
    assert all("latency:onnx" not in line for line in left)
    before = (out / "journal.jsonl").read_bytes()
    netspec.sweep(spec, vary, where="params < 120", measure=MEASURE, out=out)
    assert (out / "journal.jsonl").read_bytes() == before
    about = json.loads((out / "sweep.json").read_text(encoding="utf-8"))
    assert about["latency"]["repeats"] == 20
    assert about["environment"]["onnx"].keys() == {"onnx", "onnxruntime"}
    with pytest.raises(SpecError) as error:
        netspec.sweep(spec, vary, measure=MEASURE, out=out, batch=8)
    assert codes(error) == {"NS652"}


@pytest.mark.slow
def test_tuning_by_latency(tmp_path: Path) -> None:
    result = netspec.sweep(
        small(tmp_path),
        {"width": "4..64/4"},
        tune=4,
        minimize="latency_onnx",
        measure=("params", "latency:onnx"),
    )
    assert len(result) == 4
    assert all(row["latency:onnx"] > 0 for row in result.rows)


def test_what_a_backend_can_t_do_costs_its_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def unsupported(self, graph: object) -> tuple[()]:
            return ()

        def runner(self, *_: object) -> Any:
            raise RuntimeError("no kernel for it")

    monkeypatch.setattr("netspec.targets.backend", lambda name: Broken())
    found = timed(Base.read(small(tmp_path)), {}, "broken", Timing())
    assert found == {
        "latency:broken": None,
        "latency:broken:error": "RuntimeError: no kernel for it",
    }


def test_the_threads_of_every_framework_are_stated() -> None:
    environment = Timing(threads=3).environment
    assert {name for name, value in environment.items() if value == "3"} == {
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
    }


class Fragile:
    """A worker that ends at every second point, and says which framework it lacks."""

    missing = ""
    starts = 0

    def __init__(self, *_: object) -> None:
        type(self).starts += 1
        self.left = 1

    def greeted(self) -> dict[str, Any]:
        return {"missing": self.missing} if self.missing else {"versions": {"onnx": "1"}}

    def asked(self, point: object) -> dict[str, Any]:
        self.left -= 1
        if self.left < 0 or self.dies(point):
            raise Ended("its process was ended by SIGKILL")
        return {"latency:onnx": 1.0}

    def dies(self, point: Any) -> bool:
        return point.set["width"] == 8

    def stop(self) -> None:
        pass


def test_a_timer_s_process_may_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    monkeypatch.setattr(timers, "Worker", Fragile)
    result = netspec.sweep(spec, {"width": [4, 8, 16]}, measure=MEASURE, out=out)
    assert [row["latency:onnx"] for row in result.rows] == [1.0, None, 1.0]
    assert "3 times" in result.rows[1]["latency:onnx:error"]
    assert result.table().splitlines()[2].split()[-1] == "-"
    monkeypatch.setattr(Fragile, "dies", lambda self, point: False)  # it is timed the next time
    again = netspec.sweep(spec, {"width": [4, 8, 16]}, measure=MEASURE, out=out)
    assert [row["latency:onnx"] for row in again.rows] == [1.0, 1.0, 1.0]
    assert not any("latency:onnx:error" in row for row in lines_of(out / "journal.jsonl"))


def test_a_timer_s_process_is_made_anew_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lasting(Fragile):
        starts = 0

        def asked(self, point: object) -> dict[str, Any]:
            return {"latency:onnx": 1.0}

    monkeypatch.setattr(timers, "Worker", Lasting)
    netspec.sweep(small(tmp_path), {"width": f"4..{3 + 2 * timers.TIMED_AT_MOST}"}, measure=MEASURE)
    assert Lasting.starts == 2


def test_a_missing_framework_ends_a_sweep_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lacking(Fragile):
        missing = "onnx needs the package onnx: pip install 'netspec[onnx]'"

    monkeypatch.setattr(timers, "Worker", Lacking)
    with pytest.raises(MissingExtra, match=r"netspec\[onnx\]"):
        netspec.sweep(small(tmp_path), {"width": [4]}, measure=MEASURE, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_a_worker_finds_out_what_is_missing(tmp_path: Path) -> None:
    block = tmp_path / "onnx.py"
    block.write_text("raise ModuleNotFoundError('none', name='onnx')\n", encoding="utf-8")
    sys.path.insert(0, os.fspath(tmp_path))
    try:
        work = Work({}, ()).to_plain() | {"target": "onnx", "timing": {}}
        worker = Worker("time", work)
        assert "pip install 'netspec[onnx]'" in worker.greeted()["missing"]
        worker.stop()
    finally:
        sys.path.remove(os.fspath(tmp_path))

"""Every bundled spec computes the same numbers on every backend, in a small form."""

from __future__ import annotations

import pytest

import netspec
from zoo.figures import TRIALS, Trial


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.spec)
def test_parity_in_float64(trial: Trial) -> None:
    spec = netspec.load(trial.spec, set=dict(trial.set), input=trial.input)
    report = netspec.parity(spec, backends=["torch", "keras"], dtype="float64")
    assert report, report.table()
    found = report.to_json()["backends"]
    assert set(found) == {"torch", "keras"}
    assert max(backend["worst"]["error"] for backend in found.values()) <= 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.spec)
def test_onnx_in_float32(trial: Trial) -> None:
    # ONNX Runtime has no float64 convs; in float32 it is held to torch's own error.
    spec = netspec.load(trial.spec, set=dict(trial.set), input=trial.input)
    report = netspec.parity(spec, backends=["torch", "onnx"], dtype="float32")
    assert report, report.table()
    assert set(report.to_json()["backends"]) == {"torch", "onnx"}

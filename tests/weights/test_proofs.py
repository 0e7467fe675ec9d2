"""The table of proofs holds every proof that is run, measured with the versions that are pinned."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from weights import (
    proofs,
    test_keras_ports,
    test_slim_ports,
    test_timm_ports,
    test_torchvision_ports,
)
from weights.ports import TOLERANCE, Port

PINS = Path(__file__).parents[2] / "constraints.txt"
TESTS = (test_slim_ports, test_keras_ports, test_torchvision_ports, test_timm_ports)
PORTS = [port for test in TESTS for port in test.PORTS]
ROW = {"network": "tiny", "endpoints": ["a", "Logits"], "errors": {"torch": 0.0, "keras": 3e-6}}


def test_every_proof_stands_in_the_table_and_no_other() -> None:
    assert set(proofs.read()["proofs"]) == {port.name for port in PORTS}


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.name)
def test_a_row_is_what_its_proof_compares(port: Port) -> None:
    row = proofs.read()["proofs"][port.name]
    assert proofs.agrees(row, port.row(row["endpoints"], row["errors"]))
    assert set(row["errors"]) == {"torch", "keras", "onnx"}
    assert all(0 <= error <= TOLERANCE for error in row["errors"].values())
    assert "Logits" in row["endpoints"]


def test_the_numbers_are_of_the_versions_that_are_pinned() -> None:
    lines = PINS.read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    pinned = {pin.name: str(pin.specifier).removeprefix("==") for pin in pins}
    assert proofs.read()["versions"] == {name: pinned[name] for name in proofs.PACKAGES}


@pytest.mark.parametrize(
    ("error", "expected"), [(0.0, 0.0), (1e-6, 1e-6), (1.0000001e-6, 2e-6), (9.1e-7, 1e-6)]
)
def test_errors_are_rounded_up(error: float, expected: float) -> None:
    assert proofs.rounded({"torch": error}) == {"torch": expected}


@pytest.mark.parametrize(
    ("error", "stated"), [(3e-6, 3e-6), (2e-6, 3e-6), (4e-6, 4e-6), (1e-6, 1e-6)]
)
def test_a_row_changes_when_an_error_grows_or_halves(
    error: float, stated: float, tmp_path: Path
) -> None:
    file = tmp_path / "proofs.json"
    proofs.write("one", ROW, file)
    proofs.write("one", {**ROW, "errors": {"torch": 0.0, "keras": error}}, file)
    assert proofs.read(file)["proofs"]["one"]["errors"] == {"torch": 0.0, "keras": stated}


def test_a_row_changes_with_what_is_compared(tmp_path: Path) -> None:
    file = tmp_path / "proofs.json"
    proofs.write("one", ROW, file)
    other = {**ROW, "endpoints": ["Logits"]}
    assert not proofs.agrees(ROW, other)
    proofs.write("one", other, file)
    assert proofs.read(file)["proofs"]["one"] == other


def test_rows_of_other_versions_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "proofs.json"
    proofs.write("one", ROW, file)
    proofs.write("two", ROW, file)
    assert set(proofs.read(file)["proofs"]) == {"one", "two"}
    monkeypatch.setattr(proofs, "versions", lambda: {"torch": "0"})
    proofs.write("two", ROW, file)
    assert proofs.read(file) == {"versions": {"torch": "0"}, "proofs": {"two": ROW}}

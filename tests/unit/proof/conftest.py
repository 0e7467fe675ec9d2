"""The small network, and the backends that a test has in place of the real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from unit.proof.planted import TEXT, Fake

import netspec
from netspec import targets


@pytest.fixture
def spec(tmp_path: Path) -> netspec.Spec:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return netspec.load(path)


@pytest.fixture
def backends(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The backends that can be had by name: a right `torch`, until a test puts in others."""
    found: dict[str, Any] = {"torch": Fake()}

    def backend(name: str) -> Any:
        if name not in found:
            raise targets.MissingExtra(f"{name} is not installed")
        return found[name]

    monkeypatch.setattr(targets, "backend", backend)
    return found

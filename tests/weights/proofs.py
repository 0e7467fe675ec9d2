"""What the ports' proofs measured: a table of the zoo's page, and never a reason to pass.

Each proof is a test that measures anew on every run and judges by the tolerance alone. A row says
what was compared, and the worst error at any endpoint, rounded up to one digit. A test holds the
row to what it compares itself, so that the table is of proofs that exist; `pytest
--regenerate` writes it. Threads and processors move an error a little, so that a row stays as it is
until one has grown, or is less than half of what stands there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_CEILING, Context, Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("proofs.json")
PACKAGES = ("keras", "onnxruntime", "tensorflow", "tf-slim", "timm", "torch", "torchvision")
"""What computed the numbers: other versions make other proofs."""

Row = Mapping[str, Any]


def versions() -> dict[str, str]:
    """The packages as installed, torch without the local part of its version."""
    return {name: version(name).partition("+")[0] for name in PACKAGES}


def read(file: Path = FILE) -> dict[str, Any]:
    """The file's versions and rows."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def rounded(errors: Mapping[str, float]) -> dict[str, float]:
    """Each error, rounded up to one digit."""
    one = Context(prec=1, rounding=ROUND_CEILING)
    return {name: float(one.create_decimal(Decimal(error))) for name, error in errors.items()}


def agrees(row: Row, measured: Row) -> bool:
    """Whether a row tells of what was compared now: all but the errors is the same."""
    return {**row, "errors": None} == {**measured, "errors": None}


def write(name: str, measured: Row, file: Path = FILE) -> None:
    """Set a proof's row; rows of other versions of the packages go, for nobody measured them."""
    now = versions()
    known = read(file) if file.exists() else {}
    rows = known.get("proofs", {}) if known.get("versions") == now else {}
    if not (name in rows and agrees(rows[name], measured) and _still_true(rows[name], measured)):
        rows[name] = measured
    text = json.dumps({"versions": now, "proofs": dict(sorted(rows.items()))}, indent=1)
    file.write_text(f"{text}\n", encoding="utf-8")


def _still_true(row: Row, measured: Row) -> bool:
    pairs = ((row["errors"][name], error) for name, error in measured["errors"].items())
    return all(error <= stated <= 2 * error for stated, error in pairs)

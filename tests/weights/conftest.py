"""What the tests of ports share."""

from __future__ import annotations

import pytest

from weights import proofs
from weights.ports import Record


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Writes a proof's row with --regenerate; else the row must tell of what was compared."""
    if request.config.getoption("--regenerate"):
        return proofs.write

    def assert_told(name: str, measured: proofs.Row) -> None:
        assert proofs.agrees(proofs.read()["proofs"][name], measured)

    return assert_told

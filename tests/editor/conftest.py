"""One language server for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from editor.server import Server


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()

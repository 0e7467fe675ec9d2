"""What all tests share: golden files, which `--regenerate` writes anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netspec.backends.quiet import triton_first

triton_first()  # many tests load TensorFlow themselves


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate",
        action="store_true",
        help="write the golden files anew; read the difference before committing it",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a golden file, or writes the file where that is asked for."""
    regenerate = bool(request.config.getoption("--regenerate"))

    def compare(path: Path, text: str) -> None:
        if regenerate:
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare

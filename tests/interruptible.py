"""netspec in a process of its own that an interrupt ends, whoever has started the tests."""

from __future__ import annotations

import sys

_MAIN = (
    "import signal, sys; from netspec.cli.main import main;"
    # whoever starts the tests in the background has interrupts ignored
    "signal.signal(signal.SIGINT, signal.default_int_handler);"
    "sys.exit(main(sys.argv[1:]))"
)


def netspec(*arguments: str) -> list[str]:
    """The command line to start."""
    return [sys.executable, "-P", "-c", _MAIN, *arguments]

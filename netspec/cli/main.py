"""The command line's entry. It loads little, so that an interruption is met from the start on."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

BAD_INPUT, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit status. Nothing a user does ends in a traceback."""
    try:
        _open_streams()
        if sys.stdout is None:
            print("netspec: standard output is closed", file=sys.stderr)
            return BAD_INPUT
        _take_every_character()
        from netspec.cli.running import run

        return run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        print("netspec: interrupted", file=sys.stderr)
        return INTERRUPTED


def _open_streams() -> None:
    """Give the numbers 0, 1 and 2 to the null device where the caller closed them.

    A file of ours that got number 2 would be written into by whatever a framework has to say.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _take_every_character() -> None:
    """Let standard output take what its encoding has no letters for, such as the arrows of `diff`.

    A file or a pipe gets UTF-8, which SVG and source are; a terminal that has no such letter, and
    who asks for another encoding by PYTHONIOENCODING, gets question marks.
    """
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper):
        asked = out.isatty() or os.environ.get("PYTHONIOENCODING")
        out.reconfigure(encoding=None if asked else "utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())

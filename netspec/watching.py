"""Tells when files change: what `netspec watch` waits for between two looks at a spec."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

LOOK_EVERY: Final = 0.15
"""Seconds between two looks: a glance later than an editor's save, and no load on the machine."""


class Mark(NamedTuple):
    """What tells one state of a file from the next without reading it."""

    modified: int
    size: int
    inode: int


Marks = Mapping[str, Mark | None]


def marks(paths: Iterable[str]) -> Marks:
    """The state of each of these files; nothing for one that can't be looked at."""
    return {path: _mark(path) for path in paths}


def await_change(before: Marks) -> None:
    """Return once one of the files is no more as it was, and has come to rest.

    An editor may empty a file, or put a new one in its place, before the text is whole.
    """
    now = before
    while now == before:
        time.sleep(LOOK_EVERY)
        now = marks(before)
    while (later := _after_a_moment(before)) != now:
        now = later


def _after_a_moment(paths: Iterable[str]) -> Marks:
    time.sleep(LOOK_EVERY)
    return marks(paths)


def _mark(path: str) -> Mark | None:
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return Mark(status.st_mtime_ns, status.st_size, status.st_ino)

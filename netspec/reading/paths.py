"""Questions about paths that never raise: what can't be looked at is not there.

`pathlib` raises where a folder may not be searched, a name is too long or links form a loop; who
opens such a path next says so with a reason (`files.read_bytes`, `netspec.writing`).
"""

from __future__ import annotations

import os
from pathlib import Path

StrPath = str | os.PathLike[str]


def is_file(path: StrPath) -> bool:
    """Whether it is a regular file, or a link to one."""
    return os.path.isfile(path)


def is_folder(path: StrPath) -> bool:
    """Whether it is a directory, or a link to one."""
    return os.path.isdir(path)


def exists(path: StrPath) -> bool:
    """Whether there is anything, behind the links too."""
    return os.path.exists(path)


def size(path: StrPath) -> int:
    """The bytes of a regular file, or a link to one; 0 of anything else."""
    try:
        return os.path.getsize(path) if is_file(path) else 0
    except (OSError, ValueError):  # it may have gone in between
        return 0


def followed(path: StrPath) -> Path:
    """The absolute path with its links followed, as far as they can be told."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):  # the folder that it is in is gone; no file has such a name
        return Path(path)


def names_in(folder: StrPath) -> tuple[str, ...]:
    """The names in a folder, sorted; none where it may not be listed."""
    try:
        return tuple(sorted(os.listdir(folder)))
    except (OSError, ValueError):
        return ()

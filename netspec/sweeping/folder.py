"""The folder of a sweep: what it is of, and that one process at a time works in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from netspec.diagnostics import Diagnostic, SpecError
from netspec.reading import paths
from netspec.sweeping.journal import ROWS
from netspec.writing import explained, write_text

ABOUT, LOCK = "sweep.json", ".lock"

About = dict[str, Any]


@contextmanager
def opened(folder: Path) -> Iterator[Path]:
    """The folder, made where it is missing, and ours alone until the block ends.

    Raises `SpecError`: NS606 where it can't be written, NS652 where another sweep is at work in it.
    """
    with explained(folder):
        if not paths.is_folder(folder):
            _make(folder)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _lock(descriptor, folder)
        yield folder
    finally:
        os.close(descriptor)


def _make(folder: Path) -> None:
    try:
        folder.mkdir()
    except ValueError:  # a NUL or a lone surrogate
        raise OSError(0, "no folder has such a name") from None


def _lock(descriptor: int, folder: Path) -> None:
    """Take the folder; the system gives it back however this process ends."""
    try:
        import fcntl
    except ImportError:  # a system without such locks
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        other = os.read(descriptor, 20).decode(errors="replace").strip()
        who = f" (process {other})" if other.isdecimal() else ""
        message = f"another sweep is at work in {folder}{who}"
        raise refusal(message, "wait for it, or give this one a folder of its own") from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())


def read_about(folder: Path) -> About:
    """What a folder's sweep is of; empty where none was begun. Raises `SpecError` (NS652)."""
    path = folder / ABOUT
    if not paths.exists(path):
        if paths.exists(folder / ROWS):
            raise refusal(f"{folder} has a {ROWS}, and no {ABOUT} that says what it is of")
        return {}
    found = None
    with explained(path), suppress(ValueError, RecursionError):
        found = json.loads(path.read_bytes())
    if not isinstance(found, dict) or not isinstance(found.get("specs"), dict):
        raise refusal(f"{path} is not what a sweep has written")
    return found


def write_about(folder: Path, about: About) -> None:
    """Say what the folder's sweep is of, once it agrees with what is said there already.

    Specs may be added to those that are there. Raises `SpecError` (NS652, NS606).
    """
    before = read_about(folder)
    for name, identity in about["specs"].items():
        if before.get("specs", {}).get(name, identity) != identity:
            raise _another(folder, f"{name} as it was before it was edited, or set otherwise")
    timing = before.get("latency")
    if timing and about["latency"] not in (None, timing):
        told = ", ".join(f"{name} {value}" for name, value in timing.items())
        raise _another(folder, f"latency measured otherwise ({told})")
    about = {**about, "latency": about["latency"] or timing}
    specs = {**before.get("specs", {}), **about["specs"]}
    text = json.dumps({**about, "specs": specs}, indent=2, ensure_ascii=False)
    write_text(folder / ABOUT, f"{text}\n")


def _another(folder: Path, what: str) -> SpecError:
    hint = "give this one a folder of its own: -o OTHER"
    return refusal(f"{folder} holds a sweep of {what}", hint)


def refusal(message: str, *hints: str) -> SpecError:
    """That a folder can't be used for a sweep."""
    return SpecError([Diagnostic("NS652", message, hints=hints)])

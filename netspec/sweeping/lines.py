"""A file of JSON Lines that is only ever added to, whole lines at a time, and survives a kill.

A process that is killed leaves what it has written. Where that ends in the middle of a line, the
piece is cut off when the file is next opened: its variant is measured again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.reading import paths
from netspec.writing import explained, replacing

Record = dict[str, Any]
SYNCED_EVERY: Final = 0.25
"""Seconds between two times that the disk is made to have what was written."""


def load(path: Path) -> list[Record]:
    """The objects of a file, in order; none where there is no file. A torn last line is none.

    Raises `SpecError`: NS652 for another line that is no object, NS606 for what can't be opened.
    """
    if not paths.exists(path):
        return []
    with explained(path):
        *whole, _ = path.read_bytes().split(b"\n")
    return [_record(path, number, line) for number, line in enumerate(whole, 1)]


def mend(path: Path) -> None:
    """Cut off a torn last line, so that lines can be added. Raises `SpecError` (NS606)."""
    if paths.exists(path):
        with explained(path):
            data = path.read_bytes()
            if not data.endswith(b"\n"):
                os.truncate(path, data.rfind(b"\n") + 1)


_OWN: Final = {"spec_hash", "because"}
"""A line has one of them at least."""


def _record(path: Path, number: int, line: bytes) -> Record:
    found = None
    with suppress(ValueError, RecursionError):
        found = json.loads(line)
    if isinstance(found, dict) and isinstance(found.get("set"), dict) and _OWN & found.keys():
        return found
    span = Span(Source(str(path), ""), number, 1, number, 1)
    hints = ("delete the line: what it may have held is measured again",)
    raise SpecError([Diagnostic("NS652", "this line is no row of a sweep", span, hints=hints)])


def write(path: Path, records: Iterable[Record]) -> None:
    """Write a file anew, whole or not at all. Raises `SpecError` (NS606)."""
    with replacing(path) as file:
        for record in records:
            file.write(encoded(record))


def encoded(record: Record) -> bytes:
    """The record as a line."""
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


class Appender:
    """An open file to which lines are added. Every method raises `SpecError` (NS606)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with explained(path):
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        self._synced = time.monotonic()

    def add(self, record: Record) -> None:
        """Write a line, all of it at once: a kill a moment later does not lose it."""
        with explained(self.path):
            left = memoryview(encoded(record))
            while left:
                left = left[os.write(self._file, left) :]
            if time.monotonic() - self._synced > SYNCED_EVERY:
                self.sync()

    def sync(self) -> None:
        """Wait until the disk has all lines: a power cut a moment later does not lose them."""
        with explained(self.path):
            os.fsync(self._file)
        self._synced = time.monotonic()

    def close(self) -> None:
        """Add no more."""
        if self._file >= 0:
            self.sync()
            os.close(self._file)
            self._file = -1

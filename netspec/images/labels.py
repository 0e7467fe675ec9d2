"""Names of classes: a text file with one a line."""

from __future__ import annotations

import os
from collections.abc import Sequence

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.limits import DEFAULT, Limits
from netspec.reading.characters import decode
from netspec.reading.files import printable_name, read_bytes

BACKGROUND = "background"


def read_labels(
    path: str | os.PathLike[str], classes: int, limits: Limits = DEFAULT
) -> tuple[str, ...]:
    """The names of a network's classes, by number.

    Raises `SpecError`: NS101 to NS103 for a file that can't be read, NS705 for one that misfits.
    """
    name = printable_name(path)
    text = decode(name, read_bytes(path, limits)).text
    return fitted(text.rstrip().splitlines(), classes, name)


def fitted(labels: Sequence[str], classes: int, name: str = "labels") -> tuple[str, ...]:
    """The labels of so many classes, by number, without a background that the network lacks.

    Raises `SpecError` (NS705).
    """
    shown = tuple(printable_name(label.strip()) for label in labels)
    if len(shown) == classes + 1 and shown[0].lower() == BACKGROUND:
        return shown[1:]
    if len(shown) == classes:
        return shown
    message = f"{name} has {len(shown):,} lines, the network {classes:,} classes"
    one_less = len(shown) == classes - 1
    hints = (f"is class 0 the {BACKGROUND}? then write it as the first line",) if one_less else ()
    span = Span(Source(name, ""), 1, 1, 1, 1)
    raise SpecError([Diagnostic("NS705", message, span, hints=hints)])

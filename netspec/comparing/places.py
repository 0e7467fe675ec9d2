"""How people are told what a change comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netspec import bundled
from netspec.comparing.causes import Cause
from netspec.comparing.fields import in_short
from netspec.diagnostics import Span

LINES_SHOWN = 4
WORDS = {
    "defaults": "defaults of {what}",
    "template": "template {what}",
    "patch": "patch",
    "step": "the step",
    "set": "--set {what}",
    "parameter": "parameter {what}",
    "argument": "argument {what}",
    "function": "function {what}",
}


def told(cause: Cause, spans: Iterable[Span]) -> str:
    """The cause with its places, `defaults of conv, my.yaml:31`."""
    words = WORDS[cause.by].format(what=cause.what.removeprefix("--set ").removeprefix("set "))
    if cause.change:
        words = f"{words} {' → '.join(map(in_short, cause.change))}"
    if cause.gone:
        words = f"no longer given by {words}"
    places = in_files(tuple(spans))
    return f"{words}, {places}" if places else words


def in_files(spans: Sequence[Span]) -> str:
    """Places by file, `my.yaml:31,35`; of many lines the first and how many more."""
    files: dict[str, list[int]] = {}
    for span in spans:
        lines = files.setdefault(bundled.short(span.source.name), [])
        if span.line not in lines:
            lines.append(span.line)
    return ", ".join(f"{file}:{_lines(sorted(lines))}" for file, lines in files.items())


def _lines(lines: list[int]) -> str:
    shown = ",".join(map(str, lines[:LINES_SHOWN]))
    more = len(lines) - LINES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown

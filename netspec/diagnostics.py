"""What a user is told about a spec: a place, a stable code, what was found, what to try."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from netspec.codes import CODES

SHOWN_AT_MOST = 50


@dataclass(frozen=True, eq=False)
class Source:
    """A text with the name that a user knows it by: a path, or the option it came from."""

    name: str
    text: str = field(repr=False)

    def line(self, number: int) -> str:
        """The line of that number (from 1), without its end; empty past the end of the text."""
        lines = self._lines
        return lines[number - 1] if 0 < number <= len(lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class Span(NamedTuple):
    """A stretch of a source. Lines and columns count from 1; the end is exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of the other, in the same source."""
        return self._replace(end_line=other.end_line, end_column=other.end_column)

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"


class Use(NamedTuple):
    """One link of the chain that led to a step: a template, where it stands, where it is used."""

    template: str
    defined: Span
    used: Span


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a step was written, and the uses of templates that led there, outermost first."""

    span: Span
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `label` stands under the marked text; `hints` say what to try."""

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    hints: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    step: str = ""
    related: tuple[tuple[str, Span], ...] = ()
    severity: str = "error"

    @property
    def name(self) -> str:
        """The code's name, `join-size-mismatch`."""
        return CODES[self.code].name

    def __str__(self) -> str:
        return render(self)


class SpecError(Exception):
    """A spec that can't be used. `diagnostics` holds everything that was found, sorted by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = sort_by_place(diagnostics)
        super().__init__(render_all(self.diagnostics))


def refusal(code: str, message: str, *hints: str) -> SpecError:
    """One fault that stands at no place of a file, for the caller to raise."""
    return SpecError([Diagnostic(code, message, hints=hints)])


class TooMany(Exception):
    """So much is wrong that looking for more is not worth the time; what was found is kept."""


class Findings:
    """Collects diagnostics while a stage goes on; the one mutable thing that stages share.

    The same fault met again, on another walk through a template, is kept once.
    """

    def __init__(self, at_most: int = sys.maxsize) -> None:
        self._at_most = at_most
        self._kept: dict[tuple[str, Span | None, str], Diagnostic] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic; raises `TooMany` once there are as many as are wanted."""
        mark = (diagnostic.code, diagnostic.span, diagnostic.message)
        self._kept.setdefault(mark, diagnostic)
        if len(self._kept) >= self._at_most:
            raise TooMany

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found, sorted by place."""
        return sort_by_place(self._kept.values())

    @property
    def failed(self) -> bool:
        """Whether anything that was found is an error."""
        return any(d.severity == "error" for d in self._kept.values())

    def raise_if_failed(self) -> None:
        """Raise `SpecError` with all that was found, if any of it is an error."""
        if self.failed:
            raise SpecError(self.diagnostics)


def sort_by_place(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, line and column; what has no place comes first."""

    def key(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
        span = diagnostic.span
        return (
            ("", 0, 0, diagnostic.code)
            if span is None
            else (span.source.name, span.line, span.column, diagnostic.code)
        )

    return tuple(sorted(diagnostics, key=key))


def render(diagnostic: Diagnostic) -> str:
    """The text a person reads: place, code, message, the marked line, the chain of uses, help."""
    return "\n".join(_lines(diagnostic))


def render_all(diagnostics: tuple[Diagnostic, ...]) -> str:
    """All of them, a blank line between two; past fifty, how many more there are."""
    shown = [render(d) for d in diagnostics[:SHOWN_AT_MOST]]
    if len(diagnostics) > SHOWN_AT_MOST:
        shown.append(f"… and {len(diagnostics) - SHOWN_AT_MOST} more")
    return "\n\n".join(shown)


def _lines(diagnostic: Diagnostic) -> Iterator[str]:
    place = f"{diagnostic.span}: " if diagnostic.span else ""
    yield f"{place}{diagnostic.severity}[{diagnostic.code}] {diagnostic.name}: {diagnostic.message}"
    if diagnostic.span:
        yield from _excerpt(diagnostic.span, diagnostic.label)
    for message, span in diagnostic.related:
        yield f"   {message}: {span}"
        yield from _excerpt(span, "")
    yield from _chain(diagnostic.uses, diagnostic.span)
    for hint in diagnostic.hints:
        yield f"   help: {hint}"


def _chain(uses: tuple[Use, ...], span: Span | None) -> Iterator[str]:
    """The uses that led to a step, the innermost first; of a long chain its two ends."""
    source = span.source if span else None
    lines = [
        f"   in template {use.template} ({_line(use.defined, source)}),"
        f" used at {_line(use.used, source)}"
        for use in reversed(uses)
    ]
    left = len(lines) - USES_SHOWN
    if left > 1:
        lines[USES_SHOWN // 2 : -USES_SHOWN // 2] = [f"   … through {left} more templates"]
    yield from lines


def _line(span: Span, source: Source | None) -> str:
    """The line, with its file where that is not the one that is spoken of."""
    return f"line {span.line}" if span.source is source else f"{span.source.name}:{span.line}"


USES_SHOWN = 6
EXCERPT_WIDTH = 120


def _excerpt(span: Span, label: str) -> Iterator[str]:
    line = span.source.line(span.line)
    if not line.strip():
        return
    last = span.end_column - 1 if span.end_line == span.line else len(line)
    start = max(0, span.column - 1 - EXCERPT_WIDTH // 2) if len(line) > EXCERPT_WIDTH else 0
    shown = _printable(line[start : start + EXCERPT_WIDTH])
    width = max(1, min(last, start + len(shown)) - (span.column - 1))
    yield f"{span.line:5} | {shown}"
    yield f"      | {' ' * (span.column - 1 - start)}{'^' * width} {label}".rstrip()


def _printable(text: str) -> str:
    """The text with every character that a terminal would act on replaced, width kept."""
    return "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in text)

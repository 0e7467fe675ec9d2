"""What one run of the command line knows: whether it speaks JSON, and the files it has read."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import click

from netspec.diagnostics import Diagnostic, Span, SpecError, render_all
from netspec.limits import DEFAULT, Limits

if TYPE_CHECKING:  # loaded when a command needs it: help and completion come at once
    from netspec.reading.document import Document
    from netspec.spec import Spec

COLOURS = {"error[": "red", "help: ": "cyan"}


class ReaderLeft(Exception):
    """What reads standard output has closed it, as `head` does."""


@dataclass(slots=True)
class State:
    """One run. Commands get it as click's object.

    `out` is standard output, to which only what a command answers is written.
    """

    json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    documents: list[Document] = field(default_factory=list)
    answered: bool = False
    limits: Limits = DEFAULT
    features: tuple[str, ...] = ()
    """The endpoints that specs are cut at when they are loaded; none where they are whole."""

    def load(self, source: str, assignments: Iterable[str] = (), size: str | None = None) -> Spec:
        """The spec at a path or of a bundled name, with what options set. Raises `SpecError`."""
        from netspec import bundled
        from netspec.extending import with_bases
        from netspec.language.settings import from_options
        from netspec.loading import from_documents

        document = bundled.read(source, self.limits)
        self.documents.append(document)
        documents = with_bases(document, self.limits)
        self.documents += documents[1:]
        spec = from_documents(documents, from_options(assignments, size), self.limits)
        return spec.features(self.features) if self.features else spec

    def named(self, sources: Iterable[str]) -> list[str]:
        """The specs that are meant, globs among them as what they meet. Raises `SpecError`."""
        from netspec.globbing import is_glob, matching

        found: list[str] = []
        for source in sources:
            found += matching(source) if is_glob(source) else (source,)
        return list(dict.fromkeys(found))

    @property
    def width(self) -> int | None:
        """The columns of the terminal that is written to; nothing where it is none."""
        return shutil.get_terminal_size().columns if self.out.isatty() else None

    def say(self, text: str) -> None:
        """Tell a person: on standard output, or beside it where that is kept for JSON."""
        if self.json:
            self.complain(text)
        else:
            self.write(f"{text}\n")

    def answer(self, answer: dict[str, Any], text: str) -> None:
        """The command's result: one JSON object, or text."""
        plain = json.dumps(answer) if self.json else text.rstrip("\n")
        self.write(f"{plain}\n")

    def write(self, text: str) -> None:
        """Print on standard output, to the last byte.

        Raises `SpecError` (NS606) where it takes no more, and `ReaderLeft`.
        """
        if not text:
            return
        self.answered = True
        try:
            click.echo(text, file=self.out, nl=False)
            self.out.flush()
        except BrokenPipeError as error:
            _give_up(self.out)
            raise ReaderLeft from error
        except OSError as error:
            _give_up(self.out)
            message = f"standard output can't be written: {error.strerror or error}"
            raise SpecError([Diagnostic("NS606", message)]) from error

    def complain(self, text: str) -> None:
        """Print on standard error, if that can be done; nobody can be told where it can't."""
        if not text:
            return
        try:
            click.echo(text, err=True)
        except OSError:
            _give_up(sys.stderr)

    def report(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Print diagnostics on standard error, in colour on a terminal."""
        self.complain("\n".join(map(_coloured, render_all(tuple(diagnostics)).splitlines())))

    def plain(self, diagnostic: Diagnostic) -> dict[str, Any]:
        """A diagnostic as the JSON that other tools read; `end` is a column."""
        span = diagnostic.span
        return {
            "code": diagnostic.code,
            "name": diagnostic.name,
            "severity": diagnostic.severity,
            "file": span.source.name if span else None,
            "line": span.line if span else None,
            "column": span.column if span else None,
            "end": span.end_column if span else None,
            "end_line": span.end_line if span else None,
            "path": self._path(span),
            "step": diagnostic.step,
            "message": diagnostic.message,
            "label": diagnostic.label,
            "hints": list(diagnostic.hints),
            "uses": [
                {"template": use.template, "defined": str(use.defined), "used": str(use.used)}
                for use in diagnostic.uses
            ],
        }

    def _path(self, span: Span | None) -> str:
        """The path within the file that the span is of; nothing for what came from an option."""
        for document in self.documents:
            if span is not None and span.source is document.source:
                return document.path_at(span)
        return ""

    def failure(self, diagnostics: Sequence[Diagnostic], message: str = "") -> None:
        """Print a failed run's one JSON object, if JSON was asked for."""
        if self.json:
            plain = [self.plain(diagnostic) for diagnostic in diagnostics]
            more = {"message": message} if message else {}
            text = json.dumps({"ok": False, "diagnostics": plain, **more})
            self.write(f"{text}\n")


def _give_up(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that the interpreter's end does not try again."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def takes_colour(stream: TextIO) -> bool:
    """Whether what is written on a stream may be in colour. Source: no-color.org, terminfo."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


def _coloured(line: str) -> str:
    if not takes_colour(sys.stderr):
        return line
    for mark, colour in COLOURS.items():
        if mark in line:
            return click.style(line, fg=colour, bold=mark == "error[")
    return line

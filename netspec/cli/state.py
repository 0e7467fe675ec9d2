"""What one run of the command line knows: whether it speaks JSON, and the files it has read."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import click

from netspec import bundled
from netspec.diagnostics import Diagnostic, Span, SpecError, render_all
from netspec.language.settings import from_options
from netspec.reading.document import Document
from netspec.spec import Spec, from_document

COLOURS = {"error[": "red", "help: ": "cyan"}


@dataclass(slots=True)
class State:
    """One run. Commands get it as click's object."""

    json: bool = False
    documents: list[Document] = field(default_factory=list)

    def load(self, source: str, assignments: Iterable[str] = (), size: str | None = None) -> Spec:
        """The spec at a path or of a bundled name, with what options set. Raises `SpecError`."""
        document = bundled.read(source)
        self.documents.append(document)
        return from_document(document, from_options(assignments, size))

    def say(self, text: str) -> None:
        """Tell a person: on standard output, or beside it where that is kept for JSON."""
        _write(text, err=self.json)

    def answer(self, answer: dict[str, Any], text: str) -> None:
        """The command's result: one JSON object, or text."""
        _write(json.dumps(answer) if self.json else text.rstrip("\n"))

    def report(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Print diagnostics on standard error, in colour on a terminal."""
        for line in render_all(diagnostics).splitlines():
            click.echo(_coloured(line), err=True)

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

    def failure(self, diagnostics: tuple[Diagnostic, ...], message: str = "") -> None:
        """Print a failed run's one JSON object, if JSON was asked for."""
        if self.json:
            plain = [self.plain(diagnostic) for diagnostic in diagnostics]
            more = {"message": message} if message else {}
            _write(json.dumps({"ok": False, "diagnostics": plain, **more}))


def _write(text: str, *, err: bool = False) -> None:
    """Print, to the last byte. Raises `SpecError` (NS606) where the output takes no more."""
    try:
        click.echo(text, err=err)
        (sys.stderr if err else sys.stdout).flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"standard output can't be written: {error.strerror or error}"
        raise SpecError([Diagnostic("NS606", message)]) from error


def _coloured(line: str) -> str:
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR"):
        return line
    for mark, colour in COLOURS.items():
        if mark in line:
            return click.style(line, fg=colour, bold=mark == "error[")
    return line

"""Reads a spec's text: a whole file, a text at hand, or one value of the command line."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from netspec.diagnostics import Diagnostic, Findings, Source, Span, SpecError
from netspec.limits import DEFAULT, Limits
from netspec.reading.characters import BYTE_ORDER_MARK, decode, find_forbidden
from netspec.reading.document import Document, Node, Scalar
from netspec.reading.files import printable_name, read_bytes
from netspec.reading.syntax import missing_space
from netspec.reading.tree import build_tree


def read_file(path: str | os.PathLike[str], limits: Limits = DEFAULT) -> Document:
    """The document in a file. `SpecError` with all faults of its text that could be found."""
    data = read_bytes(path, limits)
    document = read_text(decode(printable_name(path), data), limits)
    return replace(document, folder=Path(path).parent)


def read_text(source: Source, limits: Limits = DEFAULT) -> Document:
    """The document in a text, a mapping or a sequence. `SpecError` as from `read_file`."""
    if source.text.startswith(BYTE_ORDER_MARK):
        source = Source(source.name, source.text.removeprefix(BYTE_ORDER_MARK))
    root = _read(source, limits)
    if root is None:
        raise SpecError([Diagnostic("NS107", f"{source.name} holds no spec", _start(source))])
    if isinstance(root, Scalar):
        raise SpecError([_not_a_mapping(root, source)])
    return Document(root, source)


def read_value(source: Source, limits: Limits = DEFAULT) -> Node:
    """The value in a text from the command line. `SpecError` if none, or as from `read_file`."""
    root = _read(source, limits)
    if root is None:
        hint = "write null for no value, '' for an empty string"
        message = "a value is missing here"
        raise SpecError([Diagnostic("NS208", message, _start(source), hints=(hint,))])
    return root


def _read(source: Source, limits: Limits) -> Node | None:
    """The root; nothing if the text is empty, or holds only comments and `---`."""
    size = len(source.text.encode("utf-8", errors="surrogatepass"))
    if size > limits.file_bytes:
        message = f"{source.name} is larger than {limits.file_bytes:,} bytes"
        hints = limits.hints("file_bytes", size)
        raise SpecError([Diagnostic("NS102", message, _start(source), hints=hints)])
    findings = Findings()
    for diagnostic in find_forbidden(source):
        findings.add(diagnostic)
    # not parsed if it failed: such a character may be a line break to the parser, or end the text
    findings.raise_if_failed()
    root = build_tree(source, limits, findings)
    findings.raise_if_failed()
    return root


def _not_a_mapping(root: Scalar, source: Source) -> Diagnostic:
    line = source.line(root.span.line)
    hints = missing_space(line) if re.match(r"\s*\w", line) else ()
    message = "a spec is a mapping, `key: value` on each line; this is a single value"
    return Diagnostic("NS201", message, root.span, hints=hints)


def _start(source: Source) -> Span:
    return Span(source, 1, 1, 1, 1)

"""Settings that a file lists: YAML or JSON, JSON Lines, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.limits import BOUNDS, DEFAULT
from netspec.reading import files
from netspec.reading.characters import decode
from netspec.reading.document import Mapping as MappingNode
from netspec.reading.document import Node, Plain, Sequence
from netspec.reading.reader import read_text, read_value

Settings = dict[str, Plain]
LIMITS: Final = replace(
    DEFAULT, file_bytes=BOUNDS["file_bytes"].ceiling, values=BOUNDS["values"].ceiling
)
EXAMPLE: Final = "a list of mappings: - {depth_multiplier: 0.5, num_classes: 10}"


def read(path: Path) -> list[Settings]:
    """The settings that a file lists, by its suffix. Raises `SpecError` with the place.

    Of a line that has a `set` of its own, as a sweep's journal has, that is taken.
    """
    source = decode(files.printable_name(path), files.read_bytes(path, LIMITS))
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        message = f"{source.name}: the suffix tells what a list is written in"
        raise SpecError([Diagnostic("NS208", message, hints=(f"one of {', '.join(READERS)}",))])
    found = list(reader(source))
    if not found:
        raise _refusal(Span(source, 1, 1, 1, 1), f"{source.name} lists nothing")
    return found


def _yaml(source: Source) -> Iterator[Settings]:
    root = read_text(source, LIMITS).root
    if not isinstance(root, Sequence):
        raise _refusal(root.span, f"{source.name} is no list of settings")
    return map(_settings, root.items)


def _json_lines(source: Source) -> Iterator[Settings]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if line.strip():
            yield _settings(read_value(Source(f"{source.name}:{number}", line), LIMITS))


def _csv(source: Source) -> Iterator[Settings]:
    rows = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    try:
        heading = [key.strip() for key in next(rows, [])]
        for cells in rows:
            if len(cells) > len(heading):
                message = f"this line has {len(cells)} cells, the first one {len(heading)}"
                raise _refusal(Span(source, rows.line_num, 1, rows.line_num, 1), message)
            place = f"{source.name}:{rows.line_num}"
            yield {
                key: read_value(Source(f"{place} {key}", cell), LIMITS).plain
                for key, cell in zip(heading, cells, strict=False)
                if cell.strip()
            }
    except csv.Error as error:
        span = Span(source, rows.line_num, 1, rows.line_num, 1)
        raise _refusal(span, f"{source.name} is no CSV: {error}") from None


READERS: Final[Mapping[str, Callable[[Source], Iterator[Settings]]]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": _yaml,
    ".jsonl": _json_lines,
    ".csv": _csv,
}


def _settings(node: Node) -> Settings:
    inner = node.get("set") if isinstance(node, MappingNode) else None
    chosen = inner if isinstance(inner, MappingNode) else node
    plain = chosen.plain
    if isinstance(plain, dict):
        return plain
    raise _refusal(node.span, "an item of the list is no mapping of keys to values")


def _refusal(span: Span, message: str) -> SpecError:
    return SpecError([Diagnostic("NS208", message, span, hints=(EXAMPLE,))])

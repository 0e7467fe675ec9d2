"""A parsed file: plain data in which every key and every value knows where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from netspec.diagnostics import Source, Span

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A single value of the YAML 1.2 core schema."""

    value: bool | int | float | str | None
    span: Span

    @property
    def plain(self) -> Plain:
        """The value."""
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span

    @property
    def plain(self) -> Plain:
        """The list as plain data."""
        return [item.plain for item in self.items]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A key with its value."""

    key: str
    key_span: Span
    value: Node

    @property
    def span(self) -> Span:
        """From the key's start to the value's end."""
        return self.key_span.to(self.value.span)


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """Keys and values in written order; no key stands twice."""

    entries: dict[str, Entry]
    span: Span

    @property
    def plain(self) -> Plain:
        """The mapping as plain data."""
        return {key: entry.value.plain for key, entry in self.entries.items()}

    def get(self, key: str) -> Node | None:
        """The key's value, or nothing."""
        entry = self.entries.get(key)
        return entry.value if entry else None


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A whole file. `folder` is where it lies; nothing where it came from no file."""

    root: Node
    source: Source
    folder: Path | None = None

    def path_at(self, span: Span) -> str:
        """The path of the innermost key or value at the span: `steps[3].Mixed_5b.expect`."""
        path = ""
        node: Node | None = self.root
        while node is not None:
            path, node = _descend(path, node, span)
        return path.lstrip(".")


def _descend(path: str, node: Node, span: Span) -> tuple[str, Node | None]:
    for step, covered, child in _children(node):
        if (
            (covered.line, covered.column)
            <= (span.line, span.column)
            < (covered.end_line, covered.end_column)
        ):
            return path + step, child
    return path, None


def _children(node: Node) -> Iterator[tuple[str, Span, Node]]:
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            yield f".{key}", entry.span, entry.value
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield f"[{index}]", item.span, item

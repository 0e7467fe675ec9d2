"""`for:` of a step: the rows of values it is repeated with."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.diagnostics import Diagnostic
from netspec.language.expressions import Value
from netspec.language.scope import Scope
from netspec.limits import DEFAULT
from netspec.reading.document import Entry, Mapping, Node


def rows(node: Node | None, scope: Scope) -> Iterator[dict[str, Value]]:
    """The loop's values, row by row; one empty row without a loop. Raises `Unknown`."""
    if not isinstance(node, Mapping):
        yield {}
        return
    columns = {name: _column(entry, scope) for name, entry in node.entries.items()}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        message = f"the lists of a `for` have different lengths: {listed}"
        raise scope.fail(Diagnostic("NS313", message, node.span))
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(columns, row, strict=True))


def _column(entry: Entry, scope: Scope) -> list[Value] | range:
    value = scope.value(entry.value)
    if isinstance(value, list):
        return value
    first, dots, last = str(value).partition("..")
    if not dots:
        message = f"`for` takes a list or a range such as 1..4 for `{entry.key}`, not {value!r}"
        raise scope.fail(Diagnostic("NS204", message, entry.value.span))
    numbers = range(int(first), int(last) + 1)
    if len(numbers) > DEFAULT.layers:
        message = f"a loop of {len(numbers):,} rows; a network holds {DEFAULT.layers:,} layers"
        raise scope.fail(Diagnostic("NS409", message, entry.value.span))
    return numbers

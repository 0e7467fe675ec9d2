"""`for:` of a step: the rows of values it is repeated with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from netspec.diagnostics import Diagnostic
from netspec.language.expressions import Value
from netspec.language.judging import shown
from netspec.language.names import check_variable
from netspec.language.scope import NOTE, Scope
from netspec.limits import Limits
from netspec.reading.document import Entry, Mapping, Node

_RANGE: Final = re.compile(r"(-?[0-9]{1,64})\.\.(-?[0-9]{1,64})")


def rows(node: Node, scope: Scope, limits: Limits) -> Iterator[dict[str, Value]]:
    """The loop's values, row by row; one empty row if it holds but notes. Raises `Unknown`."""
    written = node.entries if isinstance(node, Mapping) else {}
    columns = {
        name: _column(entry, scope, limits)
        for name, entry in written.items()
        if not name.startswith(NOTE)
    }
    if not columns:
        yield {}
        return
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        message = f"the lists of a `for` have different lengths: {listed}"
        raise scope.fail(Diagnostic("NS313", message, node.span))
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(columns, row, strict=True))


def _column(entry: Entry, scope: Scope, limits: Limits) -> list[Value] | range:
    if fault := check_variable(entry.key):
        raise scope.fail(Diagnostic(*fault, entry.key_span))
    value = scope.value(entry.value)
    numbers: list[Value] | range
    if isinstance(value, list):
        _check_rows(len(value), entry, scope, limits)
        numbers = value
    elif matched := _RANGE.fullmatch(str(value)):
        numbers = _range(int(matched[1]), int(matched[2]), entry, scope, limits)
    else:
        expected = "a list or a range such as 1..4"
        message = f"`for` takes {expected} for `{entry.key}`, not {shown(value)}"
        raise scope.fail(Diagnostic("NS204", message, entry.value.span))
    return numbers


def _check_rows(count: int, entry: Entry, scope: Scope, limits: Limits) -> None:
    if count > limits.layers:
        told = f"{count:,}" if count < 10**15 else f"{count:.1e}"
        message = f"a loop of {told} rows; a network holds {limits.layers:,} layers"
        hints = limits.hints("layers", count)
        raise scope.fail(Diagnostic("NS409", message, entry.value.span, hints=hints))


def _range(first: int, last: int, entry: Entry, scope: Scope, limits: Limits) -> range:
    """Both ends included; `1..0` is no row at all, a range further down a slip."""
    if last < first - 1:
        message = f"the range {first}..{last} of `{entry.key}` runs downward"
        hints = (f"write {last}..{first}, or list the values",)
        raise scope.fail(Diagnostic("NS204", message, entry.value.span, hints=hints))
    _check_rows(last - first + 1, entry, scope, limits)
    return range(first, last + 1)

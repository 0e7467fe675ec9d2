"""Evaluates the fields of a step into its op, each field with the place that gave it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from netspec.diagnostics import Diagnostic, Span
from netspec.language.judging import is_valid, judge
from netspec.language.scope import Scope, Unknown, has_expression, without_notes
from netspec.language.tree import FieldSource
from netspec.ops.base import Op
from netspec.ops.constructs import Kind
from netspec.ops.table import OPS
from netspec.reading.document import Entry, Node


class Field(NamedTuple):
    """A given field: which of `defaults`, `step`, `patch`, `set` gave it, as what, what it sees."""

    by: str
    entry: Entry
    scope: Scope


Given = Mapping[str, Field]
CHANGES = ("patch", "set")
"""What gives fields of a step by its path, unseen by the schema's check."""


def gather(op: str, body: Mapping[str, Entry], scope: Scope, changes: Mapping[str, Field]) -> Given:
    """The fields of a step: defaults, over them its own, over them what changes it by its path."""
    options = OPS[op].options()
    defaults = scope.defaults.get(op, {})
    given: dict[str, Field] = {
        key: Field("defaults", default.entry, default.scope)
        for key, default in defaults.items()
        if key in options and key not in body
    }
    for key, entry in body.items():
        if key in options:
            given[key] = Field("step", entry, scope)
    given.update(changes)
    return given


def build(op: str, given: Given, scope: Scope, span: Span, path: str) -> Op:
    """The op of a step, its sugar not yet resolved; raises `Unknown` where a field is at fault."""
    options = OPS[op].options()
    missing = [name for name in _required(op) if name not in given]
    for name in missing:
        _missing(op, name, scope, span, path)
    values: dict[str, Any] = {}
    for name, field in given.items():
        try:
            values[name] = _value(name, options[name].kind, field, scope)
        except Unknown:  # told; the other fields are looked at all the same
            continue
    if missing or len(values) < len(given):
        raise Unknown
    return OPS[op](**values)


@lru_cache
def _required(op: str) -> tuple[str, ...]:
    return tuple(name for name, option in OPS[op].options().items() if option.required)


def _missing(op: str, name: str, scope: Scope, span: Span, path: str) -> None:
    message = f"`{path}` needs `{name}`, as every {op}"
    hints = (f"add `{name}: …`, or give it under `defaults:`",)
    scope.fail(Diagnostic("NS203", message, span, hints=hints, step=path))


def _value(name: str, kind: Kind, given: Field, scope: Scope) -> Any:
    node = given.entry.value
    if given.by not in CHANGES and (known := _constant(node, kind)) is not _OPEN:
        return known
    if given.by != "defaults":
        return _evaluated(name, kind, node, given.scope if has_expression(node) else scope)
    settled = given.scope.settled
    if node not in settled:
        speaks = given.scope.speaks_of_input(node)
        within = scope.within(given.scope)
        settled[node] = _OPEN if speaks else _evaluated(name, kind, node, within)
    known = settled[node]
    return _evaluated(name, kind, node, scope.within(given.scope)) if known is _OPEN else known


def _evaluated(name: str, kind: Kind, node: Node, scope: Scope) -> Any:
    plain = scope.value(node)
    if not is_valid(plain, kind.schema):
        for fault in judge(name, plain, node, kind.schema, kind.expects, scope.names):
            scope.fail(fault)
        raise Unknown
    return kind.read(plain)


_OPEN: Final = object()
"""Stands for a value that has expressions, and so may differ wherever it is met."""


@lru_cache(maxsize=1 << 14)  # uses of a template, and variants of a spec, meet the same nodes
def _constant(node: Node, kind: Kind) -> Any:
    """The value that a checked node has wherever it is met, or `_OPEN`."""
    return _OPEN if has_expression(node) else kind.read(without_notes(node))


def sources(given: Given) -> dict[str, FieldSource]:
    """Where each given field came from."""
    return {name: _source(field) for name, field in given.items()}


def _source(field: Field) -> FieldSource:
    inside = field.scope.uses if field.by == "step" else ()
    return _source_of(field.by, field.entry, inside[-1].template if inside else "")


@lru_cache(maxsize=1 << 14)
def _source_of(by: str, entry: Entry, template: str) -> FieldSource:
    return FieldSource(by, entry.span, entry.value.plain, template)

"""Evaluates the fields of a step into its op, each field with the place that gave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netspec.diagnostics import Diagnostic, Span
from netspec.language.judging import is_valid, judge
from netspec.language.scope import Scope, Unknown, has_expression
from netspec.language.tree import FieldSource
from netspec.ops.base import Op
from netspec.ops.constructs import Kind
from netspec.ops.table import OPS
from netspec.reading.document import Entry

Given = Mapping[str, tuple[str, Entry]]
"""A step's fields: which of `defaults`, `step`, `set` gave it, and the entry."""


def gather(op: str, body: Mapping[str, Entry], scope: Scope, settings: Mapping[str, Entry]) -> Given:
    """The fields of a step: defaults, over them the step's own, over them what is set from outside."""
    options = OPS[op].options()
    given: dict[str, tuple[str, Entry]] = {}
    sources = (("defaults", scope.defaults.get(op, {})), ("step", body), ("set", settings))
    for by, entries in sources:
        given |= {key: (by, entry) for key, entry in entries.items() if key in options}
    return given


def build(op: str, given: Given, scope: Scope, span: Span, path: str) -> Op:
    """The op of a step, its sugar not yet resolved; raises `Unknown` where a field is at fault."""
    values: dict[str, Any] = {}
    failed = False
    for name, option in OPS[op].options().items():
        if name not in given:
            if option.required:
                failed = True
                _missing(op, name, scope, span, path)
            continue
        try:
            values[name] = _value(name, option.kind, given[name][1], given[name][0], scope)
        except Unknown:
            failed = True
    if failed:
        raise Unknown
    return OPS[op](**values)


def _missing(op: str, name: str, scope: Scope, span: Span, path: str) -> None:
    message = f"`{path}` needs `{name}`, as every {op}"
    hints = (f"add `{name}: …`, or give it under `defaults:`",)
    scope.fail(Diagnostic("NS203", message, span, hints=hints))


def _value(name: str, kind: Kind, entry: Entry, by: str, scope: Scope) -> Any:
    plain = scope.value(entry.value)
    unjudged = by == "set" or has_expression(entry.value)
    if unjudged and not is_valid(plain, kind.schema):
        for fault in judge(name, plain, entry.value, kind.schema, kind.expects):
            scope.fail(fault)
        raise Unknown
    return kind.read(plain)


def sources(given: Given) -> dict[str, FieldSource]:
    """Where each given field came from."""
    return {name: FieldSource(by, entry.span) for name, (by, entry) in given.items()}

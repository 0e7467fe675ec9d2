"""What an expression and a step's fields can see: lexical, from the file inward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from netspec.diagnostics import Diagnostic, Findings, Span, Use
from netspec.ir.shapes import Map, Shape
from netspec.language.expressions import (
    INPUT_SIZES,
    Expression,
    ExpressionError,
    Function,
    Value,
    evaluate,
    free_names,
    from_scalar,
)
from netspec.language.names import interpolate
from netspec.limits import DEFAULT, Limits
from netspec.reading.document import Entry, Node, Plain, Scalar, Sequence
from netspec.reading.document import Mapping as MappingNode

NOTE = "x-"
"""What the keys of notes begin with; nothing under one is ever evaluated."""


class Unknown(Exception):
    """A value that can't be had; why has been added to the findings."""


class Default(NamedTuple):
    """A field of a `defaults:` block, and the scope that it was written in, which it sees."""

    entry: Entry
    scope: Scope


Defaults = Mapping[str, Mapping[str, Default]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Parameters, functions and defaults in reach, and the uses of templates that led here.

    `input` is the shape of the step's input, where there is one. `unknown` are names whose value
    could not be had, which has been reported: what speaks of them is passed over in silence.
    """

    findings: Findings
    names: Mapping[str, Value] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    input: Shape | None = None
    unknown: frozenset[str] = frozenset()
    limits: Limits = DEFAULT
    settled: dict[Node, Any] = field(default_factory=dict, init=False, repr=False)
    """What defaults written in this very scope have come to, where no step's input alters it."""

    def fail(self, diagnostic: Diagnostic) -> Unknown:
        """Add a finding, with the chain of uses; gives the exception to raise."""
        self.findings.add(replace(diagnostic, uses=self.uses))
        return Unknown()

    def with_names(self, names: Mapping[str, Value]) -> Scope:
        """The scope with more names, which hide outer ones."""
        if not names:
            return self
        unknown = self.unknown - names.keys()
        return replace(self, names={**self.names, **names}, unknown=unknown)

    def with_unknown(self, names: Iterable[str]) -> Scope:
        """The scope in which nothing can be said of these names."""
        more = self.unknown.union(names)
        return self if more == self.unknown else replace(self, unknown=more)

    def with_defaults(self, node: Node | None, written: Scope | None = None) -> Scope:
        """The scope inside a block with `defaults:`; inner ones win, key by key.

        They see the scope that they are `written` in: this one, unless another is given.
        """
        if not isinstance(node, MappingNode):
            return self
        merged = dict(self.defaults)
        for op, entry in node.entries.items():
            if isinstance(entry.value, MappingNode):
                own = {
                    key: Default(value, written or self)
                    for key, value in entry.value.entries.items()
                }
                merged[op] = {**merged.get(op, {}), **own}
        return replace(self, defaults=merged)

    def with_input(self, shape: Shape | None) -> Scope:
        """The scope of a step's fields, which may speak of `in`, the step's input.

        Nothing can be said of `in` where the shape is not known.
        """
        unknown = self.unknown
        if shape is None:
            unknown = unknown.union(INPUT_SIZES)
        # written out, for this runs for every step and `replace` takes its time
        return Scope(
            self.findings,
            self.names,
            self.functions,
            self.defaults,
            self.uses,
            shape,
            unknown,
            self.limits,
        )

    def speaks_of_input(self, node: Node) -> bool:
        """Whether an expression in a value rests on the size of its step's input."""
        if isinstance(node, Sequence):
            return any(map(self.speaks_of_input, node.items))
        if isinstance(node, MappingNode):
            return any(self.speaks_of_input(entry.value) for entry in node.entries.values())
        if not isinstance(node.value, str):
            return False
        try:
            expression = from_scalar(node.value, self.limits)
        except ExpressionError:
            return False
        names = free_names(expression, self.functions) if expression else frozenset()
        return not names.isdisjoint(INPUT_SIZES)

    def within(self, written: Scope) -> Scope:
        """The scope of a default that was written in another one: its names, this step's input."""
        # written out, for this runs for every default and `replace` takes its time
        return Scope(
            written.findings,
            written.names,
            written.functions,
            written.defaults,
            self.uses,
            self.input,
            written.unknown,
            written.limits,
        )

    def value(self, node: Node) -> Any:
        """The node as plain data without notes, its expressions evaluated; raises `Unknown`."""
        if isinstance(node, Scalar):
            return self._scalar(node)
        if isinstance(node, Sequence):
            return [self.value(item) for item in node.items]
        return {
            key: self.value(entry.value)
            for key, entry in node.entries.items()
            if not key.startswith(NOTE)
        }

    def name(self, text: str, span: Span) -> str:
        """A name with its `{m}` filled in; raises `Unknown`."""
        try:
            return interpolate(text, self.names)
        except ExpressionError as error:
            if any(f"{{{name}}}" in text for name in self.unknown):
                raise Unknown from error
            raise self.fail(located(error, Scalar(text, span))) from error

    def _scalar(self, node: Scalar) -> Value | None:
        if not isinstance(node.value, str) or not node.value.startswith("$"):
            return node.value
        try:
            expression = from_scalar(node.value, self.limits)
            assert expression is not None
            if self.unknown and self._speaks_of_unknown(expression):
                raise Unknown
            return evaluate(expression, self.names, self.functions, self._sizes())
        except ExpressionError as error:
            raise self.fail(located(error, node)) from error

    def _speaks_of_unknown(self, expression: Expression) -> bool:
        return not self.unknown.isdisjoint(free_names(expression, self.functions))

    def _sizes(self) -> Mapping[str, Value]:
        if self.input is None:
            return {}
        sizes: dict[str, Value] = {"in.channels": self.input.channels}
        if isinstance(self.input, Map):
            sizes |= {"in.height": self.input.height, "in.width": self.input.width}
        return sizes


def located(error: ExpressionError, node: Scalar) -> Diagnostic:
    """An expression's fault as a diagnostic, on its very place in the scalar if that is plain."""
    return Diagnostic(error.code, error.message, _place(error, node), hints=error.hints)


def _place(error: ExpressionError, node: Scalar) -> Span:
    """The part of the scalar that is at fault, if the scalar is written as it reads."""
    span = node.span
    written = span.source.line(span.line)[span.column - 1 : span.end_column - 1]
    quote = written[:1] if written[:1] in ('"', "'") else ""
    if span.line != span.end_line or written != f"{quote}{node.value}{quote}":
        return span
    start = span.column + len(quote) + error.offset
    return span._replace(column=start, end_column=start + max(1, error.length))


def without_notes(node: Node) -> Plain:
    """The node as plain data without notes, whatever its strings begin with."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [without_notes(item) for item in node.items]
    return {
        key: without_notes(entry.value)
        for key, entry in node.entries.items()
        if not key.startswith(NOTE)
    }


def has_expression(node: Node) -> bool:
    """Whether anything in the node is still to be evaluated."""
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and node.value.startswith("$")
    if isinstance(node, Sequence):
        return any(map(has_expression, node.items))
    return any(
        has_expression(entry.value)
        for key, entry in node.entries.items()
        if not key.startswith(NOTE)
    )

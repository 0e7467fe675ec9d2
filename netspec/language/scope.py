"""What an expression and a step's fields can see: lexical, from the file inward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netspec.diagnostics import Diagnostic, Findings, Span, Use
from netspec.ir.shapes import Map, Shape
from netspec.language.expressions import (
    ExpressionError,
    Function,
    Value,
    evaluate,
    from_scalar,
)
from netspec.language.names import interpolate
from netspec.reading.document import Entry, Node, Scalar, Sequence
from netspec.reading.document import Mapping as MappingNode


class Unknown(Exception):
    """A value that can't be had; why has been added to the findings."""


Defaults = Mapping[str, Mapping[str, Entry]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Parameters, functions and defaults in reach, and the uses of templates that led here."""

    findings: Findings
    names: Mapping[str, Value] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=dict)
    uses: tuple[Use, ...] = ()

    def fail(self, diagnostic: Diagnostic) -> Unknown:
        """Add a finding, with the chain of uses; gives the exception to raise."""
        self.findings.add(replace(diagnostic, uses=self.uses))
        return Unknown()

    def with_names(self, names: Mapping[str, Value]) -> Scope:
        """The scope with more names, which hide outer ones."""
        return replace(self, names={**self.names, **names}) if names else self

    def with_defaults(self, node: Node | None) -> Scope:
        """The scope inside a block with `defaults:`; inner ones win, key by key."""
        if not isinstance(node, MappingNode):
            return self
        merged = dict(self.defaults)
        for op, entry in node.entries.items():
            if isinstance(entry.value, MappingNode):
                merged[op] = {**merged.get(op, {}), **entry.value.entries}
        return replace(self, defaults=merged)

    def with_input(self, shape: Shape) -> Scope:
        """The scope of a step's fields, which may speak of `in`, the step's input."""
        sizes: dict[str, Value] = {"in.channels": shape.channels}
        if isinstance(shape, Map):
            sizes |= {"in.height": shape.height, "in.width": shape.width}
        return replace(self, names={**self.names, **sizes})

    def value(self, node: Node) -> Any:
        """The node as plain data, its expressions evaluated; raises `Unknown`."""
        if isinstance(node, Scalar):
            return self._scalar(node)
        if isinstance(node, Sequence):
            return [self.value(item) for item in node.items]
        return {key: self.value(entry.value) for key, entry in node.entries.items()}

    def name(self, text: str, span: Span) -> str:
        """A name with its `{m}` filled in; raises `Unknown`."""
        try:
            return interpolate(text, self.names)
        except ExpressionError as error:
            raise self.fail(located(error, span)) from error

    def _scalar(self, node: Scalar) -> Value | None:
        if not isinstance(node.value, str) or not node.value.startswith("$"):
            return node.value
        try:
            expression = from_scalar(node.value)
            assert expression is not None
            return evaluate(expression, self.names, self.functions)
        except ExpressionError as error:
            raise self.fail(located(error, node.span)) from error


def located(error: ExpressionError, span: Span) -> Diagnostic:
    """An expression's fault as a diagnostic on the scalar that holds it."""
    return Diagnostic(error.code, error.message, span, hints=error.hints)


def has_expression(node: Node) -> bool:
    """Whether anything in the node is still to be evaluated."""
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and node.value.startswith("$")
    if isinstance(node, Sequence):
        return any(map(has_expression, node.items))
    return any(has_expression(entry.value) for entry in node.entries.values())

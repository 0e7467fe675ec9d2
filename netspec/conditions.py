"""What people ask of networks: `params < 20e6 and macs < 4e9`, or a number such as `macs / params`.

They are expressions of the language, over the names of figures in place of a spec's parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.language.expression_tree import Name, Node, walk
from netspec.language.expressions import Expression, ExpressionError, Value, evaluate, parse
from netspec.limits import DEFAULT, Limits
from netspec.suggestions import did_you_mean


@dataclass(frozen=True, slots=True)
class _Asked:
    """An expression over figures, and the option that it was written for, such as `--where`."""

    expression: Expression
    option: str

    @classmethod
    def parse(
        cls, text: str, names: Collection[str], option: str, limits: Limits = DEFAULT
    ) -> Self:
        """What the text asks, in these names.

        Raises `SpecError` with the place: NS307 where it can't be read, NS304 for another name.
        """
        try:
            expression = parse(text, limits)
            for node in walk(expression.root):
                _require_known(node, names)
        except ExpressionError as error:
            raise _placed(error, text, option) from error
        return cls(expression, option)

    @property
    def text(self) -> str:
        """What was written."""
        return self.expression.text

    @property
    def names(self) -> frozenset[str]:
        """The figures that it speaks of."""
        return self.expression.names

    def _evaluated(self, values: Mapping[str, Value]) -> Value:
        try:
            return evaluate(self.expression, values)
        except ExpressionError as error:
            raise _placed(error, self.text, self.option) from error

    def _refused(self, message: str, hint: str) -> SpecError:
        error = self.expression.root.place.error("NS308", message, (hint,))
        return _placed(error, self.text, self.option)


class Condition(_Asked):
    """What must hold of a network."""

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether it holds of these figures. Raises `SpecError` (NS308) where it has no answer."""
        value = self._evaluated(values)
        if not isinstance(value, bool):
            hint = "compare it, as in `params < 20e6`"
            raise self._refused(f"a condition is true or false; this is {value!r}", hint)
        return value


class Quantity(_Asked):
    """A number made of a network's figures, to maximise, minimise or sort by."""

    def value(self, values: Mapping[str, Value]) -> int | float:
        """The number, of these figures. Raises `SpecError` (NS308) where there is none."""
        value = self._evaluated(values)
        if isinstance(value, bool | str):
            hint = "write what is to be counted, as in `macs / params`"
            raise self._refused(f"a quantity is a number; this is {value!r}", hint)
        return value


def _require_known(node: Node, names: Collection[str]) -> None:
    """NS304 for a name that is not of these."""
    if isinstance(node, Name) and node.name not in names:
        hints = did_you_mean(node.name, names) or (f"there are {', '.join(names)}",)
        raise node.place.error("NS304", f"nothing here is called {node.name}", hints)


def _placed(error: ExpressionError, text: str, option: str) -> SpecError:
    """The fault, at its place in the option's text."""
    start, end = error.offset + 1, error.offset + 1 + max(1, error.length)
    span = Span(Source(option, text), 1, start, 1, end)
    return SpecError([Diagnostic(error.code, error.message, span, hints=error.hints)])

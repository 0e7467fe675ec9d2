"""Writes expressions as Python text: wrapped at a width, checked against a grammar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from netspec.emission.expressions import (
    Apply,
    Argument,
    Attribute,
    Call,
    Expr,
    Infix,
    Input,
    Items,
    Layer,
    Literal,
    Parameter,
    Path,
    Text,
)

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Naming:
    """How a statement's own things are written: inputs, layer, parameters, the path of a value."""

    inputs: Sequence[str] = ()
    layer: str = ""
    parameter: Callable[[str], str] = str
    path: Callable[[str], str] = repr


def literal(value: Any) -> str:
    """The text of a literal of an exact type; raises `TypeError` for anything else."""
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if type(value) not in (int, float, bool, str, type(None)):
        raise TypeError(f"no literal: {type(value).__name__}")
    if type(value) is float and not isfinite(value):
        raise TypeError(f"no literal: {value}")
    text = repr(value)
    plain = type(value) is str and not set(text[1:-1]) & set("\\\"'")
    return f'"{value}"' if plain else text


def flat(expression: Expr, naming: Naming) -> str:
    """The expression on one line."""
    return _FLAT[type(expression)](expression, naming)


def _arguments(expression: Call | Apply) -> tuple[Expr | Argument, ...]:
    """The arguments that are written: those that are not the default."""
    named = (a for a in expression.named if not _is_default(a))
    return (*expression.arguments, *named)


def _is_default(argument: Argument) -> bool:
    value = argument.value
    return (
        isinstance(value, Literal)
        and type(value.value) is type(argument.default)
        and bool(value.value == argument.default)
    )


def _argument(argument: Expr | Argument, naming: Naming) -> str:
    if isinstance(argument, Argument):
        return f"{argument.name}={flat(argument.value, naming)}"
    return flat(argument, naming)


def _callee(expression: Call | Apply, naming: Naming) -> str:
    if isinstance(expression, Call):
        return expression.function
    return _operand(expression.callee, naming)


def _operand(expression: Expr, naming: Naming) -> str:
    """An expression that something binds to more closely than any operator."""
    text = flat(expression, naming)
    return f"({text})" if isinstance(expression, Infix) else text


def _called(expression: Call | Apply, naming: Naming) -> str:
    inner = ", ".join(_argument(a, naming) for a in _arguments(expression))
    return f"{_callee(expression, naming)}({inner})"


def _items(expression: Items, naming: Naming) -> str:
    opening, closing = expression.brackets[0], expression.brackets[1]
    inner = ", ".join(flat(item, naming) for item in expression.items)
    comma = "," if expression.brackets == "()" and len(expression.items) == 1 else ""
    return f"{opening}{inner}{comma}{closing}"


_BINDING: Mapping[str, int] = {"+": 1, "*": 2, "/": 2}


def _terms(expression: Infix, naming: Naming) -> tuple[str, str]:
    """Both sides, in brackets where Python would read them otherwise.

    A right side that binds no closer gets them too: a + (b + c) rounds otherwise than a + b + c.
    """
    binding = _BINDING[expression.operator]
    left, right = (
        f"({flat(side, naming)})"
        if isinstance(side, Infix) and _BINDING[side.operator] < binding + stricter
        else flat(side, naming)
        for side, stricter in ((expression.left, 0), (expression.right, 1))
    )
    return left, right


def _infix(expression: Infix, naming: Naming) -> str:
    left, right = _terms(expression, naming)
    return f"{left} {expression.operator} {right}"


_FLAT: Mapping[type, Callable[[Any, Naming], str]] = {
    Literal: lambda e, _: literal(e.value),
    Text: lambda e, _: literal(e.value),
    Parameter: lambda e, n: n.parameter(e.name),
    Input: lambda e, n: n.inputs[e.index],
    Layer: lambda _, n: n.layer,
    Path: lambda e, n: n.path(e.suffix),
    Attribute: lambda e, n: f"{_operand(e.owner, n)}.{e.name}",
    Items: _items,
    Call: _called,
    Apply: _called,
    Infix: _infix,
}


def wrapped(prefix: str, expression: Expr, naming: Naming, indent: int, comment: str = "") -> str:
    """`prefix` and the expression from that indent on, broken where `ruff format` breaks it.

    The comment goes behind it, or on a line above where it alone would break a call of a call.
    """
    note = f"  # {comment}" if comment else ""
    margin, inside = " " * indent, " " * (indent + 4)
    written = flat(expression, naming)
    text = margin + prefix + written
    if len(text + note) <= WIDTH:
        return text + note
    parts = _parts(expression, naming, indent + len(prefix))
    head = margin + prefix + (parts[0] if parts else written)
    if prefix.endswith(" ") and len(head) > WIDTH >= len(inside + written):
        return f"{margin}{prefix}(\n{inside}{written}\n{margin}){note}"
    if parts is None or (len(text) <= WIDTH and _is_chain(expression)):
        return f"{margin}# {comment}\n{text}" if comment else text
    lines = _inner_lines(expression, parts[1], naming, indent + 4)
    return "\n".join([head, *lines, f"{margin}{parts[2]}{note}"])


def _inner_lines(
    expression: Expr, inner: tuple[Expr | Argument, ...], naming: Naming, indent: int
) -> list[str]:
    """What stands between the brackets of a broken expression: on one line if a call's fits."""
    if isinstance(expression, Infix):
        return [" " * indent + term for term in _summands(expression, naming)]
    if not isinstance(expression, Items):
        joined = " " * indent + ", ".join(_argument(a, naming) for a in inner)
        if len(joined) <= WIDTH:
            return [joined]
        if len(inner) == 1:
            return [_broken(inner[0], naming, indent)]
    return [f"{_broken(item, naming, indent)}," for item in inner]


def _broken(item: Expr | Argument, naming: Naming, indent: int) -> str:
    if isinstance(item, Argument):
        return wrapped(f"{item.name}=", item.value, naming, indent)
    return wrapped("", item, naming, indent)


def _is_chain(expression: Expr) -> bool:
    """Whether this calls what a call gives: `layers.ReLU()(x)`."""
    return isinstance(expression, Apply) and isinstance(expression.callee, Call)


def _summands(expression: Infix, naming: Naming) -> list[str]:
    """The terms of a chain of one operator, each but the first behind it."""
    left, operator = expression.left, expression.operator
    written, right = _terms(expression, naming)
    continues = isinstance(left, Infix) and left.operator == operator
    before = _summands(left, naming) if isinstance(left, Infix) and continues else [written]
    return [*before, f"{operator} {right}"]


def _parts(
    expression: Expr, naming: Naming, indent: int
) -> tuple[str, tuple[Expr | Argument, ...], str] | None:
    """Where an expression is broken: its opening, what stands between, its closing.

    layers.Conv2D(…)(x) is broken at its last bracket, if what is before that fits on the line.
    """
    if isinstance(expression, Items):
        return expression.brackets[0], expression.items, expression.brackets[1]
    if isinstance(expression, Infix):
        return "(", (), ")"
    if not isinstance(expression, Call | Apply):
        return None
    callee = expression.callee if isinstance(expression, Apply) else None
    if not _arguments(expression):
        return None
    opening = f"{_callee(expression, naming)}("
    if isinstance(callee, Call) and indent + len(opening) > WIDTH and _arguments(callee):
        tail = ", ".join(_argument(a, naming) for a in _arguments(expression))
        return f"{callee.function}(", _arguments(callee), f")({tail})"
    return opening, _arguments(expression), ")"

"""A small tree of Python expressions: what a backend's rule gives, once, for two products.

The live model evaluates it; the source printer writes it down. So the two can't drift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final


class _NoDefault:
    """The default of an argument that has none."""

    def __repr__(self) -> str:
        return "NO_DEFAULT"


NO_DEFAULT: Final = _NoDefault()


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string, bool, None or a tuple of them; `hint` is its name as a parameter."""

    value: Any
    hint: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A constructor's or a function's parameter, where uses of a block differ."""

    name: str


@dataclass(frozen=True, slots=True)
class Input:
    """The statement's input of that number."""

    index: int = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """The statement's own layer."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string of the structure, such as a layer's name: it never becomes a parameter."""

    value: str


@dataclass(frozen=True, slots=True)
class Path:
    """The name of a value as text, below the block's own; for layers that have names."""

    suffix: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """`owner.name`."""

    owner: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list, or with `brackets` "()" a tuple, of expressions."""

    items: tuple[Expr, ...]
    brackets: str = "[]"


@dataclass(frozen=True, slots=True)
class Argument:
    """A named argument. The printer leaves it out where it is the literal `default`."""

    name: str
    value: Expr
    default: Any = NO_DEFAULT

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is NO_DEFAULT


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a name from the backend's closed table, such as `nn.Conv2d`."""

    function: str
    arguments: tuple[Expr, ...] = ()
    named: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Apply:
    """A call of what an expression gives: a layer, or a method."""

    callee: Expr
    arguments: tuple[Expr, ...] = ()
    named: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Infix:
    """`left operator right`."""

    left: Expr
    operator: str
    right: Expr


Expr = Literal | Text | Parameter | Input | Layer | Path | Attribute | Items | Call | Apply | Infix


def call(function: str, *arguments: Expr, **named: Expr | tuple[Expr, Any]) -> Call:
    """A call; a named argument may be a pair of its value and its default."""
    return Call(function, arguments, tuple(_argument(n, v) for n, v in named.items()))


def _argument(name: str, value: Expr | tuple[Expr, Any]) -> Argument:
    expression, default = value if isinstance(value, tuple) else (value, NO_DEFAULT)
    if isinstance(expression, Literal) and not expression.hint:
        expression = Literal(expression.value, name)
    return Argument(name, expression, default)


def complement(share: float) -> float:
    """1 - share as decimals give it, for frameworks that ask for the other share.

    >>> 1 - 0.9997, complement(0.9997)
    (0.00029999999999996696, 0.0003)
    """
    return float(1 - Decimal(repr(share)))


Leaf = Callable[[Expr], Expr]


def transform(expression: Expr, leaf: Leaf) -> Expr:
    """The expression with `leaf` applied to each of its leaves, in reading order."""
    rebuild = _REBUILD.get(type(expression))
    return rebuild(expression, leaf) if rebuild else leaf(expression)


def _named(arguments: tuple[Argument, ...], leaf: Leaf) -> tuple[Argument, ...]:
    return tuple(Argument(a.name, transform(a.value, leaf), a.default) for a in arguments)


def _all(expressions: tuple[Expr, ...], leaf: Leaf) -> tuple[Expr, ...]:
    return tuple(transform(e, leaf) for e in expressions)


_REBUILD: Mapping[type, Callable[[Any, Leaf], Expr]] = {
    Attribute: lambda e, leaf: Attribute(transform(e.owner, leaf), e.name),
    Items: lambda e, leaf: Items(_all(e.items, leaf), e.brackets),
    Call: lambda e, leaf: Call(e.function, _all(e.arguments, leaf), _named(e.named, leaf)),
    Apply: lambda e, leaf: Apply(
        transform(e.callee, leaf), _all(e.arguments, leaf), _named(e.named, leaf)
    ),
    Infix: lambda e, leaf: Infix(transform(e.left, leaf), e.operator, transform(e.right, leaf)),
}


def literals(expression: Expr) -> list[Literal]:
    """The literals, in reading order."""
    found: list[Literal] = []

    def collect(leaf: Expr) -> Expr:
        if isinstance(leaf, Literal):
            found.append(leaf)
        return leaf

    transform(expression, collect)
    return found


def with_literals(expression: Expr, replacements: Iterator[Expr]) -> Expr:
    """The expression with its literals replaced in reading order."""
    return transform(expression, lambda e: next(replacements) if isinstance(e, Literal) else e)


def functions(expression: Expr) -> list[str]:
    """The names that are called, in reading order."""
    found: list[str] = []

    def visit(part: Expr) -> None:
        if isinstance(part, Call):
            found.append(part.function)
        for child in _children(part):
            visit(child)

    visit(expression)
    return found


def _children(expression: Expr) -> tuple[Expr, ...]:
    match expression:
        case Attribute():
            return (expression.owner,)
        case Items():
            return expression.items
        case Call():
            return (*expression.arguments, *(a.value for a in expression.named))
        case Apply():
            named = (a.value for a in expression.named)
            return (expression.callee, *expression.arguments, *named)
        case Infix():
            return (expression.left, expression.right)
        case _:
            return ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What an expression is evaluated in: names, inputs, the layer, the naming of paths."""

    callables: Mapping[str, Callable[..., Any]]
    inputs: Sequence[Any] = ()
    layer: Any = None
    path: Callable[[str], str] = str


_INFIX: Mapping[str, Callable[[Any, Any], Any]] = {
    "/": lambda a, b: a / b,
    "*": lambda a, b: a * b,
    "+": lambda a, b: a + b,
}


def evaluate(expression: Expr, setting: Setting) -> Any:
    """The value of an expression without parameters."""
    return _EVALUATE[type(expression)](expression, setting)


def _called(function: Callable[..., Any], e: Call | Apply, setting: Setting) -> Any:
    arguments = [evaluate(a, setting) for a in e.arguments]
    named = {a.name: evaluate(a.value, setting) for a in e.named}
    return function(*arguments, **named)


_BRACKETS: Mapping[str, Callable[[list[Any]], Any]] = {"[]": list, "()": tuple}
_EVALUATE: Mapping[type, Callable[[Any, Setting], Any]] = {
    Literal: lambda e, _: e.value,
    Text: lambda e, _: e.value,
    Input: lambda e, s: s.inputs[e.index],
    Layer: lambda _, s: s.layer,
    Path: lambda e, s: s.path(e.suffix),
    Attribute: lambda e, s: getattr(evaluate(e.owner, s), e.name),
    Items: lambda e, s: _BRACKETS[e.brackets]([evaluate(item, s) for item in e.items]),
    Call: lambda e, s: _called(s.callables[e.function], e, s),
    Apply: lambda e, s: _called(evaluate(e.callee, s), e, s),
    Infix: lambda e, s: _INFIX[e.operator](evaluate(e.left, s), evaluate(e.right, s)),
}

"""Writes expressions and statements as Python text: wrapped at a width, checked against a grammar."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    """How a statement's own things are written: its inputs, its layer, the path of a value."""

    inputs: Sequence[str] = ()
    layer: str = ""
    path: Callable[[str], str] = repr


def literal(value: Any) -> str:
    """The text of a literal of an exact type; raises `TypeError` for anything else."""
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if type(value) not in (int, float, bool, str, type(None)):
        raise TypeError(f"no literal: {type(value).__name__}")
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
    return expression.function if isinstance(expression, Call) else flat(expression.callee, naming)


def _called(expression: Call | Apply, naming: Naming) -> str:
    inner = ", ".join(_argument(a, naming) for a in _arguments(expression))
    return f"{_callee(expression, naming)}({inner})"


def _items(expression: Items, naming: Naming) -> str:
    opening, closing = expression.brackets
    inner = ", ".join(flat(item, naming) for item in expression.items)
    comma = "," if expression.brackets == "()" and len(expression.items) == 1 else ""
    return f"{opening}{inner}{comma}{closing}"


_FLAT: Mapping[type, Callable[[Any, Naming], str]] = {
    Literal: lambda e, n: literal(e.value),
    Text: lambda e, n: literal(e.value),
    Parameter: lambda e, n: e.name,
    Input: lambda e, n: n.inputs[e.index],
    Layer: lambda e, n: n.layer,
    Path: lambda e, n: n.path(e.suffix),
    Attribute: lambda e, n: f"{flat(e.owner, n)}.{e.name}",
    Items: _items,
    Call: _called,
    Apply: _called,
    Infix: lambda e, n: f"{flat(e.left, n)} {e.operator} {flat(e.right, n)}",
}


def wrapped(prefix: str, expression: Expr, naming: Naming, indent: int, comment: str = "") -> str:
    """`prefix` and the expression, from that indent on, on one line if it fits, else broken at
    its commas. The comment goes behind the first line."""
    note = f"  # {comment}" if comment else ""
    text = " " * indent + prefix + flat(expression, naming)
    if len(text) + len(note) <= WIDTH:
        return text + note
    parts = _parts(expression, naming)
    if parts is None:
        return text + note if not note else f"{' ' * indent}# {comment}\n{text}"
    opening, inner, closing = parts
    within = " " * (indent + 4) + ", ".join(_argument(a, naming) for a in inner)
    if not opening.endswith("[") and len(within) <= WIDTH:
        return f"{' ' * indent}{prefix}{opening}\n{within}\n{' ' * indent}{closing}{note}"
    lines = [f"{' ' * indent}{prefix}{opening}{note}"]
    lines += [_line(item, naming, indent + 4) for item in inner]
    return "\n".join([*lines, f"{' ' * indent}{closing}"])


def _line(item: Expr | Argument, naming: Naming, indent: int) -> str:
    if isinstance(item, Argument):
        broken = wrapped(f"{item.name}=", item.value, naming, indent)
    else:
        broken = wrapped("", item, naming, indent)
    return f"{broken},"


def _parts(
    expression: Expr, naming: Naming
) -> tuple[str, tuple[Expr | Argument, ...], str] | None:
    """Where an expression can be broken: its opening, what stands a line each, its closing."""
    if isinstance(expression, Items):
        return expression.brackets[0], expression.items, expression.brackets[1]
    if isinstance(expression, Call) and len(given := _arguments(expression)) == 1:
        # nn.Sequential(OrderedDict([…])): one bracket inside the other
        inner_parts = None if isinstance(given[0], Argument) else _parts(given[0], naming)
        if inner_parts is not None:
            opening, items, closing = inner_parts
            return f"{expression.function}({opening}", items, f"{closing})"
    if isinstance(expression, Apply) and isinstance(expression.callee, Call):
        # layers.Conv2D(…)(x) is broken within the layer's own arguments, where those are the longer
        tail = ", ".join(_argument(a, naming) for a in _arguments(expression))
        inner = expression.callee
        made = flat(inner, naming)
        if len(tail) > len(made):
            return f"{made}(", _arguments(expression), ")"
        return f"{_callee(inner, naming)}(", _arguments(inner), f")({tail})"
    if isinstance(expression, Call | Apply):
        return f"{_callee(expression, naming)}(", _arguments(expression), ")"
    return None


_ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Module, ast.ImportFrom, ast.Import, ast.alias, ast.ClassDef, ast.FunctionDef,
        ast.arguments, ast.arg, ast.Expr, ast.Constant, ast.Assign, ast.AnnAssign, ast.AugAssign,
        ast.Return, ast.If, ast.Assert, ast.For, ast.Name, ast.Load, ast.Store, ast.Attribute,
        ast.Call, ast.keyword, ast.Tuple, ast.List, ast.Dict, ast.DictComp, ast.ListComp,
        ast.GeneratorExp, ast.comprehension, ast.BinOp, ast.UnaryOp, ast.USub, ast.BoolOp,
        ast.Compare, ast.Subscript, ast.Slice, ast.JoinedStr, ast.FormattedValue, ast.IfExp,
        ast.BitOr, ast.BitXor, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow, ast.Is, ast.IsNot,
        ast.Eq, ast.NotEq, ast.Gt, ast.Lt, ast.And, ast.Or, ast.Not, ast.Starred, ast.In,
        ast.With, ast.withitem, ast.Raise, ast.Lambda,
    }
)  # fmt: skip
_DUNDERS = {"__init__", "__name__", "__main__", "__file__"}


def checked(text: str, modules: frozenset[str]) -> str:
    """The text of a module; raises `AssertionError` where it isn't what a printer may write.

    Only known kinds of syntax, imports of `modules`, and no double underscores but the usual ones:
    a last guard, should a spec's text ever get into code.
    """
    for node in ast.walk(ast.parse(text)):
        assert type(node) in _ALLOWED, f"emitted source has {type(node).__name__}"
        if isinstance(node, ast.Import):
            assert all(a.name.partition(".")[0] in modules for a in node.names), "foreign import"
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in modules, "foreign import"
        name = getattr(node, "attr", None) or getattr(node, "id", None) or ""
        assert "__" not in name or name in _DUNDERS, f"emitted source has the name {name}"
    return text

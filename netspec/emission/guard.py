"""The last guard on emitted text: it is parsed again, and only what a printer may write passes."""

from __future__ import annotations

import ast

# fmt: off
_ALLOWED: frozenset[type[ast.AST]] = frozenset({
    ast.Module, ast.Import, ast.ImportFrom, ast.alias,
    ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg, ast.Return,
    ast.Assign, ast.Assert, ast.Expr, ast.For, ast.If, ast.With, ast.withitem,
    ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Call, ast.keyword, ast.Starred,
    ast.Constant, ast.JoinedStr, ast.FormattedValue,
    ast.Tuple, ast.List, ast.Dict, ast.Subscript, ast.Slice,
    ast.DictComp, ast.ListComp, ast.GeneratorExp, ast.comprehension,
    ast.IfExp, ast.BoolOp, ast.And, ast.Compare, ast.Eq, ast.In, ast.Is, ast.IsNot,
    ast.UnaryOp, ast.Not, ast.USub,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.BitOr,
})
# fmt: on
_DUNDERS = {"__init__", "__call__", "__name__", "__main__", "__file__"}


def checked(text: str, modules: frozenset[str]) -> str:
    """The text of a module; raises `AssertionError` where it isn't what a printer may write.

    Only known kinds of syntax, imports of `modules`, and no double underscores but the usual ones:
    should a spec's text ever get into code, it gets no further.
    """
    for node in ast.walk(ast.parse(text)):
        assert type(node) in _ALLOWED, f"emitted source has {type(node).__name__}"
        for module in _imported(node):
            assert module.partition(".")[0] in modules, f"emitted source imports {module}"
        for name in (getattr(node, key, None) for key in ("attr", "id", "name", "arg")):
            known = not isinstance(name, str) or "__" not in name or name in _DUNDERS
            assert known, f"emitted source has the name {name}"
    return text


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []

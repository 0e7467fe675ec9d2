"""Expressions in scalars: `$name`, `$f(…)` and `${ … }`. This is the door; the rest is behind it.

The grammar has integers, floats, strings, true and false, `+ - * // / % ( )`, comparisons,
`not and or`, `a if c else b`, min max round ceil floor, calls of the file's functions, and
in.height, in.width and in.channels.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from netspec.language.expression_grammar import WORDS, parse_tree
from netspec.language.expression_tokens import INPUT_SIZES
from netspec.language.expression_tree import (
    BuiltInCall,
    Expression,
    Function,
    FunctionCall,
    Name,
    evaluate,
    free_names,
)
from netspec.language.expression_values import BUILT_INS, ExpressionError, Place, Value, shown
from netspec.limits import DEFAULT, Limits

__all__ = [
    "BUILT_INS",
    "INPUT_SIZES",
    "WORDS",
    "Expression",
    "ExpressionError",
    "Function",
    "Place",
    "Value",
    "evaluate",
    "free_names",
    "from_scalar",
    "parse",
    "shown",
]

_FORMS: Final = "an expression is $name, $f(…) or ${…}"
_BARE_START: Final = re.compile(r"\$[A-Za-z_]")


def parse(text: str, limits: Limits = DEFAULT) -> Expression:
    """The expression that the text, without any `$`, writes; raises `ExpressionError`.

    >>> evaluate(parse("max(8, (c * 3 + 4) // 8 * 8)"), {"c": 10})
    32
    """
    return _parsed(text, 0, len(text), limits)


def from_scalar(value: str, limits: Limits = DEFAULT) -> Expression | None:
    """The expression that a whole scalar writes; None for a string that does not begin with `$`.

    Raises `ExpressionError`: NS307 for a `$` that begins none of the three forms. A `$` further on
    is plain text.

    >>> from_scalar("$width").names
    frozenset({'width'})
    >>> from_scalar("a$b") is None
    True
    """
    if not value.startswith("$"):
        return None
    if value.startswith("${"):
        if not value.endswith("}"):
            raise Place(0, len(value)).error("NS307", "`${` wants a `}` at the end", (_FORMS,))
        return _parsed(value, 2, len(value) - 1, limits)
    if not _BARE_START.match(value):
        raise Place(0, 1).error("NS307", "a name must follow `$`", (_FORMS,))
    expression = _parsed(value, 1, len(value), limits)
    if not isinstance(expression.root, Name | BuiltInCall | FunctionCall):
        message = "only a name or a call can follow `$` without braces"
        raise Place(0, len(value)).error("NS307", message, (f'write "${{{value[1:]}}}"',))
    return expression


@lru_cache(maxsize=1024)  # templates and loops meet the same text again and again
def _parsed(text: str, start: int, end: int, limits: Limits) -> Expression:
    return Expression(text, parse_tree(text, start, end, limits))

"""Parsed expressions as immutable trees, and what they are worth.

Each kind of node knows its own value. Runs of operators of equal strength are one flat node, so
that a tree is only as high as an expression is nested; parsing bounds the height, and with it
recursion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple

from netspec.language.expression_values import (
    ARITHMETIC,
    BUILT_INS,
    EQUALITIES,
    KINDS,
    ORDERS,
    ExpressionError,
    Number,
    Place,
    Value,
    as_number,
    bounded,
    shown,
)
from netspec.suggestions import did_you_mean

# In one evaluation: functions that each call the one before twice would double the work each time.
CALLS_AT_MOST: Final = 200
# Of the bodies of all functions entered at once: they stack, and so does the recursion.
LEVELS_AT_MOST: Final = 100


@dataclass(frozen=True)
class Node:
    """A part of an expression: where it stands, what it is made of, what it is worth."""

    place: Place

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts directly below."""
        return ()

    @cached_property
    def height(self) -> int:
        """Levels from here down; 1 for a leaf."""
        return 1 + max((child.height for child in self.children), default=0)

    def value(self, scope: Scope) -> Value:
        """What the node is worth in a scope; `ExpressionError` if nothing."""
        raise NotImplementedError

    def number(self, scope: Scope, taker: str) -> Number:
        """The value, which must be a number for `taker` to work on. A bool is not a number."""
        return as_number(self.value(scope), taker, self.place)

    def truth(self, scope: Scope, taker: str) -> bool:
        """The value, which must be a bool for `taker` to work on."""
        value = self.value(scope)
        if not isinstance(value, bool):
            hints = ("compare it, as in `n > 0`",) if not isinstance(value, str) else ()
            message = f"{taker} takes true or false; {shown(value)} is {KINDS[type(value)]}"
            raise self.place.error("NS308", message, hints)
        return value


@dataclass(frozen=True)
class Literal(Node):
    """A number, a string, true or false."""

    constant: Value

    def value(self, _scope: Scope) -> Value:
        """The constant."""
        return self.constant


@dataclass(frozen=True)
class Name(Node):
    """A parameter, an argument, or a size of the step's input, named `in.height`."""

    name: str

    def value(self, scope: Scope) -> Value:
        """What the name stands for; NS304 where it stands for nothing."""
        for names in (scope.arguments, scope.names, scope.sizes):
            if self.name in names:
                return bounded(names[self.name], self.place)
        raise self._unknown_size(scope) if self.name.startswith("in.") else self._unknown(scope)

    def _unknown(self, scope: Scope) -> ExpressionError:
        if self.name in scope.functions:
            call = f"call it: {self.name}({', '.join(scope.functions[self.name].parameters)})"
            return self.place.error("NS304", f"{self.name} is a function", (call,))
        hints = did_you_mean(self.name, {*scope.arguments, *scope.names})
        return self.place.error("NS304", f"no parameter {self.name}", hints)

    def _unknown_size(self, scope: Scope) -> ExpressionError:
        if "in.channels" not in scope.names and "in.channels" not in scope.sizes:
            return self.place.error("NS304", "`in` is the step's input, which is not known here")
        size = self.name.removeprefix("in.")
        message = f"`in` is the step's input; it has no {size}, for it is a vector"
        return self.place.error("NS304", message, ("a vector has only in.channels",))


@dataclass(frozen=True)
class Sign(Node):
    """`-a` or `+a`."""

    sign: str
    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)

    def value(self, scope: Scope) -> Value:
        """The number, negated or not."""
        number = self.operand.number(scope, f"a sign {self.sign}")
        return -number if self.sign == "-" else number


@dataclass(frozen=True)
class Not(Node):
    """`not a`."""

    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)

    def value(self, scope: Scope) -> Value:
        """The opposite."""
        return not self.operand.truth(scope, "not")


class Term(NamedTuple):
    """One operator of a chain with what stands at its right."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Chain(Node):
    """`a + b - c`, or `a * b // c`: operators of equal strength, applied from left to right."""

    first: Node
    rest: tuple[Term, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """All operands."""
        return (self.first, *(term.operand for term in self.rest))

    def value(self, scope: Scope) -> Value:
        """The number; `/` gives a float, `//` and `%` floor; every intermediate is bounded."""
        result = self.first.number(scope, self.rest[0].operator)
        for symbol, operand in self.rest:
            right = operand.number(scope, symbol)
            try:
                result = ARITHMETIC[symbol](result, right)
            except ZeroDivisionError:
                told = f"{shown(result)} {symbol} {shown(right)} divides by zero"
                raise operand.place.error("NS308", told) from None
            bounded(result, self.place)
        return result


@dataclass(frozen=True)
class Comparison(Node):
    """`a < b`. Values of one kind compare; only numbers have an order."""

    left: Node
    symbol: str
    right: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """Both sides."""
        return (self.left, self.right)

    def value(self, scope: Scope) -> Value:
        """Whether it holds."""
        left, right = self.left.value(scope), self.right.value(scope)
        kinds = KINDS[type(left)], KINDS[type(right)]
        if kinds[0] != kinds[1]:
            told = f"{shown(left)} is {kinds[0]}, {shown(right)} is {kinds[1]}"
            raise self.place.error("NS308", f"values of different kinds don't compare: {told}")
        if self.symbol in EQUALITIES:
            return EQUALITIES[self.symbol](left, right)
        return ORDERS[self.symbol](
            as_number(left, self.symbol, self.left.place),
            as_number(right, self.symbol, self.right.place),
        )


@dataclass(frozen=True)
class Logic(Node):
    """`a and b and c`, or `a or b or c`; the first that decides ends it."""

    word: str
    operands: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """All operands."""
        return self.operands

    def value(self, scope: Scope) -> Value:
        """True or false; operands past the deciding one are not evaluated."""
        deciding = self.word == "or"
        decided = any(o.truth(scope, self.word) is deciding for o in self.operands)
        return deciding if decided else not deciding


@dataclass(frozen=True)
class Conditional(Node):
    """`a if c else b`."""

    then: Node
    condition: Node
    otherwise: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The value if it holds, the condition, the value if not."""
        return (self.then, self.condition, self.otherwise)

    def value(self, scope: Scope) -> Value:
        """The side that the condition chooses; the other is not evaluated."""
        taken = self.then if self.condition.truth(scope, "if") else self.otherwise
        return taken.value(scope)


@dataclass(frozen=True)
class BuiltInCall(Node):
    """`min(a, b)`."""

    name: str
    arguments: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments

    def value(self, scope: Scope) -> Value:
        """The function's result, on numbers."""
        numbers = [argument.number(scope, self.name) for argument in self.arguments]
        return BUILT_INS[self.name].function(*numbers)


@dataclass(frozen=True)
class FunctionCall(Node):
    """`f(a, b)`, f being one of the file's functions."""

    name: str
    arguments: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments

    def value(self, scope: Scope) -> Value:
        """The body's value; a fault inside the body is reported at this call."""
        function = self._function(scope)
        inner = self._enter(scope, function, [a.value(scope) for a in self.arguments])
        try:
            return function.body.root.value(inner)
        except ExpressionError as error:
            # a cycle's message names all functions of it already
            within = "" if error.code == "NS310" else f"in {self.name}: "
            raise self.place.error(error.code, within + error.message, error.hints) from error

    def _function(self, scope: Scope) -> Function:
        function = scope.functions.get(self.name)
        if function is None:
            hints = did_you_mean(self.name, {*scope.functions, *BUILT_INS})
            raise self.place.error("NS304", f"no function {self.name}", hints)
        wanted, given = len(function.parameters), len(self.arguments)
        if wanted != given:
            signature = f"{self.name}({', '.join(function.parameters)})"
            message = f"{signature} is called with {given} arguments, not {wanted}"
            raise self.place.error("NS307", message)
        return function

    def _enter(self, scope: Scope, function: Function, values: list[Value]) -> Scope:
        calls = (*scope.calls, self.name)
        if self.name in scope.calls:
            cycle = calls[calls.index(self.name) :]
            raise self.place.error("NS310", f"a function calls itself: {' → '.join(cycle)}")
        levels = scope.levels + function.body.root.height
        if levels > LEVELS_AT_MOST:
            message = f"functions within functions go over {LEVELS_AT_MOST} levels"
            raise self.place.error("NS309", message)
        if not scope.budget.spend():
            raise self.place.error("NS309", f"the expression makes more than {CALLS_AT_MOST} calls")
        arguments = dict(zip(function.parameters, values, strict=True))
        names = scope.names if function.names is None else function.names
        return replace(scope, names=names, arguments=arguments, calls=calls, levels=levels)


@dataclass(frozen=True)
class Expression:
    """A parsed expression, with the text that it was read from."""

    text: str
    root: Node

    @cached_property
    def names(self) -> frozenset[str]:
        """Free names: parameters, and sizes of the input as `in.height`."""
        return frozenset(node.name for node in walk(self.root) if isinstance(node, Name))

    @cached_property
    def calls(self) -> frozenset[str]:
        """Names of the file's functions that it calls; built-in functions are left out."""
        return frozenset(node.name for node in walk(self.root) if isinstance(node, FunctionCall))


@dataclass(frozen=True)
class Function:
    """A file's function: an expression in its parameters and the file's.

    `names` are the file's parameters, once they are bound; until then it sees what its caller sees.
    """

    parameters: tuple[str, ...]
    body: Expression
    names: Mapping[str, Value] | None = None


class Budget:
    """How many calls an evaluation may still make."""

    def __init__(self, calls: int) -> None:
        self._left = calls

    def spend(self) -> bool:
        """Take one call; false when none is left."""
        self._left -= 1
        return self._left >= 0


@dataclass(frozen=True)
class Scope:
    """What an expression sees: in a function's body its arguments, before all other names."""

    names: Mapping[str, Value]
    functions: Mapping[str, Function]
    sizes: Mapping[str, Value]
    budget: Budget
    arguments: Mapping[str, Value]
    calls: tuple[str, ...] = ()
    levels: int = 0


NO_FUNCTIONS: Mapping[str, Function] = MappingProxyType({})
NO_SIZES: Mapping[str, Value] = MappingProxyType({})


def evaluate(
    expression: Expression,
    names: Mapping[str, Value],
    functions: Mapping[str, Function] = NO_FUNCTIONS,
    sizes: Mapping[str, Value] = NO_SIZES,
) -> Value:
    """What the expression is worth; raises `ExpressionError`.

    Sizes of the step's input are looked up as `in.height`, `in.width`, `in.channels`, in `sizes`
    or among the names; they reach into functions too. A function's body sees its own arguments and
    the file's parameters, never its caller's arguments. A float stays a float, integral or not.
    """
    return expression.root.value(Scope(names, functions, sizes, Budget(CALLS_AT_MOST), {}))


def free_names(expression: Expression, functions: Mapping[str, Function]) -> frozenset[str]:
    """The names that the expression's value rests on, those of functions that it calls included."""
    found = set(expression.names)
    waiting, met = list(expression.calls), set(expression.calls)
    while waiting:
        function = functions.get(waiting.pop())
        if function is not None:
            found |= function.body.names.difference(function.parameters)
            waiting += function.body.calls - met
            met |= function.body.calls
    return frozenset(found)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)

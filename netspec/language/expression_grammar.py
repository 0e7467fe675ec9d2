"""From an expression's text to its tree by precedence climbing. Never `eval`, never `ast`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from netspec.language.expression_tokens import INPUT_SIZES, Token, tokens
from netspec.language.expression_tree import (
    BuiltInCall,
    Chain,
    Comparison,
    Conditional,
    FunctionCall,
    Literal,
    Logic,
    Name,
    Node,
    Not,
    Sign,
    Term,
)
from netspec.language.expression_values import BUILT_INS, Place, bounded
from netspec.limits import Limits

WORDS: Final = frozenset({"if", "else", "and", "or", "not", "in", "true", "false"})
WORDS_ELSEWHERE: Final = {"True": "true", "False": "false"}


def parse_tree(text: str, start: int, end: int, limits: Limits) -> Node:
    """The tree of text[start:end]; places in it and in errors count from the whole text's start.

    NS309 past the limits on length and nesting, NS307 where the text is not of the grammar, NS308
    for a number that is too large.
    """
    if len(text) > limits.expression_length:
        most = limits.expression_length
        message = f"the expression is longer than {most} characters"
        raise Place(most, len(text) - most).error(
            "NS309", message, limits.hints("expression_length", len(text))
        )
    parser = _Parser(list(tokens(text, start, end)), limits)
    root = parser.expression(LOWEST)
    if parser.token.kind != "end":
        message = f"{parser.token.told} does not continue the expression"
        raise parser.token.place.error("NS307", message)
    return root


class _Parser:
    """A cursor over the tokens. `expression` climbs: it takes operators of a strength and above."""

    def __init__(self, tokens: list[Token], limits: Limits) -> None:
        self._tokens = tokens
        self._limits = limits
        self._next = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """The next token, and go past it; the end stays."""
        token = self.token
        self._next += token.kind != "end"
        return token

    def expect(self, text: str, where: str) -> None:
        """Go past this very token; NS307 if it is another."""
        if self.token.text != text:
            message = f"{where} wants {text!r}; {self.token.told} was found"
            raise self.token.place.error("NS307", message)
        self.take()

    def since(self, offset: int) -> Place:
        """From the offset to the end of the token last taken."""
        last = self._tokens[self._next - 1]
        return Place(offset, last.offset + len(last.text) - offset)

    def expression(self, strength: int) -> Node:
        """An operand, with all that operators of at least this strength join to it."""
        self._depth += 1
        start = self.token.offset
        self._refuse_depth(self._depth, self.token.place)
        node = self._operand(strength)
        while (infix := self._infix()) and infix.strength >= strength:
            node = infix.parse(self, node, start)
            self._refuse_depth(node.height, node.place)
        self._depth -= 1
        return node

    def _refuse_depth(self, depth: int, place: Place) -> None:
        most = self._limits.expression_depth
        if depth > most:
            message = f"the expression is nested more than {most} levels deep"
            raise place.error("NS309", message, self._limits.hints("expression_depth"))

    def _infix(self) -> Infix | None:
        return INFIXES.get(self.token.text)

    def _operand(self, strength: int) -> Node:
        token = self.take()
        prefix = PREFIXES.get(token.text)
        if prefix:
            if prefix.strength < strength:
                hints = (f"put `{token.text} …` into parentheses",)
                raise token.place.error("NS307", f"{token.text!r} can't stand here", hints)
            return prefix.parse(self, token)
        leaf = LEAVES.get(token.kind)
        if leaf is None:
            raise token.place.error("NS307", f"a value is missing here; {token.told} was found")
        return leaf(self, token)

    def sign(self, token: Token) -> Node:
        """`-a`."""
        operand = self.expression(SIGN)
        return Sign(self.since(token.offset), token.text, operand)

    def negation(self, token: Token) -> Node:
        """`not a`."""
        operand = self.expression(NOT)
        return Not(self.since(token.offset), operand)

    def group(self, token: Token) -> Node:
        """`(a)`."""
        node = self.expression(LOWEST)
        self.expect(")", f"the parenthesis opened at character {token.offset + 1}")
        return node

    def chain(self, first: Node, start: int) -> Node:
        """`a + b - c` from its first operator on."""
        strength = INFIXES[self.token.text].strength
        rest = []
        while (infix := self._infix()) and infix.strength == strength:
            symbol = self.take().text
            rest.append(Term(symbol, self.expression(strength + 1)))
        return Chain(self.since(start), first, tuple(rest))

    def comparison(self, left: Node, start: int) -> Node:
        """`a < b`, which no further comparison may follow."""
        symbol = self.take().text
        right = self.expression(COMPARISON + 1)
        following = self._infix()
        if following and following.strength == COMPARISON:
            hints = ("write `a < b and b < c`",)
            raise self.token.place.error("NS307", "comparisons can't be chained", hints)
        return Comparison(self.since(start), left, symbol, right)

    def logic(self, first: Node, start: int) -> Node:
        """`a or b or c` from its first word on."""
        word = self.token.text
        operands = [first]
        while self.token.text == word:
            self.take()
            operands.append(self.expression(INFIXES[word].strength + 1))
        return Logic(self.since(start), word, tuple(operands))

    def conditional(self, then: Node, start: int) -> Node:
        """`a if c else b` from `if` on; a further `if` belongs to b."""
        self.take()
        condition = self.expression(LOWEST + 1)
        self.expect("else", "`a if c`")
        return Conditional(self.since(start), then, condition, self.expression(LOWEST))

    def number(self, token: Token) -> Node:
        """`12`, `.5` or `1e-3`."""
        follower = self.token
        touching = follower.offset == token.offset + len(token.text)
        if touching and follower.kind in {"number", "name", "size"}:
            told = (token.text + follower.text)[:40]
            raise token.place.error("NS307", f"{told!r} is not a number")
        most = self._limits.number_length
        if len(token.text) > most:
            message = f"the number is longer than {most} characters"
            hints = self._limits.hints("number_length", len(token.text))
            raise token.place.error("NS309", message, hints)
        if not token.text.isdigit():
            return Literal(token.place, bounded(float(token.text), token.place))
        if token.text != "0" and token.text.startswith("0"):
            message = f"the number {token.text} starts with a zero"
            raise token.place.error("NS307", message, ("leave it out",))
        return Literal(token.place, bounded(int(token.text), token.place))

    def string(self, token: Token) -> Node:
        """`'relu'`; there are no escapes."""
        return Literal(token.place, token.text[1:-1])

    def input_size(self, token: Token) -> Node:
        """`in.height`."""
        if token.text not in INPUT_SIZES:
            hints = (f"there are {', '.join(INPUT_SIZES)}",)
            raise token.place.error("NS307", f"`in` has no {token.text[3:43]!r}", hints)
        return Name(token.place, token.text)

    def name(self, token: Token) -> Node:
        """A parameter, a call, `true` or `false`."""
        name = token.text
        if name in {"true", "false"}:
            return Literal(token.place, name == "true")
        if name in WORDS:
            hints = (f"there are {', '.join(INPUT_SIZES)}",) if name == "in" else ()
            raise token.place.error("NS307", f"a value is missing here; {name!r} was found", hints)
        if name in WORDS_ELSEWHERE:
            hints = (f"write {WORDS_ELSEWHERE[name]}",)
            raise token.place.error("NS307", f"{name} is not a word of the language", hints)
        if name.startswith("_") or "__" in name:
            why = "it begins with an underscore or has two in a row"
            raise token.place.error("NS307", f"{token.told} is not a name: {why}")
        return self._call(token) if self.token.text == "(" else Name(token.place, name)

    def _call(self, token: Token) -> Node:
        arguments = self._arguments()
        place = self.since(token.offset)
        built_in = BUILT_INS.get(token.text)
        if built_in is None:
            node: Node = FunctionCall(place, token.text, arguments)
        else:
            if not built_in.takes(len(arguments)):
                given = f"{len(arguments)} {'is' if len(arguments) == 1 else 'are'} given"
                raise place.error("NS307", f"{token.text} takes {built_in.wanted}; {given}")
            node = BuiltInCall(place, token.text, arguments)
        self._refuse_depth(node.height, place)
        return node

    def _arguments(self) -> tuple[Node, ...]:
        self.take()
        arguments: list[Node] = []
        while self.token.text != ")" or arguments:
            arguments.append(self.expression(LOWEST))
            if self.token.text != ",":
                break
            self.take()
        self.expect(")", "a call")
        return tuple(arguments)


class Infix(NamedTuple):
    """How strongly an operator between two operands binds, and what parses it."""

    strength: int
    parse: Callable[[_Parser, Node, int], Node]


class Prefix(NamedTuple):
    """How strongly an operator before its operand binds, and what parses it."""

    strength: int
    parse: Callable[[_Parser, Token], Node]


# From the weakest; the order is Python's.
LOWEST: Final = 1
OR: Final = 2
AND: Final = 3
NOT: Final = 4
COMPARISON: Final = 5
SUM: Final = 6
PRODUCT: Final = 7
SIGN: Final = 8
CLOSED: Final = 9

INFIXES: Final[dict[str, Infix]] = {
    "if": Infix(LOWEST, _Parser.conditional),
    "or": Infix(OR, _Parser.logic),
    "and": Infix(AND, _Parser.logic),
    "==": Infix(COMPARISON, _Parser.comparison),
    "!=": Infix(COMPARISON, _Parser.comparison),
    "<": Infix(COMPARISON, _Parser.comparison),
    "<=": Infix(COMPARISON, _Parser.comparison),
    ">": Infix(COMPARISON, _Parser.comparison),
    ">=": Infix(COMPARISON, _Parser.comparison),
    "+": Infix(SUM, _Parser.chain),
    "-": Infix(SUM, _Parser.chain),
    "*": Infix(PRODUCT, _Parser.chain),
    "/": Infix(PRODUCT, _Parser.chain),
    "//": Infix(PRODUCT, _Parser.chain),
    "%": Infix(PRODUCT, _Parser.chain),
}
PREFIXES: Final[dict[str, Prefix]] = {
    "-": Prefix(SIGN, _Parser.sign),
    "+": Prefix(SIGN, _Parser.sign),
    "not": Prefix(NOT, _Parser.negation),
    "(": Prefix(CLOSED, _Parser.group),
}
LEAVES: Final[dict[str, Callable[[_Parser, Token], Node]]] = {
    "number": _Parser.number,
    "string": _Parser.string,
    "size": _Parser.input_size,
    "name": _Parser.name,
}

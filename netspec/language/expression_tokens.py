"""The words of an expression's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from netspec.language.expression_values import Place

INPUT_SIZES: Final = ("in.height", "in.width", "in.channels")

_TOKEN: Final = re.compile(
    r"""
      (?P<space>    [ \t\r\n]+ )
    | (?P<number>   (?: [0-9]+ \.? [0-9]* | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
    | (?P<size>     in\.[A-Za-z0-9_]* )
    | (?P<name>     [A-Za-z_][A-Za-z0-9_]* )
    | (?P<string>   '[^']*' | "[^"]*" )
    | (?P<operator> == | != | <= | >= | // | \*(?!\*) | [-+/%()<>,] )
    | (?P<foreign>  \*\* | && | \|\| | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_FOREIGN: Final = {
    "**": ("no such operator: **", "there are no powers; multiply"),
    "&&": ("no such operator: &&", "write `and`"),
    "||": ("no such operator: ||", "write `or`"),
    "!": ("no such operator: !", "write `not`"),
    "=": ("no such operator: =", "compare by =="),
    "^": ("no such operator: ^", "there are no powers; multiply"),
    "?": ("no such operator: ?", "write `a if c else b`"),
    "$": ("a $ only begins an expression", "inside it, names stand without $"),
    ".": ("only `in` has attributes", f"they are {', '.join(INPUT_SIZES)}"),
    "'": ("a string without its closing '", "close it"),
    '"': ('a string without its closing "', "close it"),
}


class Token(NamedTuple):
    """A word of the text. `kind` is a group of the token pattern, or `end`."""

    kind: str
    text: str
    offset: int

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.offset, len(self.text))

    @property
    def told(self) -> str:
        """The token as messages name it."""
        return f"{self.text[:40]!a}" if self.kind != "end" else "the end"


def tokens(text: str, start: int, end: int) -> Iterator[Token]:
    """The tokens of text[start:end], then `end`; NS307 at the first that means nothing."""
    for match in _TOKEN.finditer(text, start, end):
        token = Token(match.lastgroup or "", match.group(), match.start())
        if token.kind == "foreign":
            character = f"the character {token.told} has no meaning in expressions"
            message, *hints = _FOREIGN.get(token.text, (character,))
            raise token.place.error("NS307", message, hints)
        if token.kind != "space":
            yield token
    yield Token("end", "", end)

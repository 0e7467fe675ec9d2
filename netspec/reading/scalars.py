"""What a plain scalar means: YAML 1.2 core, less every number that readers disagree on."""

from __future__ import annotations

import math
import re

PlainScalar = None | bool | int | float | str

WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# YAML 1.1 reads these as booleans too: fine as values here (strings), a trap as keys
OLD_BOOLEANS = frozenset(
    w for word in ("yes", "no", "on", "off") for w in (word, word.title(), word.upper())
)

NUMBER_STARTS = frozenset("+-.0123456789")
INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
OTHER_BASE = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)")
UNDERSCORED = re.compile(r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9_]+)?")
NUMBER = re.compile("|".join(f.pattern for f in (FLOAT, NOT_FINITE, OTHER_BASE, UNDERSCORED)))
LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")

OR_QUOTE = "or quote it if a string is meant"
DIGITS_AT_ONCE = 600  # below the least bound that Python may be told to set on the digits of an int


class BadNumber(ValueError):
    """A text that looks like a number and must not be read as one; `hint` says what to write."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


def resolve(text: str, number_length: int = 64) -> PlainScalar:
    """The value of a plain (unquoted) scalar; `BadNumber` if it looks like a number but is refused.

    >>> [resolve(text) for text in ("12", "1e-3", "True", "no", "1:30", "~")]
    [12, 0.001, True, 'no', '1:30', None]
    """
    if text in WORDS:
        return WORDS[text]
    if text[0] not in NUMBER_STARTS or not _looks_like_number(text):
        return text
    if len(text) > number_length:
        raise BadNumber(
            f"a number of {len(text)} characters; at most {number_length} are read",
            f"shorten it, {OR_QUOTE}",
        )
    return _number(text)


def taken_for(text: str) -> str | None:
    """What YAML 1.1 or 1.2 reads a plain key as, if not as a string: `a number`, say."""
    if text in OLD_BOOLEANS or isinstance(WORDS.get(text), bool):
        return "a boolean"
    if text in WORDS:
        return "null"
    return "a number" if text[0] in NUMBER_STARTS and _looks_like_number(text) else None


def _looks_like_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


def _number(text: str) -> int | float:
    if OTHER_BASE.fullmatch(text):
        raise BadNumber(f"`{text}` is not a decimal number", f"write it in decimal, {OR_QUOTE}")
    if "_" in text:
        raise BadNumber(f"`{text}` has underscores", f"write it without them, {OR_QUOTE}")
    if LEADING_ZERO.fullmatch(text):
        raise BadNumber(
            f"`{text}` starts with a zero, which some readers take for octal",
            f"write it without leading zeros, {OR_QUOTE}",
        )
    if INTEGER.fullmatch(text):
        return _integer(text)
    if NOT_FINITE.fullmatch(text) or not math.isfinite(float(text)):
        raise BadNumber(f"`{text}` is not a finite number", f"write a finite number, {OR_QUOTE}")
    return float(text)


def _integer(text: str) -> int:
    """The int of decimal digits with an optional sign, whatever their number."""
    if len(text) <= DIGITS_AT_ONCE:
        return int(text)
    digits = text.lstrip("+-")
    value = 0
    for start in range(0, len(digits), DIGITS_AT_ONCE):
        part = digits[start : start + DIGITS_AT_ONCE]
        value = value * 10 ** len(part) + int(part)
    return -value if text[0] == "-" else value

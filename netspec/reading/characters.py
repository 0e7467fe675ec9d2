"""From bytes to text that holds nothing unseen: UTF-8 without control and format characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from netspec.diagnostics import Diagnostic, Source, Span, SpecError

BYTE_ORDER_MARK = "\ufeff"
SHOWN_PLACES = 5

# Cc: C0, DEL and C1, with U+0085. Cf: bidirectional, zero-width and other format characters.
# Cs: surrogates. Zl, Zp: U+2028 and U+2029
FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
NONCHARACTER = 0xFFFE  # and 0xFFFF, in every plane


def decode(name: str, data: bytes) -> Source:
    """The source of these UTF-8 bytes, without a byte order mark; NS103 if they are not UTF-8."""
    try:
        return Source(name, data.decode("utf-8").removeprefix(BYTE_ORDER_MARK))
    except UnicodeDecodeError as error:
        before = len(data[: error.start].decode("utf-8").removeprefix(BYTE_ORDER_MARK))
        text = data.decode("utf-8", errors="replace").removeprefix(BYTE_ORDER_MARK)
        message = f"byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        hint = "the file looks like UTF-16; " if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        span = span_at(Source(name, text), before, 1)
        raise SpecError(
            [Diagnostic("NS103", message, span, hints=(f"{hint}save it as UTF-8",))]
        ) from None


def with_plain_line_ends(text: str) -> str:
    """The text with CRLF and CR turned into LF, so that lines and columns stay what they are."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def forbidden(char: str) -> bool:
    """Whether a spec must not hold this character, raw or as an escape."""
    if char in "\t\n\r":
        return False
    if ord(char) & NONCHARACTER == NONCHARACTER:
        return True
    return unicodedata.category(char) in FORBIDDEN_CATEGORIES


def describe(char: str) -> str:
    """The character's number, and its Unicode name if it has one: `U+200B (ZERO WIDTH SPACE)`."""
    name = unicodedata.name(char, "")
    return f"U+{ord(char):04X} ({name})" if name else f"U+{ord(char):04X}"


def find_forbidden(source: Source) -> Iterator[Diagnostic]:
    """An NS104 for each of the first forbidden characters; the last says how many more follow."""
    bad = sorted(char for char in set(source.text) if forbidden(char))
    if not bad:
        return
    count = sum(source.text.count(char) for char in bad)
    places = re.finditer("|".join(map(re.escape, bad)), source.text)
    for number, place in zip(range(1, SHOWN_PLACES + 1), places, strict=False):
        left = count - number if number == SHOWN_PLACES else 0
        more = (f"{left} more such characters follow",) if left else ()
        message = f"the character {describe(place[0])} is not allowed"
        span = span_at(source, place.start(), 1)
        yield Diagnostic("NS104", message, span, hints=("delete it", *more))


def span_at(source: Source, index: int, length: int) -> Span:
    """The span of some characters of one line, the first at this index of the source's text."""
    before = with_plain_line_ends(source.text[:index])
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return Span(source, line, column, line, column + length)

"""How wide text is, without any font: the advance widths of Helvetica.

Arial, Liberation Sans, Nimbus Sans and Arimo have the same; what a reader's machine has in their
place is told to take as much, and `SLACK` is left for what does not listen.
Source: Adobe's Font Metrics files of Helvetica and Helvetica-Bold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import ceil

FAMILIES = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', Arimo, 'DejaVu Sans', sans-serif"
SLACK = 1.04
UNKNOWN = 1000
"""A character that is not in the tables is as wide as it is high."""
ELLIPSIS = "…"

_REGULAR = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft·",
    333: "-()`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckvsxyz",
    556: "#$0123456789?L_abdeghnopqu–",
    584: "+<=>~×−±",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…→",
    1015: "@",
}
_BOLD = {
    238: "'",
    278: " ,./I\\ijl·",
    280: "|",
    333: "!():;-[]`ft",
    389: "*r{}",
    474: '"',
    500: "z",
    556: "#$0123456789J_aceksvxy–",
    584: "+<=>^~×−±",
    611: "?FLTZbdghnopqu",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%m",
    944: "W",
    975: "@",
    1000: "…→",
}


def _by_character(table: Mapping[int, str]) -> Mapping[str, int]:
    return {character: units for units, characters in table.items() for character in characters}


UNITS: Mapping[str, Mapping[str, int]] = {
    "regular": _by_character(_REGULAR),
    "bold": _by_character(_BOLD),
}
"""Thousandths of the font's size, by weight and character."""


@lru_cache(maxsize=8192)
def exact_width(text: str, size: float, weight: str = "regular") -> float:
    """Pixels that a line takes in Helvetica of that many pixels."""
    units = UNITS[weight]
    return sum(units.get(character, UNKNOWN) for character in text) * size / 1000


def width(text: str, size: float, weight: str = "regular") -> int:
    """Pixels that a line takes in a font of that many pixels, some slack included; rounded up.

    >>> width("3×3 conv, 96", 12), width("", 12)
    (72, 0)
    """
    return ceil(exact_width(text, size, weight) * SLACK)


def fitted(text: str, room: float, size: float, weight: str = "regular") -> str:
    """The line, cut short with an ellipsis where it is wider than the room."""
    if width(text, size, weight) <= room:
        return text
    return next((cut for cut in _cuts(text) if width(cut, size, weight) <= room), ELLIPSIS)


def _cuts(text: str) -> Iterator[str]:
    """Ever shorter beginnings."""
    for end in range(min(len(text), 200), 0, -1):
        yield f"{text[:end].rstrip()}{ELLIPSIS}"

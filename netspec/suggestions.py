"""What a mistyped word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

LOOKED_AT = 100
"""Comparing costs time: of very many known words only the first plausible ones are looked at."""


def nearest(word: str, known: Iterable[str], at_most: int = 3) -> list[str]:
    """The known words closest to this one, the closest first; none if nothing is close.

    >>> nearest("kernal", ["stride", "kernel", "padding"])
    ['kernel']
    """
    folded = word.lower()[:64]
    plausible = (k for k in sorted(known) if _plausible(folded, k.lower()))
    by_folded = {k.lower(): k for k in islice(plausible, LOOKED_AT)}
    found = get_close_matches(folded, by_folded, n=at_most, cutoff=0.6)
    return [by_folded[f] for f in found]


def _plausible(word: str, known: str) -> bool:
    """Whether the words may match by 60 %: near in length, an end or start in common."""
    longest = max(len(word), len(known))
    if 3 * longest > 7 * min(len(word), len(known)):  # 2 * shorter / (both) < 0.6
        return False
    return word[:1] == known[:1] or word[-1:] == known[-1:] or word[1:3] in known


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """A hint `did you mean X?`, ready for a diagnostic; empty if nothing is close."""
    close = nearest(word, known)
    return (f"did you mean {' or '.join(close)}?",) if close else ()

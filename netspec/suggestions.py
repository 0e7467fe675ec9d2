"""What a mistyped word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], at_most: int = 3) -> list[str]:
    """The known words closest to this one, the closest first; none if nothing is close."""
    by_folded = {k.lower(): k for k in sorted(known)}
    found = get_close_matches(word.lower()[:64], by_folded, n=at_most, cutoff=0.6)
    return [by_folded[f] for f in found]


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """A hint `did you mean X?`, ready for a diagnostic; empty if nothing is close."""
    close = nearest(word, known)
    return (f"did you mean {' or '.join(close)}?",) if close else ()

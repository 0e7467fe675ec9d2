"""Finds what refers to itself, directly or through others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

FOUND_AT_MOST = 10


def find_cycles(references: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The first cycles of a graph, each from a name back to it; none only if there is none.

    Linear, and without recursion.

    >>> find_cycles({"a": ["b"], "b": ["c", "a"], "c": []})
    [['a', 'b', 'a']]
    """
    found: list[list[str]] = []
    finished: set[str] = set()
    for start in references:
        if start not in finished:
            wanted = FOUND_AT_MOST - len(found)
            found += islice(_from(start, references, finished), wanted)
        if len(found) == FOUND_AT_MOST:
            break
    return found


def _from(
    start: str, references: Mapping[str, Sequence[str]], finished: set[str]
) -> Iterator[list[str]]:
    """The cycles met on a walk from `start`; `chain` is the way from there to here."""
    chain = {start: iter(references[start])}
    while chain:
        name = next(reversed(chain))
        following = next(chain[name], None)
        if following is None:
            finished.add(name)
            del chain[name]
        elif following in chain:
            names = list(chain)
            yield [*names[names.index(following) :], following]
        elif following in references and following not in finished:
            chain[following] = iter(references[following])

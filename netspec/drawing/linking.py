"""Finds what each group takes from outside and gives to others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from netspec.drawing.scene import Arrangement, Box, Group, Item


def group(path: str, arrangement: Arrangement, items: Iterable[Item], result: str) -> Group:
    """Items as a group, which for now gives but its result; `linked` finds what it gives to whom.

    A result that none of the items makes passes by.
    """
    kept = tuple(items)
    made = set(chain.from_iterable(_made(item) for item in kept))
    needed = dict.fromkeys(chain.from_iterable(item.takes for item in kept))
    takes = tuple(value for value in needed if value not in made)
    own = result if result in made else ""
    return Group(path, arrangement, kept, takes, (own,) if own else (), own)


def _made(item: Item) -> Iterable[str]:
    return (box.path for box in item.boxes()) if isinstance(item, Group) else item.gives


def linked(body: Group) -> Group:
    """The group with what every group within it gives to others, the results first."""
    uses = Counter(chain.from_iterable(box.takes for box in body.boxes()))
    return _linked(body, uses)[0]


def _linked(whole: Group, uses: Counter[str]) -> tuple[Group, Counter[str]]:
    """A group, and how often each value of its own is taken within it."""
    items: list[Item] = []
    inside: Counter[str] = Counter()
    for item in whole.items:
        if isinstance(item, Box):
            inside.update(item.takes)
            items.append(item)
        else:
            inner, counted = _linked(item, uses)
            inside += counted
            items.append(inner)
    given = (value for item in items for value in item.gives)
    wanted = dict.fromkeys(value for value in given if uses[value] > inside[value])
    gives = tuple(sorted(wanted, key=lambda value: value != whole.result))
    return replace(whole, items=tuple(items), gives=gives), inside

"""One order for the steps of two specs, in which each keeps its own as far as that can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netspec.comparing.ordering import in_order
from netspec.comparing.pairs import Pairs
from netspec.language.tree import Step

Steps = Sequence[Step]
Found = tuple[Step | None, Step | None, bool]


def merged(ones: Sequence[Steps], others: Sequence[Steps], pairs: Pairs) -> Iterator[Found]:
    """Every step of A and of B once, with its partner, and whether it moved, in B's order.

    A step of A alone stands behind the one that it followed, or first in its list.
    """
    for one, other in zip(ones, others, strict=True):
        yield from _lists(one, other, pairs)


def _lists(ones: Steps, others: Steps, pairs: Pairs) -> Iterator[Found]:
    places = {step.path: index for index, step in enumerate(ones)}
    partners = [pairs.to_a.get(step.path) for step in others]
    met = [(p.path, places[p.path]) for p in partners if p and p.path in places]
    still = {met[index][0] for index in in_order([place for _, place in met])}
    behind = _behind(ones, {path for path, _ in met}, pairs)
    yield from _alone(behind.get("", ()), pairs)
    for b, a in zip(others, partners, strict=True):
        yield a, b, a is not None and a.path not in still
        yield from _lists(a.children if a else (), b.children, pairs)
        if a:
            yield from _alone(behind.get(a.path, ()), pairs)


def _behind(ones: Steps, here: set[str], pairs: Pairs) -> dict[str, list[Step]]:
    """The steps of A alone, by the path of the last one before them with a partner in the list."""
    found: dict[str, list[Step]] = {}
    last = ""
    for step in ones:
        if step.path in here:
            last = step.path
        elif step.path not in pairs.to_b:
            found.setdefault(last, []).append(step)
    return found


def _alone(steps: Steps, pairs: Pairs) -> Iterator[Found]:
    """Steps of A alone, each before what it holds; what has a partner stands at the partner's."""
    for step in steps:
        if step.path not in pairs.to_b:
            yield step, None, False
            yield from _alone(step.children, pairs)

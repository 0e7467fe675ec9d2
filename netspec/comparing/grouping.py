"""Equal changes told once: those of one field that come from one place, with all their steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netspec.comparing.alignment import Row
from netspec.comparing.causes import WIDENED, Cause
from netspec.comparing.difference import Changed, Difference
from netspec.comparing.fields import OP, Effect, in_brief
from netspec.diagnostics import Span
from netspec.language.tree import Step, blocks_around

MANY_VALUES = ("parameter", "function")
"""Causes of which one gives many values."""
ONE_PLACE = (*MANY_VALUES, "defaults", "set")
"""Causes that are one place for many steps; the others are one place for each use or step."""


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one field from one cause. `values` are the different ones, as told."""

    field: str
    effect: Effect
    cause: Cause | None
    changes: tuple[Changed, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """What became what, each once, in the order of steps."""
        told = (" → ".join(each.change.told) for each in self.changes)
        noted = (each.change.note for each in self.changes)
        lines = (
            f"{text} ({note})" if note else text for text, note in zip(told, noted, strict=True)
        )
        return tuple(dict.fromkeys(lines))

    @property
    def paths(self) -> tuple[str, ...]:
        """The steps in B."""
        return tuple(each.b.path for each in self.changes)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The places that made it so, each once."""
        spans = (each.cause.span for each in self.changes if each.cause)
        return tuple(dict.fromkeys(span for span in spans if span))


def groups(changed: Iterable[Changed]) -> tuple[Group, ...]:
    """The changes in groups, in the order of their first steps.

    Of a step whose op changed that alone is told, for all its fields come with it.
    """
    changed = list(changed)
    other_op = {each.b.path for each in changed if each.change.field == OP}
    found: dict[object, list[Changed]] = {}
    for each in changed:
        if each.change.field == OP or each.b.path not in other_op:
            found.setdefault(_key(each), []).append(each)
    return tuple(
        Group(first.change.field, first.effect, first.cause, tuple(members))
        for members in found.values()
        for first in members[:1]
    )


def _key(each: Changed) -> object:
    change, cause = each.change, each.cause
    if cause is None or cause.by not in ONE_PLACE:
        place = cause and (cause.by, cause.what)
        return change.field, each.effect, place, change.told, change.note
    if cause.by in MANY_VALUES or change.top in WIDENED:
        return change.field, each.effect, cause
    return change.field, each.effect, cause, change.told, change.note


@dataclass(frozen=True, slots=True)
class Alike:
    """Steps of one name and op that were added, removed or renamed together.

    `others` are those of A: the steps that had other names, or that were replaced.
    """

    steps: tuple[Step, ...]
    others: tuple[Step, ...] = ()


def outermost(steps: Sequence[Step]) -> list[Step]:
    """The steps that stand in none of the others."""
    paths = {step.path for step in steps}
    return [step for step in steps if not paths.intersection(blocks_around(step.path))]


def added(found: Difference) -> list[Alike]:
    """The steps that only B has, alike ones together."""
    return _alike(s for s in outermost(found.alignment.added) if s.path not in found.replaced)


def removed(found: Difference) -> list[Alike]:
    """The steps that only A has, alike ones together."""
    return _alike(s for s in outermost(found.alignment.removed) if s.path not in found.replaced)


def replaced(found: Difference) -> list[Alike]:
    """Steps that took the place of one of another kind at the same path, alike ones together."""
    gone = {step.path: step for step in found.alignment.removed}
    steps = [step for step in outermost(found.alignment.added) if step.path in found.replaced]
    groups: dict[object, list[Step]] = {}
    for step in steps:
        groups.setdefault((_look(gone[step.path]), _look(step)), []).append(step)
    return [Alike(tuple(s), tuple(gone[step.path] for step in s)) for s in groups.values()]


def _alike(steps: Iterable[Step]) -> list[Alike]:
    groups: dict[object, list[Step]] = {}
    for step in steps:
        groups.setdefault(_look(step), []).append(step)
    return [Alike(tuple(members)) for members in groups.values()]


def _look(step: Step) -> object:
    """What makes steps look alike in a list: blocks of one loop, leaves of one name."""
    inside = tuple((part.op and part.op.name) for part in step.walk())
    within, _, name = step.path.rpartition("/")
    looped = (step.origin.span, within) if step.children else (name, step.path.count("/"))
    return looped, step.op and in_brief(step.op), inside


def renamed(found: Difference) -> list[Alike]:
    """Steps with another name or place of their own, not that of a block around them."""
    rows = [row for row in found.renamed if _of_its_own(row, found)]
    groups: dict[object, list[tuple[Step, Step]]] = {}
    for row in rows:
        if row.a and row.b:
            groups.setdefault((row.a.name, row.b.name, row.moved), []).append((row.a, row.b))
    return [
        Alike(tuple(b for _, b in pairs), tuple(a for a, _ in pairs)) for pairs in groups.values()
    ]


def _of_its_own(row: Row, found: Difference) -> bool:
    if row.a is None or row.b is None:
        return False
    before, _, old = row.a.path.rpartition("/")
    after, _, new = row.b.path.rpartition("/")
    return row.moved or old != new or found.alignment.to_b.get(before, before) != after

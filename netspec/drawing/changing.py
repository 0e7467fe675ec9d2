"""What became of each step between two specs, in a word on its box and in full in its tooltip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from netspec.comparing.alignment import Alignment
from netspec.comparing.fields import EFFECTS, Effect, FieldChange, field_changes
from netspec.drawing import labels
from netspec.drawing.scene import Changes, Mark
from netspec.language.tree import Step
from netspec.ops.base import Op

EVERYWHERE = 0.75
"""A change that so great a share of the steps with that field have is said once, at the foot."""
AT_LEAST = 4
"""Such steps, for it to be said once."""

Told = tuple[str, str, str]
"""A field, what it was, and what it is."""


def changes_of(alignment: Alignment, gone: str) -> tuple[Changes, tuple[str, ...]]:
    """What became of each step of either spec, and what is said once of them all.

    Before the paths of removed steps stands `gone`. First values of weights change no picture.
    """
    marks: dict[str, Mark] = {step.path: Mark.ADDED for step in alignment.added}
    marks |= {gone + step.path: Mark.REMOVED for step in alignment.removed}
    notes: dict[str, str] = {}
    details: dict[str, tuple[str, ...]] = {}
    pairs = tuple(alignment.pairs)
    found = {b.path: tuple(map(_told, filter(_counts, field_changes(a, b)))) for a, b in pairs}
    common = _common([b.op for _, b in pairs if b.op], found)
    for a, b in pairs:
        changed = found[b.path]
        renamed = [f"was called {a.path}"] if a.path != b.path else []
        if lines := (*renamed, *map(_words, changed)):
            details[b.path] = lines
        if own := [change for change in changed if change not in common]:
            marks[b.path] = Mark.CHANGED
            notes[b.path] = _note(a, b, own)
    said = tuple(f"everywhere {_words(change)}" for change in common)
    return Changes(marks, notes, details), said


def _counts(change: FieldChange) -> bool:
    """Whether it is more than other first values."""
    effects = (EFFECTS.get(part) for part in change.field.split("."))
    return Effect.FIRST not in effects


def _told(change: FieldChange) -> Told:
    return (change.field, *change.told)


def _common(ops: Sequence[Op], found: Mapping[str, tuple[Told, ...]]) -> tuple[Told, ...]:
    """The changes that nearly all steps with that field have."""
    counted = Counter(change for changed in found.values() for change in changed)
    having = Counter(field for op in ops for field in op.options())
    return tuple(
        change
        for change, count in counted.items()
        if count >= max(AT_LEAST, EVERYWHERE * having[change[0].partition(".")[0]])
    )


def _note(a: Step, b: Step, own: Sequence[Told]) -> str:
    """What it was, where its title says what it is; else the first field that is changed."""
    if a.op and b.op and labels.title(a.op) != labels.title(b.op):
        return f"was {labels.title(a.op)}"
    more = f", {len(own) - 1} more" if len(own) > 1 else ""
    return f"{_words(own[0])}{more}"


def _words(change: Told) -> str:
    field, before, after = change
    return f"{field} {before} → {after}"

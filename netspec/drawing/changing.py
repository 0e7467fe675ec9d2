"""What became of each step between two specs, in a word on its box and in full in its tooltip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from netspec.comparing.alignment import Alignment
from netspec.drawing import labels
from netspec.drawing.scene import Changes, Mark
from netspec.language.tree import Tree
from netspec.ops.base import Op

EVERYWHERE = 0.75
"""A change that so great a share of the steps with that field have is said once, at the foot."""
AT_LEAST = 4
"""Such steps, for it to be said once."""
NAMED = 2
"""Changed fields that a box names."""

Change = tuple[str, str, str]
"""A field, what it was, and what it is."""


def changes_of(tree: Tree, alignment: Alignment, gone: str) -> tuple[Changes, tuple[str, ...]]:
    """What became of each step of a tree of both specs, and what is said once of them all.

    Before the paths of removed steps stands `gone`.
    """
    marks: dict[str, Mark] = {step.path: Mark.ADDED for step in alignment.added}
    marks |= {gone + step.path: Mark.REMOVED for step in alignment.removed}
    pairs = [(a, b) for a, b in alignment.pairs if a.op is not None and b.op is not None]
    found = {b.path: _changed(a.op, b.op) for a, b in pairs if a.op and b.op}
    common = _common([b.op for _, b in pairs if b.op], found)
    notes: dict[str, str] = {}
    details: dict[str, tuple[str, ...]] = {}
    for a, b in alignment.pairs:
        changed = found.get(b.path, ())
        own = [change for change in changed if change not in common]
        told = [f"was called {a.path}"] if a.path != b.path else []
        details[b.path] = (*told, *map(_words, changed))
        if own and a.op and b.op:
            marks[b.path] = Mark.CHANGED
            notes[b.path] = _note(a.op, b.op, own)
    said = tuple(f"everywhere: {_words(change)}" for change in common)
    return Changes(marks, notes, {path: lines for path, lines in details.items() if lines}), said


def _changed(before: Op, after: Op) -> tuple[Change, ...]:
    if before == after:
        return ()
    was, now = dict(_flat("", before.to_plain())), dict(_flat("", after.to_plain()))
    names = dict.fromkeys((*now, *was))
    pairs = ((name, was.get(name, "none"), now.get(name, "none")) for name in names)
    return tuple(pair for pair in pairs if pair[1] != pair[2])


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The plain fields of an op, those of its norm and the like by path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            name = path if key == "op" and path else f"{path}.{key}" if path else str(key)
            yield from _flat(name, inner)
    else:
        yield path, labels.plain(value)


def _common(ops: list[Op], found: Mapping[str, tuple[Change, ...]]) -> tuple[Change, ...]:
    """The changes that nearly all steps with that field have."""
    counted = Counter(change for changed in found.values() for change in changed)
    having = Counter(field for op in ops for field in op.options())
    return tuple(
        change
        for change, count in counted.items()
        if count >= max(AT_LEAST, EVERYWHERE * having[change[0].partition(".")[0]])
    )


def _note(before: Op, after: Op, own: list[Change]) -> str:
    """What it was, where its title says what it is; else the fields that are changed."""
    if labels.title(before) != labels.title(after):
        return f"was {labels.title(before)}"
    named = ", ".join(map(_words, own[:NAMED]))
    return f"{named}, …" if len(own) > NAMED else named


def _words(change: Change) -> str:
    field, before, after = change
    return f"{field} {before} → {after}"

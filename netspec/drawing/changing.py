"""What became of each step between two specs, in a word on its box and in full in its tooltip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from netspec.comparing.alignment import Alignment
from netspec.drawing import labels
from netspec.drawing.scene import Changes, Mark
from netspec.ops.base import Op

EVERYWHERE = 0.75
"""A change that so great a share of the steps with that field have is said once, at the foot."""
AT_LEAST = 4
"""Such steps, for it to be said once."""

Change = tuple[str, str, str]
"""A field, what it was, and what it is."""


def changes_of(alignment: Alignment, gone: str) -> tuple[Changes, tuple[str, ...]]:
    """What became of each step of either spec, and what is said once of them all.

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
    said = tuple(f"everywhere {_words(change)}" for change in common)
    return Changes(marks, notes, {path: lines for path, lines in details.items() if lines}), said


def _changed(before: Op, after: Op) -> tuple[Change, ...]:
    if before == after:
        return ()
    return tuple(_differences("", before.to_plain(), after.to_plain()))


def _differences(path: str, before: Any, after: Any) -> Iterator[Change]:
    """The fields that differ, those of a norm and the like by path, if it is of the same kind."""
    if before == after:
        return
    if _is_construct(before) and _is_construct(after) and before["op"] == after["op"]:
        for key in dict.fromkeys((*after, *before)):
            inner = f"{path}.{key}" if path else key
            yield from _differences(inner, before.get(key), after.get(key))
    elif path:
        yield path, _brief(before), _brief(after)
    else:
        yield "op", str(before["op"]), str(after["op"])


def _is_construct(value: Any) -> bool:
    return isinstance(value, Mapping) and "op" in value


def _brief(value: Any) -> str:
    """A value on one line; of a construct, what it is."""
    return str(value["op"]) if _is_construct(value) else labels.plain(value)


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
    """What it was, where its title says what it is; else the first field that is changed."""
    if labels.title(before) != labels.title(after):
        return f"was {labels.title(before)}"
    more = f", {len(own) - 1} more" if len(own) > 1 else ""
    return f"{_words(own[0])}{more}"


def _words(change: Change) -> str:
    field, before, after = change
    return f"{field} {before} → {after}"

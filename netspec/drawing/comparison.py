"""The picture of what makes one spec of another: both networks in one scene, each step marked.

P ─ X ─ N   and   P ─ Y ─ N      →      P ─┬─ + Y ─┬─ N
                                           └─ − X ─┘
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from netspec.amounts import rounded
from netspec.comparing.alignment import Alignment, align
from netspec.drawing.changing import changes_of
from netspec.drawing.composing import Subject
from netspec.drawing.pictures import Style, scene_of_subject
from netspec.drawing.scene import Changes, Mark, Scene
from netspec.language.globs import matches
from netspec.language.tree import Step, Tree

if TYPE_CHECKING:
    from netspec.spec import Spec

GONE = "−"
"""Before the path of a step that only the earlier spec has: a character of no step's name."""


def scene_of_changes(earlier: Spec, later: Spec, style: Style) -> Scene:
    """What the picture shows: blocks without a change are folded, where no depth is asked for.

    Raises `SpecError` as `pictures.scene_of` does, and `ValueError` where heat is asked for, too.
    """
    if style.heat:
        raise ValueError("colours show heat or changes, not both")
    alignment = align(earlier.tree, later.tree)
    tree = _Union(earlier.tree, later.tree, alignment).tree()
    changes, everywhere = changes_of(alignment, GONE)
    gone = {step.path for step in alignment.removed}
    rows = (replace(r, path=GONE + r.path) for r in earlier.summary().rows if r.path in gone)
    summary = replace(later.summary(), rows=(*later.summary().rows, *rows))
    if style.depth is None:
        unchanged = _unchanged((*tree.steps, *tree.heads), changes)
        folded = (p for p in unchanged if not any(matches(p, glob) for glob in style.opened))
        style = replace(style, folded=(*style.folded, *folded))
    scene = scene_of_subject(later, Subject(tree, summary, changes), style)
    facts = tuple(_facts(earlier, later))
    return replace(scene, facts=facts, notes=(*scene.notes, *everywhere), compared=True)


def _unchanged(steps: Iterable[Step], changes: Changes) -> Iterator[str]:
    """The blocks in which nothing has changed; of branches none, which show what changes meet."""
    for step in steps:
        if step.children and all(changes.mark(s.path) is Mark.SAME for s in step.walk()):
            yield step.path
        elif step.op is None:
            yield from _unchanged(step.children, changes)


def _facts(earlier: Spec, later: Spec) -> Iterator[str]:
    """What the whole network has become."""
    before, after = earlier.summary(), later.summary()
    named = earlier.name != later.name
    was, now = ((s.name if named else _file(s)) for s in (earlier, later))
    yield f"{was} → {now}" if was != now else f"changes of {was}"
    pairs = {
        "parameters": (before.total.trainable, after.total.trainable),
        "MACs": (before.total.macs, after.total.macs),
    }
    yield " · ".join(f"{_change(a, b)} {name}" for name, (a, b) in pairs.items())


def _file(spec: Spec) -> str:
    """What its file is called, which tells dialects of one network apart."""
    return PurePath(spec.document.source.name).stem


def _change(before: int, after: int) -> str:
    """`24.0 M → 27.1 M`, or the one figure."""
    return rounded(after) if before == after else f"{rounded(before)} → {rounded(after)}"


class _Union:
    """The later tree with the steps that only the earlier one has, each where it stood."""

    def __init__(self, earlier: Tree, later: Tree, alignment: Alignment) -> None:
        self.earlier, self.later = earlier, later
        self.to_a, self.to_b = alignment.to_a, alignment.to_b
        self.removed = {step.path for step in alignment.removed}
        self.partners = {b.path: a for a, b in alignment.pairs}

    def tree(self) -> Tree:
        steps = self._listed(self.later.steps, self.earlier.steps)
        heads = self._listed(self.later.heads, self.earlier.heads)
        union = replace(self.later, steps=steps, heads=heads)
        places = {step.path: n for n, step in enumerate(union.walk())}
        return replace(
            union,
            steps=tuple(self._connected(step, places, ()) for step in steps),
            heads=tuple(self._connected(step, places, ()) for step in heads),
        )

    def _listed(self, later: Sequence[Step], earlier: Sequence[Step]) -> tuple[Step, ...]:
        """The steps of a list, each removed one behind that which it followed."""
        kept = {step.path for step in later}
        behind: dict[str, list[Step]] = {}
        before = ""
        for step in earlier:
            if step.path in self.removed:
                behind.setdefault(before, []).append(self._ghost(step))
            elif self.to_b.get(step.path) in kept:
                before = self.to_b[step.path]
        found = behind.pop("", [])
        for step in later:
            found = [*found, self._merged(step), *behind.get(step.path, ())]
        return tuple(found)

    def _merged(self, step: Step) -> Step:
        partner = self.partners.get(step.path)
        children = self._listed(step.children, partner.children if partner else ())
        return replace(step, children=children)

    def _ghost(self, step: Step) -> Step:
        """A removed step with what was removed with it; it takes what its sources have become."""
        children = tuple(self._ghost(c) for c in step.children if c.path in self.removed)
        takes = tuple(self._now(path) for path in step.takes)
        return replace(step, path=GONE + step.path, children=children, takes=takes)

    def _now(self, path: str) -> str:
        if path == self.earlier.input_name:
            return self.later.input_name
        return GONE + path if path in self.removed else self.to_b.get(path, path)

    def _connected(self, step: Step, places: Mapping[str, int], around: tuple[str, ...]) -> Step:
        """The step with what it takes, ghosts only where they stand before it."""
        inside = (*around, step.path)
        children = tuple(self._connected(child, places, inside) for child in step.children)
        takes = step.takes if children else (*step.takes, *self._ghosts_taken(step))
        here = places[step.path]
        known = (t for t in takes if places.get(t, -1) < here and t not in inside)
        kept = tuple(dict.fromkeys(t for t in known if t in places or t == self.later.input_name))
        return replace(step, children=children, takes=kept or (self.later.input_name,))

    def _ghosts_taken(self, step: Step) -> tuple[str, ...]:
        """The removed steps that it took before."""
        partner = self.partners.get(step.path)
        taken = partner.takes if partner and not partner.children else ()
        return tuple(GONE + path for path in taken if path in self.removed)

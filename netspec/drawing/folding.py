"""What is drawn open: which blocks are folded into one box, and which equal steps into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from netspec.drawing.scene import Changes
from netspec.language import globs
from netspec.language.tree import Step, Tree

LEVELS_AT_MOST = 64
BLOCKS_ALIKE, STEPS_ALIKE = 2, 4
"""So many equal blocks, or equal single steps, behind each other are drawn once."""


@dataclass(frozen=True, slots=True)
class Folding:
    """What the reader asks for.

    `levels` of steps are shown, and below them what `opened` matches; what `folded` matches is one
    box. `unrolled` draws every one of equal steps. Globs are of paths, and don't cross a slash.
    """

    levels: int = LEVELS_AT_MOST
    opened: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    unrolled: bool = False

    def folds(self, step: Step) -> bool:
        """Whether a step that holds others is drawn as one box."""
        if any(globs.matches(step.path, glob) for glob in self.folded):
            return True
        if any(_opens(step.path, glob) for glob in self.opened):
            return False
        return step.path.count("/") + 1 >= self.levels


def _opens(path: str, glob: str) -> bool:
    """Whether a glob means the block, or something within it."""
    return globs.matches(path, glob) or globs.matches_within(path, glob)


class Runs:
    """Finds equal steps behind each other in one tree.

    Steps are equal if their ops have the same fields and the same outputs, and each takes but the
    one before it, whose inner values nobody else takes.
    """

    def __init__(self, tree: Tree, changes: Changes) -> None:
        self._changes = changes
        self._takers: dict[str, list[str]] = {}
        for step in tree.walk():
            for taken in step.takes:
                self._takers.setdefault(taken, []).append(step.path)
        for output in tree.outputs:
            self._takers.setdefault(output.path, []).append("")
        self._forms: dict[str, int] = {}
        self._known: dict[Any, int] = {}

    def of(self, steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
        """The steps of a list in order, equal ones together."""
        start = 0
        for end in range(1, len(steps) + 1):
            if end < len(steps) and self._follows(steps[end - 1], steps[end]):
                continue
            yield from _enough(tuple(steps[start:end]))
            start = end

    def _follows(self, before: Step, step: Step) -> bool:
        if self._form(before) != self._form(step) or step.takes != (before.path,):
            return False
        return all(
            self._is_within(taker, inner.path, before, step)
            for inner in before.walk()
            for taker in self._takers.get(inner.path, ())
        )

    def _is_within(self, taker: str, taken: str, before: Step, step: Step) -> bool:
        if taker.startswith(f"{before.path}/"):
            return True
        return taken == before.path and (taker == step.path or taker.startswith(f"{step.path}/"))

    def _form(self, step: Step) -> int:
        """A number that equal steps share, whatever they are called; what they hold has names."""
        if step.path not in self._forms:
            inner = tuple((child.name, self._form(child)) for child in step.children)
            takes = tuple(self._relative(child, step) for child in step.children)
            told = (self._changes.mark(step.path), self._changes.notes.get(step.path))
            form = (step.op, step.template, inner, takes, tuple(step.output.dims), told)
            self._forms[step.path] = self._known.setdefault(form, len(self._known))
        return self._forms[step.path]

    def _relative(self, child: Step, parent: Step) -> tuple[str, ...]:
        """What a child takes, as its parent has it."""
        inside = f"{parent.path}/"
        inflow = dict.fromkeys(parent.takes, "in")
        return tuple(inflow.get(path, path.removeprefix(inside)) for path in child.takes)


def _enough(run: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    if len(run) >= (BLOCKS_ALIKE if run[0].children else STEPS_ALIKE):
        yield run
    else:
        yield from ((step,) for step in run)

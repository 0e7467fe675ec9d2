"""Composes the scene of a typed tree: what is folded, what is framed, and what takes what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from netspec.drawing import families, labels, telling
from netspec.drawing.folding import Folding, Runs
from netspec.drawing.linking import group, linked
from netspec.drawing.scene import Arrangement, Box, Changes, Form, Group, Item, Mark, Scene
from netspec.language.tree import Step, Tree
from netspec.ops.activation import Identity
from netspec.ops.base import Op
from netspec.ops.join import Join
from netspec.summary import Summary

IN_KNOT = 2
"""Values that a knot joins; what joins more is a bar."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is drawn: a tree, the figures of its steps, and what became of them."""

    tree: Tree
    summary: Summary
    changes: Changes = field(default_factory=Changes)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a scene is composed: folding, which steps bear their names, where shapes stand.

    `names` is `all`, `blocks` (of top-level steps and frames) or `none`; `shapes` is `changes`,
    `all` or `none`; `amounts` the cost of each step that heat shows, `measure` what it is.
    """

    folding: Folding = field(default_factory=Folding)
    names: str = "blocks"
    shapes: str = "changes"
    measure: str = ""
    amounts: Mapping[str, int] = field(default_factory=dict)


def compose(subject: Subject, wishes: Wishes) -> Scene:
    """The scene of a network."""
    return _Composer(subject, wishes).scene()


class _Composer:
    """One walk over one tree. `values` maps each path to the value that it stands for.

    `twins` are the runs that are being drawn: the path of the first step, and of all.
    """

    def __init__(self, subject: Subject, wishes: Wishes) -> None:
        self.tree, self.summary, self.changes = subject.tree, subject.summary, subject.changes
        self.wishes = wishes
        self.runs = Runs(subject.tree, subject.changes)
        self.rows = {row.path: row for row in subject.summary.rows}
        self.shapes = {step.path: step.output for step in subject.tree.walk()}
        self.shapes[subject.tree.input_name] = subject.tree.input
        self.values = {subject.tree.input_name: subject.tree.input_name}
        self.declared = {output.path for output in subject.tree.outputs}
        self.usual = telling.usual_activation(subject.tree)
        self.branches: set[str] = set()
        self.twins: list[tuple[str, tuple[str, ...]]] = []
        self.summed = _summed(wishes.amounts)

    def scene(self) -> Scene:
        tree = self.tree
        start = self._input()
        trunk = self.listed(tree.steps)
        heads = self.listed(tree.heads)
        last = self.values[self._last(tree.steps).path] if tree.steps else start.path
        flow = [start, *self._with_shapes(trunk)]
        body = group("", Arrangement.FLOW, (*flow, *heads), last)
        facts, notes = telling.facts(self.summary), tuple(telling.conventions(tree))
        return Scene(tree.name, linked(body), facts, notes, self.wishes.measure)

    def _input(self) -> Box:
        tree = self.tree
        words = f"{tree.input_name} {labels.dims(tree.input)}"
        return Box(tree.input_name, Form.TERMINAL, families.INPUT, words, (), tree.input)

    # lists of steps, and one step

    def listed(self, steps: Sequence[Step]) -> list[Item]:
        """The items of a list of steps, equal ones as one."""
        if self.wishes.folding.unrolled:
            return [item for step in steps if (item := self.item(step))]
        return [item for run in self.runs.of(steps) if (item := self._run(run))]

    def _run(self, run: tuple[Step, ...]) -> Item | None:
        first = run[0]
        if len(run) == 1:
            return self.item(first)
        self.twins.append((first.path, tuple(step.path for step in run)))
        item = self.item(first)
        self.twins.pop()
        for step in run:
            for inner in step.walk():
                self.values[inner.path] = self.values[first.path + inner.path[len(step.path) :]]
        if item is None:
            return None
        name = labels.span_of(tuple(step.name for step in run))
        if isinstance(item, Group):
            return replace(item, title=name, framed=True, repeats=len(run))
        if item.form is Form.STACK:
            return replace(item, title=name, repeats=len(run))
        return replace(item, form=Form.STACK, note=name if item.note else "", repeats=len(run))

    def _last(self, steps: Sequence[Step]) -> Step:
        """The step whose value leaves a list: the last that is not gone."""
        kept = (step for step in reversed(steps) if self.changes.mark(step.path) != Mark.REMOVED)
        return next(kept, steps[-1])

    def item(self, step: Step) -> Item | None:
        """What a step is drawn as; nothing where it gives on what it takes."""
        if telling.steps_within(step) > 1 and self.wishes.folding.folds(step):
            return self._folded(step)
        if step.op is None:
            return self._block(step)
        if step.children:
            return self._join(step, step.op)
        if isinstance(step.op, Identity):
            self.values[step.path] = self.values[step.takes[0]]
            return None
        return self._box(step, step.op)

    def _box(self, step: Step, op: Op) -> Box:
        self.values[step.path] = step.path
        takes = tuple(dict.fromkeys(self.values[path] for path in step.takes))
        form = _joining(op, takes) if isinstance(op, Join) else Form.BOX
        title = telling.titled(op, self.usual)
        return self._made(step, form, families.family(op), title, takes)

    def _folded(self, step: Step) -> Box:
        within = {inner.path for inner in step.walk()}
        outside = [t for inner in step.walk() for t in inner.takes if t not in within]
        takes = tuple(dict.fromkeys(self.values[path] for path in outside))
        for path in within:
            self.values[path] = step.path
        made = self._made(step, Form.STACK, families.BLOCK, step.name, takes)
        changed = sum(self.changes.mark(path) is not Mark.SAME for path in within)
        mark = self.changes.mark(step.path)
        if mark is Mark.SAME and changed:
            mark = Mark.CHANGED
        note = f"{changed} changes" if mark is Mark.CHANGED else telling.content(step)
        declared = not within.isdisjoint(self.declared)
        return replace(made, note=note, declared=declared, mark=mark)

    def _block(self, step: Step) -> Item | None:
        items = self.listed(step.children)
        last = self._last(step.children).path if step.children else step.takes[0]
        self.values[step.path] = result = self.values[last]
        if not items:
            return None
        made = group(step.path, Arrangement.FLOW, items, result)
        is_own = bool(step.template) or step.path not in self.branches
        return self._framed(made, step) if is_own else self._marked(made, step)

    def _join(self, step: Step, op: Op) -> Item:
        self.branches |= {child.path for child in step.children}
        items = [item for child in step.children if (item := self.item(child))]
        takes = tuple(dict.fromkeys(self.values[child.path] for child in step.children))
        form = _joining(op, takes)
        self.values[step.path] = step.path
        joined = self._made(step, form, families.family(op), labels.title(op), takes)
        arrangement = Arrangement.FLOW if form is Form.KNOT else Arrangement.BRANCHES
        made = group(step.path, arrangement, (*items, joined), step.path)
        is_own = bool(step.template) or "/" not in step.path
        return self._framed(made, step) if is_own else self._marked(made, step)

    def _framed(self, made: Group, step: Step) -> Item:
        """A group with its frame; one frame for both where all of it is a run."""
        only = made.items[0] if len(made.items) == 1 else None
        named = self.wishes.names != "none"
        if isinstance(only, Group) and only.repeats > 1:
            return replace(only, title=f"{step.name}: {only.title}")
        if isinstance(only, Box) and only.family != families.BLOCK and named and not step.template:
            return replace(only, note=only.note or step.name)
        return replace(
            self._marked(made, step),
            title=step.name if named else step.template,
            note=step.template if named else "",
            framed=True,
            detail=self._detail(step),
        )

    def _marked(self, made: Group, step: Step) -> Group:
        mark = self.changes.mark(step.path)
        return replace(made, mark=mark) if mark in (Mark.ADDED, Mark.REMOVED) else made

    def _made(self, step: Step, form: Form, family: str, title: str, takes: tuple[str, ...]) -> Box:
        amounts = self.summed if form is Form.STACK else self.wishes.amounts
        named = step.name if form is Form.BOX and self._is_named(step, title) else ""
        return Box(
            path=step.path,
            form=form,
            family=family,
            title=title,
            takes=takes,
            output=step.output,
            note=self.changes.notes.get(step.path, named),
            detail=self._detail(step),
            amount=sum(amounts.get(path, 0) for path in self._all(step.path)),
            mark=self.changes.mark(step.path),
            declared=step.path in self.declared,
        )

    def _is_named(self, step: Step, title: str) -> bool:
        """Whether a box bears its step's name; not where its title says the same."""
        if step.name.lower() == title.lower():
            return False
        if self.wishes.names == "blocks":
            return "/" not in step.path
        return self.wishes.names == "all"

    def _detail(self, step: Step) -> tuple[str, ...]:
        given = dict.fromkeys(labels.dims(self.shapes[path]) for path in step.takes)
        repeats = len(self._all(step.path))
        lines = labels.detail(step, self.rows[step.path], " and ".join(given), repeats)
        return (*lines, *self.changes.details.get(step.path, ()))

    def _all(self, path: str) -> list[str]:
        """The path and those of its twins in the runs that it is drawn for."""
        found = [path]
        for first, members in reversed(self.twins):
            found = [member + one[len(first) :] for one in found for member in members]
        return found

    def _with_shapes(self, items: list[Item]) -> list[Item]:
        """The items of the trunk, the shapes on the lines between them where they change."""
        if self.wishes.shapes == "none" or not items:
            return items
        shown: list[Item] = []
        before = self.tree.input.dims
        for item in items:
            shape = self.shapes[item.path]
            changed = shape.dims != before or self.wishes.shapes == "all"
            before = shape.dims
            shown.append(replace(item, edge=labels.dims(shape)) if changed else item)
        return [*shown[:-1], items[-1]]


def _joining(op: Op, takes: tuple[str, ...]) -> Form:
    """A circle for two values where a sign says what becomes of them, else a bar."""
    return Form.KNOT if len(takes) == IN_KNOT and op.name in labels.SIGNS else Form.BAR


def _summed(amounts: Mapping[str, int]) -> Mapping[str, int]:
    """The amount of each step with all within it."""
    sums: Counter[str] = Counter()
    for path, amount in amounts.items():
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            sums["/".join(parts[:end])] += amount
    return sums

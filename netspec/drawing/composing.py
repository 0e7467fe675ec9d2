"""Composes the scene of a typed tree: what is folded, what is framed, and what takes what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from netspec.drawing import families, labels
from netspec.drawing.folding import Folding, Runs
from netspec.drawing.linking import group, linked
from netspec.drawing.scene import Arrangement, Box, Form, Group, Item, Scene
from netspec.language.tree import Step, Tree
from netspec.ops.activation import Function, Identity
from netspec.ops.conv import Kernel, Sliding
from netspec.ops.join import Join
from netspec.summary import Summary, rounded

IN_KNOT = 2
"""Values that a knot joins; what joins more is a bar."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a scene is composed: folding, which steps bear their names, where shapes stand.

    `names` is `all`, `blocks` (of top-level steps and frames) or `none`; `shapes` is `changes`,
    `all` or `none`; `amounts` the cost of each step that heat shows, `measure` what it is.
    """

    folding: Folding = Folding()
    names: str = "blocks"
    shapes: str = "changes"
    measure: str = ""
    amounts: Mapping[str, int] = field(default_factory=dict)


def compose(tree: Tree, summary: Summary, wishes: Wishes = Wishes()) -> Scene:
    """The scene of a network."""
    return _Composer(tree, summary, wishes).scene()


class _Composer:
    """One walk over one tree. `values` maps each path to the value that it stands for."""

    def __init__(self, tree: Tree, summary: Summary, wishes: Wishes) -> None:
        self.tree, self.summary, self.wishes = tree, summary, wishes
        self.runs = Runs(tree)
        self.rows = {row.path: row for row in summary.rows}
        self.shapes = {step.path: step.output for step in tree.walk()}
        self.shapes[tree.input_name] = tree.input
        self.values = {tree.input_name: tree.input_name}
        self.declared = {output.path for output in tree.outputs}
        self.usual = _usual_activation(tree)
        self.branching: set[str] = set()
        self.twins: list[tuple[str, tuple[str, ...]]] = []
        self.amounts = _summed(wishes.amounts)

    def scene(self) -> Scene:
        tree = self.tree
        start = self._input()
        trunk = self.listed(tree.steps)
        heads = self.listed(tree.heads)
        last = self.values[tree.steps[-1].path] if tree.steps else start.path
        shaped = self._with_shapes([start, *trunk]) if self.wishes.shapes != "none" else trunk
        flow = shaped if shaped[0] is not trunk[0] else [start, *shaped]
        body = group("", Arrangement.FLOW, (*flow, *heads), last)
        return Scene(tree.name, linked(body), self._facts(), self._notes(), self.wishes.measure)

    def _input(self) -> Box:
        tree = self.tree
        words = f"{tree.input_name}  {labels.dims(tree.input)}"
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
        note = name if item.note else ""
        titled = {"note": note} if item.form is Form.BOX else {"title": name}
        return replace(item, form=Form.STACK, repeats=len(run), **titled)

    def item(self, step: Step) -> Item | None:
        """What a step is drawn as; nothing where it gives on what it takes."""
        if step.children and self.wishes.folding.folds(step):
            return self._folded(step)
        if step.op is not None and step.children:
            return self._join(step)
        if step.op is None:
            return self._block(step)
        if isinstance(step.op, Identity):
            self.values[step.path] = self.values[step.takes[0]]
            return None
        return self._box(step)

    def _box(self, step: Step) -> Box:
        op = step.op
        assert op is not None
        self.values[step.path] = step.path
        takes = tuple(dict.fromkeys(self.values[path] for path in step.takes))
        form = Form.BOX
        if isinstance(op, Join):
            form = Form.KNOT if len(takes) == IN_KNOT and op.name in labels.SIGNS else Form.BAR
        return self._made(step, form, families.family(op), self._title(step), takes)

    def _made(
        self, step: Step, form: Form, family: str, title: str, takes: tuple[str, ...]
    ) -> Box:
        return Box(
            path=step.path,
            form=form,
            family=family,
            title=title,
            takes=takes,
            output=step.output,
            note=step.name if self._is_named(step, title) and form is Form.BOX else "",
            detail=self._detail(step),
            amount=sum(self.amounts.get(path, 0) for path in self._all(step.path)),
            declared=step.path in self.declared,
        )

    def _is_named(self, step: Step, title: str) -> bool:
        """Whether a box bears its step's name; not where its title says the same."""
        if step.name.lower() == title.lower():
            return False
        if self.wishes.names == "blocks":
            return "/" not in step.path
        return self.wishes.names == "all"

    def _title(self, step: Step) -> str:
        """The op in words, with its activation where that is not what the others have."""
        op = step.op
        assert op is not None
        title = labels.title(op)
        if not isinstance(op, Kernel):
            return title
        usual = self.usual if isinstance(op, Sliding) else None
        if op.activation == usual:
            return title
        return f"{title}, {labels.word(op.activation.name) if op.activation else 'linear'}"

    def _folded(self, step: Step) -> Box:
        within = {inner.path for inner in step.walk()}
        outside = [t for inner in step.walk() for t in inner.takes if t not in within]
        takes = tuple(dict.fromkeys(self.values[path] for path in outside))
        for path in within:
            self.values[path] = step.path
        kinds = step.template or (step.op.name if step.op else f"{_steps(step)} steps")
        made = self._made(step, Form.STACK, families.BLOCK, step.name, takes)
        declared = not within.isdisjoint(self.declared)
        return replace(made, note=kinds, declared=declared)

    def _block(self, step: Step) -> Item | None:
        items = self.listed(step.children)
        last = step.children[-1].path if step.children else step.takes[0]
        self.values[step.path] = result = self.values[last]
        if not items:
            return None
        made = group(step.path, Arrangement.FLOW, items, result)
        return self._framed(made, step, framed=bool(step.template) or not self._is_branch(step))

    def _is_branch(self, step: Step) -> bool:
        parent = step.path.rpartition("/")[0]
        return parent in self.branching

    def _join(self, step: Step) -> Item:
        op = step.op
        assert op is not None
        self.branching.add(step.path)
        items = [item for child in step.children if (item := self.item(child))]
        takes = tuple(dict.fromkeys(self.values[child.path] for child in step.children))
        knotted = len(takes) == IN_KNOT and op.name in labels.SIGNS
        form = Form.KNOT if knotted else Form.BAR
        self.values[step.path] = step.path
        joined = self._made(step, form, families.family(op), labels.title(op), takes)
        arrangement = Arrangement.FLOW if knotted else Arrangement.BRANCHES
        made = group(step.path, arrangement, (*items, joined), step.path)
        return self._framed(made, step, framed=bool(step.template) or "/" not in step.path)

    def _framed(self, made: Group, step: Step, *, framed: bool) -> Item:
        if not framed:
            return made
        only = made.items[0] if len(made.items) == 1 else None
        if isinstance(only, Group) and only.repeats > 1:  # one frame for both
            return replace(only, title=f"{step.name}: {only.title}")
        if isinstance(only, Box) and only.form is Form.BOX and self.wishes.names != "none":
            return replace(only, note=step.name)
        named = self.wishes.names != "none"
        return replace(
            made,
            title=step.name if named else step.template,
            note=step.template if named else "",
            framed=True,
            detail=self._detail(step),
        )

    # what is written

    def _detail(self, step: Step) -> tuple[str, ...]:
        given = dict.fromkeys(labels.dims(self.shapes[path]) for path in step.takes)
        repeats = len(self._all(step.path))
        return labels.detail(step, self.rows[step.path], " and ".join(given), repeats)

    def _all(self, path: str) -> list[str]:
        """The path and those of its twins in the runs that it is drawn for."""
        found = [path]
        for first, members in reversed(self.twins):
            found = [member + one[len(first) :] for one in found for member in members]
        return found

    def _with_shapes(self, items: list[Item]) -> list[Item]:
        """The items of the trunk, the shapes on the lines between them where they change."""
        shown: list[Item] = []
        before = self.tree.input.dims
        for item in items:
            shape = self.shapes[item.result]
            changed = shape.dims != before or self.wishes.shapes == "all"
            before = shape.dims
            shown.append(replace(item, edge=labels.dims(shape)) if changed else item)
        return shown

    def _facts(self) -> tuple[str, ...]:
        total = self.summary.total
        outputs = ", ".join(f"{p} {labels.dims(s)}" for p, s in self.summary.outputs.items())
        costs = f"{rounded(total.trainable)} parameters · {rounded(total.macs)} MACs"
        return (f"{costs} · {self.summary.depth} weighted layers deep", f"outputs: {outputs}")

    def _notes(self) -> tuple[str, ...]:
        return tuple(_conventions(self.tree))


def _steps(step: Step) -> int:
    return sum(inner.op is not None for inner in step.walk())


def _summed(amounts: Mapping[str, int]) -> Mapping[str, int]:
    """The amount of each step with all within it."""
    sums: Counter[str] = Counter()
    for path, amount in amounts.items():
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            sums["/".join(parts[:end])] += amount
    return sums


def _kernels(tree: Tree) -> Iterator[Sliding]:
    for step in tree.walk():
        if isinstance(step.op, Sliding):
            yield step.op


def _usual_activation(tree: Tree) -> Function | None:
    """What most convolutions have behind them."""
    counted = Counter(op.activation for op in _kernels(tree))
    return counted.most_common(1)[0][0] if counted else None


def _conventions(tree: Tree) -> Iterator[str]:
    """What stands behind most convolutions, said once."""
    counted = Counter((op.norm, op.activation) for op in _kernels(tree))
    if not counted:
        return
    (norm, function), _ = counted.most_common(1)[0]
    behind = [labels.word(op.name) for op in (norm, function) if op]
    if behind:
        yield f"conv = convolution, {', '.join(behind)}"

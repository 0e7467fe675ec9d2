"""What a step is apart from its path, in forms that compare in no time.

Two numbers and a bag of features stand for a step with all that it holds. Equal `exact` numbers are
equal steps but for their own name; equal `plan` numbers have the same ops, kernels and shapes, and
may differ in how they are normalised, drawn or trained. Features tell how alike two steps are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from netspec.ir.shapes import Shape
from netspec.language.tree import Step, Tree
from netspec.ops.base import Op

Features = Counter[int]


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What stands for one step. `leaves` counts the steps with an op; `weighty` has kernels."""

    name: str
    op: str
    exact: int
    plan: int
    features: Features
    leaves: int
    weighty: bool


@dataclass(slots=True)
class Table:
    """Numbers for things that compare: equal things, one number. Shared by the specs compared."""

    numbers: dict[Hashable, int] = field(default_factory=dict)
    likenesses: dict[tuple[int, int, int, int], float] = field(default_factory=dict)

    def number(self, thing: Hashable) -> int:
        """The number of a thing."""
        return self.numbers.setdefault(thing, len(self.numbers))

    def likeness(self, one: Form, other: Form) -> float:
        """How much of two steps is in both, from 0 to 1 (Dice's coefficient of their features)."""
        if one.exact == other.exact:
            return 1.0
        key = (one.exact, one.plan, other.exact, other.plan)
        known = self.likenesses.get(key)
        if known is None:
            known = self.likenesses[key] = _dice(one.features, other.features)
        return known


def _dice(one: Features, other: Features) -> float:
    small, large = sorted((one, other), key=len)
    both = sum(min(count, large[feature]) for feature, count in small.items())
    return 2 * both / max(1, one.total() + other.total())


def forms_of(tree: Tree, table: Table) -> Mapping[str, Form]:
    """The form of every step, by path."""
    outputs = {step.path: step.output for step in tree.walk()} | {tree.input_name: tree.input}
    found: dict[str, Form] = {}
    for step in (*tree.steps, *tree.heads):
        _form(step, outputs, table, found)
    return found


def _form(step: Step, outputs: Mapping[str, Shape], table: Table, found: dict[str, Form]) -> Form:
    parts = [_form(child, outputs, table, found) for child in step.children]
    own = _Own(step, tuple(outputs[path] for path in step.takes))
    names = tuple(child.name for child in step.children)
    below = [part.features for part in parts]
    made = Form(
        name=step.name,
        op=step.op.name if step.op else "",
        exact=table.number((own.exact, names, *(part.exact for part in parts))),
        plan=table.number((own.plan, names, *(part.plan for part in parts))),
        features=sum(below, Counter(map(table.number, own.features))),
        leaves=(step.op is not None) + sum(part.leaves for part in parts),
        weighty=bool(own.kernels) or any(part.weighty for part in parts),
    )
    found[step.path] = made
    return made


class _Own:
    """What a step is by itself, without what it holds."""

    def __init__(self, step: Step, taken: tuple[Shape, ...]) -> None:
        op = step.op
        named = step.written_from
        self.kernels = _kernels(op, taken) if op and not step.children else ()
        self.exact: Hashable = (op, named)
        self.plan: Hashable = (op and op.name, op and op.window(), self.kernels, named)
        self.features: tuple[Hashable, ...] = ()
        if op:
            mixed = [(op.name, self.kernels)] if self.kernels else []
            self.features = (op.name, op.window(), *mixed, (op, "whole"))


def _kernels(op: Op, taken: tuple[Shape, ...]) -> tuple[tuple[int, ...], ...]:
    """The shapes of its kernels."""
    return tuple(w.shape for w in op.weights(taken) if len(w.shape) > 1)

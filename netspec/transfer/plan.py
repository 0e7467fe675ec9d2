"""What becomes of every tensor of B: which of A's it is made of, and how.

- A tensor goes with that of its role in the step that is its step's partner (see
  `netspec.comparing.alignment`).
- A kernel is cut along its inputs by what its input's channels mean, along its outputs by what its
  own do (see `netspec.transfer.channels`): the first channels stay, as many as there are.
- Inputs that A has not get zeros, or first values where asked; new outputs get first values.
- A kernel of another size keeps its middle; where the two have no common middle it is fresh.
- Where a declared output has another number of channels they are other classes, and fresh.
- Norms and biases follow their kernel: they are fresh where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netspec.comparing.alignment import Alignment, align
from netspec.ir.graph import Graph, Node
from netspec.spec import Spec
from netspec.transfer.channels import NEW, Channels, Labels, Table, channels_of, matched
from netspec.transfer.judging import judged, window_of
from netspec.transfer.moves import Made, Move, Tensor, tensors_of
from netspec.transfer.rules import FRESH, ZERO, Wishes
from netspec.transfer.tensors import SPATIAL, Array, Axis, Cut, centred, first
from netspec.weights.initial import init_some


@dataclass(frozen=True, eq=False)
class Plan:
    """Every tensor of B, and those of A that are left."""

    moves: tuple[Move, ...]
    unused: tuple[Tensor, ...]
    graph: Graph
    """B's."""
    wishes: Wishes

    def applied(self, old: Mapping[str, Array]) -> dict[str, Array]:
        """B's weights, of A's weights and first values drawn from the seed; by canonical name."""
        names = {move.tensor.name for move in self.moves if move.own}
        own = init_some(self.graph, self.wishes.seed, names)
        return {move.tensor.name: move.value(old, own) for move in self.moves}


def plan(a: Spec, b: Spec, wishes: Wishes = Wishes()) -> Plan:  # noqa: B008 - frozen
    """What becomes of A's weights in B.

    Raises `SpecError` (NS605) for a glob that means no tensor of B.
    """
    alignment = align(a.tree, b.tree)
    wishes.require_met([tensor.name for tensor in tensors_of(b.graph())])
    planning = _Planning(a.graph(), b.graph(), alignment, wishes)
    moves = tuple(planning.moves())
    used = {move.made.source.name for move in moves if move.made}
    unused = tuple(tensor for tensor in planning.ours if tensor.name not in used)
    return Plan(moves, unused, b.graph(), wishes)


class _Planning:
    """One plan in the making."""

    def __init__(self, a: Graph, b: Graph, alignment: Alignment, wishes: Wishes) -> None:
        self.a, self.b, self.to_a, self.wishes = a, b, alignment.to_a, wishes
        self.ours, self.theirs = tensors_of(a), tensors_of(b)
        self.by_role = {(tensor.node.step, tensor.role): tensor for tensor in self.ours}
        self.table = Table()
        self.old = channels_of(a, self.table, self._given_by_a)
        self.new = channels_of(b, self.table, self._given_by_b)
        self._axes: dict[tuple[str, str], Axis] = {}
        self._fresh_steps: set[str] = set()
        self._scores = _scores(b, self.new)

    def moves(self) -> Iterator[Move]:
        """The moves, in the order of B."""
        for tensor in self.theirs:
            move = self._move(tensor)
            if move.fate == FRESH and tensor.is_kernel:
                self._fresh_steps.add(tensor.node.step)
            yield move

    def _given_by_a(self, group: str, nodes: Sequence[Node]) -> Labels:
        """The labels of channels that kernels of A give: new ones."""
        return self.table.fresh(self.a.shapes[group].channels)

    def _given_by_b(self, group: str, nodes: Sequence[Node]) -> Labels:
        """The labels of channels that kernels of B give: the first ones of the first partner."""
        count = self.b.shapes[group].channels
        partners = (self.to_a.get(node.step) for node in nodes)
        values = [self.a.producer(path) for path in partners if path is not None]
        known = self.old.of(values[0])[:count] if values else self.table.fresh(0)
        return np.concatenate([known, self.table.fresh(count - len(known))])

    def _move(self, tensor: Tensor) -> Move:
        source = self._source(tensor)
        if isinstance(source, str):
            return Move(tensor, FRESH, why=source)
        window = self._window(tensor, source)
        if window is None:
            sizes = f"a kernel of {window_of(tensor)} has no common middle with {window_of(source)}"
            return Move(tensor, FRESH, why=sizes)
        return judged(tensor, _made(tensor, source, self._cut(tensor, source, window)))

    def _source(self, tensor: Tensor) -> Tensor | str:
        """The tensor of A, or why it is none."""
        step = self.to_a.get(tensor.node.step)
        source = self.by_role.get((step or "", tensor.role))
        if self.wishes.wants_fresh(tensor.name):
            return "as asked"
        if step is None:
            return "its step is new"
        if source is None:
            return f"{step} of A has none"
        if self.wishes.wants_sliced(tensor.name):
            return source
        if tensor.node.step in self._fresh_steps:
            return "its kernel is fresh"
        before, after = source.node.output.channels, tensor.node.output.channels
        if before != after and self.new.groups.of[tensor.node.name] in self._scores:
            return f"{after:,} classes, where A has {before:,}"
        return source

    def _cut(self, tensor: Tensor, source: Tensor, window: tuple[Axis, ...]) -> Cut:
        """How a tensor is cut out of its source."""
        outputs = self._axis(tensor.node.name, source.node.name)
        if not tensor.is_kernel:
            return Cut((outputs,))
        inputs = self._axis(tensor.node.inputs[0], source.node.inputs[0])
        if tensor.weight.role == "depthwise_kernel":
            # Without its channel an output is new too, and so is its kernel.
            outputs = _in_order(tensor.weight.shape[-1], source.weight.shape[-1])
            return Cut((*window, inputs, outputs), (0, 1))
        zero = (0, 1, 2) if self.wishes.new_inputs == ZERO else (0, 1)
        return Cut((*window, inputs, outputs), zero)

    def _window(self, tensor: Tensor, source: Tensor) -> tuple[Axis, ...] | None:
        """Rows and columns: the middle of the kernel; nothing where the two have none."""
        found: list[Axis] = []
        if not tensor.is_kernel:
            return ()
        sizes = zip(tensor.full_shape[:SPATIAL], source.full_shape[:SPATIAL], strict=True)
        for count, length in sizes:
            axis = centred(count, length)
            if axis is None and not self.wishes.wants_sliced(tensor.name):
                return None
            found.append(axis or _in_order(count, length))
        return tuple(found)

    def _axis(self, new: str, old: str) -> Axis:
        """Where the channels of a value of B stand in one of A."""
        key = (self.new.groups.of[new], self.old.groups.of[old])
        known = self._axes.get(key)
        if known is None:
            known = self._axes[key] = self._followed(*key)
        return known

    def _followed(self, new: str, old: str) -> Axis:
        """The axis of two sets of channels; of as many that nothing is known of, in their order."""
        there = self.old.by_group[old]
        found = matched(self.new.by_group[new], there)
        unknown = bool((found == NEW).all()) and len(found) == len(there)
        if unknown and self.new.groups.flattened(new) == self.old.groups.flattened(old):
            return _in_order(len(found), len(there))
        return Axis(found, len(there))


def _scores(graph: Graph, channels: Channels) -> set[str]:
    """The sets of channels that are classes: those of declared outputs of one pixel."""
    values = [graph.producer(path) for path in graph.outputs]
    vectors = [v for v in values if graph.shapes[v].elements == graph.shapes[v].channels]
    return {channels.groups.of[value] for value in vectors}


def _in_order(count: int, length: int) -> Axis:
    return Axis(first(count, length), length)


def _made(tensor: Tensor, source: Tensor, cut: Cut) -> Made:
    """The cut of a source; as it is where groups keep what they see."""
    if not tensor.is_kernel:
        return Made(source, cut)
    before, after = (getattr(each.node.op, "groups", 1) for each in (source, tensor))
    *window, inputs, outputs = cut.axes
    if before == after > 1 and inputs.whole and outputs.whole:
        seen = _in_order(inputs.length // before, inputs.length // before)
        return Made(source, Cut((*window, seen, outputs), cut.zero))
    return Made(source, cut, (before, after))

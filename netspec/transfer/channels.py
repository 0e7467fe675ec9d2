"""What each channel of each value means, so that kernels are cut where their channels went.

    A: concat(b0: 64, b1: 96, b2: 32) → conv      B: concat(b0: 64, b2: 32) → conv
       labels 0…63 | 64…159 | 160…191                labels 0…63 | 160…191

Every channel has a label. A kernel gives its outputs new ones; a concat puts those of its inputs
behind each other; what keeps channels apart (norms, functions, pools) passes them on, and so do
sums, whose inputs share one set. `flatten` has a label for each pixel of a channel. The channels of
a kernel in B have the labels of its partner in A: the first ones, as many as there are, or, where a
sum ties it to a concat, those of the concat. Two channels of equal labels mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, SpecError
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map
from netspec.ops.conv import DepthwiseConv
from netspec.ops.join import Concat
from netspec.ops.reshape import Flatten

Labels = NDArray[np.int64]
Indices = NDArray[np.int64]
CHANNELS_AT_MOST = 20_000_000
"""Channels of all values that are followed: the largest published networks have some 100,000."""
INPUTS_AT_MOST = 1 << 31
"""Labels that are kept for a network's input, however many channels it has."""
NEW = -1
"""The index of a channel that the other side has not."""


def has_kernel(graph: Graph, node: Node) -> bool:
    """Whether a node mixes channels by a kernel."""
    return any(len(weight.shape) > 1 for weight in node.op.weights(graph.input_shapes(node)))


@dataclass(slots=True)
class Table:
    """Labels handed out so far: runs of them by what they stand for."""

    runs: dict[object, int] = field(default_factory=dict)
    free: int = 0

    def run(self, meaning: object, length: int) -> int:
        """The first of that many labels in a row; the same for the same meaning."""
        known = self.runs.get((meaning, length))
        if known is None:
            known = self.runs[meaning, length] = self.free
            self.free += length
        return known

    def fresh(self, length: int) -> Labels:
        """Labels that nothing else has."""
        self.free += length
        return np.arange(self.free - length, self.free)

    def runs_of(self, kind: object, labels: Labels, length: int) -> Labels:
        """For each label a run of its own, (labels, length)."""
        starts = np.array([self.run((kind, int(label)), length) for label in labels], np.int64)
        return starts[:, np.newaxis] + np.arange(length)


class Groups:
    """The sets of values of one graph that share their channels, each with what defines them.

    `of` maps each value to the number of its set, `channels` says how many it has.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._above: dict[str, str] = {name: name for name in graph.shapes}
        for node in graph.nodes:
            if self._keeps_channels(node):
                for name in node.inputs:
                    self._join(name, node.name)
        self.of = {name: self._root(name) for name in graph.shapes}
        self.defining: dict[str, list[Node]] = {root: [] for root in self.of.values()}
        for node in graph.nodes:
            if not self._keeps_channels(node):
                self.defining[self.of[node.name]].append(node)

    def channels(self, group: str) -> int:
        """How many channels a set has."""
        return self.graph.shapes[group].channels

    def made_of(self, group: str) -> Node | None:
        """The node that puts channels of other sets together to make this one, if there is one."""
        return next((node for node in self.defining[group] if not _mixes(node)), None)

    def flattened(self, group: str) -> Map | None:
        """The map whose pixels these channels are, if they are a map's pixels."""
        made = self.made_of(group)
        if made is None or not isinstance(made.op, Flatten):
            return None
        size = self.graph.input_shapes(made)[0]
        assert isinstance(size, Map), "flatten takes a map"
        return size

    def in_order(self, values: Iterable[str]) -> list[str]:
        """The sets of these values, and those that they are made of, which come first.

        They have fewer channels. Raises `SpecError` (NS605) where there are too many in all.
        """
        waiting = [self.of[value] for value in values]
        met: set[str] = set()
        while waiting:
            group = waiting.pop()
            if group not in met:
                met.add(group)
                made = self.made_of(group)
                waiting += [self.of[name] for name in made.inputs] if made else ()
        if sum(map(self.channels, met)) > CHANNELS_AT_MOST:
            message = f"its values have more than {CHANNELS_AT_MOST:,} channels, too many to follow"
            raise SpecError([Diagnostic("NS605", message)])
        return sorted(met, key=lambda group: (self.channels(group), group))

    def _keeps_channels(self, node: Node) -> bool:
        shapes = self.graph.input_shapes(node)
        if any(shape.channels != node.output.channels for shape in shapes):
            return False
        return isinstance(node.op, DepthwiseConv) or not has_kernel(self.graph, node)

    def _root(self, name: str) -> str:
        root = name
        while self._above[root] != root:
            root = self._above[root]
        while self._above[name] != root:
            self._above[name], name = root, self._above[name]
        return root

    def _join(self, one: str, other: str) -> None:
        self._above[self._root(other)] = self._root(one)


Defined = Callable[[str, list[Node]], Labels]
"""The labels of a set, from the kernels that give it."""


@dataclass(frozen=True, eq=False)
class Channels:
    """The labels of every value of one graph."""

    groups: Groups
    by_group: Mapping[str, Labels]

    def of(self, value: str) -> Labels:
        """The labels of a value's channels."""
        return self.by_group[self.groups.of[value]]


def channels_of(graph: Graph, table: Table, defined: Defined) -> Channels:
    """The labels of the channels that weights see; `defined` gives those of sets that kernels make.

    Raises `SpecError` (NS605) where there are too many to follow.
    """
    groups = Groups(graph)
    found: dict[str, Labels] = {}
    inputs = {groups.of[value.name]: place for place, value in enumerate(graph.inputs)}
    for group in groups.in_order(_seen_by_weights(graph)):
        count = groups.channels(group)
        made = groups.made_of(group)
        if group in inputs:
            start = table.run(("input", inputs[group]), INPUTS_AT_MOST)
            found[group] = np.arange(start, start + count)
        elif made is not None:
            found[group] = _moved(made, groups, found, table)
        else:
            found[group] = defined(group, groups.defining[group])
    return Channels(groups, found)


def _seen_by_weights(graph: Graph) -> Iterator[str]:
    """The values that nodes with weights take and give."""
    for node in graph.nodes:
        if node.op.weights(graph.input_shapes(node)):
            yield from (node.name, *node.inputs)


def _mixes(node: Node) -> bool:
    """Whether a node that defines channels makes them anew."""
    return not isinstance(node.op, (Concat, Flatten, DepthwiseConv))


def _moved(node: Node, groups: Groups, found: Mapping[str, Labels], table: Table) -> Labels:
    """The labels of what puts channels elsewhere."""
    taken = [found[groups.of[name]] for name in node.inputs]
    if isinstance(node.op, Concat):
        return np.concatenate(taken)
    if isinstance(node.op, DepthwiseConv):
        return table.runs_of("depthwise", taken[0], node.op.multiplier).reshape(-1)
    size = groups.flattened(groups.of[node.name])
    assert size is not None, "what is left flattens a map"
    pixels = table.runs_of(("pixels", size.height, size.width), taken[0], size.height * size.width)
    return pixels.T.reshape(-1)  # (height, width, channels)


def matched(wanted: Labels, there: Labels) -> Indices:
    """For each label wanted, where it stands there; NEW where it does not.

    The second time that a label is wanted the second place that has it counts, and so on.
    """
    if not len(wanted) or not len(there):
        return np.full(len(wanted), NEW, np.int64)
    base = max(len(wanted), len(there))
    asked, known = (labels * base + _repeats(labels) for labels in (wanted, there))
    order = np.argsort(known, kind="stable")
    places = np.minimum(np.searchsorted(known[order], asked), len(known) - 1)
    found = order[places]
    return np.where(known[found] == asked, found, NEW)


def _repeats(labels: Labels) -> Indices:
    """How often each label stood before."""
    order = np.argsort(labels, kind="stable")
    inside = np.arange(len(labels))
    begins = np.flatnonzero(np.diff(labels[order], prepend=labels[order][0] - 1))
    found = np.empty(len(labels), np.int64)
    found[order] = inside - np.repeat(begins, np.diff(begins, append=len(labels)))
    return found

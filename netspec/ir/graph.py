"""The graph: flat nodes in single assignment form, and the blocks that they were written in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from netspec.diagnostics import Origin
from netspec.ir.shapes import Shape
from netspec.language.expressions import Value
from netspec.ops.base import Op, Weight


@dataclass(frozen=True, slots=True)
class Node:
    """One op applied once; its name is also the name of its value.

    `step` is the path of the step it belongs to and `block` that of the innermost block that holds
    it ("" at the top). A step of several parts (conv, norm, activation) is a block of its own, and
    its last node has the step's name. Weights are called `owner`/role.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    output: Shape
    step: str
    block: str
    owner: str
    origin: Origin
    part: str = ""

    @property
    def place(self) -> str:
        """Where its layer stands in a tree of modules: below its step, where it is a part of it."""
        return f"{self.step}/{self.part}" if self.part else self.name


@dataclass(frozen=True, slots=True)
class Block:
    """A group of nodes that were written together: a template's use, a branch, a step of parts.

    `result` is the name of the value that leaves it. `template` and `arguments` are those of the
    use that made it, if one did.
    """

    path: str
    result: str
    origin: Origin
    template: str = ""
    arguments: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Input:
    """A value that a graph is fed with. A spec's graph has one; a step cut out may have several."""

    name: str
    shape: Shape


@dataclass(frozen=True, repr=False)
class Graph:
    """A network. Nodes stand in an order in which every input comes before its use."""

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    blocks: tuple[Block, ...]
    outputs: tuple[str, ...]
    """The declared outputs, as paths of steps in written order."""

    def __repr__(self) -> str:
        return f"<Graph {self.name}: {len(self.nodes)} nodes to {', '.join(self.outputs)}>"

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """Nodes by name."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def blocks_by_path(self) -> Mapping[str, Block]:
        """Blocks by path."""
        return {block.path: block for block in self.blocks}

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Node, ...]]:
        """The nodes that take each value."""
        found: dict[str, list[Node]] = {name: [] for name in self.shapes}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found[name].append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every value, inputs first."""
        inputs = {value.name: value.shape for value in self.inputs}
        return inputs | {node.name: node.output for node in self.nodes}

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        """The shapes of a node's inputs."""
        return tuple([self.shapes[name] for name in node.inputs])

    def owned(self, node: Node) -> tuple[Weight, ...]:
        """The tensors that a node owns, in a fixed order; made once, for many ask."""
        known = self._owned.get(node.name)
        if known is None:
            known = self._owned[node.name] = node.op.weights(self.input_shapes(node))
        return known

    @cached_property
    def _owned(self) -> dict[str, tuple[Weight, ...]]:
        return {}

    def producer(self, path: str) -> str:
        """The name of the value that a step, a block or the input gives; raises `KeyError`."""
        if path in self.shapes:
            return path
        return self.blocks_by_path[path].result

    def endpoints(self) -> Mapping[str, str]:
        """Every path that can be asked for, in order, and the name of its value."""
        blocks = {block.path: block.result for block in self.blocks}
        return blocks | {n.name: n.name for n in self.nodes if n.name == n.step}

    def weights(self) -> Iterator[tuple[str, Weight]]:
        """Every weight by its canonical name, in the order of the nodes."""
        for node in self.nodes:
            for weight in self.owned(node):
                yield f"{node.owner}/{weight.role}", weight

    def with_outputs(self, paths: Iterable[str]) -> Graph:
        """The graph with these outputs alone; raises `KeyError` for a path that does not exist."""
        chosen = tuple(dict.fromkeys(paths))
        for path in chosen:
            self.producer(path)
        return replace(self, outputs=chosen)

    def step(self, path: str) -> Graph:
        """One step cut out, with all its parts: fed with what it takes, giving its value."""
        nodes = tuple(node for node in self.nodes if node.step == path)
        own = {node.name for node in nodes}
        fed = dict.fromkeys(name for node in nodes for name in node.inputs if name not in own)
        inputs = tuple(Input(name, self.shapes[name]) for name in fed)
        blocks = tuple(block for block in self.blocks if block.path == path)
        return Graph(self.name, inputs, nodes, blocks, (path,))

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The paths of the steps that have nodes, in order."""
        return tuple(dict.fromkeys(node.step for node in self.nodes))

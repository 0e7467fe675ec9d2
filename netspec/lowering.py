"""Lowers a typed tree to a graph: steps become nodes, and the parts of a step nodes of their own.

Conv2d_1a_3x3: conv + norm + relu   →   Conv2d_1a_3x3/conv, Conv2d_1a_3x3/norm, Conv2d_1a_3x3
"""

from __future__ import annotations

from functools import lru_cache

from netspec.ir.graph import Block, Graph, Input, Node
from netspec.ir.shapes import Shape
from netspec.ir.verify import verify
from netspec.language.tree import Step, Tree
from netspec.ops.base import Op


def lower(tree: Tree) -> Graph:
    """The verified graph of a tree. Its declared outputs are the tree's."""
    lowering = _Lowering(tree)
    for step in (*tree.steps, *tree.heads):
        lowering.step(step, "")
    return verify(
        Graph(
            name=tree.name,
            inputs=(Input(tree.input_name, tree.input),),
            nodes=tuple(lowering.nodes),
            blocks=tuple(lowering.blocks[path] for path in lowering.order),
            outputs=tuple(output.path for output in tree.outputs),
        )
    )


@lru_cache(maxsize=1 << 12)  # blocks of a network, and variants of a spec, repeat one another
def _parts(op: Op) -> tuple[tuple[str, Op], ...]:
    return op.parts()


class _Lowering:
    """One walk over one tree. `values` maps each path to the node that gives its value."""

    def __init__(self, tree: Tree) -> None:
        self.nodes: list[Node] = []
        self.blocks: dict[str, Block] = {}
        self.order: list[str] = []
        self.values = {tree.input_name: tree.input_name}
        self.shapes: dict[str, Shape] = {tree.input_name: tree.input}

    def step(self, step: Step, block: str) -> None:
        parts = _parts(step.op) if step.op else ()
        grouped = bool(step.children) or len(parts) != 1
        if grouped:
            self.order.append(step.path)
        for child in step.children:
            self.step(child, step.path)
        inputs = tuple(self.values[path] for path in self._inputs(step))
        inside = step.path if grouped else block
        for index, (part, op) in enumerate(parts):
            last = index == len(parts) - 1
            name = step.path if last else f"{step.path}/{part}"
            own = index == 0 or op.named_by_step
            owner = step.path if own else f"{step.path}/{part}"
            inputs = (self._node(step, op, name, owner, inputs, inside, part),)
        self.values[step.path] = inputs[0]
        if grouped:
            arguments = step.arguments or {}
            block_made = Block(step.path, inputs[0], step.origin, step.template, arguments)
            self.blocks[step.path] = block_made

    def _inputs(self, step: Step) -> tuple[str, ...]:
        """A join takes its children, a block its last one's value, a leaf what it says."""
        if step.op is None:
            return (step.children[-1].path,) if step.children else step.takes
        return tuple(child.path for child in step.children) or step.takes

    def _node(
        self,
        step: Step,
        op: Op,
        name: str,
        owner: str,
        inputs: tuple[str, ...],
        block: str,
        part: str,
    ) -> str:
        shapes = tuple(self.shapes[value] for value in inputs)
        output = op.infer(shapes)
        self.shapes[name] = output
        node = Node(name, op, inputs, output, step.path, block, owner, step.origin, part)
        self.nodes.append(node)
        return name

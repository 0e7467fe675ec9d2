"""The live module: blocks as nested modules, each of which can be called, hooked and replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from netspec.backends.torch import style
from netspec.backends.torch.layout import module_path
from netspec.backends.torch.rules import CALL, CALLABLES, View
from netspec.emission.expressions import Expr, Setting, evaluate
from netspec.emission.outline import Group, outline
from netspec.ir.channel_order import channels_first_vectors
from netspec.ir.graph import Graph, Node


class Line:
    """One line of a block's program: the values it takes, how it computes, those it gives."""

    __slots__ = ("child", "expression", "gives", "takes")

    def __init__(
        self, child: str, expression: Expr | None, takes: tuple[str, ...], gives: tuple[str, ...]
    ) -> None:
        self.child, self.expression, self.takes, self.gives = child, expression, takes, gives


class Block(nn.Module):
    """A block of a spec. Called with the values it takes, it gives its result, or a tuple of them.

    Maps are (batch, channels, height, width).
    """

    def __init__(self, group: Group, view: View) -> None:
        super().__init__()
        self._title = style.shown(group, view.graph)
        self._ports, self._results = group.ports, group.results
        self._lines = tuple(self._line(item, group, view) for item in group.items)

    def _get_name(self) -> str:
        return self._title

    def _line(self, item: Node | Group, group: Group, view: View) -> Line:
        if isinstance(item, Group):
            child = group.below(item.path)
            self._adopt(child, Block(item, view))
            return Line(child, None, item.ports, item.results)
        statement = style.statement(item, group, view)
        if statement.layer is None:
            return Line("", statement.value, item.inputs, (item.name,))
        layer = evaluate(statement.layer, Setting(CALLABLES))
        for told in (*statement.setup, *statement.inits):
            evaluate(told, Setting(CALLABLES, layer=layer))
        self._adopt(statement.name, layer)
        expression = None if statement.value == CALL else statement.value
        return Line(statement.name, expression, item.inputs, (item.name,))

    def _adopt(self, path: str, child: nn.Module) -> None:
        """Add a child; the blocks around a step that was cut out came with it in name only."""
        owner: nn.Module = self
        *around, name = path.split("/")
        for part in around:
            if not hasattr(owner, part):
                owner.add_module(part, nn.Module())
            owner = owner.get_submodule(part)
        owner.add_module(name, child)

    def _values(self, *inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        """Every value of this block by its name in the graph."""
        values = dict(zip(self._ports, inputs, strict=True))
        for line in self._lines:
            taken = [values[name] for name in line.takes]
            made = self._compute(line, taken)
            values.update(zip(line.gives, made, strict=True))
        return values

    def _compute(self, line: Line, taken: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        layer = self.get_submodule(module_path(line.child)) if line.child else None
        if line.expression is not None:
            made = evaluate(line.expression, Setting(CALLABLES, taken, layer))
        else:
            assert layer is not None
            made = layer(*taken)
        return made if isinstance(made, tuple) else (made,)

    def forward(self, *inputs: torch.Tensor) -> Any:
        values = self._values(*inputs)
        results = tuple(values[name] for name in self._results)
        return results[0] if len(results) == 1 else results


class Network(Block):
    """A whole network. Called with images, it gives its outputs by path, in written order."""

    def __init__(self, graph: Graph) -> None:
        view = View(graph, channels_first_vectors(graph))
        super().__init__(outline(graph), view)
        self._ports = tuple(value.name for value in graph.inputs)
        self._outputs = {path: graph.producer(path) for path in graph.outputs}

    def forward(self, *inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        values = self._values(*inputs)
        return {path: values[name] for path, name in self._outputs.items()}


def build(graph: Graph, state: Mapping[str, Any] | None) -> Network:
    """The module with this state_dict, or with values drawn by torch's own generator.

    With a state nothing is drawn: layers are made without storage and take the arrays.
    """
    if state is None:
        return Network(graph).to(torch.float32)
    with torch.device("meta"):
        network = Network(graph)
    tensors = {name: torch.from_numpy(array).clone() for name, array in state.items()}
    counters = (n for n, _ in network.named_buffers() if n.endswith("num_batches_tracked"))
    tensors |= {name: torch.tensor(0) for name in counters}
    network.load_state_dict(tensors, strict=True, assign=True)
    return network

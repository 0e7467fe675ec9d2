"""A network's cost by the rule of another tool, step by step, and what the tool leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from netspec.costs import Cost
from netspec.counting.modules import FUNCTION, Layer, layer
from netspec.counting.tools import TOOLS, Tool, parameters
from netspec.ir.graph import Graph


class Left(NamedTuple):
    """A kind of layer whose operations a tool leaves out: its op, and its module or ""."""

    op: str
    module: str

    def __str__(self) -> str:
        if self.module == FUNCTION:
            return f"{self.op} (a function)"
        return f"{self.op} ({self.module})"


@dataclass(frozen=True, slots=True)
class Counted:
    """What a tool reports: costs by the path of a step, where `macs` holds the tool's operations.

    `left_out` says how many layers of each kind it counts no operation of, and `params_left_out`
    how many parameters it does not count.
    """

    tool: Tool
    costs: Mapping[str, Cost]
    left_out: Mapping[Left, int]
    params_left_out: int

    def notes(self) -> Iterator[str]:
        """The tool's rule and what it leaves out, as sentences."""
        yield f"by the rule of {self.tool.entry}, one image, eval mode: {self.tool.words}"
        if self.left_out:
            kinds = ", ".join(f"{count} {kind}" for kind, count in self.left_out.items())
            yield f"{self.tool.name} counts no operation of: {kinds}"
        if self.params_left_out:
            yield f"{self.tool.name} does not count {self.params_left_out:,} of the parameters"

    def to_json(self) -> dict[str, Any]:
        """The tool, its unit, and how many layers of each kind it leaves out."""
        return {
            "tool": self.tool.name,
            "entry": self.tool.entry,
            "unit": self.tool.unit,
            "left_out": {str(kind): count for kind, count in self.left_out.items()},
            "params_left_out": self.params_left_out,
        }


def count_like(name: str, graph: Graph) -> Counted:
    """What a tool reports for the torch model of a graph, fed with one image, in eval mode.

    Raises `ValueError` for a name that is none of the tools'.
    """
    if name not in TOOLS:
        raise ValueError(f"count_like is one of {', '.join(TOOLS)}, not {name!r}")
    return counted(TOOLS[name], graph)


def counted(tool: Tool, graph: Graph) -> Counted:
    """What a tool reports for the torch model of a graph."""
    costs: dict[str, Cost] = {}
    left: Counter[Left] = Counter()
    missed = 0
    for node in graph.nodes:
        met = layer(graph, node)
        operations, params = tool.operations(met), _params(tool, met)
        costs[node.step] = costs.get(node.step, Cost()) + Cost(params, 0, operations or 0)
        missed += parameters(met) - params
        if not operations:
            left[Left(node.op.name, met.module)] += 1
    return Counted(tool, costs, left, missed)


def _params(tool: Tool, met: Layer) -> int:
    return parameters(met) if tool.params is None else tool.params(met) or 0

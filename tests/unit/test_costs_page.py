"""docs/costs.md: what it shows is printed, and its table of tools is what is counted."""

from __future__ import annotations

import re
from pathlib import Path

import netspec
from netspec.counting.counted import counted
from netspec.counting.modules import layer
from netspec.counting.tools import TOOLS, Tool, parameters
from netspec.ir.graph import Graph

PAGE = (Path(__file__).parents[2] / "docs" / "costs.md").read_text(encoding="utf-8")


def row_of(name: str) -> list[str]:
    (line,) = re.findall(rf"^\| {name} \| (.*) \|$", PAGE, re.MULTILINE)
    return [cell.strip() for cell in line.split(" | ")]


def test_the_table_of_tools_is_what_is_counted() -> None:
    graph = netspec.load("inception_v3").graph()
    own = netspec.load("inception_v3").summary().total
    assert row_of("netspec")[:2] == [f"{own.trainable:,}", f"{own.macs:,}"]
    for tool in TOOLS.values():
        costs = counted(tool, graph).costs.values()
        params = f"{sum(cost.trainable for cost in costs):,}" if tool.params else "none"
        operations = sum(cost.macs for cost in costs)
        cells = row_of(tool.name)
        assert cells[:3] == [params, f"{operations:,}", tool.unit]
        told = sum(int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", cells[3]))
        assert told == sum(beside(tool, graph)) % own.macs


def beside(tool: Tool, graph: Graph) -> list[int]:
    """What a tool counts of each node beyond the MACs of its kernel."""
    met = [layer(graph, node) for node in graph.nodes]
    return [(tool.operations(one) or 0) - one.macs for one in met]


def test_what_is_said_of_the_dialects_is_so() -> None:
    keras = counted(TOOLS["thop"], netspec.load("inception_v3.keras").graph())
    assert f"{keras.params_left_out:,} parameters too few" in PAGE
    lone = netspec.load("inception_v3", set={"aux": False}).summary()
    assert f"{lone.total.macs:,} MACs, the 5.713 G" in PAGE
    whole = netspec.load("inception_v3").summary().total
    assert f"reports {whole.frozen:,} more" in PAGE
    norms = [node for node in netspec.load("inception_v3").graph().nodes if node.part == "norm"]
    assert f"Of {sum(node.output.elements for node in norms):,} normalised numbers" in PAGE
    assert parameters(layer(netspec.load("inception_v3").graph(), norms[0])) == 32

"""`show --count-like`: each tool's figures by our rules equal what the tool itself reports.

In total and per module, to the last digit, on live torch models: of bundled networks, of every op
in awkward shapes, and of what the tools trip over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from corpus import ops
from corpus.nets import Net, steps
from torch import nn

import netspec
from counters.real import REAL, Figures
from netspec.costs import Cost
from netspec.counting.counted import Counted, counted
from netspec.counting.modules import FUNCTION, Layer, layer
from netspec.counting.tools import TOOLS, Tool
from netspec.ir.graph import Graph
from netspec.ir.shapes import Map

SMALL = {
    "inception_v3": (107, 91),
    "inception_v3.keras": (75, 75),
    "inception_v3.torchvision": (299, 299),
    "inception_v1": (224, 224),
    "inception_v4": (75, 75),
    "inception_resnet_v2": (75, 75),
    "resnet50": (33, 40),
    "resnet50.keras": (32, 32),
    "resnet50_v2": (32, 33),
    "nin_cifar10": (32, 32),
    "alexnet": (227, 227),
}
ODD = {
    "separable": steps(
        "9x8x3", "{op: separable_conv, filters: 4, kernel: 3, padding: same, norm: batch_norm}"
    ),
    "biased norm": steps("5x6x3", "{op: batch_norm, variance: biased}"),
    "norm without gamma": steps("5x6x3", "{op: batch_norm, scale: false}"),
    "norm without either": steps("5x6x3", "{op: batch_norm, scale: false, center: false}"),
    "norm without beta": steps("5x6x3", "{op: batch_norm, center: false}"),
    "norm of a vector": steps("2x3x2", "{op: flatten}", "{op: batch_norm}"),
    "softmax of a map": steps("3x4x5", "{op: softmax}"),
    "softmax of a conv": steps("3x4x5", "{op: conv, filters: 2, kernel: 1, activation: softmax}"),
    "uneven cells": steps("7x5x3", "{op: adaptive_avg_pool, size: [3, 2]}"),
    "cells between pixels": steps("3x2x3", "{op: adaptive_avg_pool, size: [5, 7]}"),
    "no bias": steps("4x4x3", "{op: flatten}", "{op: dense, filters: 7, bias: false}"),
}


def model_of(graph: Graph, spec: netspec.Spec) -> tuple[nn.Module, torch.Tensor]:
    (size,) = (value.shape for value in graph.inputs)
    assert isinstance(size, Map)
    return spec.to("torch").eval(), torch.zeros(1, size.channels, size.height, size.width)


def by_step(figures: Mapping[str, int], graph: Graph) -> dict[str, int]:
    """A tool's figure of each step: of the modules of its nodes. A join's module is its block."""
    found = dict.fromkeys(graph.steps, 0)
    for node in graph.nodes:
        if node.part or node.name not in graph.blocks_by_path:
            found[node.step] += figures.get(_module(node.place), 0)
    return found


def by_block(figures: Mapping[str, int], graph: Graph) -> dict[str, int]:
    """A tool's figure of each block that it names, everything within it included."""
    names = {block.path: _module(block.path) for block in graph.blocks}
    return {path: figures[name] for path, name in names.items() if name in figures}


def _module(path: str) -> str:
    return path.replace("/", ".")


def disagreements(found: Counted, graph: Graph, figures: Figures) -> Iterator[str]:
    """Where our figures and the tool's differ: in total, of a step, of a block."""
    ours = {
        "operations": {path: cost.macs for path, cost in found.costs.items()},
        "params": {path: cost.trainable for path, cost in found.costs.items()},
    }
    for kind, costs in ours.items():
        theirs = getattr(figures, kind)
        if not theirs:
            continue
        yield from _differing(f"{kind}", {"all": sum(costs.values())}, {"all": theirs[""]})
        yield from _differing(f"{kind} of step", costs, by_step(theirs, graph))
        blocks = by_block(theirs, graph)
        summed = {
            block: sum(cost for path, cost in costs.items() if f"{path}/".startswith(f"{block}/"))
            for block in blocks
        }
        yield from _differing(f"{kind} of block", summed, blocks)


def _differing(what: str, ours: Mapping[str, int], theirs: Mapping[str, int]) -> Iterator[str]:
    for path, count in ours.items():
        if count != theirs[path]:
            yield f"{what} {path}: {count} for {theirs[path]}"


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("tool", TOOLS)
def test_bundled_networks_are_counted_as_the_tools_count_them(name: str, tool: str) -> None:
    spec = netspec.load(name, input=SMALL[name])
    figures = REAL[tool](*model_of(spec.graph(), spec))
    assert not list(disagreements(counted(TOOLS[tool], spec.graph()), spec.graph(), figures))


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_inception_v3_at_its_own_size(tool: str) -> None:
    spec = netspec.load("inception_v3")
    summary = spec.summary(tool)
    figures = REAL[tool](*model_of(spec.graph(), spec))
    assert not list(disagreements(counted(TOOLS[tool], spec.graph()), spec.graph(), figures))
    assert summary.total.macs == figures.operations[""]


NETS = {name: net for table in (ops.CASES, ODD) for name, net in table.items()}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_op_is_counted_as_the_tools_count_it(tool: str, tmp_path: Path) -> None:
    wrong = {}
    for name, net in NETS.items():
        spec = net.spec(tmp_path)
        figures = REAL[tool](*model_of(spec.graph(), spec))
        if found := list(disagreements(counted(TOOLS[tool], spec.graph()), spec.graph(), figures)):
            wrong[name] = found
    assert not wrong


OURS = {"FlattenHWC": "Flatten"}
"""Our own modules that no tool has a rule for, nor for torch's module in their place."""


def modules_of(graph: Graph, model: nn.Module) -> dict[str, tuple[str, str]]:
    """Of each node the module that our table says, and the one in the live model."""
    live = {name.replace(".", "/"): type(m).__name__ for name, m in model.named_modules()}
    found = {}
    for node in graph.nodes:
        is_leaf = node.part or node.name not in graph.blocks_by_path
        real = live.get(node.place, FUNCTION) if is_leaf else FUNCTION
        found[node.name] = (layer(graph, node).module, OURS.get(real, real))
    return found


def test_the_table_of_modules_is_the_torch_backend_s(tmp_path: Path) -> None:
    specs = [netspec.load(name, input=size) for name, size in SMALL.items()]
    for spec in [*specs, *(net.spec(tmp_path) for net in NETS.values())]:
        for name, (said, real) in modules_of(spec.graph(), spec.to("torch")).items():
            assert said == real, (spec, name)


PLANTED: Mapping[str, Callable[[Tool], Tool]] = {
    "biases cost": lambda tool: replace(
        tool, operations=lambda met: (tool.operations(met) or 0) + _biases(met)
    ),
    "activations cost": lambda tool: replace(
        tool, operations=lambda met: tool.operations(met) or met.output.elements
    ),
    "norms are free": lambda tool: replace(
        tool, operations=lambda met: 0 if "Norm" in met.module else tool.operations(met)
    ),
    "all of it is double": lambda tool: replace(
        tool, operations=lambda met: 2 * (tool.operations(met) or 0)
    ),
    "pools are free": lambda tool: replace(
        tool, operations=lambda met: 0 if "Pool" in met.module else tool.operations(met)
    ),
}


def _biases(met: Layer) -> int:
    return met.output.elements if getattr(met.op, "bias", False) else 0


FOUND = {
    "fvcore": ("biases cost", "activations cost", "norms are free", "all of it is double",
               "pools are free"),
    "thop": ("biases cost", "activations cost", "norms are free", "all of it is double",
             "pools are free"),
    "torchinfo": ("biases cost", "activations cost", "norms are free", "all of it is double"),
    "torch": ("biases cost", "activations cost", "all of it is double"),
}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_a_wrong_rule_is_found(tool: str, tmp_path: Path) -> None:
    spec = Net(
        "9x8x3",
        "steps:\n"
        "  - A: {op: conv, filters: 4, kernel: 3, bias: true, norm: batch_norm, activation: relu}\n"
        "  - P: {op: avg_pool, kernel: 2, stride: 2}\n"
        "  - G: {op: global_avg_pool}\n",
        ("G",),
    ).spec(tmp_path)
    figures = REAL[tool](*model_of(spec.graph(), spec))
    assert not list(disagreements(counted(TOOLS[tool], spec.graph()), spec.graph(), figures))
    for name in FOUND[tool]:
        planted = PLANTED[name](TOOLS[tool])
        assert list(disagreements(counted(planted, spec.graph()), spec.graph(), figures)), name


def test_a_wrong_step_is_found_where_the_total_is_right() -> None:
    spec = netspec.load("nin_cifar10")
    figures = REAL["torch"](*model_of(spec.graph(), spec))
    right = counted(TOOLS["torch"], spec.graph())
    first, second, *_ = (path for path, cost in right.costs.items() if cost.macs)
    one = Cost(0, 0, 1)
    costs = dict(right.costs)
    costs[first], costs[second] = (
        costs[first] + one,
        Cost(costs[second].trainable, 0, costs[second].macs - 1),
    )
    found = list(disagreements(replace(right, costs=costs), spec.graph(), figures))
    assert [line.split(":")[0] for line in found if " step " in line] == [
        f"operations of step {path}" for path in (first, second)
    ]


def test_versions_are_the_pinned_ones() -> None:
    pins = (Path(__file__).parents[2] / "constraints.txt").read_text()
    for name in ("fvcore", "thop", "torchinfo"):
        _, version, *_ = TOOLS[name].entry.split()
        assert f"\n{name}=={version}" in pins

"""Stretched feeds: they pass a function's reach on both sides, and only where a proof bears it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from texts import graph_of, load_text
from unit.proof.planted import Fake

import netspec
from netspec.ir.graph import Graph
from netspec.ops.activation import FUNCTIONS
from netspec.proof.stretch import bending, reaches, stretched
from netspec.reference import evaluate
from netspec.weights.initial import Stream, parity_weights

Arrays = Mapping[str, NDArray[Any]]
BENT = [name for name, function in FUNCTIONS.items() if function.reach is not None]
FIELDS = {"leaky_relu": ", slope: 0.2"}


def text(size: str, body: str) -> str:
    height, width, channels = size.split("x")
    return f"""\
netspec: 1
name: One
input: {{image: {{height: {height}, width: {width}, channels: {channels}}}}}
steps:
  - A: {body}
outputs: {{A: {{}}}}
"""


def function_text(name: str) -> str:
    return f"{{op: {name}{FIELDS.get(name, '')}}}"


def values(graph: Graph, low: float, high: float) -> dict[str, NDArray[Any]]:
    (source,) = graph.inputs
    drawn = Stream(0, "values").uniform(2 * source.shape.elements)
    return {source.name: (low + (high - low) * drawn).reshape(2, *source.shape.dims)}


def cast(feeds: Arrays) -> dict[str, NDArray[Any]]:
    return {name: value.astype(np.float32) for name, value in feeds.items()}


def further(graph: Graph, weights: Arrays, feeds: Arrays) -> tuple[Any, NDArray[Any] | None]:
    """The function of a one-step graph, and its input after stretching."""
    function = bending(graph)
    assert function is not None
    found = stretched(graph, function, weights, feeds, cast)
    if found is None:
        return function, None
    (before,) = function.inputs
    return function, evaluate(graph.with_outputs((before,)), weights, found)[before]


@pytest.mark.parametrize(("low", "high"), [(-0.5, 0.5), (0.2, 0.3), (-1e-4, 1e-4), (-9, -8)])
@pytest.mark.parametrize("name", BENT)
def test_a_function_alone_is_met_past_its_reach(name: str, low: float, high: float) -> None:
    graph = graph_of(text("5x4x3", function_text(name)))
    function, before = further(graph, {}, values(graph, low, high))
    assert before is not None
    assert before.min() < -function.op.reach
    assert before.max() > function.op.reach
    assert np.abs(before).max() <= max(2 * function.op.reach, 9), "and by no more than it takes"


@pytest.mark.parametrize(
    "body",
    [
        "{op: conv, filters: 8, kernel: 3, norm: batch_norm, activation: %s}",
        "{op: depthwise_conv, kernel: 3, multiplier: 2, activation: %s}",
        "{op: separable_conv, filters: 8, kernel: 3, norm: batch_norm, activation: %s}",
    ],
)
@pytest.mark.parametrize("name", BENT)
def test_a_function_behind_a_kernel_is_met_past_its_reach(name: str, body: str) -> None:
    graph = graph_of(text("7x6x4", body % function_text(name)))
    function, before = further(graph, parity_weights(graph, 0), values(graph, -0.5, 0.5))
    assert before is not None
    assert reaches(function, before)


def test_an_input_that_is_constant_can_not_be_stretched() -> None:
    graph = graph_of(text("5x4x3", "{op: relu6}"))
    assert further(graph, {}, values(graph, 0.25, 0.25))[1] is None


@pytest.mark.parametrize("name", ["relu", "elu", "silu"])
def test_what_would_drown_in_rounding_is_not_stretched(name: str) -> None:
    """Far below zero everywhere: to bring one value past it others go to -1000 and beyond."""
    body = f"{{op: conv, filters: 8, kernel: 3, activation: {name}}}"
    graph = graph_of(text("7x6x4", body))
    weights = parity_weights(graph, 0)
    weights["A/bias"] -= 1000
    assert further(graph, weights, values(graph, -0.5, 0.5))[1] is None


def test_softmax_and_ops_that_are_no_functions_have_no_reach() -> None:
    assert bending(graph_of(text("5x4x3", "{op: softmax}"))) is None
    assert bending(graph_of(text("5x4x3", "{op: conv, filters: 2, kernel: 1}"))) is None


class Single(Fake):
    """An honest backend in float32: every op computed in it, nothing in float64."""

    def run(self, graph: Graph, weights: Arrays, feeds: Arrays, dtype: str) -> dict[str, Any]:
        values = {name: value.astype(np.float32) for name, value in feeds.items()}
        for node in graph.nodes:
            roles = [w.role for w in node.op.weights(graph.input_shapes(node))]
            owned: Any = {
                role: weights[f"{node.owner}/{role}"].astype(np.float32) for role in roles
            }
            inputs: Any = tuple(values[name] for name in node.inputs)
            values[node.name] = node.op.reference(inputs, owned).astype(np.float32)
        return {path: values[graph.producer(path)] for path in graph.outputs}


@pytest.mark.parametrize("name", BENT)
@pytest.mark.parametrize("seed", range(3))
def test_an_honest_float32_passes_at_every_stretch(
    name: str, seed: int, backends: dict[str, Any]
) -> None:
    """A shallow step and one with a fan-in of 2,304, whose sums round the most."""
    steps = f"""
netspec: 1
name: Honest
input: {{image: {{height: 7, width: 6, channels: 16}}}}
steps:
  - Alone: {function_text(name)}
  - Wide: {{op: conv, filters: 256, kernel: 1, norm: batch_norm, activation: {function_text(name)}}}
  - Deep: {{op: conv, filters: 32, kernel: 3, norm: batch_norm, activation: {function_text(name)}}}
outputs: {{Deep: {{}}}}
"""
    backends["single"] = Single()
    report = netspec.parity(load_text(steps), ["single"], seed=seed)
    assert all(step.own.passed for step in report.backends["single"].steps)


def test_only_steps_that_need_it_run_twice(backends: dict[str, Any]) -> None:
    """Two runs from the images on, one of each step; another where a knee was not met."""
    steps = """
netspec: 1
name: Runs
input: {image: {height: 7, width: 6, channels: 4}}
steps:
  - Relu: {op: conv, filters: 8, kernel: 3, norm: batch_norm, activation: relu}
  - Relu6: {op: conv, filters: 8, kernel: 3, norm: batch_norm, activation: relu6}
  - Kept: {op: relu}
  - Plain: {op: conv, filters: 8, kernel: 1}
  - Share: {op: softmax}
outputs: {Share: {}}
"""
    netspec.parity(load_text(steps), ["torch"])
    ran = backends["torch"].ran[2:]
    assert ran == [("Relu",), ("Relu6",), ("Relu6",), ("Kept",), ("Kept",), ("Plain",), ("Share",)]


def test_inception_v3_needs_no_run_more(backends: dict[str, Any]) -> None:
    """All its functions are relus with values on both sides of zero."""
    spec = netspec.load("inception_v3", set={"depth_multiplier": 0.1}, input="107x107")
    netspec.parity(spec, ["torch"])
    assert len(backends["torch"].ran) == 2 + len(spec.graph().steps)

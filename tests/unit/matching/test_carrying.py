"""What a folded norm becomes is exact, and nothing is carried where there is no place for it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from corpus.nets import weights
from texts import graph_of

from netspec.ir.graph import Graph
from netspec.matching.carrying import carry, variance_for
from netspec.matching.match import match


@pytest.mark.parametrize("epsilon", [1e-3, 1e-5, 1.001e-5, 2e-5, 0.1, 0.5, 1e-12, 1.0, 3.0])
def test_the_variance_of_a_norm_that_does_nothing_adds_up_to_one(epsilon: float) -> None:
    total = np.float32(variance_for(epsilon)) + np.float32(epsilon)
    assert total == np.float32(1)


NET = """\
netspec: 1
name: Net
input: {image: {height: 5, width: 4, channels: 3}}
steps: [%s]
outputs: {Out: {}}
"""


def carried(here: str, there: str, change: Callable[[dict[str, np.ndarray]], None]) -> list[str]:
    """The differences between two networks of one step each, some weights being changed."""
    ours, theirs = graph_of(NET % here), graph_of(NET % there)
    values = weights(theirs)
    change(values)
    return [str(each) for each in match(ours, theirs, values).differences]


def test_a_bias_of_zeros_needs_no_place() -> None:
    here = "{Out: {op: conv, filters: 2, kernel: 1, bias: false}}"
    there = "{Out: {op: conv, filters: 2, kernel: 1}}"
    assert carried(here, there, lambda w: w["Out/bias"].fill(0)) == []
    assert carried(here, there, lambda w: None) == ["Out: bias none here, given there"]


def test_a_scale_that_is_not_positive_needs_a_gamma() -> None:
    here = "{Out: {op: batch_norm, scale: false}}"
    there = "{Out: {op: batch_norm}}"
    assert carried(here, there, lambda w: None) == []
    (told,) = carried(here, there, lambda w: w["Out/gamma"].fill(-1))
    assert told == "Out: scale false here, a gamma that is not positive there"


def test_a_shift_behind_a_gamma_of_zero_needs_a_beta() -> None:
    here = "{Out: {op: batch_norm, center: false}}"
    there = "{Out: {op: batch_norm}}"
    assert carried(here, there, lambda w: None) == []
    (told,) = carried(here, there, lambda w: w["Out/gamma"].fill(0))
    assert told == "Out: center false here, a beta behind a gamma of 0 there"


def test_what_no_output_depends_on_is_zeros() -> None:
    text = NET % "{Out: {op: relu}}, {Idle: {op: conv, filters: 2, kernel: 1}}"
    graph = graph_of(text)
    found = match(graph, graph, weights(graph))
    values, _ = carry(graph, graph, found.pairs, weights(graph))
    assert {name: each.fate for name, each in values.items()} == {
        "Idle/kernel": "synthesised",
        "Idle/bias": "synthesised",
    }
    assert not any(each.value.any() for each in values.values())


def deep(count: int, first: str) -> Graph:
    """That many residual blocks, behind a first step."""
    block = (
        "template: {op: add, branches: [{A: {op: conv, filters: 2, kernel: 1, norm: batch_norm,"
        " activation: relu}}, {B: []}]}"
    )
    return graph_of(
        f"""\
netspec: 1
name: Deep
input: {{image: {{height: 4, width: 4, channels: 2}}}}
templates: {{{block.replace("template", "block")}}}
steps:
  - First: {first}
  - "Block{{i}}": {{use: block, for: {{i: 1..{count}}}}}
outputs: {{Block{count}: {{}}}}
"""
    )


def seconds(here: Graph, there: Graph) -> float:
    """The least time of three comparisons, of the processor's."""
    times: list[float] = []
    for _ in range(3):
        start = time.process_time()
        match(here, there)
        times.append(time.process_time() - start)
    return min(times)


RELU = "{op: relu}"


@pytest.mark.slow
@pytest.mark.parametrize("first", [RELU, "{op: tanh}"])
def test_time_grows_with_the_network_and_no_faster(first: str) -> None:
    small, large = (seconds(deep(count, RELU), deep(count, first)) for count in (400, 1600))
    assert large <= 4 * 2.3 * small


@pytest.mark.slow
@pytest.mark.parametrize("first", [RELU, "{op: tanh}"])
def test_depth_is_no_limit(first: str) -> None:
    found = match(deep(4000, RELU), deep(4000, first))
    told = [] if first == RELU else ["First: activation relu here, tanh there"]
    assert [str(each) for each in found.differences] == told

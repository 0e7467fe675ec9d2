"""That a sweep does not do for each variant what is the same for all; and does it right."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import Any

import pytest

import netspec
from netspec.ir.graph import Graph
from netspec.loading import checked
from netspec.measures import MEASURES, measures
from netspec.sweeping.variants import Base, measured
from netspec.weights import initial

VARY = {"depth_multiplier": "0.5..1/0.1", "num_classes": [10, 1000], "aux": [True, False]}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often some work is done, from now on."""
    counts: Counter[str] = Counter()

    def count(place: str, name: str, what: str) -> None:
        plain = getattr(import_module(place), name)

        def counting(*given: Any, **more: Any) -> Any:
            counts[what] += 1
            return plain(*given, **more)

        monkeypatch.setattr(f"{place}.{name}", counting)

    count("netspec.bundled", "read", "files read")
    count("netspec.loading", "check", "checks")
    count("netspec.loading", "expand", "expansions")
    count("netspec.spec", "lower", "lowerings")
    count("netspec.spec", "summarize", "summaries")
    count("netspec.measures", "total_cost", "totals")
    return counts


def test_a_spec_is_read_and_checked_once(counted: Counter[str]) -> None:
    result = netspec.sweep("inception_v3", VARY, jobs=1)
    assert len(result) == 24
    tried = 2 + 2 + 2 + 1  # the ends of a range, both values of a list, the first of all
    assert counted["files read"] == 1
    assert counted["checks"] == 1
    assert counted["expansions"] == 24 + tried
    assert counted["lowerings"] == 24 + 1
    assert counted["totals"] == 24 + 1
    assert counted["summaries"] == 0


def test_the_tensors_of_a_node_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the graph, whoever asks for them: the verifier, the cost, the depth."""
    made: Counter[str] = Counter()
    plain = Graph.input_shapes

    def input_shapes(self: Graph, node: Any) -> Any:
        made[node.name] += 1
        return plain(self, node)

    graph = netspec.load("inception_v3").graph()
    monkeypatch.setattr(Graph, "input_shapes", input_shapes)
    for _ in range(3):
        for node in graph.nodes:
            graph.owned(node)
    assert not made


@pytest.mark.parametrize("source", ["inception_v3", "inception_v3.torchvision", "resnet50"])
def test_a_variant_is_what_is_loaded_by_itself(source: str) -> None:
    """What is kept between variants colours none of them: in any order, there and back."""
    base = Base.read(source)
    known = base.spec({}).tree.params
    key = "depth_multiplier" if "depth_multiplier" in known else "num_classes"
    values = [0.5, 1.0, 0.25, 0.5, 0.75] if key == "depth_multiplier" else [10, 1000, 2, 10]
    for value in values:
        given = {key: value}
        spec = netspec.load(source, set=given)
        own = {"spec_hash": spec.hash, **measures(spec.graph())}
        assert measured(base, given, tuple(MEASURES)) == own


def test_defaults_that_speak_of_the_input_are_had_anew() -> None:
    text = """
netspec: 1
name: Inputs
params: {share: 2, extra: 1}
input: {image: {height: 8, width: 8, channels: 4}}
defaults:
  conv:
    filters: "${in.channels * share}"
    kernel: "${share + extra}"
    padding: {top: "${extra}", left: "${in.channels // 4}"}
steps:
  - One: {op: conv}
  - Two: {op: conv}
outputs: {Two: {}}
"""
    from netspec.diagnostics import Source
    from netspec.reading.reader import read_text

    prepared = checked((read_text(Source("inputs.yaml", text)),))
    from netspec.language.settings import from_values

    for share, extra in ((2, 1), (3, 1), (2, 0), (2, 1)):
        tree = prepared.spec(from_values({"share": share, "extra": extra})).tree
        one, two = (step.op for step in tree.steps)
        assert one.filters == 4 * share  # type: ignore[union-attr]
        assert two.filters == 4 * share**2  # type: ignore[union-attr]
        assert one.kernel == (share + extra,) * 2  # type: ignore[union-attr]
        assert (one.padding.top, one.padding.left) == (extra, 1)  # type: ignore[union-attr]
        assert two.padding.left == share  # type: ignore[union-attr]


def test_no_weight_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initial, "init_weights", None)
    assert len(netspec.sweep("inception_v1", {"num_classes": [10, 100]})) == 2

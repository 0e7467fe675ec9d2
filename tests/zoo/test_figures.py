"""Every bundled spec has the parameters, MACs and sizes that its makers' own network has."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import pytest
import yaml
from texts import load_text

from netspec import bundled, costs
from netspec.ir.graph import Graph
from netspec.loading import load
from zoo.figures import BUILDS, OWN_WEIGHTS, TRIALS, Build

SPECS = bundled.specs()
BASES: Mapping[str, str] = {
    name: document["extends"]
    for name, path in SPECS.items()
    if "extends" in (document := yaml.safe_load(path.read_text(encoding="utf-8")))
}
"""What each dialect extends."""


def sizes(graph: Graph) -> dict[str, list[int]]:
    """The size of every endpoint."""
    return {path: graph.shapes[name].dims for path, name in graph.endpoints().items()}


def total(graph: Graph) -> costs.Cost:
    """What the whole network costs."""
    return sum(costs.step_costs(graph).values(), costs.Cost())


def shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shape of every weight by its path."""
    return {path: weight.shape for path, weight in graph.weights()}


def test_every_bundled_spec_has_figures_and_a_trial() -> None:
    assert {build.spec for build in BUILDS} == set(SPECS)
    assert {trial.spec for trial in TRIALS} == set(SPECS)


@pytest.mark.parametrize("build", BUILDS, ids=str)
def test_it_has_the_parameters_macs_and_sizes_of_the_build(build: Build) -> None:
    graph = load(build.spec, set=dict(build.set), input=build.input).graph()
    assert total(graph) == build.cost, build.of
    found = sizes(graph)
    assert {path: found.get(path) for path in build.endpoints} == build.endpoints, build.of
    assert graph.outputs == build.outputs, build.of


@pytest.mark.parametrize("name", SPECS)
def test_class_scores_are_called_logits_and_other_heads_have_a_weight(name: str) -> None:
    weights = {output.path: output.loss_weight for output in load(name).tree.outputs}
    assert weights.pop("Logits", 0) is None
    weights.pop("Predictions", None)
    assert all(weights.values())


@pytest.mark.parametrize("name", SPECS)
def test_the_expanded_spec_is_the_same_network(name: str) -> None:
    spec = load(name)
    once = load_text(spec.expanded())
    assert once.hash == spec.hash
    assert once.expanded() == spec.expanded()


@pytest.mark.parametrize("name", SPECS)
def test_it_states_where_it_comes_from(name: str) -> None:
    about = load(name).about
    assert None not in (about.year, about.paper, about.source)
    assert name not in BASES or about.source != load(BASES[name]).about.source


@pytest.mark.parametrize("name", sorted(set(SPECS) - set(BASES)))
def test_a_base_holds_its_main_endpoints_to_their_sizes(name: str) -> None:
    assert SPECS[name].read_text(encoding="utf-8").count("expect:") >= 3


@pytest.mark.parametrize("name", BASES)
def test_weights_move_by_path_between_a_base_and_its_dialect(name: str) -> None:
    """Kernels and biases of both have one shape, but for those that the dialect's entry names."""
    base, dialect = (shapes(load(each).graph()) for each in (BASES[name], name))
    moved = {path for path, shape in dialect.items() if base.get(path) == shape}
    own = {path for path in dialect if path not in moved and "/norm/" not in path}
    globs = OWN_WEIGHTS[name]
    assert not {path for path in own if not any(fnmatchcase(path, glob) for glob in globs)}
    assert not {glob for glob in globs if not any(fnmatchcase(path, glob) for path in own)}

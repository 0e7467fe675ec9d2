"""The contract of a backend: every op, in awkward shapes, gives what the reference gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from corpus import ops
from corpus.joins import JOINS
from corpus.nets import Net, error, images, weights

from netspec import targets
from netspec.ops.table import OPS, always_lowered
from netspec.reference import evaluate

BACKENDS = tuple(targets.BUNDLED)
PRECISIONS = {"float32": 5e-6, "float64": 1e-12}
COMPUTES = {
    "torch": {"float32", "float64"},
    "keras": {"float32", "float64"},
    "onnx": {"float32"},  # onnxruntime's CPU has no convolution in float64
}
RUNS = [(name, dtype) for name in BACKENDS for dtype in sorted(COMPUTES[name])]
CASES: dict[str, Net] = {**ops.CASES, **JOINS}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Any:
    return targets.backend(request.param)


def test_backends_compute_in_the_precisions_that_are_tested(backend: Any) -> None:
    assert backend.dtypes == COMPUTES[backend.name]


def test_a_backend_offers_all_that_is_listed(backend: Any) -> None:
    listed = {*vars(targets.Backend), *targets.Backend.__annotations__}
    assert {name for name in listed if not name.startswith("_")} <= {*dir(backend)}


@pytest.mark.parametrize(("name", "dtype"), RUNS)
@pytest.mark.parametrize("case", CASES)
def test_a_net_gives_what_the_reference_gives(
    case: str, name: str, dtype: str, tmp_path: Path
) -> None:
    backend = targets.backend(name)
    graph = CASES[case].graph(tmp_path)
    assert backend.unsupported(graph) == ()
    feeds, values = images(graph), weights(graph)
    found = backend.run(graph, values, feeds, dtype)
    wanted = evaluate(graph, values, feeds)
    assert list(found) == list(graph.outputs)
    assert {str(value.dtype) for value in found.values()} == {dtype}
    errors = {path: error(value, wanted[path]) for path, value in found.items()}
    assert max(errors.values()) <= PRECISIONS[dtype], errors


@pytest.mark.parametrize("case", CASES)
def test_a_step_cut_out_gives_what_the_reference_gives(
    case: str, backend: Any, tmp_path: Path
) -> None:
    graph = CASES[case].graph(tmp_path)
    for step in map(graph.step, graph.steps):
        feeds, values = images(step, batch=2), weights(step)
        (found,) = backend.run(step, values, feeds, "float32").values()
        (wanted,) = evaluate(step, values, feeds).values()
        assert error(found, wanted) <= PRECISIONS["float32"], step.outputs


def test_every_op_of_a_graph_has_a_rule_or_a_reason(backend: Any, tmp_path: Path) -> None:
    """An op whose parts are others never reaches a backend; every other does, in some case."""
    graphs = [net.graph(tmp_path) for net in CASES.values()]
    met = {type(node.op) for graph in graphs for node in graph.nodes}
    assert {op for op in OPS.values() if op not in met} == set(filter(always_lowered, OPS.values()))
    refused = {d.message for graph in graphs for d in backend.unsupported(graph)}
    assert {message for message in refused if "no rule" in message} == set()

"""Each pass by example: YAML in, the rewritten graph and the refusals out (tests/passes/*.md).

`--regenerate` writes the ```graph and ```kept blocks of a case; read what changes. Whatever they
say, the reference gives the same outputs before and after, for random weights.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpus.nets import error, images, weights
from pages import Part, parts, rewrite
from texts import graph_of

from netspec.ir.graph import Graph
from netspec.ir.text import to_text
from netspec.ir.verify import InvalidGraph
from netspec.loading import load
from netspec.passes.pipelines import PIPELINES
from netspec.passes.rewriting import Pass, Rewritten, Weights, run, unchanged
from netspec.reference import evaluate

FOLDER = Path(__file__).parents[2] / "passes"
PASSES: dict[str, Pass] = {p.__name__: p for line in PIPELINES.values() for p in line}
CASES = [part for page in sorted(FOLDER.glob("*.md")) for part in parts(page)]


def blocks_of(done: Rewritten) -> dict[str, str]:
    kept = "".join(f"{node}: {reason}\n" for node, reason in done.kept)
    return {"graph": to_text(done.graph), "kept": kept}


def spread(before: Graph, done: Rewritten) -> float:
    """The greatest error of an output that a pass has brought."""
    values, feeds = weights(before), images(before)
    values = {name: value.astype(np.float64) for name, value in values.items()}
    wanted = evaluate(before, values, feeds)
    found = evaluate(done.graph, done.weights(values), feeds)
    assert list(found) == list(wanted)
    return max(error(found[path], wanted[path]) for path in wanted)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.page.stem}: {c.title}")
def test_case(case: Part, request: pytest.FixtureRequest) -> None:
    graph = graph_of(case.blocks["yaml"])
    done = run(graph, [PASSES[case.page.stem]])
    assert spread(graph, done) <= 1e-12
    for kind, text in blocks_of(done).items():
        if request.config.getoption("--regenerate"):
            rewrite(case, f"```{kind}\n{case.blocks[kind]}```", f"```{kind}\n{text}```")
            case = next(p for p in parts(case.page) if p.title == case.title)
        assert text == case.blocks[kind]


@pytest.mark.parametrize("name", PASSES)
def test_every_pass_has_a_case_that_fires_and_one_that_refuses(name: str) -> None:
    page = FOLDER / f"{name}.md"
    assert page.is_file(), f"{name} has no case: write tests/passes/{name}.md"
    fired = refused = 0
    for case in parts(page):
        graph = graph_of(case.blocks["yaml"])
        done = PASSES[name](graph)
        fired += done.graph != graph
        refused += done.graph == graph and bool(done.kept)
    assert fired, f"no case of {page.name} fires"
    assert refused, f"no case of {page.name} refuses"


def test_every_page_is_of_a_pass_that_is_run() -> None:
    assert {case.page.stem for case in CASES} == PASSES.keys()


def test_what_a_pass_costs_inception_v3() -> None:
    graph = load("inception_v3").graph()
    done = run(graph, PIPELINES["inference"])
    assert "batch_norm" not in {node.op.name for node in done.graph.nodes}
    assert done.kept == ()
    # 96 convs with a norm: each loses its norm's mean and variance and turns its beta into a bias
    names = [name for name, _ in graph.weights()]
    assert len(names) - len(list(done.graph.weights())) == 2 * sum(
        "/moving_mean" in n for n in names
    )


TEXT = """\
netspec: 1
name: Small
input: {image: {height: 4, width: 4, channels: 3}}
steps:
  - A: {op: conv, filters: 4, kernel: 1}
  - B: {op: relu}
outputs: {B: {}}
"""


def broken(graph: Graph) -> Rewritten:
    return Rewritten(replace(graph, nodes=graph.nodes[1:]))


def other_outputs(graph: Graph) -> Rewritten:
    return Rewritten(replace(graph, outputs=("A",)))


def other_inputs(graph: Graph) -> Rewritten:
    return Rewritten(replace(graph, inputs=(*graph.inputs, replace(graph.inputs[0], name="more"))))


@pytest.mark.parametrize("step", [broken, other_outputs, other_inputs])
def test_a_pass_that_breaks_its_promise_is_named(step: Pass) -> None:
    with pytest.raises(InvalidGraph, match=step.__name__):
        run(graph_of(TEXT), [step])


def test_weights_that_are_not_the_graphs_are_refused() -> None:
    def careless(graph: Graph) -> Rewritten:
        return Rewritten(graph, lambda old: {name: value.T for name, value in old.items()})

    graph = graph_of(TEXT)
    with pytest.raises(InvalidGraph, match="careless gives other weights"):
        run(graph, [careless]).weights(weights(graph))


def test_a_wrong_fold_is_seen() -> None:
    """The check above would find an algebra that forgets the mean: a planted mistake."""
    text = TEXT.replace("kernel: 1}", "kernel: 1, norm: batch_norm}")
    graph = graph_of(text)
    done = run(graph, PIPELINES["inference"])

    def forgetful(old: Weights) -> Weights:
        return done.weights({k: v * 0 if "mean" in k else v for k, v in old.items()})

    assert spread(graph, done) <= 1e-12
    assert spread(graph, replace(done, weights=forgetful)) > 1e-3


def test_weights_stay_as_they_are_without_a_pass() -> None:
    graph = graph_of(TEXT)
    values = weights(graph)
    assert run(graph, []).weights(values) is values
    assert unchanged(values) is values

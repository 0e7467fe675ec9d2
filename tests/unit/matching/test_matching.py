"""Two networks by example: what is one and what differs, and what becomes of the weights.

tests/matching/*.md have a spec and another network. `--regenerate` writes the ```weights and
```told blocks; read what changes. Whatever they say, the carried weights give the other network's
numbers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from corpus.nets import error, images, weights
from pages import Part, parts, rewrite
from texts import graph_of

from netspec.ir.graph import Graph
from netspec.matching.carrying import Carried, carry
from netspec.matching.foreign import ForeignModel
from netspec.matching.match import Matching, match
from netspec.matching.telling import told
from netspec.reference import evaluate

FOLDER = Path(__file__).parents[2] / "matching"
FLOAT32 = 2e-6
"""Of what weights are worked out in float32."""


def cases(name: str) -> list[Part]:
    return list(parts(FOLDER / f"{name}.md"))


def matched(case: Part) -> tuple[Graph, Graph, Matching]:
    here, there = graph_of(case.blocks["yaml"]), graph_of(case.blocks["there"])
    return here, there, match(here, there, weights(there))


def expect(case: Part, kind: str, text: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--regenerate"):
        rewrite(case, f"```{kind}\n{case.blocks[kind]}```", f"```{kind}\n{text}```")
        case = next(p for p in parts(case.page) if p.title == case.title)
    assert text == case.blocks[kind]


@pytest.mark.parametrize("case", cases("equal"), ids=lambda c: c.title)
def test_equal(case: Part, request: pytest.FixtureRequest) -> None:
    here, there, found = matched(case)
    assert found.equal, [str(each) for each in found.differences]
    carried, differences = carry(here, there, found.pairs, weights(there))
    assert not differences
    assert spread(here, there, carried) <= FLOAT32
    lines = [f"{line(each)}\n" for each in carried.values()]
    lines += [f"left out: {path}\n" for path in found.left_out]
    expect(case, "weights", "".join(lines), request)


def line(each: Carried) -> str:
    sources = f" from {', '.join(each.sources)}" if each.sources else ""
    return f"{each.fate} {each.name}{sources}" + (f": {each.note}" if each.note else "")


def spread(here: Graph, there: Graph, carried: dict[str, Carried]) -> float:
    """The greatest error of an output that both have."""
    feeds = images(here)
    own = {name: each.value for name, each in carried.items()}
    assert own.keys() == {name for name, _ in here.weights()}
    found = list(evaluate(here, own, feeds).values())
    wanted = list(evaluate(there, weights(there), feeds).values())
    return max(
        error(ours.reshape(theirs.shape), theirs)
        for ours, theirs in zip(found, wanted, strict=False)
    )


@pytest.mark.parametrize("case", cases("different"), ids=lambda c: c.title)
def test_different(case: Part, request: pytest.FixtureRequest) -> None:
    here, there, found = matched(case)
    assert not found.equal
    model = ForeignModel("other.onnx", there, {}, {}, frozenset(), {})
    expect(case, "told", f"{told(found, here.name, model)}\n", request)


@pytest.mark.parametrize("case", [*cases("equal"), *cases("different")], ids=lambda c: c.title)
def test_every_network_is_itself(case: Part) -> None:
    for name in ("yaml", "there"):
        graph = graph_of(case.blocks[name])
        found = match(graph, graph, weights(graph))
        assert found.equal
        carried, _ = carry(graph, graph, found.pairs, weights(graph))
        for weight, value in weights(graph).items():
            assert np.array_equal(carried[weight].value, value)

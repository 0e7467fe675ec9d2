"""The verifier: a graph that breaks one of its promises is refused, with the promise's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from texts import HEAD, graph_of

from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map, Vector
from netspec.ir.verify import InvalidGraph, verify
from netspec.loading import load
from netspec.ops.conv import Conv
from netspec.ops.kinds import Pair

TEXT = f"""{HEAD}
steps:
  - Conv: {{op: conv, filters: 4, kernel: 3, norm: batch_norm, activation: relu}}
  - Mixed:
      op: concat
      branches:
        - Keep: []
        - Pool: {{op: max_pool, kernel: 3, padding: same}}
  - Vector: {{op: flatten}}
  - Dense: {{op: dense, filters: 2}}
outputs: {{Dense: {{}}, Mixed: {{}}}}
"""
GOOD = graph_of(TEXT)


def changed(where: str, **values: object) -> Graph:
    """The good graph with one node changed."""
    node = GOOD.by_name[where]
    nodes = tuple(replace(n, **values) if n is node else n for n in GOOD.nodes)  # type: ignore[arg-type]
    return replace(GOOD, nodes=nodes)


def twice(graph: Graph) -> tuple[Node, ...]:
    return (*graph.nodes, graph.nodes[-1])


SUGARED = Conv(filters=4, kernel=Pair(3, 3), padding="same")

FAULTS: dict[str, Callable[[], Graph]] = {
    "two values are called Dense": lambda: replace(GOOD, nodes=twice(GOOD)),
    "two values are called image": lambda: changed("Mixed/Pool", name="image"),
    "Conv/conv takes Mixed before it exists": lambda: changed("Conv/conv", inputs=("Mixed",)),
    "Conv/conv takes Nowhere before it exists": lambda: changed("Conv/conv", inputs=("Nowhere",)),
    "Conv/conv takes Conv/conv before it exists": lambda: changed(
        "Conv/conv", inputs=("Conv/conv",)
    ),
    "Vector takes 2 inputs": lambda: changed("Vector", inputs=("Mixed", "Mixed")),
    "Vector takes 0 inputs": lambda: changed("Vector", inputs=()),
    "Mixed takes 0 inputs": lambda: changed("Mixed", inputs=()),
    "Conv/conv is not lowered": lambda: changed("Conv/conv", op=SUGARED),
    "Dense gives 2, not 3": lambda: changed("Dense", output=Vector(3)),
    "Mixed gives 6x6x8, not 6x6x9": lambda: changed("Mixed", output=Map(6, 6, 9)),
    "Dense and Conv/conv both own Conv/kernel": lambda: changed("Dense", owner="Conv"),
    "block Conv gives Gone, which does not exist": lambda: replace(
        GOOD, blocks=(replace(GOOD.blocks[0], result="Gone"), *GOOD.blocks[1:])
    ),
    "is in block Gone, which does not exist": lambda: changed("Mixed", block="Gone"),
    "output Gone does not exist": lambda: replace(GOOD, outputs=("Gone",)),
    "two blocks are called Conv": lambda: replace(GOOD, blocks=(*GOOD.blocks, GOOD.blocks[0])),
    "there is no output": lambda: replace(GOOD, outputs=()),
    "output Dense stands twice": lambda: replace(GOOD, outputs=("Dense", "Dense")),
    "Dense does not fit": lambda: changed("Dense", inputs=("Mixed",)),
}


def test_good_graphs_pass_and_come_back() -> None:
    assert verify(GOOD) is GOOD
    verify(load("inception_v3").graph())


@pytest.mark.parametrize("words", FAULTS)
def test_a_planted_mistake_is_reported(words: str) -> None:
    with pytest.raises(InvalidGraph) as caught:
        verify(FAULTS[words]())
    assert words in str(caught.value)


def test_all_mistakes_are_reported_at_once() -> None:
    broken = replace(changed("Dense", output=Vector(3)), outputs=("Gone",))
    with pytest.raises(InvalidGraph, match=r"Dense gives 2, not 3; output Gone does not exist"):
        verify(broken)


def test_a_graph_that_was_cut_out_is_verified_too() -> None:
    verify(GOOD.step("Conv"))
    verify(GOOD.with_outputs(["Mixed/Pool", "Conv"]))

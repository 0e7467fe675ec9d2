"""What no output needs is left out, and what is left is a sound graph."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus.joins import JOINS

from netspec.ir.needed import needed
from netspec.ir.verify import verify


@pytest.mark.parametrize("case", JOINS)
def test_any_output_alone_leaves_a_sound_graph(case: str, tmp_path: Path) -> None:
    graph = JOINS[case].graph(tmp_path)
    for path in graph.endpoints():
        left = verify(needed(graph.with_outputs([path])))
        assert set(left.nodes) <= set(graph.nodes)
        used = {name for node in left.nodes for name in node.inputs} | {left.producer(path)}
        assert {node.name for node in left.nodes} <= used


def test_a_graph_without_anything_unused_stays_itself(tmp_path: Path) -> None:
    graph = JOINS["head"].graph(tmp_path)
    assert needed(graph) is graph


def test_a_block_whose_own_value_goes_gives_its_last_one_left(tmp_path: Path) -> None:
    graph = JOINS["unused-steps"].graph(tmp_path)
    left = needed(graph)
    assert [node.name for node in left.nodes] == ["a/conv", "a", "b/c"]
    assert left.blocks_by_path["b"].result == "b/c"

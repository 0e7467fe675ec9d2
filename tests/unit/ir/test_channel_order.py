"""Which vectors a channels-first backend may keep in its own order."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.ir.channel_order import channels_first_vectors, order_matters
from netspec.ir.shapes import Map

MAP = Map(2, 3, 4)


def kept(tmp_path: Path, steps: str, outputs: str, size: Map = MAP) -> dict[str, Map]:
    """The analysis of a net with these steps."""
    height, width, channels = size.dims
    file = tmp_path / "net.yaml"
    file.write_text(
        f"netspec: 1\nname: Net\n"
        f"input: {{image: {{height: {height}, width: {width}, channels: {channels}}}}}\n"
        f"steps:\n{steps}\noutputs: {{{outputs}: {{}}}}\n"
    )
    return dict(channels_first_vectors(netspec.load(file).graph()))


def test_a_flatten_before_a_dense_is_kept(tmp_path: Path) -> None:
    steps = """
  - flat: {op: flatten}
  - scores: {op: dense, filters: 5}
"""
    assert kept(tmp_path, steps, "scores") == {"flat": MAP}


def test_elementwise_followers_are_kept_with_it(tmp_path: Path) -> None:
    steps = """
  - flat: {op: flatten}
  - drop: {op: dropout, keep: 0.5}
  - rect: {op: relu}
  - scores: {op: dense, filters: 5, activation: tanh}
  - squash: {op: sigmoid}
"""
    assert kept(tmp_path, steps, "squash") == {"flat": MAP, "drop": MAP, "rect": MAP}


def test_two_dense_kernels_may_see_one_flatten(tmp_path: Path) -> None:
    steps = """
  - flat: {op: flatten}
  - sum:
      op: add
      branches:
        - a: [{a1: {op: dense, filters: 5}}]
        - b: [{b1: {op: relu}}, {b2: {op: dense, filters: 5}}]
"""
    assert kept(tmp_path, steps, "sum") == {"flat": MAP, "sum/b/b1": MAP}


@pytest.mark.parametrize(
    "reader",
    ["{op: softmax}", "{op: batch_norm}", "{op: concat, branches: [{a: []}, {b: []}]}"],
)
def test_another_reader_sees_the_order(tmp_path: Path, reader: str) -> None:
    steps = f"""
  - flat: {{op: flatten}}
  - rect: {{op: relu}}
  - reader: {reader}
  - scores: {{op: dense, filters: 5}}
"""
    assert kept(tmp_path, steps, "scores") == {}


def test_a_second_use_that_sees_the_order_spoils_the_first(tmp_path: Path) -> None:
    steps = """
  - flat: {op: flatten}
  - both:
      op: concat
      branches:
        - a: [{a1: {op: dense, filters: 5}}]
        - b: [{b1: {op: relu}}]
"""
    assert kept(tmp_path, steps, "both") == {}


def test_an_output_is_canonical_and_so_is_what_leads_to_it(tmp_path: Path) -> None:
    steps = """
  - flat: {op: flatten}
  - rect: {op: relu}
  - scores: {op: dense, filters: 5}
"""
    assert kept(tmp_path, steps, "rect: {}, scores") == {}
    assert kept(tmp_path, steps, "flat: {}, scores") == {}


def test_a_block_that_gives_the_flatten_makes_it_an_output(tmp_path: Path) -> None:
    steps = """
  - block:
      steps:
        - flat: {op: flatten}
  - scores: {op: dense, filters: 5}
"""
    assert kept(tmp_path, steps, "block: {}, scores") == {}
    assert kept(tmp_path, steps, "scores") == {"block/flat": MAP}


@pytest.mark.parametrize("size", [Map(1, 1, 4), Map(2, 3, 1)])
def test_one_pixel_or_one_channel_has_no_order(tmp_path: Path, size: Map) -> None:
    steps = """
  - flat: {op: flatten}
  - scores: {op: dense, filters: 5}
"""
    assert not order_matters(size)
    assert kept(tmp_path, steps, "scores", size) == {}


def test_a_vector_that_feeds_a_step_cut_out_is_canonical(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(
        "netspec: 1\nname: Net\ninput: {image: {height: 2, width: 3, channels: 4}}\n"
        "steps:\n  - flat: {op: flatten}\n  - scores: {op: dense, filters: 5}\n"
        "outputs: {scores: {}}\n"
    )
    graph = netspec.load(file).graph()
    assert channels_first_vectors(graph.step("scores")) == {}
    assert channels_first_vectors(graph.step("flat")) == {}

"""The named figures of networks, by arithmetic on the page and by the facts."""

from __future__ import annotations

import pytest

import netspec
from netspec.diagnostics import Source
from netspec.loading import from_document
from netspec.measures import MEASURES, measures
from netspec.reading.reader import read_text
from netspec.spec import Spec


def _spec(text: str) -> Spec:
    return from_document(read_text(Source("net.yaml", text)))


TWO_BRANCHES = """
netspec: 1
name: Two
input: {image: {height: 8, width: 12, channels: 3}}
steps:
  - First:
      {op: conv, filters: 4, kernel: 3, stride: 2, padding: same, norm: {op: batch_norm}}
  - Both:
      op: concat
      branches:
        - Wide: {op: conv, filters: 5, kernel: [5, 3], padding: same}
        - Same: []
  - Mean: {op: global_avg_pool}
  - Vector: {op: squeeze}
  - Scores: {op: dense, filters: 7}
outputs: {Scores: {}}
"""


def test_the_figures_of_a_small_network_by_arithmetic() -> None:
    found = measures(_spec(TWO_BRANCHES).graph())
    # maps: First 4x6x4, Wide 4x6x5, Both 4x6x9, Mean 1x1x9, Vector 9, Scores 7
    sizes = {"First": 96, "Wide": 120, "Both": 216, "Mean": 9, "Vector": 9, "Scores": 7}
    assert found["memory"] == 4 * sum(sizes.values())
    # while Both is made, First (taken by it again), Wide and Both itself are alive
    assert found["peak"] == 4 * (96 + 120 + 216)
    assert found["params"] == 3 * 3 * 3 * 4 + 2 * 4 + (5 * 3 * 4 * 5 + 5) + (9 * 7 + 7)
    assert found["macs"] == 24 * (27 * 4) + 24 * (60 * 5) + 9 * 7
    assert found["depth"] == 3
    assert found["layers"] == 6
    # First sees 3x3 in steps of 2; Wide (3 + 4 * 2) by (3 + 2 * 2): its narrower side is 7
    assert (found["rf"], found["stride"]) == (7, 2)


def test_the_input_counts_towards_the_peak_until_its_last_use() -> None:
    text = TWO_BRANCHES.replace("height: 8, width: 12", "height: 80, width: 120")
    found = measures(_spec(text).graph())
    # the input 80x120x3 and First 40x60x4 are less than First, Wide and Both of 40x60
    assert found["peak"] == 4 * 40 * 60 * (4 + 5 + 9)
    one = text.replace("- Wide: {op: conv, filters: 5,", "- Wide: {op: conv, filters: 1,")
    found = measures(_spec(one).graph())
    assert found["peak"] == 4 * max(80 * 120 * 3 + 40 * 60 * 4, 40 * 60 * (4 + 1 + 5))


@pytest.mark.parametrize(
    ("name", "field", "stride"),
    [
        ("alexnet", 195, 32),
        ("vgg16", 212, 32),
        ("resnet50", 483, 32),
        ("inception_v2", 699, 32),
        ("inception_v3", 1311, 32),
        ("inception_v4", 2071, 32),
        ("inception_resnet_v2", 3039, 32),
    ],
)
def test_receptive_fields_are_the_published_ones(name: str, field: int, stride: int) -> None:
    """Of Araujo, Norris and Sim 2019, "Computing Receptive Fields of CNNs", Distill, table 1."""
    found = measures(netspec.load(name).graph(), ["rf", "stride"])
    assert found == {"rf": field, "stride": stride}


def test_the_figures_of_inception_v3_are_the_known_ones() -> None:
    found = measures(netspec.load("inception_v3").graph(), ["params", "macs", "depth"])
    assert found == {"params": 27_143_152, "macs": 5_718_899_296, "depth": 48}


def test_a_network_without_steps_has_figures() -> None:
    for name, value in measures(_spec(EMPTY).graph()).items():
        assert value >= 0, name


EMPTY = """
netspec: 1
name: Nothing
input: {image: {height: 8, width: 8, channels: 3}}
steps:
  - Same: {op: activation, function: relu, when: false}
  - Other: {op: activation, function: relu}
outputs: {Other: {}}
"""


def test_every_measure_says_what_it_is() -> None:
    assert all(measure.meaning for measure in MEASURES.values())

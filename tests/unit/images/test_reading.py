"""Which output is read, and how its numbers become scores."""

from __future__ import annotations

import math

import numpy as np
import pytest
from texts import graph_of

import netspec
from netspec.diagnostics import SpecError
from netspec.images.reading import Reading, reading_of
from netspec.ir.graph import Graph


def network(last: str, outputs: str = "{Logits: {}, Predictions: {}}") -> Graph:
    return graph_of(
        "netspec: 1\nname: Small\ninput: {image: {height: 4, width: 4, channels: 5}}\nsteps:\n"
        "  - Pool: {op: global_avg_pool}\n  - Logits: {op: squeeze}\n"
        f"  - Predictions: {last}\noutputs: {outputs}\n"
    )


@pytest.mark.parametrize(
    ("last", "outputs", "expected"),
    [
        ("{op: softmax}", "{Logits: {}, Predictions: {}}", Reading("Predictions", 5, False)),
        ("{op: sigmoid}", "{Logits: {}, Predictions: {}}", Reading("Predictions", 5, False)),
        ("{op: relu}", "{Logits: {}, Predictions: {}}", Reading("Predictions", 5, True)),
        ("{op: softmax}", "{Logits: {}}", Reading("Logits", 5, True)),
    ],
)
def test_what_is_read(last: str, outputs: str, expected: Reading) -> None:
    assert reading_of(network(last, outputs)) == expected


def test_what_is_read_of_inception() -> None:
    spec = netspec.load("inception_v3", set={"num_classes": 10})
    assert reading_of(spec.graph()) == Reading("Predictions", 10, False)
    bare = netspec.load("inception_v3", set={"prediction": "none"})
    assert reading_of(bare.graph()) == Reading("Predictions", 1000, True)
    mapped = netspec.load("inception_v3", set={"spatial_squeeze": False})
    assert reading_of(mapped.graph()) == Reading("Predictions", 1000, False)


def test_no_scores() -> None:
    with pytest.raises(SpecError, match="no output called Predictions or Logits") as caught:
        reading_of(network("{op: softmax}", "{Pool: {}}"))
    assert [d.code for d in caught.value.diagnostics] == ["NS704"]


def test_a_map_of_scores_is_not_one_number_a_class() -> None:
    graph = graph_of(
        "netspec: 1\nname: Small\ninput: {image: {height: 4, width: 4, channels: 5}}\n"
        "steps: [{Logits: {op: max_pool, kernel: 3}}]\noutputs: {Logits: {}}\n"
    )
    with pytest.raises(SpecError, match="Logits is 2x2x5") as caught:
        reading_of(graph)
    assert [d.code for d in caught.value.diagnostics] == ["NS704"]


def test_softmax() -> None:
    found = Reading("Logits", 2, True).scores(np.array([[[[0.0, math.log(3)]]]], np.float32))
    assert np.allclose(found, [[0.25, 0.75]])


def test_softmax_of_large_numbers() -> None:
    found = Reading("Logits", 2, True).scores(np.array([[1e30, 0.0], [-1e30, 0.0]]))
    assert found.tolist() == [[1, 0], [0, 1]]


def test_numbers_that_are_probabilities_stay() -> None:
    assert Reading("Predictions", 2, False).scores(np.array([[0.2, 0.8]])).tolist() == [[0.2, 0.8]]

"""Weights that don't fit: everything is listed at once, and nothing is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netspec.diagnostics import Origin, Source, Span, SpecError
from netspec.ir.graph import Graph, Input, Node
from netspec.ir.shapes import Map, Vector
from netspec.ops.conv import Conv, Dense
from netspec.ops.kinds import Pair
from netspec.ops.reshape import Dropout, Flatten
from netspec.weights.fitting import checked
from netspec.weights.initial import parity_weights

ORIGIN = Origin(Span(Source("test.yaml", ""), 1, 1, 1, 1))
IMAGE, FLAT, OUT = Map(6, 5, 4), Vector(120), Vector(3)


def node(name: str, op: Any, takes: str, output: Map | Vector) -> Node:
    return Node(name, op, (takes,), output, name, "", name, ORIGIN)


GRAPH = Graph(
    "Flat",
    (Input("x", IMAGE),),
    (
        node("Conv", Conv(filters=4, kernel=Pair(1, 1), bias=True), "x", IMAGE),
        node("Flatten", Flatten(), "Conv", FLAT),
        node("Dropout", Dropout(keep=0.5), "Flatten", FLAT),
        node("Fc", Dense(filters=3, bias=True), "Dropout", OUT),
        node("Fc2", Dense(filters=3, bias=False), "Fc", OUT),
    ),
    (),
    ("Fc2",),
)


@pytest.fixture
def weights() -> dict[str, NDArray[Any]]:
    return dict(parity_weights(GRAPH, 0))


def refused(weights: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        checked(GRAPH, weights)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "NS605"
    return str(diagnostic)


def test_weights_come_back_to_the_bit_in_the_order_of_the_graph(
    weights: dict[str, NDArray[Any]],
) -> None:
    odd = np.array([0x7FC01234, 0x80000000, 0x00000001], np.uint32).view(np.float32)
    weights["Fc/bias"] = odd  # a NaN with a payload, -0.0, the smallest number
    found = checked(GRAPH, dict(reversed(weights.items())))
    assert list(found) == [name for name, _ in GRAPH.weights()]
    for name, value in found.items():
        assert value.dtype == np.float32
        assert value.tobytes() == weights[name].tobytes()


def test_float64_is_rounded(weights: dict[str, NDArray[Any]]) -> None:
    weights["Fc/bias"] = np.array([1 / 3, 1e-50, -np.inf])
    found = checked(GRAPH, weights)["Fc/bias"]
    assert found.tobytes() == np.array([1 / 3, 0, -np.inf], np.float32).tobytes()


def test_order_of_bytes_and_strides_does_not_matter(weights: dict[str, NDArray[Any]]) -> None:
    plain = checked(GRAPH, weights)["Fc/kernel"]
    weights["Fc/kernel"] = np.asfortranarray(plain).astype(">f4")
    found = checked(GRAPH, weights)["Fc/kernel"]
    assert found.flags.c_contiguous
    assert found.tobytes() == plain.tobytes()


def test_all_that_does_not_fit_is_listed_once(weights: dict[str, NDArray[Any]]) -> None:
    del weights["Conv/bias"]
    weights["Conv/typo"] = np.zeros(3, np.float32)
    weights["Conv/kernel"] = np.zeros((4, 4, 1, 1), np.float32)
    weights["Fc/bias"] = np.zeros(3, np.float16)
    first, *others = refused(weights).splitlines()
    assert first == (
        "error[NS605] weights-mismatch: the weights don't fit, none was loaded:"
        " 1 missing, 1 not in the spec, 1 of another shape, 1 of another type"
    )
    assert others[:4] == [
        "   missing: Conv/bias [4]",
        "   not in the spec: Conv/typo",
        "   of another shape: Conv/kernel is [4, 4, 1, 1], the spec has [1, 1, 4, 4]",
        "   of another type: Fc/bias is float16",
    ]
    assert others[4].startswith("   help: float32 and float64 are taken; convert other types first")


@pytest.mark.parametrize("dtype", ["float16", "int8", "int64", "uint8", "bool", "complex64", "U3"])
def test_other_types_are_refused_by_name(weights: dict[str, Any], dtype: str) -> None:
    weights["Fc/bias"] = np.zeros(3, dtype)
    assert f"of another type: Fc/bias is {np.dtype(dtype).name}" in refused(weights)


@pytest.mark.parametrize("value", [None, "text", [[1, 2], [3]], object(), {"a": 1}])
def test_what_is_no_array_is_refused(weights: dict[str, Any], value: object) -> None:
    weights["Fc/bias"] = value
    assert "of another type: Fc/bias is " in refused(weights)


@pytest.mark.parametrize("number", [3.5e38, -1e300])
def test_float64_that_would_become_infinite_is_refused(
    weights: dict[str, Any], number: float
) -> None:
    weights["Fc/bias"] = np.array([0, number, np.nan])
    assert "Fc/bias is float64 with values beyond float32" in refused(weights)


def test_the_largest_float64_that_rounds_to_a_float32_is_taken(weights: dict[str, Any]) -> None:
    largest = float(np.finfo(np.float32).max)
    weights["Fc/bias"] = np.array([0, largest, np.nextafter(largest, np.inf)])
    assert np.isfinite(checked(GRAPH, weights)["Fc/bias"]).all()


def test_a_dense_behind_a_flatten_says_that_the_input_size_differs(weights: dict[str, Any]) -> None:
    weights["Fc/kernel"] = np.zeros((8 * 8 * 4, 3), np.float32)
    message = refused(weights)
    assert "Fc/kernel stands behind a flatten of 6x5x4, which fixes the input's size" in message
    assert "256 rows are 64 pixels of 4 channels" in message
    assert "--input" in message


def test_another_dense_does_not(weights: dict[str, Any]) -> None:
    weights["Fc2/kernel"] = np.zeros((8, 3), np.float32)
    assert "flatten" not in refused(weights)


def test_names_of_a_stranger_are_printed_harmlessly(weights: dict[str, Any]) -> None:
    weights["\x1b[31mred\n" + "x" * 5000] = np.zeros(1, np.float32)
    message = refused(weights)
    assert "\x1b" not in message
    assert len(message) < 600


def test_a_flood_of_names_is_cut(weights: dict[str, Any]) -> None:
    weights |= {f"W{i}": np.zeros(1, np.float32) for i in range(5000)}
    message = refused(weights)
    assert "5000 not in the spec" in message
    assert "not in the spec: … and 4000 more" in message

"""The comparer: what it measures, what it refuses, what it must not refuse."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from netspec.proof.compare import compare, lifeless, vacuous

Array = NDArray[np.float64]


@pytest.fixture
def reference() -> Array:
    return np.random.default_rng(0).normal(size=(2, 4, 5, 3))


def softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def test_error_is_relative_to_the_greatest_magnitude(reference: Array) -> None:
    value = reference.copy()
    value[1, 2, 3, 0] += 0.25
    found = compare(value, reference, "float64")
    assert found.error == pytest.approx(0.25 / np.abs(reference).max(), rel=1e-12)
    assert not found.fault


def test_equal_values_have_no_error(reference: Array) -> None:
    assert compare(reference.copy(), reference, "float64").error == 0


def test_float32_is_compared_in_float64(reference: Array) -> None:
    found = compare(reference.astype(np.float32), reference, "float32")
    assert 0 < found.error < 1e-7


def spoilt(value: Array, number: float) -> Array:
    copy = value.copy()
    copy[0, 0, 0, 0] = number
    return copy


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda v: None, "gives no value"),
        (lambda v: [1.0], "gives a list"),
        (lambda v: v.astype(np.float32), "is float32, not float64"),
        (lambda v: v.astype(np.complex128), "is complex128, not float64"),
        (lambda v: v.transpose(0, 2, 1, 3), "has shape [2, 5, 4, 3], not [2, 4, 5, 3]"),
        (lambda v: v[:1], "has shape [1, 4, 5, 3], not [2, 4, 5, 3]"),
        (lambda v: v[..., None], "has shape [2, 4, 5, 3, 1], not [2, 4, 5, 3]"),
        (lambda v: spoilt(v, np.nan), "has NaN where the reference is finite"),
        (lambda v: spoilt(v, np.inf), "is infinite where the reference is finite"),
    ],
)
def test_a_value_of_another_form_is_a_fault(reference: Array, spoil: object, fault: str) -> None:
    assert callable(spoil)
    found = compare(spoil(reference), reference, "float64")
    assert found.fault == fault
    assert found.error == np.inf


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("theirs", [np.nan, np.inf, -np.inf, 0.0])
def test_a_reference_that_is_not_finite_is_a_fault(number: float, theirs: float) -> None:
    reference = np.array([[1.0, number]])
    found = compare(np.array([[1.0, theirs]]), reference, "float64")
    assert found.fault == "has a reference that is not finite"


def test_nothing_can_be_compared_with_an_empty_reference() -> None:
    empty = np.zeros((2, 0))
    assert compare(empty, empty, "float64").fault == "is empty"


def test_anything_but_zero_is_infinitely_far_from_zeros() -> None:
    zeros = np.zeros((2, 3))
    assert compare(zeros, zeros, "float64").error == 0
    assert compare(zeros + 1e-300, zeros, "float64").error == np.inf


@pytest.mark.parametrize(
    "mistake",
    [
        lambda v: v.transpose(0, 2, 1, 3).reshape(v.shape),
        lambda v: v[:, ::-1],
        lambda v: v[:, :, ::-1],
        lambda v: v[..., ::-1],
        lambda v: v[::-1],
        lambda v: np.roll(v, 1, axis=1),
        np.zeros_like,
        lambda v: -v,
        lambda v: v * 1.0001,
    ],
)
def test_mistakes_of_the_right_form_are_large_errors(reference: Array, mistake: object) -> None:
    assert callable(mistake)
    assert compare(mistake(reference), reference, "float64").error > 5e-6


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (np.zeros((2, 0)), "is empty"),
        (np.zeros((2, 3)), "is all zeros"),
        (np.full((2, 3), 0.7), "is constant"),
        (np.full((2, 3), 0.7) + np.arange(6).reshape(2, 3) * 1e-15, "is constant"),
        (np.ones((2, 1)), "is constant"),
        (np.array([[1.0, 2], [1, 2], [1, 2 + 1e-15]]), "is the same for every image"),
        (np.eye(3)[[0, 2]], "is one-hot"),
        (softmax(np.array([[40.0, 0, 1], [2, 50, 3]])), "is one-hot"),
        (softmax(np.array([[40.0, 0], [0, 30]])), "is one-hot"),
        (np.array([[1e-5, -2e-5]]), "is at most 2e-05 everywhere"),
    ],
)
def test_references_that_prove_nothing(reference: Array, reason: str) -> None:
    assert vacuous(reference) == reason


@pytest.mark.parametrize(
    "reference",
    [
        softmax(np.random.default_rng(1).normal(size=(2, 2))),
        softmax(np.random.default_rng(1).normal(size=(2, 1000))),
        softmax(np.random.default_rng(1).normal(size=(2, 100_000))),
        softmax(np.array([[40.0, 0, 1], [2, 3, 3]])),
        np.maximum(np.random.default_rng(1).normal(size=(2, 5, 5, 3)), 0),
        np.array([[0.0, 0.0], [0.0, 1.0]]),
        np.array([[0.3], [0.4]]),
    ],
    ids=["2 classes", "1000", "100000", "one row sure", "ReLU", "one value", "one channel"],
)
def test_references_that_prove_something(reference: Array) -> None:
    assert vacuous(reference) == ""


def test_a_small_or_certain_step_is_not_lifeless() -> None:
    assert lifeless(np.array([[1e-5, -2e-5]])) == ""
    assert lifeless(np.eye(3)) == ""
    assert lifeless(np.zeros((2, 3))) == "is all zeros"

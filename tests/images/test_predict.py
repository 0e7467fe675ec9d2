"""Classes of photographs: alike on every backend, in batches, and what is told where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus.photographs import CHINA, FLOWER, NAMES, SEEING
from PIL import Image
from texts import load_text

import netspec
from netspec import targets
from netspec.diagnostics import SpecError
from netspec.images.predicting import Prediction, classifier, predict
from netspec.reference import evaluate
from netspec.spec import Spec
from netspec.weights.initial import parity_weights

BACKENDS = ("torch", "keras", "onnx")
APART = 1e-5
"""Of scores up to 1: twice parity's bound in float32, for two backends may err both ways."""

Weights = Mapping[str, Any]


@pytest.fixture
def seeing() -> tuple[Spec, Weights]:
    spec = load_text(SEEING)
    return spec, parity_weights(spec.graph(), 0)


def softmax(values: Any) -> Any:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# the same on every backend


def agree(spec: Spec, weights: Weights) -> None:
    """All backends see the same five classes in both photographs, with the same scores."""
    seen = {
        name: netspec.predict(spec, [CHINA, FLOWER], weights=weights, backend=name)
        for name in BACKENDS
    }
    for photograph in range(2):
        guesses = {name: found[photograph].classes for name, found in seen.items()}
        numbers = {name: [g.number for g in found] for name, found in guesses.items()}
        assert numbers["torch"] == numbers["keras"] == numbers["onnx"]
        scores = np.array([[g.score for g in found] for found in guesses.values()])
        assert scores.shape == (3, 5)
        assert np.ptp(scores, axis=0).max() <= APART
        assert np.diff(scores[0]).max() < -APART  # else their order would mean nothing
    assert seen["torch"][0].classes != seen["torch"][1].classes


def test_a_narrow_inception_sees_the_same_everywhere() -> None:
    spec = netspec.load("inception_v3", set={"depth_multiplier": 0.25, "num_classes": 30})
    agree(spec, parity_weights(spec.graph(), 1))


@pytest.mark.slow
def test_inception_v3_sees_the_same_everywhere() -> None:
    spec = netspec.load("inception_v3")
    agree(spec, parity_weights(spec.graph(), 0))


def test_the_scores_are_the_reference_s(seeing: tuple[Spec, Weights]) -> None:
    spec, weights = seeing
    images = np.stack([netspec.preprocess(path, spec) for path in (CHINA, FLOWER)])
    feeds = {"image": images.astype(np.float64)}
    logits = evaluate(spec.graph(), weights, feeds)["Logits"]
    found = netspec.predict(spec, [CHINA, FLOWER], weights=weights, top=6, backend="onnx")
    for expected, prediction in zip(softmax(logits), found, strict=True):
        assert [g.number for g in prediction.classes] == np.argsort(-expected).tolist()
        assert np.allclose([g.score for g in prediction.classes], -np.sort(-expected), atol=APART)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_runner_runs_often_what_run_runs_once(backend: str, seeing: tuple[Spec, Weights]) -> None:
    spec, weights = seeing
    run = targets.backend(backend).runner(spec.graph(), weights, "float32")
    for seed in range(2):
        draw = np.random.default_rng(seed)
        feeds = {"image": draw.normal(size=(2, 24, 32, 3)).astype(np.float32)}
        once = targets.backend(backend).run(spec.graph(), weights, feeds, "float32")
        assert (run(feeds)["Logits"] == once["Logits"]).all()


def test_a_wrong_image_would_be_seen_otherwise(seeing: tuple[Spec, Weights]) -> None:
    """That the scores rest on how the image is prepared: they differ by more than `APART`."""
    spec, weights = seeing
    network = classifier(spec, weights, "onnx")
    right = netspec.preprocess(CHINA, spec)
    for wrong in (right[:, :, ::-1], right[:, ::-1], right + 1, np.roll(right, 1, axis=1)):
        scores = network.scores(np.stack([right, wrong]))
        assert np.abs(scores[0] - scores[1]).max() > APART


# batches, order, labels


def test_batches_don_t_show(seeing: tuple[Spec, Weights]) -> None:
    spec, weights = seeing
    pixels = np.asarray(Image.open(CHINA))
    images = [pixels[:, shift : shift + 400] for shift in range(0, 140, 20)]
    network = classifier(spec, weights, "onnx", NAMES)
    told: list[tuple[str, int, int]] = []
    by_three = list(network.classify(images, 6, 3, lambda *now: told.append(now)))
    assert told == [("image 0", 0, 7), ("image 3", 3, 7), ("image 6", 6, 7)]
    at_once = list(network.classify(images, 6, 7))
    assert [each.image for each in by_three if isinstance(each, Prediction)] == [
        f"image {n}" for n in range(7)
    ]
    for one, other in zip(by_three, at_once, strict=True):
        assert isinstance(one, Prediction)
        assert isinstance(other, Prediction)
        assert [g.number for g in one.classes] == [g.number for g in other.classes]
        assert all(g.label == NAMES[g.number] for g in one.classes)
        assert np.allclose([g.score for g in one.classes], [g.score for g in other.classes])


def test_no_more_than_a_batch_is_held(seeing: tuple[Spec, Weights]) -> None:
    spec, weights = seeing
    network = classifier(spec, weights, "onnx")
    sizes: list[int] = []

    def counted(feeds: Mapping[str, Any]) -> dict[str, Any]:
        sizes.append(len(feeds["image"]))
        return network.run(feeds)

    watched = replace(network, run=counted)
    assert len(list(watched.classify([FLOWER] * 5, 1, 2))) == 5
    assert sizes == [2, 2, 1]


def test_more_classes_than_there_are(seeing: tuple[Spec, Weights]) -> None:
    spec, weights = seeing
    (found,) = predict(spec, [CHINA], weights=weights, top=100, backend="onnx")
    assert sorted(g.number for g in found.classes) == list(range(6))
    assert abs(sum(g.score for g in found.classes) - 1) < 1e-9


def test_equal_scores_stand_in_the_order_of_classes(seeing: tuple[Spec, Weights]) -> None:
    spec, weights = seeing
    level = {name: np.zeros_like(value) for name, value in weights.items()}
    (found,) = predict(spec, [CHINA], weights=level, backend="onnx")
    assert [g.number for g in found.classes] == [0, 1, 2, 3, 4]


def test_the_first_backend_that_is_installed(
    seeing: tuple[Spec, Weights], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, weights = seeing
    assert classifier(spec, weights).backend == "torch"
    monkeypatch.setattr(targets, "BUNDLED", {"none": "netspec.nothing", **targets.BUNDLED})

    def missing(name: str) -> Any:
        if name in ("none", "torch", "keras"):
            raise targets.MissingExtra(name)
        return right(name)

    right = targets.backend
    monkeypatch.setattr(targets, "backend", missing)
    assert classifier(spec, weights).backend == "onnx"
    monkeypatch.setattr(targets, "BUNDLED", {"none": "netspec.nothing"})
    with pytest.raises(targets.MissingExtra, match=r"pip install 'netspec\[onnx\]'"):
        classifier(spec, weights)


# failures


def test_python_raises_all_that_is_wrong(seeing: tuple[Spec, Weights], tmp_path: Path) -> None:
    spec, weights = seeing
    (tmp_path / "text.jpg").write_text("no image")
    images = [CHINA, tmp_path / "none.jpg", tmp_path / "text.jpg"]
    with pytest.raises(SpecError) as caught:
        predict(spec, images, weights=weights, backend="onnx")
    assert sorted(d.code for d in caught.value.diagnostics) == ["NS101", "NS701"]


def test_scores_that_are_no_numbers(seeing: tuple[Spec, Weights]) -> None:
    spec, weights = seeing
    spoilt = {**weights, "Logits/bias": np.full(6, np.nan, np.float32)}
    with pytest.raises(SpecError, match="not all numbers") as caught:
        predict(spec, [CHINA], weights=spoilt, backend="onnx")
    assert [d.code for d in caught.value.diagnostics] == ["NS704"]

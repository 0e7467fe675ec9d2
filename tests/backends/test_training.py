"""Training mode and first values, by arithmetic: batch norm, dropout, decay, initialisers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from corpus.nets import Net, steps, weights

from netspec import targets
from netspec.backends.keras import live as keras_live
from netspec.backends.torch.layout import from_torch, to_torch
from netspec.ir.graph import Graph
from netspec.ops.initializers import TRUNCATED_STDDEV
from netspec.targets import Array

IMAGES = np.random.default_rng(3).normal(size=(2, 2, 1, 3)) + 0.2
"""Two images of two pixels: n is 4, so that n / (n - 1) shows."""


@dataclass
class Model:
    """A live model in float64, called with NHWC images in training or inference."""

    call: Callable[[Array, bool], Array]
    state: Callable[[], dict[str, Array]]


def torch_model(graph: Graph) -> Model:
    network = targets.backend("torch").live(graph, weights(graph)).to(torch.float64)
    roles = {
        "running_mean": "moving_mean",
        "running_var": "moving_variance",
        "weight": "gamma",
        "bias": "beta",
    }

    def call(images: Array, training: bool) -> Array:
        network.train(training)
        (value,) = network(torch.from_numpy(to_torch(images))).values()
        return from_torch(value.detach().numpy())

    def state() -> dict[str, Array]:
        found = {n.rpartition(".")[2]: v.numpy() for n, v in network.state_dict().items()}
        return {roles[name]: value.copy() for name, value in found.items() if name in roles}

    return Model(call, state)


def keras_model(graph: Graph, wrap: Callable[[Any], Any] = lambda model: model) -> Model:
    model = keras_live.build(graph, weights(graph), "float64")
    wrapped = wrap(model)

    def call(images: Array, training: bool) -> Array:
        (value,) = wrapped(tf.constant(images), training=training).values()
        return np.asarray(value)

    def state() -> dict[str, Array]:
        return {w.name: keras.ops.convert_to_numpy(w) for w in model.weights}

    return Model(call, state)


MODELS = {
    "torch": torch_model,
    "keras": keras_model,
    "keras-compiled": lambda graph: keras_model(graph, tf.function),
}


@pytest.fixture(params=MODELS)
def make(request: pytest.FixtureRequest) -> Callable[[Graph], Model]:
    return MODELS[request.param]


def norm(fields: str, *, vector: bool) -> Net:
    body = f"{{op: batch_norm, decay: 0.9, epsilon: 0.02{fields}}}"
    return steps("2x1x3", "{op: flatten}", body) if vector else steps("2x1x3", body)


@pytest.mark.parametrize("vector", [False, True], ids=["map", "vector"])
@pytest.mark.parametrize("variance", ["unbiased", "biased"])
@pytest.mark.parametrize("fields", ["", ", scale: false", ", center: false"])
def test_batch_norm_trains_as_the_op_says(
    fields: str, variance: str, vector: bool, make: Callable[[Graph], Model], tmp_path: Path
) -> None:
    net = norm(f"{fields}, variance: {variance}", vector=vector)
    model = make(net.graph(tmp_path))
    before = model.state()
    images = IMAGES.reshape(2, 1, 1, 6).reshape(IMAGES.shape)
    flat = images.reshape(2, -1) if vector else images.reshape(-1, 3)
    n = len(flat)
    mean, batch_variance = flat.mean(axis=0), flat.var(axis=0)
    normal = (flat - mean) / np.sqrt(batch_variance + 0.02)
    wanted = normal * before.get("gamma", 1.0) + before.get("beta", 0.0)
    found = model.call(images, True).reshape(wanted.shape)
    assert np.abs(found - wanted).max() <= 1e-12
    kept = batch_variance * (n / (n - 1) if variance == "unbiased" else 1)
    after = model.state()
    for role, new in (("moving_mean", mean), ("moving_variance", kept)):
        assert np.abs(after[role] - (0.9 * before[role] + 0.1 * new)).max() <= 1e-12
        assert np.abs(after[role] - before[role]).max() > 1e-3

    again = model.call(images, False).reshape(wanted.shape)
    scaled = (flat - after["moving_mean"]) / np.sqrt(after["moving_variance"] + 0.02)
    wanted = scaled * after.get("gamma", 1.0) + after.get("beta", 0.0)
    assert np.abs(again - wanted).max() <= 1e-12
    assert all(np.array_equal(after[role], value) for role, value in model.state().items())


def test_decay_is_kept_to_the_last_digit(make: Callable[[Graph], Model], tmp_path: Path) -> None:
    net = steps("2x1x3", "{op: batch_norm, decay: 0.9999999999999, variance: biased}")
    model = make(net.graph(tmp_path))
    before = model.state()["moving_mean"]
    model.call(IMAGES * 1e9, True)
    moved = model.state()["moving_mean"] - before
    assert np.allclose(moved, 1e-13 * IMAGES.mean(axis=(0, 1, 2)) * 1e9, rtol=1e-2)


@pytest.mark.parametrize("keep", [0.8, 0.3, 1.0])
def test_dropout_keeps_and_scales_in_training_alone(
    keep: float, make: Callable[[Graph], Model], tmp_path: Path
) -> None:
    model = make(steps("20x30x4", f"{{op: dropout, keep: {keep}}}").graph(tmp_path))
    images = np.full((2, 20, 30, 4), 3.0)
    assert np.array_equal(model.call(images, False), images)
    found = model.call(images, True)
    kept = found != 0
    assert np.allclose(found[kept], 3.0 / keep, rtol=1e-12)
    bound = 5 * sqrt(keep * (1 - keep) / images.size)
    assert abs(kept.mean() - keep) <= bound


DECAYED = """
defaults: {conv: {weight_decay: 0.004}, dense: {weight_decay: 0.02}}
steps:
  - a: {op: conv, filters: 4, kernel: 3, activation: relu}
  - b: {op: conv, filters: 3, kernel: 1, weight_decay: 0}
  - c: {op: conv, filters: 3, kernel: 3, dilation: 2, stride: 2, norm: batch_norm}
  - d: {op: flatten}
  - e: {op: dense, filters: 3}
"""


def test_keras_adds_half_the_decay_times_the_squares(tmp_path: Path) -> None:
    graph = Net("9x9x3", DECAYED, ("e",)).graph(tmp_path)
    values = weights(graph)
    model = keras_live.build(graph, values, "float64")
    decays = {"a/kernel": 0.004, "c/kernel": 0.004, "e/kernel": 0.02}
    wanted = sum(d / 2 * (values[name].astype(np.float64) ** 2).sum() for name, d in decays.items())
    assert len(model.losses) == len(decays)
    found = sum(float(loss) for loss in model.losses)
    assert abs(found - wanted) <= 1e-7 * wanted  # Keras rounds the factor to float32


KERNEL = (3, 3, 24, 32)
FAN_IN, FAN_OUT = 9 * 24, 9 * 32
FANS = {"fan_in": FAN_IN, "fan_out": FAN_OUT, "fan_avg": (FAN_IN + FAN_OUT) / 2}


@dataclass(frozen=True)
class Law:
    """What first values obey: mean, standard deviation, and the most that they are off the mean."""

    mean: float
    stddev: float
    most: float
    kurtosis: float


def truncated(mean: float, before: float) -> Law:
    return Law(mean, before * TRUNCATED_STDDEV, 2 * before, 2.4)


def scaled(distribution: str, mode: str) -> Law:
    stddev = sqrt(1.7 / FANS[mode])
    return {
        "uniform": Law(0.0, stddev, sqrt(3) * stddev, 1.8),
        "normal": Law(0.0, stddev, 7 * stddev, 3.0),
        "truncated_normal": Law(0.0, stddev, 2 * stddev / TRUNCATED_STDDEV, 2.4),
    }[distribution]


LAWS: dict[str, Law] = {
    "{op: truncated_normal, stddev: 0.1}": truncated(0.0, 0.1),
    "{op: truncated_normal, stddev: 0.02, mean: 0.3}": truncated(0.3, 0.02),
    "{op: normal, stddev: 0.1, mean: -0.2}": Law(-0.2, 0.1, 0.7, 3.0),
    "{op: constant, value: 0.25}": Law(0.25, 0.0, 0.0, 1.0),
} | {
    f"{{op: variance_scaling, scale: 1.7, mode: {mode}, distribution: {kind}}}": scaled(kind, mode)
    for mode in FANS
    for kind in ("uniform", "normal", "truncated_normal")
}


def obeys(values: Array, law: Law) -> bool:
    """Whether a sample's moments are within five standard errors; the kurtosis gives the second."""
    n, off = values.size, values - law.mean
    mean_error = law.stddev / sqrt(n)
    deviation_error = law.stddev * sqrt((law.kurtosis - 1) / (4 * n))
    return bool(
        abs(off.mean()) <= 5 * mean_error + 1e-7
        and abs(off.std() - law.stddev) <= 5 * deviation_error + 1e-7
        and np.abs(off).max() <= law.most * (1 + 1e-6) + 1e-7
        and np.abs(off).max() >= 0.9 * min(law.most, 3 * law.stddev)
    )


@pytest.mark.parametrize("target", ["torch", "keras"])
@pytest.mark.parametrize("initializer", LAWS)
def test_first_values_follow_the_specs_initialisers(
    initializer: str, target: str, tmp_path: Path
) -> None:
    conv = f"{{op: conv, filters: 32, kernel: 3, kernel_init: {initializer}, norm: batch_norm}}"
    dense = f"{{op: dense, filters: 288, kernel_init: {initializer}, bias_init: {initializer}}}"
    fixed = "variance" not in initializer
    net = steps("3x3x24", conv, "{op: squeeze}", dense) if fixed else steps("3x3x24", conv)
    graph = net.graph(tmp_path)
    torch.manual_seed(5)
    keras.utils.set_random_seed(5)
    model = targets.backend(target).live(graph, None)
    assert all(obeys(value, LAWS[initializer]) for value in kernels(model, target))


@pytest.mark.parametrize("target", ["torch", "keras"])
@pytest.mark.parametrize("kind", ["uniform", "normal", "truncated_normal"])
def test_a_bias_has_its_kernels_fans(kind: str, target: str, tmp_path: Path) -> None:
    """3 x 3 x 24 values reach an output, as in `FANS`; torch and Keras see a vector of 288."""
    initializer = f"{{op: variance_scaling, scale: 1.7, mode: fan_in, distribution: {kind}}}"
    body = f"{{op: conv, filters: 288, kernel: 3, bias_init: {initializer}}}"
    torch.manual_seed(5)
    keras.utils.set_random_seed(5)
    model = targets.backend(target).live(steps("3x3x24", body).graph(tmp_path), None)
    _, bias = kernels(model, target)
    assert bias.shape == (288,)
    assert obeys(bias, scaled(kind, "fan_in"))


@pytest.mark.parametrize("target", ["torch", "keras"])
@pytest.mark.parametrize("variance", ["biased", "unbiased"])
def test_gamma_starts_as_the_norm_says(variance: str, target: str, tmp_path: Path) -> None:
    """Goyal et al. 2017, section 5.1: zeros, so that residual units start as identities."""
    norms = (
        f"{{op: batch_norm, variance: {variance}}}",
        f"{{op: batch_norm, variance: {variance}, gamma_init: {{op: constant, value: 0}}}}",
        f"{{op: batch_norm, variance: {variance}, center: false, gamma_init: {NARROW}}}",
    )
    model = targets.backend(target).live(steps("3x3x300", *norms).graph(tmp_path), None)
    ones, zeros, drawn = gammas(model, target)
    assert (ones == 1).all()
    assert (zeros == 0).all()
    assert obeys(drawn, Law(1.0, 0.02, 1.0, 3.0))


NARROW = "{op: normal, mean: 1.0, stddev: 0.02}"


def gammas(model: Any, target: str) -> list[Array]:
    if target == "torch":
        found = [w.detach() for name, w in model.named_parameters() if name.endswith("weight")]
    else:
        found = [w for w in model.weights if w.name == "gamma"]
    return [np.asarray(w, np.float64) for w in found]


def kernels(model: Any, target: str) -> list[Array]:
    """Kernels and biases, without those of norms."""
    if target == "torch":
        found = [w.detach() for name, w in model.named_parameters() if "norm" not in name]
    else:
        found = [w for w in model.weights if w.name in ("kernel", "bias")]
    return [np.asarray(w, np.float64) for w in found]


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_two_models_differ_and_a_seed_repeats_them(target: str, tmp_path: Path) -> None:
    graph = steps("3x3x4", "{op: conv, filters: 8, kernel: 3}").graph(tmp_path)
    backend = targets.backend(target)
    drawn = []
    for seed in (1, 2, 1):
        torch.manual_seed(seed)
        keras.utils.set_random_seed(seed)
        drawn.append(kernels(backend.live(graph, None), target)[0])
    assert np.array_equal(drawn[0], drawn[2])
    assert not np.array_equal(drawn[0], drawn[1])

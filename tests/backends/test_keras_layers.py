"""What Keras lacks: netspec's own layers in live models, in emitted source and in archives."""

from __future__ import annotations

import subprocess
import sys
from math import sqrt
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from corpus.emitted import definitions, module, parameters
from corpus.nets import Net, images, steps, weights
from safetensors.numpy import save_file

from netspec.backends.keras import BACKEND
from netspec.backends.keras import live as keras_live
from netspec.backends.keras.rules import RULES, SUPPORT
from netspec.ops.initializers import TRUNCATED_STDDEV
from netspec.ops.norm import Lrn
from netspec.targets import Array

FAMILY = Net(
    "11x9x4",
    """
templates:
  unit:
    params: {filters: int, slope: float, radius: int, alpha: float, factor: float, border: float}
    op: add
    branches:
      - a:
          - one: {op: separable_conv, filters: $filters, kernel: 3, padding: same, norm: batch_norm}
          - two: {op: gelu}
          - three: {op: lrn, radius: $radius, alpha: $alpha, beta: 0.75, bias: 1}
          - four: {op: scale, factor: $factor}
      - b:
          - one: {op: depthwise_conv, kernel: 1, activation: {op: leaky_relu, slope: $slope}}
          - two: {op: pad, padding: 1, value: $border}
          - three: {op: conv, filters: $filters, kernel: 3, activation: {op: gelu, form: tanh}}
steps:
  - a: {use: unit, with: {filters: 4, slope: 0.1, radius: 1, alpha: 0.2, factor: 0.3, border: -1.5}}
  - b: {use: unit, with: {filters: 6, slope: 0.3, radius: 2, alpha: 0.4, factor: 0.7, border: 0.5}}
  - c: {op: avg_pool, kernel: 3, stride: 3, padding: 1, rounding: ceil, divisor: window}
  - d: {op: max_pool, kernel: 2, padding: {top: 1}}
""",
    ("d",),
)
"""A template of all of netspec's own layers, used with other numbers, and pools behind it."""


def test_uses_that_differ_in_numbers_share_a_function(tmp_path: Path) -> None:
    text = BACKEND.source(FAMILY.graph(tmp_path))
    names = definitions(text)
    assert names.count("unit") == 1
    own = {"filters", "slope", "radius", "alpha", "factor", "border"}
    assert set(parameters(text, "unit")) == own | {"x", "name"}
    assert [name for name in names if name in SUPPORT] == list(SUPPORT)
    assert "LocalResponseNormalization(\n        radius=radius, alpha=alpha, beta=0.75" in text


RELOAD = """
import sys
sys.path.insert(0, sys.argv[1])
import keras, model, numpy
loaded = keras.models.load_model(sys.argv[1] + "/saved.keras")
(value,) = loaded(numpy.load(sys.argv[1] + "/image.npy"), training=False).values()
numpy.save(sys.argv[1] + "/value.npy", value)
assert "netspec" not in sys.modules
"""


def test_a_saved_model_opens_again_beside_the_emitted_module(tmp_path: Path) -> None:
    graph = FAMILY.graph(tmp_path)
    text = BACKEND.source(graph)
    (tmp_path / "model.py").write_text(text)
    save_file(weights(graph), tmp_path / "weights.safetensors")
    built = module(text).build(tmp_path / "weights.safetensors")
    (image,) = images(graph).values()
    np.save(tmp_path / "image.npy", image)
    built.save(tmp_path / "saved.keras")
    done = subprocess.run(
        [sys.executable, "-P", "-c", RELOAD, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(tmp_path / "value.npy"), np.asarray(built(image)["d"]))


def test_a_second_write_gives_the_same_bytes(tmp_path: Path) -> None:
    graph = FAMILY.graph(tmp_path)
    first, second = (
        BACKEND.write(graph, weights(graph), "0" * 64, tmp_path / time) for time in "12"
    )
    assert [file.name for file in first] == [file.name for file in second]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_kernels_of_one_shape_are_not_exchanged(tmp_path: Path) -> None:
    net = steps("3x3x1", "{op: separable_conv, filters: 1, kernel: 1, norm: batch_norm}")
    graph = net.graph(tmp_path)
    values = weights(graph)
    kernels = [values["s0/depthwise_kernel"], values["s0/pointwise_kernel"]]
    assert {value.shape for value in kernels} == {(1, 1, 1, 1)}
    assert kernels[0] != kernels[1]
    save_file(values, tmp_path / "weights.safetensors")
    emitted = module(BACKEND.source(graph)).build(tmp_path / "weights.safetensors")
    for model in (emitted, BACKEND.live(graph, values)):
        found = [w for w in model.weights if w.name == "kernel"]
        assert [np.asarray(w).item() for w in found] == [k.item() for k in kernels]


def test_an_op_without_a_rule_is_a_diagnostic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(RULES, Lrn)  # type: ignore[arg-type]
    (found, other) = BACKEND.unsupported(FAMILY.graph(tmp_path))
    assert (found.code, found.message) == ("NS601", "keras has no rule for lrn")
    assert found.span == other.span is not None


# weights of a depthwise conv

CHANNELS, MULTIPLIER = 24, 32
DRAWN = 9 * CHANNELS * MULTIPLIER
FANS = {"fan_in": 9, "fan_out": DRAWN, "fan_avg": (9 + DRAWN) / 2}
"""What reaches an output is one channel; one input reaches all of its own and the others' alike."""

KURTOSIS = {"uniform": 1.8, "normal": 3.0, "truncated_normal": 2.4}
MOST = {"uniform": sqrt(3), "normal": 6.0, "truncated_normal": 2 / TRUNCATED_STDDEV}


def drawn(initializer: str, folder: Path) -> Array:
    """The depthwise kernel of a model without weights, flat."""
    body = (
        f"{{op: depthwise_conv, kernel: 3, multiplier: {MULTIPLIER}, kernel_init: {initializer}}}"
    )
    graph = steps(f"3x3x{CHANNELS}", body).graph(folder)
    keras.utils.set_random_seed(5)
    (kernel,) = (w for w in BACKEND.live(graph, None).weights if w.name == "kernel")
    assert kernel.shape == (3, 3, CHANNELS, MULTIPLIER)
    return np.asarray(kernel, np.float64).ravel()


def spreads(values: Array, stddev: float, kurtosis: float) -> bool:
    """Whether the mean is 0 and the deviation this one, within five standard errors."""
    error = stddev / sqrt(values.size)
    return bool(
        abs(values.mean()) <= 5 * error
        and abs(values.std() - stddev) <= 5 * error * sqrt((kurtosis - 1) / 4)
    )


@pytest.mark.parametrize("distribution", KURTOSIS)
@pytest.mark.parametrize("mode", FANS)
def test_a_depthwise_kernel_is_scaled_by_its_own_fans(
    mode: str, distribution: str, tmp_path: Path
) -> None:
    init = f"{{op: variance_scaling, scale: 1.7, mode: {mode}, distribution: {distribution}}}"
    values = drawn(init, tmp_path)
    stddev = sqrt(1.7 / FANS[mode])
    assert spreads(values, stddev, KURTOSIS[distribution])
    assert 0.5 * MOST[distribution] < np.abs(values).max() / stddev <= MOST[distribution] + 1e-6
    keras_fans = {"fan_in": 9 * CHANNELS, "fan_out": 9 * MULTIPLIER}
    keras_fan = keras_fans.get(mode, sum(keras_fans.values()) / 2)
    assert not spreads(values, sqrt(1.7 / keras_fan), KURTOSIS[distribution])


def test_a_depthwise_kernel_is_drawn_by_other_initialisers(tmp_path: Path) -> None:
    assert (drawn("{op: constant, value: 0.25}", tmp_path) == 0.25).all()
    assert spreads(drawn("{op: normal, stddev: 0.3}", tmp_path), 0.3, 3.0)
    before = 0.2 / TRUNCATED_STDDEV
    truncated = drawn(f"{{op: truncated_normal, stddev: {before}}}", tmp_path)
    assert spreads(truncated, 0.2, 2.4)


DECAYED = """
defaults: {separable_conv: {weight_decay: 0.004}, depthwise_conv: {weight_decay: 0.02}}
steps:
  - a: {op: separable_conv, filters: 4, kernel: 3, norm: batch_norm}
  - b: {op: depthwise_conv, kernel: 3, stride: [1, 2]}
  - c: {op: depthwise_conv, kernel: 1, weight_decay: 0}
"""


def test_depthwise_and_pointwise_kernels_decay(tmp_path: Path) -> None:
    graph = Net("9x9x3", DECAYED, ("c",)).graph(tmp_path)
    values: dict[str, Any] = weights(graph)
    model = keras_live.build(graph, values, "float64")
    decays = {
        "a/depthwise_kernel": 0.004,
        "a/pointwise_kernel": 0.004,
        "b/depthwise_kernel": 0.02,
    }
    wanted = [d / 2 * (values[name].astype(np.float64) ** 2).sum() for name, d in decays.items()]
    found = [float(loss) for loss in model.losses]
    assert np.allclose(sorted(found), sorted(wanted), rtol=1e-7)

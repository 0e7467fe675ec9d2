"""Parity can fail: each planted mistake is caught, and laid at the step where it was planted.

A backend that computes as the reference does, but for one slip in one step, stands for every
backend that ever had the slip: those of padding, norms, layouts and pools that ports are known for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec import targets
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map
from netspec.ops.base import Op
from netspec.ops.kinds import NO_PADS, Pads, Pair
from netspec.ops.windows import offsets, padded
from netspec.reference import evaluate

NETWORK = """
netspec: 1
name: Planted
input: {image: {height: 16, width: 14, channels: 3}}
defaults:
  conv: {padding: same, norm: batch_norm, activation: relu}
steps:
  - Stem: {op: conv, filters: 8, kernel: 3, stride: 2}
  - Square: {op: conv, filters: 8, kernel: 3, norm: none}
  - Dilated: {op: conv, filters: 8, kernel: 3, dilation: 2}
  - Grouped: {op: conv, filters: 8, kernel: 3, groups: 2, activation: none}
  - Largest: {op: max_pool, kernel: 3, padding: same}
  - Split:
      op: concat
      branches:
        - Left: [Conv: {op: conv, filters: 4, kernel: 1}]
        - Right:
            - Mean: {op: avg_pool, kernel: 2, padding: same}
            - Conv: {op: conv, filters: 4, kernel: [1, 3]}
  - Residual:
      op: add
      branches:
        - Skip: []
        - Body: [Conv: {op: conv, filters: 8, kernel: 3, activation: none}]
  - Flat: {op: flatten}
  - Dense: {op: dense, filters: 12, activation: relu}
  - Drop: {op: dropout, keep: 0.5}
  - Logits: {op: dense, filters: 5}
  - Predictions: {op: softmax}
heads:
  - Score:
      from: Residual
      steps:
        - Pool: {op: global_avg_pool}
        - Squeeze: {op: squeeze}
        - Linear: {op: dense, filters: 5}
        - Chance: {op: sigmoid}
outputs: {Logits: {}, Score: {}, Predictions: {}}
"""

FAMILY = """
netspec: 1
name: Family
input: {image: {height: 17, width: 14, channels: 3}}
defaults:
  conv: {padding: same, norm: batch_norm}
  separable_conv: {padding: same}
steps:
  - Stem: {op: conv, filters: 6, kernel: 3, stride: 2, activation: relu6}
  - Local: {op: lrn, radius: 2, alpha: 0.5, beta: 0.75, bias: 2}
  - Depth: {op: depthwise_conv, kernel: 3, multiplier: 2, padding: same, activation: hard_swish}
  - Halves: {op: separable_conv, filters: 8, kernel: 3, multiplier: 2, activation: silu}
  - Mean: {op: avg_pool, kernel: 3, stride: 3, padding: 1, rounding: ceil, divisor: window}
  - Border: {op: pad, padding: {top: 1, bottom: 2, left: 2, right: 1}, value: -0.5}
  - Largest: {op: max_pool, kernel: 2, rounding: ceil, stride: 2, padding: {left: 1}}
  - Leaky: {op: conv, filters: 8, kernel: 3, activation: {op: leaky_relu, slope: 0.2}}
  - Curved: {op: conv, filters: 8, kernel: 3, activation: elu}
  - Bell: {op: conv, filters: 8, kernel: 3, activation: gelu}
  - Gated:
      op: multiply
      branches:
        - Skip: []
        - Gate: [Conv: {op: conv, filters: 8, kernel: 1, activation: hard_sigmoid}]
  - Residual:
      op: add
      branches:
        - Skip: []
        - Body:
            - Conv: {op: conv, filters: 8, kernel: 3}
            - Small: {op: scale, factor: 0.17}
  - Positive: {op: sigmoid}
  - Kept: {op: relu}
  - Cells: {op: adaptive_avg_pool, size: [3, 2]}
  - Most: {op: global_max_pool}
  - Vector: {op: squeeze}
  - Logits: {op: dense, filters: 5}
outputs: {Logits: {}}
"""

Array = np.ndarray[Any, Any]
Compute = Callable[[Op, tuple[Array, ...], Mapping[str, Array]], Array]


@dataclass(frozen=True)
class Mistake:
    """A slip in one step: in an op's fields, in what an op computes, or in its weights."""

    name: str
    step: str
    op: str = ""
    fields: Mapping[str, object] | None = None
    compute: Compute | None = None
    weight: tuple[str, Callable[[Array], Array]] | None = None

    def node(self, node: Node) -> Node:
        if node.step != self.step or node.op.name != self.op:
            return node
        if self.fields is not None:
            return replace(node, op=replace(node.op, **self.fields))
        return replace(node, op=_computing(node.op, self.compute)) if self.compute else node

    def weights(self, weights: Mapping[str, Array], present: bool) -> dict[str, Array]:
        changed = dict(weights)
        if self.weight and present:
            role, change = self.weight
            name = f"{self.step}/{role}"
            changed[name] = np.ascontiguousarray(change(changed[name]))
        return changed


def _computing(op: Op, compute: Compute) -> Op:
    def reference(self: Op, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
        return compute(op, inputs, weights)

    kind = type(f"Wrong{type(op).__name__}", (type(op),), {"reference": reference})
    made: Op = kind(**{name: getattr(op, name) for name in op.options()})
    return made


class Backend:
    """The reference with a mistake in it, posing as a backend."""

    name = "torch"
    dtypes = frozenset({"float32", "float64"})

    def __init__(self, mistake: Mistake | None) -> None:
        self.mistake = mistake

    def unsupported(self, graph: Graph) -> tuple[()]:
        return ()

    def versions(self) -> dict[str, str]:
        return {}

    def run(
        self, graph: Graph, weights: Mapping[str, Array], feeds: Mapping[str, Array], dtype: str
    ) -> dict[str, Array]:
        arrays = {name: value.astype(np.float64) for name, value in weights.items()}
        if self.mistake is not None:
            arrays = self.mistake.weights(arrays, self.mistake.step in graph.steps)
            graph = replace(graph, nodes=tuple(map(self.mistake.node, graph.nodes)))
        fed = {name: value.astype(np.float64) for name, value in feeds.items()}
        return {path: v.astype(dtype) for path, v in evaluate(graph, arrays, fed).items()}


def right(op: Op, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    return op.reference(inputs, weights)


def on_inputs(change: Callable[[Array], Array]) -> Compute:
    """The op's own value, its inputs changed before."""
    return lambda op, inputs, weights: right(op, tuple(map(change, inputs)), weights)


def on_output(change: Callable[[Array], Array]) -> Compute:
    """The op's own value, changed afterwards."""
    return lambda op, inputs, weights: change(right(op, inputs, weights))


def zero_padded_max(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    value = padded(inputs[0], op.pads, 0.0)
    return np.max([p for _, _, p in offsets(value, op.kernel, op.stride)], axis=0)


def edge_padded(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    value = np.pad(inputs[0], ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    return right(replace(op, padding=NO_PADS), (value,), weights)


def late_phase(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    """A stride that picks the second pixel of each two: padding before, in place of after."""
    dense = replace(op, stride=Pair(1, 1), padding=Pads(1, 1, 1, 1))
    return right(dense, inputs, weights)[:, ::2, ::2]


def epsilon_outside(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    deviation = np.sqrt(weights["moving_variance"]) + op.epsilon
    return (inputs[0] - weights["moving_mean"]) / deviation * weights["gamma"] + weights["beta"]


def batch_statistics(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    mean, variance = inputs[0].mean((0, 1, 2)), inputs[0].var((0, 1, 2))
    return right(op, inputs, {**weights, "moving_mean": mean, "moving_variance": variance})


def without(role: str, neutral: float) -> Compute:
    """The op with one of its weights at a neutral value."""

    def compute(op: Op, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
        return right(op, inputs, {**weights, role: np.full_like(weights[role], neutral)})

    return compute


def first_channels_first(value: Array) -> Array:
    return value.transpose(0, 3, 1, 2)


def rows_channels_first(kernel: Array) -> Array:
    """A dense kernel's rows, meant for (8, 7, 8) in (h, w, c), taken as (c, h, w)."""
    return kernel.reshape(8, 8, 7, -1).transpose(1, 2, 0, 3).reshape(kernel.shape)


def softmax_over(axis: int) -> Compute:
    def compute(op: Op, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
        raised = np.exp(inputs[0] - inputs[0].max())
        return raised / raised.sum(axis=axis, keepdims=True)

    return compute


def halved(value: Array) -> Array:
    return value.astype(np.float16).astype(np.float64)


def with_nan(value: Array) -> Array:
    changed = value.copy()
    changed.flat[3] = np.nan
    return changed


MISTAKES = [
    # padding and strides
    Mistake("pad side", "Stem", "conv", fields={"padding": Pads(1, 0, 1, 0)}),
    Mistake("pad side of the width alone", "Stem", "conv", fields={"padding": Pads(0, 1, 1, 0)}),
    Mistake("stride phase", "Stem", "conv", compute=late_phase),
    Mistake("pad side of an average pool", "Split/Right/Mean", "avg_pool",
            fields={"padding": Pads(1, 0, 1, 0)}),
    Mistake("max pool padded by zeros", "Largest", "max_pool", compute=zero_padded_max),
    Mistake("padded by the edge's values", "Square", "conv", compute=edge_padded),
    # convolutions
    Mistake("kernel axes swapped", "Square", weight=("kernel", lambda k: k.transpose(1, 0, 2, 3))),
    Mistake("kernel flipped", "Square", weight=("kernel", lambda k: k[::-1, ::-1])),
    Mistake("kernel's in and out swapped", "Square",
            weight=("kernel", lambda k: k.transpose(0, 1, 3, 2))),
    Mistake("channels of the image reversed", "Stem", weight=("kernel", lambda k: k[:, :, ::-1])),
    Mistake("dilation ignored", "Dilated", "conv",
            fields={"dilation": Pair(1, 1), "padding": Pads(1, 1, 1, 1)}),
    Mistake("groups interleaved", "Grouped",
            weight=("kernel", lambda k: k[..., [0, 4, 1, 5, 2, 6, 3, 7]])),
    Mistake("bias missing", "Square", "conv", compute=without("bias", 0.0)),
    Mistake("bias added twice", "Square", weight=("bias", lambda b: 2 * b)),
    Mistake("bias shifted by a channel", "Square", weight=("bias", lambda b: np.roll(b, 1))),
    # norms and activations
    Mistake("epsilon 1e-5", "Stem", "batch_norm", fields={"epsilon": 1e-5}),
    Mistake("epsilon outside the root", "Stem", "batch_norm", compute=epsilon_outside),
    Mistake("gamma missing", "Dilated", "batch_norm", compute=without("gamma", 1.0)),
    Mistake("beta missing", "Dilated", "batch_norm", compute=without("beta", 0.0)),
    Mistake("moving mean missing", "Dilated", "batch_norm", compute=without("moving_mean", 0.0)),
    Mistake("deviation in place of variance", "Grouped", weight=("norm/moving_variance", np.sqrt)),
    Mistake("batch statistics in inference", "Grouped", "batch_norm", compute=batch_statistics),
    Mistake("activation missing", "Stem", "relu", compute=lambda op, i, w: i[0]),
    Mistake("leaky activation", "Dense", "relu",
            compute=lambda op, i, w: np.where(i[0] > 0, i[0], 0.01 * i[0])),
    Mistake("relu with a ceiling", "Square", "relu",
            compute=on_output(lambda v: np.minimum(v, 0.2))),
    Mistake("activation added", "Grouped", "batch_norm", compute=on_output(np.abs)),
    Mistake("hard sigmoid", "Score/Chance", "sigmoid",
            compute=lambda op, i, w: np.clip(i[0] / 6 + 0.5, 0, 1)),
    # pools
    Mistake("pool divisor", "Split/Right/Mean", "avg_pool", fields={"divisor": "window"}),
    Mistake("global pool takes the largest", "Score/Pool", "global_avg_pool",
            compute=lambda op, i, w: i[0].max((1, 2), keepdims=True)),
    Mistake("global pool sums", "Score/Pool", "global_avg_pool",
            compute=lambda op, i, w: i[0].sum((1, 2), keepdims=True)),
    # joins
    Mistake("concat order", "Split", "concat",
            compute=lambda op, i, w: np.concatenate(i[::-1], -1)),
    Mistake("concat of one branch twice", "Split", "concat",
            compute=lambda op, i, w: np.concatenate([i[0], i[0]], -1)),
    Mistake("add without its first", "Residual", "add", compute=lambda op, i, w: i[1]),
    Mistake("add that subtracts", "Residual", "add", compute=lambda op, i, w: i[0] - i[1]),
    # layouts
    Mistake("flatten order", "Flat", "flatten", compute=on_inputs(first_channels_first)),
    Mistake("dense rows in channels-first order", "Dense", weight=("kernel", rows_channels_first)),
    Mistake("height and width mirrored", "Largest", "max_pool",
            compute=on_output(lambda v: v[:, ::-1])),
    # heads and numbers
    Mistake("dropout at work in inference", "Drop", "dropout", compute=on_output(lambda v: v / 2)),
    Mistake("softmax over the batch", "Predictions", "softmax", compute=softmax_over(0)),
    Mistake("sigmoid for softmax", "Predictions", "softmax",
            compute=lambda op, i, w: 1 / (1 + np.exp(-i[0]))),
    Mistake("images of the batch in another order", "Logits", "dense",
            compute=on_output(lambda v: v[::-1])),
    Mistake("the first image for all", "Logits", "dense",
            compute=on_output(lambda v: np.broadcast_to(v[:1], v.shape).copy())),
    Mistake("half precision", "Dense", "dense", compute=on_output(halved)),
    Mistake("a NaN", "Logits", "dense", compute=on_output(with_nan)),
    Mistake("all zeros", "Score/Linear", "dense", compute=on_output(np.zeros_like)),
]  # fmt: skip


def another(make: Callable[[Array], Array]) -> Compute:
    """Another function in place of the op's."""
    return lambda op, inputs, weights: make(inputs[0])


def with_fields(**fields: Any) -> Compute:
    """The op with other fields, whatever the shape that a graph states for its value."""
    return lambda op, inputs, weights: right(replace(op, **fields), inputs, weights)


def gelu_by_tanh(x: Array) -> Array:
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def overhang_counted(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    """The divisor of a window that hangs over the end: the kernel's whole area."""
    covered = op.covered(Map(*inputs[0].shape[1:]))
    value = padded(inputs[0], covered, 0.0)
    area = op.kernel.height * op.kernel.width
    return np.sum([p for _, _, p in offsets(value, op.kernel, op.stride)], axis=0) / area


def divided_by_size(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    return right(replace(op, alpha=op.alpha / (2 * op.radius + 1)), inputs, weights)


def square_root_alone(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    """Each pixel by its own square, no neighbours: a radius of 0."""
    return inputs[0] / (op.bias + op.alpha * inputs[0] ** 2) ** op.beta


def by_multiplier(value: Array) -> Array:
    """Outputs of a depthwise conv at m * channels + c, in place of c * multiplier + m."""
    *size, outputs = value.shape
    return value.reshape(*size, outputs // 2, 2).swapaxes(-1, -2).reshape(value.shape)


def floor_cells(op: Any, inputs: tuple[Array, ...], weights: Mapping[str, Array]) -> Array:
    """Cells that end where the next begins."""
    value = inputs[0]
    rows, columns = (
        [(i * length // count, (i + 1) * length // count) for i in range(count)]
        for length, count in zip(value.shape[1:3], op.size, strict=True)
    )
    means = [[value[:, t:b, a:z].mean((1, 2)) for a, z in columns] for t, b in rows]
    return np.array(means).transpose(2, 0, 1, 3)


OF_THE_FAMILY = [
    # functions: the values of a trial end to end stay far from the knees at 3 and 6
    Mistake("relu for relu6", "Stem", "relu6", compute=another(lambda x: np.maximum(x, 0))),
    Mistake("relu6 that ends at 5", "Stem", "relu6", compute=another(lambda x: np.clip(x, 0, 5))),
    Mistake("relu6 without its floor", "Stem", "relu6",
            compute=another(lambda x: np.minimum(x, 6))),
    Mistake("silu for hard_swish", "Depth", "hard_swish",
            compute=another(lambda x: x / (1 + np.exp(-x)))),
    Mistake("hard_swish without its knees", "Depth", "hard_swish",
            compute=another(lambda x: x * (x + 3) / 6)),
    Mistake("hard_swish for silu", "Halves", "silu",
            compute=another(lambda x: x * np.clip(x / 6 + 0.5, 0, 1))),
    Mistake("hard_sigmoid of slope 0.2", "Gated/Gate/Conv", "hard_sigmoid",
            compute=another(lambda x: np.clip(0.2 * x + 0.5, 0, 1))),
    Mistake("hard_sigmoid without its upper knee", "Gated/Gate/Conv", "hard_sigmoid",
            compute=another(lambda x: np.maximum(x + 3, 0) / 6)),
    Mistake("hard_sigmoid without its lower knee", "Gated/Gate/Conv", "hard_sigmoid",
            compute=another(lambda x: np.minimum(x + 3, 6) / 6)),
    Mistake("slope of 0.3", "Leaky", "leaky_relu", fields={"slope": 0.3}),
    Mistake("slope of 0.01", "Leaky", "leaky_relu", fields={"slope": 0.01}),
    Mistake("slope on the wrong side", "Leaky", "leaky_relu",
            compute=another(lambda x: np.where(x > 0, 0.2 * x, x))),
    Mistake("alpha of elu", "Curved", "elu", fields={"alpha": 0.9}),
    Mistake("leaky_relu of slope 1 for elu", "Curved", "elu", compute=another(lambda x: x)),
    Mistake("gelu by tanh", "Bell", "gelu", compute=another(gelu_by_tanh)),
    Mistake("gelu by x * sigmoid(1.702 x)", "Bell", "gelu",
            compute=another(lambda x: x / (1 + np.exp(-1.702 * x)))),
    Mistake("relu missing behind values that are all positive", "Kept", "relu",
            compute=another(lambda x: x)),
    # pools and borders
    Mistake("overhang counted", "Mean", "avg_pool", compute=overhang_counted),
    Mistake("padding not counted", "Mean", "avg_pool", fields={"divisor": "inside"}),
    Mistake("floor for ceil", "Mean", "avg_pool", compute=with_fields(rounding="floor")),
    Mistake("floor for ceil of a max pool", "Largest", "max_pool",
            compute=with_fields(rounding="floor")),
    Mistake("border of zeros", "Border", "pad", fields={"value": 0.0}),
    Mistake("border's sides exchanged", "Border", "pad", fields={"padding": Pads(2, 1, 1, 2)}),
    Mistake("adaptive cells that share no row", "Cells", "adaptive_avg_pool", compute=floor_cells),
    Mistake("mean for the greatest", "Most", "global_max_pool",
            compute=another(lambda x: x.mean((1, 2), keepdims=True))),
    # local response normalisation
    Mistake("alpha divided by size", "Local", "lrn", compute=divided_by_size),
    Mistake("radius one less", "Local", "lrn", fields={"radius": 1}),
    Mistake("radius one more", "Local", "lrn", fields={"radius": 3}),
    Mistake("no neighbours", "Local", "lrn", compute=square_root_alone),
    Mistake("bias of torch's default", "Local", "lrn", fields={"bias": 1.0}),
    Mistake("neighbours in height", "Local", "lrn",
            compute=lambda op, i, w: right(op, (i[0].swapaxes(1, 3),), w).swapaxes(1, 3)),
    # depthwise and separable
    Mistake("depthwise outputs by multiplier first", "Depth", "depthwise_conv",
            compute=on_output(by_multiplier)),
    Mistake("outputs between the halves by multiplier first", "Halves", "depthwise_conv",
            compute=on_output(by_multiplier)),
    Mistake("depthwise kernel turned", "Depth",
            weight=("depthwise_kernel", lambda k: k.transpose(1, 0, 2, 3))),
    Mistake("kernels of the multiplier exchanged", "Halves",
            weight=("depthwise_kernel", lambda k: k[..., ::-1])),
    Mistake("pointwise rows reversed", "Halves",
            weight=("pointwise_kernel", lambda k: k[:, :, ::-1])),
    Mistake("function between the halves", "Halves", "depthwise_conv",
            compute=on_output(lambda v: np.maximum(v, 0))),
    # joins and factors
    Mistake("scale forgotten", "Residual/Body/Small", "scale", fields={"factor": 1.0}),
    Mistake("scale divides", "Residual/Body/Small", "scale", fields={"factor": 1 / 0.17}),
    Mistake("multiply that adds", "Gated", "multiply", compute=lambda op, i, w: i[0] + i[1]),
    Mistake("multiply without its gate", "Gated", "multiply", compute=lambda op, i, w: i[0]),
]  # fmt: skip


@pytest.fixture
def family(tmp_path: Path) -> netspec.Spec:
    path = tmp_path / "family.yaml"
    path.write_text(FAMILY)
    return netspec.load(path)


@pytest.fixture
def spec(tmp_path: Path) -> netspec.Spec:
    path = tmp_path / "planted.yaml"
    path.write_text(NETWORK)
    return netspec.load(path)


def _parity(
    spec: netspec.Spec, mistake: Mistake | None, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    monkeypatch.setattr(targets, "backend", lambda name: Backend(mistake))
    report: dict[str, Any] = netspec.parity(spec, backends=["torch"], dtype="float32").to_json()
    return report


@pytest.mark.parametrize("network", ["spec", "family"])
def test_without_a_mistake_parity_passes(
    network: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = _parity(request.getfixturevalue(network), None, monkeypatch)
    assert report["passed"]
    assert report["backends"]["torch"]["first_fault"] is None
    assert not any("unproven" in step for step in report["backends"]["torch"]["steps"])


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.name)
def test_a_planted_mistake_is_caught_at_its_step(
    mistake: Mistake, spec: netspec.Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    _require_caught(mistake, NETWORK, _parity(spec, mistake, monkeypatch))


@pytest.mark.parametrize("mistake", OF_THE_FAMILY, ids=lambda m: m.name)
def test_a_mistake_in_the_family_is_caught_at_its_step(
    mistake: Mistake, family: netspec.Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    _require_caught(mistake, FAMILY, _parity(family, mistake, monkeypatch))


def _require_caught(mistake: Mistake, text: str, report: Mapping[str, Any]) -> None:
    assert not report["passed"]
    fault = report["backends"]["torch"]["first_fault"]
    assert fault["path"] == mistake.step
    name = mistake.step.rpartition("/")[2]
    assert f"{name}:" in text.splitlines()[fault["line"] - 1]


def test_there_are_enough_of_them() -> None:
    mistakes = [*MISTAKES, *OF_THE_FAMILY]
    assert len({mistake.name for mistake in mistakes}) == len(mistakes) >= 80

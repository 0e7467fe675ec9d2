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


def test_without_a_mistake_parity_passes(
    spec: netspec.Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = _parity(spec, None, monkeypatch)
    assert report["passed"]
    assert report["backends"]["torch"]["first_fault"] is None


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.name)
def test_a_planted_mistake_is_caught_at_its_step(
    mistake: Mistake, spec: netspec.Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = _parity(spec, mistake, monkeypatch)
    assert not report["passed"]
    fault = report["backends"]["torch"]["first_fault"]
    assert fault["path"] == mistake.step
    name = mistake.step.rpartition("/")[2]
    assert f"{name}:" in NETWORK.splitlines()[fault["line"] - 1]


def test_there_are_enough_of_them() -> None:
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES) >= 25

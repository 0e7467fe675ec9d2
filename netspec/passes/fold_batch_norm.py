"""Folds a batch norm into the kernel before it.

    x → conv W, b → batch_norm m, v, gamma, beta → y        x → conv W', b' → y

With s = gamma / sqrt(v + epsilon), one number an output channel,

    y = (W x + b - m) s + beta = (W s) x + (b - m) s + beta:    W' = W s,  b' = (b - m) s + beta

It refuses where the conv's own value is seen by anything else, for that value is gone; and where
the norm's name is asked for and no block can lead it to the conv, which keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.ir.graph import Graph, Node
from netspec.ops.base import Op
from netspec.ops.conv import Kernel
from netspec.ops.norm import BatchNorm
from netspec.passes.rewriting import Kept, Rewritten, Weights

Array = NDArray[Any]

SCALED: Mapping[str, Callable[[Array, Array], Array]] = {
    "kernel": lambda kernel, scale: kernel * scale,
    "pointwise_kernel": lambda kernel, scale: kernel * scale,
    # channel c's outputs stand together, as the kernel's last two axes have them
    "depthwise_kernel": lambda kernel, scale: kernel * scale.reshape(kernel.shape[2:]),
}
"""A kernel whose outputs are scaled, by the kernel's role."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A batch norm and the op before it, whose kernel has this role."""

    kernel: Node
    norm: Node
    role: str


def fold_batch_norm(graph: Graph) -> Rewritten:
    """Kernels that do what the batch norm behind them did."""
    pairs: list[Pair] = []
    kept: list[Kept] = []
    for norm in graph.nodes:
        kernel = _kernel_before(graph, norm)
        if kernel is None:
            continue
        if reason := _refused(graph, kernel, norm):
            kept.append(Kept(norm.name, reason))
        else:
            first, *_ = kernel.op.weights(graph.input_shapes(kernel))
            pairs.append(Pair(kernel, norm, first.role))
    return Rewritten(_without(graph, pairs), lambda old: _folded(pairs, old), tuple(kept))


def _kernel_before(graph: Graph, norm: Node) -> Node | None:
    """The op with a kernel that a batch norm stands behind."""
    if not isinstance(norm.op, BatchNorm):
        return None
    before = graph.by_name.get(norm.inputs[0])
    return before if before is not None and isinstance(before.op, Kernel) else None


def _refused(graph: Graph, kernel: Node, norm: Node) -> str:
    """Why a norm can't go; empty where it can."""
    if len(graph.consumers[kernel.name]) > 1:
        return f"the value of {kernel.name} is used twice"
    if any(graph.producer(path) == kernel.name for path in graph.outputs):
        return f"the value of {kernel.name} is an output"
    if norm.name in graph.outputs and norm.name not in graph.blocks_by_path:
        return "its own name is an output's"
    return ""


def _without(graph: Graph, pairs: Sequence[Pair]) -> Graph:
    """The graph without those norms: who took one's value takes the kernel's."""
    moved = {pair.norm.name: pair.kernel.name for pair in pairs}
    kernels = set(moved.values())
    nodes = tuple(
        replace(
            node,
            op=_biased(node.op) if node.name in kernels else node.op,
            inputs=tuple(moved.get(name, name) for name in node.inputs),
        )
        for node in graph.nodes
        if node.name not in moved
    )
    blocks = tuple(replace(b, result=moved.get(b.result, b.result)) for b in graph.blocks)
    return replace(graph, nodes=nodes, blocks=blocks)


def _biased(op: Op) -> Op:
    assert isinstance(op, Kernel)
    return replace(op, bias=True)


def _folded(pairs: Sequence[Pair], old: Weights) -> Weights:
    new = dict(old)
    for pair in pairs:
        scale, shift = _affine(pair.norm, new)
        name, bias = f"{pair.kernel.owner}/{pair.role}", f"{pair.kernel.owner}/bias"
        kind = new[name].dtype
        first = new.get(bias, np.zeros(scale.shape)).astype(np.float64)
        new[name] = SCALED[pair.role](new[name].astype(np.float64), scale).astype(kind)
        new[bias] = (first * scale + shift).astype(kind)
    return new


def _affine(norm: Node, weights: dict[str, Array]) -> tuple[Array, Array]:
    """A norm as scale and shift, in float64; its weights leave the mapping."""
    assert isinstance(norm.op, BatchNorm)
    own = {
        role: np.asarray(weights.pop(f"{norm.owner}/{role}"), np.float64)
        for role in ("gamma", "beta", "moving_mean", "moving_variance")
        if f"{norm.owner}/{role}" in weights
    }
    scale = own.get("gamma", np.float64(1)) / np.sqrt(own["moving_variance"] + norm.op.epsilon)
    return scale, own.get("beta", np.float64(0)) - own["moving_mean"] * scale

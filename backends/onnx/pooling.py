"""The rules of pools."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from onnx import helper

from netspec.backends.onnx import layout
from netspec.backends.onnx.layout import Array
from netspec.backends.onnx.site import Emitted, Site
from netspec.backends.onnx.tensors import value_info
from netspec.ops.pool import AdaptiveAvgPool, AvgPool, MaxPool, Pool, cells


def max_pool(site: Site) -> Emitted:
    """MaxPool; its padding never wins, in ONNX too."""
    node = site.node_proto("MaxPool", **_window(site.op(MaxPool)), storage_order=0)
    return Emitted((node,))


def avg_pool(site: Site) -> Emitted:
    """AveragePool; `divisor: window` counts the padding."""
    op = site.op(AvgPool)
    counted = int(op.divisor == "window")
    return Emitted((site.node_proto("AveragePool", **_window(op), count_include_pad=counted),))


def _window(op: Pool) -> dict[str, Any]:
    return {
        "kernel_shape": list(op.kernel),
        "strides": list(op.stride),
        "dilations": [1, 1],
        "pads": layout.pads(op.pads),
        "auto_pad": "NOTSET",
        "ceil_mode": int(op.rounding == "ceil"),
    }


class _Steps(NamedTuple):
    """Cells along one axis that are the windows of an ordinary pool."""

    kernel: int
    stride: int


def adaptive_avg_pool(site: Site) -> Emitted:
    """AveragePool where all cells are of one size and as far apart, else two MatMul.

    A cell's mean is a sum of pixels times weights, of its rows and of its columns:
    mean = rows @ x @ columns, rows (output height, height), columns (width, output width).
    """
    size, grid = site.map, site.op(AdaptiveAvgPool).size
    rows, columns = cells(size.height, grid.height), cells(size.width, grid.width)
    down, across = _steps(rows), _steps(columns)
    if down and across:
        return _evenly(site, down, across)
    left, right = site.tensor("rows"), site.tensor("columns")
    between = site.tensor("pooled_rows")
    nodes = (
        helper.make_node("MatMul", [left, *site.inputs], [between], between),
        helper.make_node("MatMul", [between, right], [site.output], site.node.name),
    )
    values = {left: _means(rows, size.height), right: _means(columns, size.width).T.copy()}
    dims = (layout.BATCH, size.channels, grid.height, size.width)
    return Emitted(nodes, values, (value_info(between, dims),))


def _evenly(site: Site, down: _Steps, across: _Steps) -> Emitted:
    node = site.node_proto(
        "AveragePool",
        kernel_shape=[down.kernel, across.kernel],
        strides=[down.stride, across.stride],
        dilations=[1, 1],
        pads=[0, 0, 0, 0],
        auto_pad="NOTSET",
        ceil_mode=0,
        count_include_pad=0,
    )
    return Emitted((node,))


def _steps(found: list[tuple[int, int]]) -> _Steps | None:
    """The window that gives these cells, if one does."""
    sizes = {end - start for start, end in found}
    strides = {after - before for (before, _), (after, _) in pairwise(found)} or {1}
    if len(sizes) > 1 or len(strides) > 1 or 0 in strides:
        return None
    return _Steps(*sizes, *strides)


def _means(found: list[tuple[int, int]], length: int) -> Array:
    """A row for each cell: one over its pixels where it has one, else 0."""
    means = np.zeros((len(found), length), np.float32)
    for row, (start, end) in zip(means, found, strict=True):
        row[start:end] = 1 / (end - start)
    return means

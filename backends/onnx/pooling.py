"""The rules of pools."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import helper

from netspec.backends.onnx import layout
from netspec.backends.onnx.layout import Array
from netspec.backends.onnx.site import Emitted, Site
from netspec.backends.onnx.tensors import value_info
from netspec.ops.pool import (
    AdaptiveAvgPool,
    AvgPool,
    EvenWindow,
    MaxPool,
    Pool,
    cells,
    even_window,
)


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


def adaptive_avg_pool(site: Site) -> Emitted:
    """AveragePool where all cells are of one size and as far apart, else two MatMul.

    A cell's mean is a sum of pixels times weights, of its rows and of its columns:
    mean = rows @ x @ columns, rows (output height, height), columns (width, output width).
    """
    size, grid = site.map, site.op(AdaptiveAvgPool).size
    rows, columns = cells(size.height, grid.height), cells(size.width, grid.width)
    down, across = even_window(size.height, grid.height), even_window(size.width, grid.width)
    if down and across:
        return _evenly(site, down, across)
    left, right = site.tensor("rows"), site.tensor("columns")
    between = site.tensor("pooled_rows")
    nodes = (
        helper.make_node("MatMul", [left, *site.inputs], [between], between),
        helper.make_node("MatMul", [between, right], [site.output], site.node.name),
    )
    values = {left: means(rows, size.height), right: means(columns, size.width).T.copy()}
    dims = (layout.BATCH, size.channels, grid.height, size.width)
    return Emitted(nodes, values, (value_info(between, dims),))


def _evenly(site: Site, down: EvenWindow, across: EvenWindow) -> Emitted:
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


def means(found: list[tuple[int, int]], length: int) -> Array:
    """A row for each cell: one over its pixels where it has one, else 0."""
    means = np.zeros((len(found), length), np.float32)
    for row, (start, end) in zip(means, found, strict=True):
        row[start:end] = 1 / (end - start)
    return means

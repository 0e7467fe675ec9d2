"""Every op in awkward shapes: one pixel, odd and even, H != W, uneven padding, edges of kernels."""

from __future__ import annotations

from corpus.nets import steps

UNEVEN = "{top: 2, bottom: 0, left: 1, right: 3}"
POOL_PADS = "{top: 2, bottom: 1, left: 0, right: 1}"
NORM = "{op: batch_norm, epsilon: 0.02}"

CONVS = {
    "conv": steps("7x6x3", "{op: conv, filters: 5, kernel: 3}"),
    "conv-1-pixel": steps("1x1x3", "{op: conv, filters: 5, kernel: 1}"),
    "conv-1-pixel-same": steps("1x1x3", "{op: conv, filters: 5, kernel: 3, padding: same}"),
    "conv-whole-map": steps("4x5x3", "{op: conv, filters: 2, kernel: [4, 5]}"),
    "conv-flat": steps("5x7x2", "{op: conv, filters: 3, kernel: [1, 7], padding: same}"),
    "conv-same-2-odd": steps(
        "7x9x3", "{op: conv, filters: 4, kernel: 3, stride: 2, padding: same}"
    ),
    "conv-same-2-even": steps(
        "8x6x3", "{op: conv, filters: 4, kernel: 3, stride: 2, padding: same}"
    ),
    "conv-same-2-mixed": steps(
        "8x9x3", "{op: conv, filters: 4, kernel: 5, stride: 2, padding: same}"
    ),
    "conv-same-uneven-stride": steps(
        "8x7x3", "{op: conv, filters: 4, kernel: [3, 2], stride: [1, 2], padding: same}"
    ),
    "conv-even-kernel": steps("7x6x3", "{op: conv, filters: 4, kernel: [2, 4], padding: same}"),
    "conv-stride-past-kernel": steps("9x8x3", "{op: conv, filters: 4, kernel: 1, stride: [3, 2]}"),
    "conv-stride-past-kernel-same": steps(
        "9x8x3", "{op: conv, filters: 4, kernel: 2, stride: [3, 5], padding: same}"
    ),
    "conv-pads": steps("5x6x3", "{op: conv, filters: 4, kernel: 3, padding: [2, 1]}"),
    "conv-uneven-pads": steps("5x6x3", f"{{op: conv, filters: 4, kernel: 3, padding: {UNEVEN}}}"),
    "conv-uneven-pads-2": steps(
        "5x6x3", f"{{op: conv, filters: 4, kernel: 3, stride: 2, padding: {UNEVEN}}}"
    ),
    "conv-groups": steps("5x6x6", "{op: conv, filters: 9, kernel: 3, groups: 3}"),
    "conv-depthwise": steps("5x6x4", "{op: conv, filters: 4, kernel: 3, groups: 4, padding: same}"),
    "conv-depthwise-2": steps(
        "5x6x4", "{op: conv, filters: 8, kernel: 3, groups: 4, stride: 2, padding: same}"
    ),
    "conv-dilated": steps(
        "9x11x3", "{op: conv, filters: 4, kernel: [3, 2], dilation: [2, 3], padding: same}"
    ),
    "conv-dilated-valid": steps("9x11x3", "{op: conv, filters: 4, kernel: 3, dilation: [2, 3]}"),
    "conv-dilated-2": steps(
        "9x10x3", "{op: conv, filters: 4, kernel: 3, dilation: 2, stride: 2, padding: same}"
    ),
    "conv-dilated-2-norm": steps(
        "9x10x3",
        "{op: conv, filters: 4, kernel: 3, dilation: 2, stride: [2, 3], norm: batch_norm,"
        " activation: relu}",
    ),
    "conv-dilated-groups": steps(
        "9x10x4", "{op: conv, filters: 4, kernel: 3, dilation: 2, groups: 2, padding: same}"
    ),
    "conv-no-bias": steps("5x6x3", "{op: conv, filters: 4, kernel: 3, bias: false}"),
    "conv-relu": steps("5x6x3", "{op: conv, filters: 4, kernel: 3, activation: relu}"),
    "conv-softmax": steps("5x6x3", "{op: conv, filters: 4, kernel: 3, activation: softmax}"),
    "conv-norm": steps("5x6x3", f"{{op: conv, filters: 4, kernel: 3, norm: {NORM}}}"),
    "conv-norm-relu": steps(
        "5x6x3", f"{{op: conv, filters: 4, kernel: 3, norm: {NORM}, activation: relu}}"
    ),
    "conv-bias-norm-tanh": steps(
        "5x6x3",
        "{op: conv, filters: 4, kernel: 3, bias: true, activation: tanh,"
        " norm: {op: batch_norm, scale: false, center: false, epsilon: 0.1, variance: biased}}",
    ),
    "conv-uneven-norm-relu": steps(
        "6x8x3",
        "{op: conv, filters: 4, kernel: 3, stride: 2, padding: same, norm: batch_norm,"
        " activation: relu}",
    ),
}

POOLS = {
    "max-pool": steps("7x6x3", "{op: max_pool, kernel: 3, stride: 2}"),
    "max-pool-1-pixel": steps("1x1x3", "{op: max_pool, kernel: 1, stride: 2}"),
    "max-pool-same": steps("7x6x3", "{op: max_pool, kernel: [3, 2], stride: 2, padding: same}"),
    "max-pool-uneven": steps("7x6x3", f"{{op: max_pool, kernel: 4, padding: {POOL_PADS}}}"),
    "max-pool-uneven-2": steps(
        "8x6x3", f"{{op: max_pool, kernel: 4, stride: 3, padding: {POOL_PADS}}}"
    ),
    "max-pool-pads": steps("7x6x3", "{op: max_pool, kernel: 3, stride: 2, padding: 1}"),
    "max-pool-whole-map": steps("4x5x3", "{op: max_pool, kernel: [4, 5]}"),
    "max-pool-stride-past-kernel": steps("9x8x3", "{op: max_pool, kernel: 2, stride: [3, 4]}"),
    "avg-pool": steps("7x6x3", "{op: avg_pool, kernel: 3, stride: 2}"),
    "avg-pool-same": steps("8x7x3", "{op: avg_pool, kernel: 3, padding: same}"),
    "avg-pool-same-2": steps("8x7x3", "{op: avg_pool, kernel: 3, stride: 2, padding: same}"),
    "avg-pool-same-even": steps("8x7x3", "{op: avg_pool, kernel: 2, padding: same}"),
    "avg-pool-same-window": steps(
        "8x7x3", "{op: avg_pool, kernel: 3, stride: 2, padding: same, divisor: window}"
    ),
    "avg-pool-pads-inside": steps(
        "8x7x3", "{op: avg_pool, kernel: [3, 5], padding: [1, 2], divisor: inside}"
    ),
    "avg-pool-pads-2": steps("8x8x3", "{op: avg_pool, kernel: 3, stride: 2, padding: 1}"),
    "avg-pool-pads-window": steps(
        "8x7x3", "{op: avg_pool, kernel: [3, 5], padding: [1, 2], divisor: window}"
    ),
    "avg-pool-uneven-inside": steps(
        "8x7x3", f"{{op: avg_pool, kernel: [4, 3], padding: {POOL_PADS}}}"
    ),
    "avg-pool-uneven-window": steps(
        "8x7x3", f"{{op: avg_pool, kernel: [4, 3], divisor: window, padding: {POOL_PADS}}}"
    ),
    "avg-pool-stride-past-kernel": steps("9x8x3", "{op: avg_pool, kernel: 2, stride: 5}"),
    "global-avg-pool": steps("5x6x3", "{op: global_avg_pool}"),
    "global-avg-pool-1-pixel": steps("1x1x3", "{op: global_avg_pool}"),
}

OTHERS = {
    "dense": steps("1x1x5", "{op: squeeze}", "{op: dense, filters: 3}"),
    "dense-no-bias": steps("1x1x5", "{op: squeeze}", "{op: dense, filters: 3, bias: false}"),
    "dense-norm-relu": steps(
        "1x1x5",
        "{op: squeeze}",
        "{op: dense, filters: 8, norm: {op: batch_norm, variance: biased}, activation: relu}",
    ),
    "dense-sigmoid": steps(
        "1x1x5", "{op: squeeze}", "{op: dense, filters: 3, activation: sigmoid}"
    ),
    "batch-norm": steps("5x6x3", "{op: batch_norm}"),
    "batch-norm-no-scale": steps("5x6x3", "{op: batch_norm, scale: false, epsilon: 0.01}"),
    "batch-norm-no-center": steps("5x6x3", "{op: batch_norm, center: false}"),
    "batch-norm-bare": steps("5x6x3", "{op: batch_norm, scale: false, center: false}"),
    "batch-norm-biased": steps("5x6x3", "{op: batch_norm, variance: biased}"),
    "batch-norm-vector": steps("2x3x3", "{op: flatten}", "{op: batch_norm}"),
    "batch-norm-vector-biased": steps(
        "2x3x3", "{op: flatten}", "{op: batch_norm, variance: biased, scale: false}"
    ),
    "relu": steps("5x6x3", "{op: relu}"),
    "sigmoid": steps("5x6x3", "{op: sigmoid}"),
    "sigmoid-vector": steps("2x3x3", "{op: flatten}", "{op: sigmoid}"),
    "tanh": steps("5x6x3", "{op: tanh}"),
    "tanh-vector": steps("2x3x3", "{op: flatten}", "{op: tanh}"),
    "softmax-map": steps("5x6x3", "{op: softmax}"),
    "softmax-vector": steps("2x3x3", "{op: flatten}", "{op: softmax}"),
    "activation": steps("5x6x3", "{op: activation, function: tanh}"),
    "activation-none": steps("5x6x3", "{op: relu}", "{op: activation, function: none}"),
    "flatten": steps("2x3x4", "{op: flatten}"),
    "flatten-1-pixel": steps("1x1x4", "{op: flatten}"),
    "flatten-1-channel": steps("2x3x1", "{op: flatten}"),
    "flatten-dense": steps("2x3x4", "{op: flatten}", "{op: dense, filters: 5}"),
    "flatten-dropout-relu-dense": steps(
        "3x2x4",
        "{op: flatten}",
        "{op: dropout, keep: 0.5}",
        "{op: relu}",
        "{op: dense, filters: 5, activation: relu}",
        "{op: dense, filters: 4}",
    ),
    "flatten-softmax-dense": steps(
        "3x2x4", "{op: flatten}", "{op: softmax}", "{op: dense, filters: 5}"
    ),
    "flatten-norm-dense": steps(
        "3x2x4", "{op: flatten}", "{op: batch_norm}", "{op: dense, filters: 5}"
    ),
    "squeeze": steps("1x1x4", "{op: squeeze}"),
    "dropout": steps("5x6x3", "{op: dropout, keep: 0.5}"),
    "dropout-all": steps("5x6x3", "{op: dropout, keep: 1}"),
}

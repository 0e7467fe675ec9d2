"""Every op in awkward shapes: one pixel, odd and even, H != W, uneven padding, edges of kernels."""

from __future__ import annotations

from corpus.nets import Net, steps

UNEVEN = "{top: 2, bottom: 0, left: 1, right: 3}"
POOL_PADS = "{top: 2, bottom: 1, left: 0, right: 1}"
NORM = "{op: batch_norm, epsilon: 0.02}"
WIDE = "{op: scale, factor: 6}"
"""Brings values to both sides of every knee of a function: 6 and -3 are the furthest."""

FUNCTIONS = {
    "relu6": "relu6",
    "leaky-relu": "leaky_relu, slope: 0.2",
    "leaky-relu-0": "leaky_relu, slope: 0",
    "leaky-relu-steep": "leaky_relu, slope: 1.5",
    "elu": "elu",
    "elu-alpha": "elu, alpha: 0.3",
    "gelu": "gelu",
    "gelu-tanh": "gelu, form: tanh",
    "silu": "silu",
    "hard-sigmoid": "hard_sigmoid",
    "hard-swish": "hard_swish",
}

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
    # Found by a search: oneDNN reads past the end of such a map, if its channels are last.
    "conv-stride-past-map": steps("7x6x1", "{op: conv, filters: 3, kernel: 2, stride: [1, 7]}"),
    "conv-1-channel-narrow": steps("7x4x1", "{op: conv, filters: 3, kernel: 3, stride: 2}"),
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
    "conv-dilated-single-tap": steps(
        "9x11x3",
        "{op: conv, filters: 4, kernel: [1, 2], dilation: [2000000000, 2], stride: 2}",
    ),
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

DEPTHWISE = {
    "depthwise-1-channel-narrow": steps(
        "7x4x1", "{op: depthwise_conv, kernel: 3, stride: 2, multiplier: 3}"
    ),
    "depthwise": steps("7x6x3", "{op: depthwise_conv, kernel: 3}"),
    "depthwise-1-pixel": steps("1x1x3", "{op: depthwise_conv, kernel: 1}"),
    "depthwise-1-channel": steps("5x4x1", "{op: depthwise_conv, kernel: 2, multiplier: 3}"),
    "depthwise-multiplier": steps(
        "7x6x3", "{op: depthwise_conv, kernel: [2, 3], multiplier: 4, padding: same}"
    ),
    "depthwise-same-2": steps(
        "8x7x3", "{op: depthwise_conv, kernel: 3, stride: 2, padding: same, multiplier: 2}"
    ),
    "depthwise-uneven-stride": steps(
        "8x7x3", "{op: depthwise_conv, kernel: 3, stride: [1, 2], padding: same}"
    ),
    "depthwise-stride-past-kernel": steps(
        "9x8x3", "{op: depthwise_conv, kernel: 2, stride: [3, 4]}"
    ),
    "depthwise-uneven-pads": steps(
        "5x6x3", f"{{op: depthwise_conv, kernel: 3, stride: 2, padding: {UNEVEN}}}"
    ),
    "depthwise-dilated": steps(
        "9x10x3", "{op: depthwise_conv, kernel: 3, dilation: [2, 3], multiplier: 2, padding: same}"
    ),
    "depthwise-dilated-2": steps(
        "9x10x3", "{op: depthwise_conv, kernel: 3, dilation: 2, stride: 2, padding: same}"
    ),
    "depthwise-norm-relu6": steps(
        "7x6x3",
        "{op: depthwise_conv, kernel: 3, multiplier: 2, norm: batch_norm, activation: relu6}",
    ),
    "separable": steps("7x6x3", "{op: separable_conv, filters: 5, kernel: 3}"),
    "separable-1-pixel": steps("1x1x3", "{op: separable_conv, filters: 5, kernel: 1}"),
    "separable-no-bias": steps("7x6x3", "{op: separable_conv, filters: 5, kernel: 3, bias: false}"),
    "separable-multiplier-2": steps(
        "8x7x3",
        "{op: separable_conv, filters: 5, kernel: [3, 5], stride: 2, multiplier: 2, padding: same}",
    ),
    "separable-uneven-stride": steps(
        "8x7x3", "{op: separable_conv, filters: 5, kernel: 3, stride: [2, 1], padding: same}"
    ),
    "separable-dilated": steps(
        "9x10x3",
        "{op: separable_conv, filters: 5, kernel: 3, dilation: 2, stride: 2, padding: same}",
    ),
    "separable-norm-silu": steps(
        "8x7x3",
        f"{{op: separable_conv, filters: 5, kernel: 3, norm: {NORM}, activation: silu,"
        f" padding: {UNEVEN}}}",
    ),
    "separable-relu": steps(
        "8x7x3", "{op: separable_conv, filters: 5, kernel: 3, activation: relu}"
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
    "max-pool-ceil": steps("7x6x3", "{op: max_pool, kernel: 2, stride: 2, rounding: ceil}"),
    "max-pool-ceil-3": steps("8x7x3", "{op: max_pool, kernel: 3, stride: 2, rounding: ceil}"),
    "max-pool-ceil-pads": steps(
        "8x7x3", "{op: max_pool, kernel: 3, stride: 2, padding: 1, rounding: ceil}"
    ),
    "max-pool-ceil-uneven": steps(
        "8x6x3", f"{{op: max_pool, kernel: 4, stride: 3, padding: {POOL_PADS}, rounding: ceil}}"
    ),
    # a third window would begin in the padding after the map, and doesn't count
    "max-pool-ceil-begins-outside": steps(
        "3x5x2", "{op: max_pool, kernel: 2, stride: [3, 2], padding: 1, rounding: ceil}"
    ),
    "max-pool-ceil-stride-past-kernel": steps(
        "10x9x3", "{op: max_pool, kernel: 2, stride: [3, 4], rounding: ceil}"
    ),
    "max-pool-ceil-same": steps(
        "7x6x3", "{op: max_pool, kernel: 3, stride: 2, padding: same, rounding: ceil}"
    ),
    **{
        f"avg-pool-ceil-{divisor}-{name}": steps(
            size,
            f"{{op: avg_pool, kernel: {kernel}, stride: {stride}, padding: {pads},"
            f" rounding: ceil, divisor: {divisor}}}",
        )
        for divisor in ("inside", "window")
        for name, size, kernel, stride, pads in (
            ("bare", "7x6x3", 2, 2, "valid"),
            ("exact", "6x8x3", 2, 2, "valid"),
            ("pads", "8x7x3", 3, 2, "1"),
            ("uneven", "8x6x3", 4, 3, POOL_PADS),
            ("begins-outside", "3x5x2", 2, [3, 2], "1"),
            ("overlap", "9x10x3", [3, 5], [2, 3], "[1, 2]"),
        )
    },
    "adaptive-avg-pool": steps("8x6x3", "{op: adaptive_avg_pool, size: [4, 2]}"),
    "adaptive-avg-pool-shared": steps("7x10x3", "{op: adaptive_avg_pool, size: [3, 4]}"),
    "adaptive-avg-pool-1": steps("5x4x3", "{op: adaptive_avg_pool, size: 1}"),
    "adaptive-avg-pool-same-size": steps("6x6x3", "{op: adaptive_avg_pool, size: 6}"),
    "adaptive-avg-pool-larger": steps("3x2x3", "{op: adaptive_avg_pool, size: [4, 5]}"),
    "adaptive-avg-pool-1-pixel": steps("1x1x3", "{op: adaptive_avg_pool, size: 1}"),
    "global-max-pool": steps("5x6x3", "{op: global_max_pool}"),
    "global-max-pool-1-pixel": steps("1x1x3", "{op: global_max_pool}"),
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
    **{
        f"{function}{place}": steps(size, *before, f"{{op: {body}}}")
        for function, body in FUNCTIONS.items()
        for place, size, before in (
            ("", "5x6x3", (WIDE,)),
            ("-vector", "2x3x3", (WIDE, "{op: flatten}")),
            ("-1-pixel", "1x1x7", (WIDE,)),
        )
    },
    "conv-leaky-relu": steps(
        "5x6x3", "{op: conv, filters: 4, kernel: 3, activation: {op: leaky_relu, slope: 0.3}}"
    ),
    "conv-gelu-tanh": steps(
        "5x6x3", "{op: conv, filters: 4, kernel: 3, activation: {op: gelu, form: tanh}}"
    ),
    "conv-elu": steps("5x6x3", "{op: conv, filters: 4, kernel: 3, activation: elu}"),
    "conv-hard-swish": steps("5x6x3", "{op: conv, filters: 4, kernel: 3, activation: hard_swish}"),
    "dense-leaky-relu": steps(
        "1x1x5",
        "{op: squeeze}",
        "{op: dense, filters: 6, activation: {op: leaky_relu, slope: 0.05}}",
    ),
    "lrn": steps("5x6x7", "{op: lrn, radius: 2, alpha: 0.5, beta: 0.75, bias: 2}"),
    "lrn-alexnet": steps("5x6x7", "{op: lrn, radius: 2, alpha: 0.0001, beta: 0.75, bias: 2}"),
    "lrn-few-channels": steps("5x6x2", "{op: lrn, radius: 3, alpha: 0.5, beta: 0.5, bias: 1}"),
    "lrn-1-channel": steps("3x4x1", "{op: lrn, radius: 1, alpha: 0.7, beta: 1.3, bias: 0.5}"),
    "lrn-alpha-0": steps("3x4x5", "{op: lrn, radius: 1, alpha: 0, beta: 0.75, bias: 2}"),
    "lrn-beta-0": steps("3x4x5", "{op: lrn, radius: 1, alpha: 0.7, beta: 0, bias: 2}"),
    "lrn-1-pixel": steps("1x1x9", "{op: lrn, radius: 1, alpha: 0.7, beta: 0.75, bias: 1}"),
    "pad": steps("5x6x3", "{op: pad, padding: 1}"),
    "pad-uneven": steps("5x6x3", f"{{op: pad, padding: {UNEVEN}}}"),
    "pad-value": steps("5x6x3", f"{{op: pad, padding: {UNEVEN}, value: -1.5}}"),
    "pad-nothing": steps("5x6x3", "{op: pad, padding: 0, value: 3}"),
    "pad-conv": steps("5x6x3", "{op: pad, padding: [2, 1]}", "{op: conv, filters: 4, kernel: 3}"),
    "scale": steps("5x6x3", "{op: scale, factor: 0.17}"),
    "scale-negative": steps("5x6x3", "{op: scale, factor: -2.5}"),
    "scale-vector": steps("2x3x3", "{op: flatten}", "{op: scale, factor: 0.3}"),
    "flatten-scale-dense": steps(
        "3x2x4",
        "{op: flatten}",
        "{op: scale, factor: 0.3}",
        "{op: hard_swish}",
        "{op: dense, filters: 5}",
    ),
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

CASES: dict[str, Net] = {**CONVS, **DEPTHWISE, **POOLS, **OTHERS}

"""Inception V4 and Inception-ResNet-v2 on tf_slim, whose package ends at V3.

Stated anew, as tables of scopes, after the networks of tensorflow/models (research/slim/nets): the
layers and the names that they give are tf_slim's. A row is a conv's scope, filters and, where it is
not 1 and SAME, its stride and padding; the scope ends in the kernel.
"""

from __future__ import annotations

from typing import Any

Tower = list[tuple[Any, ...]]
VALID = "VALID"
POOL: tuple[Any, ...] = ("pool",)

V4_A = {
    "Branch_0": [("Conv2d_0a_1x1", 96)],
    "Branch_1": [("Conv2d_0a_1x1", 64), ("Conv2d_0b_3x3", 96)],
    "Branch_2": [("Conv2d_0a_1x1", 64), ("Conv2d_0b_3x3", 96), ("Conv2d_0c_3x3", 96)],
    "Branch_3": [("average",), ("Conv2d_0b_1x1", 96)],
}
V4_B = {
    "Branch_0": [("Conv2d_0a_1x1", 384)],
    "Branch_1": [("Conv2d_0a_1x1", 192), ("Conv2d_0b_1x7", 224), ("Conv2d_0c_7x1", 256)],
    "Branch_2": [
        ("Conv2d_0a_1x1", 192),
        ("Conv2d_0b_7x1", 192),
        ("Conv2d_0c_1x7", 224),
        ("Conv2d_0d_7x1", 224),
        ("Conv2d_0e_1x7", 256),
    ],
    "Branch_3": [("average",), ("Conv2d_0b_1x1", 128)],
}
V4_C = {
    "Branch_0": [("Conv2d_0a_1x1", 256)],
    "Branch_1": [
        ("Conv2d_0a_1x1", 384),
        ("both", ("Conv2d_0b_1x3", 256), ("Conv2d_0c_3x1", 256)),
    ],
    "Branch_2": [
        ("Conv2d_0a_1x1", 384),
        ("Conv2d_0b_3x1", 448),
        ("Conv2d_0c_1x3", 512),
        ("both", ("Conv2d_0d_1x3", 256), ("Conv2d_0e_3x1", 256)),
    ],
    "Branch_3": [("average",), ("Conv2d_0b_1x1", 256)],
}
V4_BLOCKS: dict[str, dict[str, Tower]] = {
    "Mixed_3a": {"Branch_0": [POOL], "Branch_1": [("Conv2d_0a_3x3", 96, 2, VALID)]},
    "Mixed_4a": {
        "Branch_0": [("Conv2d_0a_1x1", 64), ("Conv2d_1a_3x3", 96, 1, VALID)],
        "Branch_1": [
            ("Conv2d_0a_1x1", 64),
            ("Conv2d_0b_1x7", 64),
            ("Conv2d_0c_7x1", 64),
            ("Conv2d_1a_3x3", 96, 1, VALID),
        ],
    },
    "Mixed_5a": {"Branch_0": [("Conv2d_1a_3x3", 192, 2, VALID)], "Branch_1": [POOL]},
    **{f"Mixed_5{letter}": V4_A for letter in "bcde"},
    "Mixed_6a": {
        "Branch_0": [("Conv2d_1a_3x3", 384, 2, VALID)],
        "Branch_1": [
            ("Conv2d_0a_1x1", 192),
            ("Conv2d_0b_3x3", 224),
            ("Conv2d_1a_3x3", 256, 2, VALID),
        ],
        "Branch_2": [POOL],
    },
    **{f"Mixed_6{letter}": V4_B for letter in "bcdefgh"},
    "Mixed_7a": {
        "Branch_0": [("Conv2d_0a_1x1", 192), ("Conv2d_1a_3x3", 192, 2, VALID)],
        "Branch_1": [
            ("Conv2d_0a_1x1", 256),
            ("Conv2d_0b_1x7", 256),
            ("Conv2d_0c_7x1", 320),
            ("Conv2d_1a_3x3", 320, 2, VALID),
        ],
        "Branch_2": [POOL],
    },
    **{f"Mixed_7{letter}": V4_C for letter in "bcd"},
}
STEM = [
    ("Conv2d_1a_3x3", 32, 2, VALID),
    ("Conv2d_2a_3x3", 32, 1, VALID),
    ("Conv2d_2b_3x3", 64),
]
IR_MIXED: dict[str, dict[str, Tower]] = {
    "Mixed_5b": {
        "Branch_0": [("Conv2d_1x1", 96)],
        "Branch_1": [("Conv2d_0a_1x1", 48), ("Conv2d_0b_5x5", 64)],
        "Branch_2": [("Conv2d_0a_1x1", 64), ("Conv2d_0b_3x3", 96), ("Conv2d_0c_3x3", 96)],
        "Branch_3": [("average",), ("Conv2d_0b_1x1", 64)],
    },
    "Mixed_6a": {
        "Branch_0": [("Conv2d_1a_3x3", 384, 2, VALID)],
        "Branch_1": [
            ("Conv2d_0a_1x1", 256),
            ("Conv2d_0b_3x3", 256),
            ("Conv2d_1a_3x3", 384, 2, VALID),
        ],
        "Branch_2": [POOL],
    },
    "Mixed_7a": {
        "Branch_0": [("Conv2d_0a_1x1", 256), ("Conv2d_1a_3x3", 384, 2, VALID)],
        "Branch_1": [("Conv2d_0a_1x1", 256), ("Conv2d_1a_3x3", 288, 2, VALID)],
        "Branch_2": [
            ("Conv2d_0a_1x1", 256),
            ("Conv2d_0b_3x3", 288),
            ("Conv2d_1a_3x3", 320, 2, VALID),
        ],
        "Branch_3": [POOL],
    },
}
IR_BLOCKS: dict[str, dict[str, Tower]] = {
    "block35": {
        "Branch_0": [("Conv2d_1x1", 32)],
        "Branch_1": [("Conv2d_0a_1x1", 32), ("Conv2d_0b_3x3", 32)],
        "Branch_2": [("Conv2d_0a_1x1", 32), ("Conv2d_0b_3x3", 48), ("Conv2d_0c_3x3", 64)],
    },
    "block17": {
        "Branch_0": [("Conv2d_1x1", 192)],
        "Branch_1": [("Conv2d_0a_1x1", 128), ("Conv2d_0b_1x7", 160), ("Conv2d_0c_7x1", 192)],
    },
    "block8": {
        "Branch_0": [("Conv2d_1x1", 192)],
        "Branch_1": [("Conv2d_0a_1x1", 192), ("Conv2d_0b_1x3", 224), ("Conv2d_0c_3x1", 256)],
    },
}


def inception_v4(images: Any, num_classes: int, is_training: bool) -> tuple[Any, dict[str, Any]]:
    """The class scores, and the endpoints by scope."""
    import tensorflow.compat.v1 as tf

    ends: dict[str, Any] = {}
    with tf.variable_scope("InceptionV4"), _scope(is_training):
        net = _tower(images, STEM)
        for name, block in V4_BLOCKS.items():
            with tf.variable_scope(name):
                net = ends[name] = _branches(net, block)
        ends["AuxLogits"] = _head(ends["Mixed_6h"], num_classes, "Conv2d_2a", "Aux_logits")
        return _logits(net, num_classes), ends


def inception_resnet_v2(
    images: Any, num_classes: int, is_training: bool
) -> tuple[Any, dict[str, Any]]:
    """The class scores, and the endpoints by scope."""
    import tensorflow.compat.v1 as tf

    ends: dict[str, Any] = {}

    def mixed(net: Any, name: str) -> Any:
        with tf.variable_scope(name):
            ends[name] = _branches(net, IR_MIXED[name])
        return ends[name]

    def repeated(net: Any, name: str, kind: str, times: int, scale: float) -> Any:
        with tf.variable_scope(name):
            for number in range(1, times + 1):
                net = tf.nn.relu(_residual(net, f"{kind}_{number}", IR_BLOCKS[kind], scale))
        ends[name] = net
        return net

    with tf.variable_scope("InceptionResnetV2"), _scope(is_training):
        net = _tower(images, [*STEM, POOL, ("Conv2d_3b_1x1", 80), ("Conv2d_4a_3x3", 192, 1, VALID)])
        net = mixed(_tower(net, [POOL]), "Mixed_5b")
        net = mixed(repeated(net, "Repeat", "block35", 10, 0.17), "Mixed_6a")
        net = mixed(repeated(net, "Repeat_1", "block17", 20, 0.1), "Mixed_7a")
        net = repeated(net, "Repeat_2", "block8", 9, 0.2)
        net = ends["Block8"] = _residual(net, "Block8", IR_BLOCKS["block8"], 1.0)
        net = _conv(net, "Conv2d_7b_1x1", 1536)
        ends["AuxLogits"] = _head(ends["Repeat_1"], num_classes, "Conv2d_2a_5x5", "Logits")
        return _logits(net, num_classes), ends


def _scope(is_training: bool) -> Any:
    import tf_slim

    return tf_slim.arg_scope([tf_slim.batch_norm, tf_slim.dropout], is_training=is_training)


def _conv(net: Any, scope: str, filters: int, stride: int = 1, padding: str = "SAME") -> Any:
    import tf_slim

    height, width = map(int, scope.rpartition("_")[2].split("x"))
    return tf_slim.conv2d(net, filters, [height, width], stride, padding, scope=scope)


def _tower(net: Any, rows: Tower) -> Any:
    import tensorflow.compat.v1 as tf
    import tf_slim

    for what, *rest in rows:
        if what == "pool":
            net = tf_slim.max_pool2d(net, 3, 2, VALID)
        elif what == "average":
            net = tf_slim.avg_pool2d(net, 3, 1, "SAME")
        elif what == "both":
            net = tf.concat([_conv(net, *row) for row in rest], 3)
        else:
            net = _conv(net, what, *rest)
    return net


def _branches(net: Any, branches: dict[str, Tower]) -> Any:
    import tensorflow.compat.v1 as tf

    found = []
    for name, rows in branches.items():
        with tf.variable_scope(name):
            found.append(_tower(net, rows))
    return tf.concat(found, 3)


def _residual(net: Any, scope: str, branches: dict[str, Tower], scale: float) -> Any:
    import tensorflow.compat.v1 as tf
    import tf_slim

    plain = {"normalizer_fn": None, "activation_fn": None}
    with tf.variable_scope(scope):
        joined = _branches(net, branches)
        return net + scale * tf_slim.conv2d(joined, net.shape[3], 1, scope="Conv2d_1x1", **plain)


def _head(net: Any, classes: int, conv: str, dense: str) -> Any:
    import tensorflow.compat.v1 as tf
    import tf_slim

    with tf.variable_scope("AuxLogits"):
        net = tf_slim.avg_pool2d(net, 5, 3, VALID)
        net = tf_slim.conv2d(net, 128, 1, scope="Conv2d_1b_1x1")
        net = tf_slim.conv2d(net, 768, net.shape[1:3], padding=VALID, scope=conv)
        flat = tf_slim.flatten(net)
        return tf_slim.fully_connected(flat, classes, activation_fn=None, scope=dense)


def _logits(net: Any, classes: int) -> Any:
    import tensorflow.compat.v1 as tf
    import tf_slim

    with tf.variable_scope("Logits"):
        flat = tf_slim.flatten(tf_slim.avg_pool2d(net, net.shape[1:3], padding=VALID))
        return tf_slim.fully_connected(flat, classes, activation_fn=None, scope="Logits")

"""TF-slim's own Inception V3 (tf_slim 1.1.0), with its auxiliary head, as a peer.

By hand: python tests/peers/slim_inception_v3.py OUT.npz --height 299 --width 299
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import inception_v3_names, seeded
from peers.peer import Array, Job, Peer, main, run

ENDPOINTS = ("Mixed_5b", "Mixed_6e", "Mixed_7c", "Logits", "AuxLogits", "Predictions")

LEAVES = {
    "weights": "kernel",
    "biases": "bias",
    "BatchNorm/beta": "norm/beta",
    "BatchNorm/moving_mean": "norm/moving_mean",
    "BatchNorm/moving_variance": "norm/moving_variance",
}

# TF-slim's irregular paths; the others are netspec's own.
PATHS = {
    "Mixed_5c/Branch_1/Conv2d_0b_1x1": "Mixed_5c/Branch_1/Conv2d_0a_1x1",
    "Mixed_5c/Branch_1/Conv_1_0c_5x5": "Mixed_5c/Branch_1/Conv2d_0b_5x5",
    "Mixed_6a/Branch_0/Conv2d_1a_1x1": "Mixed_6a/Branch_0/Conv2d_1a_3x3",
    "Mixed_6a/Branch_1/Conv2d_1a_1x1": "Mixed_6a/Branch_1/Conv2d_1a_3x3",
    "Mixed_7b/Branch_1/Conv2d_0b_1x3": "Mixed_7b/Branch_1/Concat/Conv2d_0b_1x3",
    "Mixed_7b/Branch_1/Conv2d_0b_3x1": "Mixed_7b/Branch_1/Concat/Conv2d_0c_3x1",
    "Mixed_7b/Branch_2/Conv2d_0c_1x3": "Mixed_7b/Branch_2/Concat/Conv2d_0c_1x3",
    "Mixed_7b/Branch_2/Conv2d_0d_3x1": "Mixed_7b/Branch_2/Concat/Conv2d_0d_3x1",
    "Mixed_7c/Branch_1/Conv2d_0b_1x3": "Mixed_7c/Branch_1/Concat/Conv2d_0b_1x3",
    "Mixed_7c/Branch_1/Conv2d_0c_3x1": "Mixed_7c/Branch_1/Concat/Conv2d_0c_3x1",
    "Mixed_7c/Branch_2/Conv2d_0c_1x3": "Mixed_7c/Branch_2/Concat/Conv2d_0c_1x3",
    "Mixed_7c/Branch_2/Conv2d_0d_3x1": "Mixed_7c/Branch_2/Concat/Conv2d_0d_3x1",
}


def load(directory: Path, job: Job | None = None) -> Peer:
    """Build and run the network in a process of its own, with `directory` for its file.

    Raises RuntimeError when it fails, as it does for images that leave no 1x1 map (TF-slim
    squeezes it) or a 17x17 map below 5x5.
    """
    return run(Path(__file__), directory / "slim_inception_v3.npz", job or Job())


def canonical_name(variable: str) -> str:
    """Return netspec's name of a TF-slim variable.

    >>> canonical_name("InceptionV3/Mixed_5c/Branch_1/Conv_1_0c_5x5/BatchNorm/beta")
    'Mixed_5c/Branch_1/Conv2d_0b_5x5/norm/beta'
    """
    found = re.fullmatch(rf"InceptionV3/(.+?)/({'|'.join(LEAVES)})", variable)
    if found is None:
        raise ValueError(f"not a weight of Inception V3: {variable}")
    path, leaf = found.groups()
    # TF-slim renames the aux head's 5x5 conv when a small image shrinks its kernel.
    path = re.sub(r"^AuxLogits/Conv2d_2a_\dx\d$", "AuxLogits/Conv2d_2a_5x5", path)
    return f"{PATHS.get(path, path)}/{LEAVES[leaf]}"


def build(job: Job) -> Peer:
    """Run tf_slim's inception_v3 on seeded weights and images; needs TF_USE_LEGACY_KERAS=1."""
    import tensorflow.compat.v1 as tf

    # TensorFlow 2.21 looks for tf_slim's layers where tf_keras no longer keeps them.
    legacy = importlib.import_module("tf_keras.src.legacy_tf_layers")
    sys.modules["tf_keras.legacy_tf_layers"] = legacy
    from tf_slim import arg_scope
    from tf_slim.nets import inception

    images = seeded.images(job)
    with tf.Graph().as_default(), tf.Session() as session:
        with arg_scope(inception.inception_v3_arg_scope()):
            _, tensors = inception.inception_v3(
                tf.constant(images),
                num_classes=job.classes,
                is_training=False,
                create_aux_logits=True,
            )
        weights = _place(session, tf.global_variables(), job.seed)
        endpoints = session.run({name: tensors[name] for name in ENDPOINTS})
    return Peer("tf_slim", weights, endpoints, images)


def _place(session: Any, variables: list[Any], seed: int) -> dict[str, Array]:
    """Give every variable its seeded value; return the values by netspec's names."""
    by_name = {canonical_name(variable.op.name): variable for variable in variables}
    if len(by_name) != len(variables):
        raise ValueError("two TF-slim variables have one netspec name")
    weights = {
        name: seeded.weight(name, tuple(variable.shape.as_list()), seed)
        for name, variable in by_name.items()
    }
    inception_v3_names.check_with_aux(weights)
    feeds = {by_name[name].initializer.inputs[1]: value for name, value in weights.items()}
    session.run([variable.initializer for variable in variables], feeds)
    return weights


if __name__ == "__main__":
    main(build, {"TF_USE_LEGACY_KERAS": "1"})

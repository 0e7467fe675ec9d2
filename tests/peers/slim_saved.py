"""TF-slim's networks (tf_slim 1.1.0), saved as checkpoints of both versions.

By hand: python tests/peers/slim_saved.py inception_v3 FOLDER --height 299 --width 299
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from peers import saved, seeded
from peers.peer import Array, Job

# The module of tf_slim and the function, or our own module where tf_slim has none; endpoints by
# netspec's names.
NETWORKS: dict[str, tuple[str, str, dict[str, str]]] = {
    "inception_v1": ("inception", "inception_v1", {"Mixed_4c": "Mixed_4c"}),
    "inception_v2": ("inception", "inception_v2", {"Mixed_4c": "Mixed_4c"}),
    "inception_v3": (
        "inception",
        "inception_v3",
        {"Mixed_5b": "Mixed_5b", "Mixed_7c": "Mixed_7c", "AuxLogits": "AuxLogits"},
    ),
    "inception_v4": (
        "slim_inceptions",
        "inception_v4",
        {
            name: name
            for name in ("Mixed_4a", "Mixed_5e", "Mixed_6h", "Mixed_7a", "Mixed_7d", "AuxLogits")
        },
    ),
    "inception_resnet_v2": (
        "slim_inceptions",
        "inception_resnet_v2",
        {
            name: name
            for name in ("Mixed_5b", "Repeat", "Repeat_1", "Repeat_2", "Block8", "AuxLogits")
        },
    ),
    "alexnet": ("alexnet", "alexnet_v2", {"conv5": "alexnet_v2/conv5"}),
    "vgg16": ("vgg", "vgg_16", {"pool3": "vgg_16/pool3"}),
    "vgg19": ("vgg", "vgg_19", {"pool3": "vgg_19/pool3"}),
    "resnet50": ("resnet_v1", "resnet_v1_50", {"block2": "resnet_v1_50/block2"}),
    "resnet50_v2": ("resnet_v2", "resnet_v2_50", {"block2": "resnet_v2_50/block2"}),
}
ROLES = {
    "weights": "kernel",
    "depthwise_weights": "kernel",
    "pointwise_weights": "kernel",
    "gamma": "gamma",
    "moving_variance": "variance",
}
SCOPES = {
    "inception_v4": "inception_v3_arg_scope",
    "inception_resnet_v2": "inception_v3_arg_scope",
    "alexnet_v2": "alexnet_v2_arg_scope",
    "vgg_16": "vgg_arg_scope",
    "vgg_19": "vgg_arg_scope",
}


def network(name: str, images: Any, classes: int) -> tuple[Any, dict[str, Any]]:
    """Add a network to TensorFlow's graph; its class scores, and its endpoints by TF-slim's names.

    Needs TF_USE_LEGACY_KERAS=1.
    """
    # TensorFlow 2.21 looks for tf_slim's layers where tf_keras no longer keeps them.
    legacy = importlib.import_module("tf_keras.src.legacy_tf_layers")
    sys.modules["tf_keras.legacy_tf_layers"] = legacy
    from tf_slim import arg_scope
    from tf_slim.nets import inception

    module, function, _ = NETWORKS[name]
    package = "peers" if module == "slim_inceptions" else "tf_slim.nets"
    nets = importlib.import_module(f"{package}.{module}")
    family = "resnet" if module.startswith("resnet") else function
    theirs = inception if package == "peers" else nets
    scope = getattr(theirs, SCOPES.get(function, f"{family}_arg_scope"))
    with arg_scope(scope()):
        found: tuple[Any, dict[str, Any]] = getattr(nets, function)(
            images, num_classes=classes, is_training=False
        )
    return found


def build(name: str, folder: Path, job: Job, load: Path | None) -> tuple[Array, dict[str, Array]]:
    """Save and run a network; needs TF_USE_LEGACY_KERAS=1."""
    import tensorflow.compat.v1 as tf

    _, _, endpoints = NETWORKS[name]
    images = seeded.images(job)
    with tf.Graph().as_default(), tf.Session() as session:
        logits, tensors = network(name, tf.constant(images), job.classes)
        if load is None:
            _draw(session, tf.global_variables(), job.seed)
        else:
            tf.train.Saver().restore(session, str(load))
        tf.train.get_or_create_global_step().initializer.run()
        tf.train.Saver().save(session, str(folder / "v2.ckpt"), write_meta_graph=False)
        if name in saved.IN_ALL_FORMS:
            first = tf.train.Saver(write_version=tf.train.SaverDef.V1)
            first.save(session, str(folder / "v1.ckpt"), write_meta_graph=False)
        fetched = {ours: tensors[there] for ours, there in endpoints.items()} | {"Logits": logits}
        found = session.run(fetched)
    return images, {ours: _squeezed(value) for ours, value in found.items()}


def _draw(session: Any, variables: list[Any], seed: int) -> None:
    random = np.random.default_rng(seed)
    feeds = {}
    for variable in variables:
        shape = tuple(variable.shape.as_list())
        leaf = variable.op.name.rpartition("/")[2]
        fan_in = int(np.prod(shape[:2] if leaf == "depthwise_weights" else shape[:-1]))
        value = saved.drawn(ROLES.get(leaf, "other"), shape, fan_in, random)
        feeds[variable.initializer.inputs[1]] = value
    session.run([variable.initializer for variable in variables], feeds)


def _squeezed(value: Array) -> Array:
    """TF-slim's ResNets leave class scores as [batch, 1, 1, classes]."""
    return value[:, 0, 0] if value.shape[1:3] == (1, 1) else value


if __name__ == "__main__":
    saved.main(build, {"TF_USE_LEGACY_KERAS": "1"})

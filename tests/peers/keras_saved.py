"""keras.applications' networks (Keras 3.15.1 on TensorFlow), saved in all three forms of file.

By hand: python tests/peers/keras_saved.py inception_v3 FOLDER --height 299 --width 299
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from peers import saved, seeded
from peers.peer import Array, Job

# The function, and endpoints by netspec's names.
NETWORKS: dict[str, tuple[str, dict[str, str]]] = {
    "inception_v3": ("InceptionV3", {"Mixed_5b": "mixed0", "Mixed_7c": "mixed10"}),
    "inception_resnet_v2": (
        "InceptionResNetV2",
        {
            "Mixed_5b": "mixed_5b",
            "Repeat": "block35_10_ac",
            "Mixed_6a": "mixed_6a",
            "Repeat_1": "block17_20_ac",
            "Mixed_7a": "mixed_7a",
            "Repeat_2": "block8_9_ac",
            "Block8": "custom_scale_layer_39",
            "Conv2d_7b_1x1": "conv_7b_ac",
        },
    ),
    "vgg16": ("VGG16", {"pool3": "block3_pool"}),
    "vgg19": ("VGG19", {"pool3": "block3_pool"}),
    "resnet50": ("ResNet50", {"block2": "conv3_block4_out"}),
    "resnet50_v2": ("ResNet50V2", {"block2": "conv3_block4_out"}),
}
ROLES = {"kernel": "kernel", "gamma": "gamma", "moving_variance": "variance"}


def build(
    network: str, folder: Path, job: Job, load: Path | None
) -> tuple[Array, dict[str, Array]]:
    """Save and run a network."""
    import keras

    function, endpoints = NETWORKS[network]
    keras.backend.clear_session()
    model = getattr(keras.applications, function)(
        weights=None,
        classifier_activation=None,
        classes=job.classes,
        input_shape=(job.height, job.width, 3),
    )
    if load is None:
        _draw(model, job.seed)
    else:
        model.load_weights(load)
    model.save_weights(folder / "saved.weights.h5")
    if network in saved.IN_ALL_FORMS:
        _save_whole(model, folder)
    images = seeded.images(job)
    outputs = {name: model.get_layer(layer).output for name, layer in endpoints.items()}
    found = keras.Model(model.input, outputs | {"Logits": model.output})(images, training=False)
    return images, {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}


def _draw(model: Any, seed: int) -> None:
    random = np.random.default_rng(seed)
    for variable in model.variables:
        shape, role = tuple(variable.shape), ROLES.get(variable.name, "other")
        variable.assign(saved.drawn(role, shape, int(np.prod(shape[:-1])), random))


def _save_whole(model: Any, folder: Path) -> None:
    """Save as `.keras` and the older `.h5`."""
    model.save(folder / "saved.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(folder / "saved.h5")


if __name__ == "__main__":
    saved.main(build, {"KERAS_BACKEND": "tensorflow"})

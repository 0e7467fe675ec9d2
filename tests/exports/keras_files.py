"""Keras's and tf2onnx's files, written by a process of their own: TensorFlow stays out of this one.

By hand: python tests/exports/keras_files.py FOLDER
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

SIZE = (75, 107, 3)


def small() -> Any:
    """Layers whose padding, norms and heads exporters write in their own ways."""
    import keras
    from keras import layers

    image = keras.Input((17, 20, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(image)
    x = layers.ReLU(max_value=6.0)(layers.BatchNormalization(scale=False)(x))
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = layers.DepthwiseConv2D(3, strides=1, depth_multiplier=2)(x)
    x = layers.LeakyReLU(negative_slope=0.1)(x)
    x = layers.SeparableConv2D(10, 3, padding="same", activation="relu")(x)
    a = layers.Conv2D(10, (1, 3), padding="same")(x)
    x = layers.BatchNormalization(epsilon=0.01)(layers.Add()([x, a]))
    b = layers.AveragePooling2D(3, strides=1, padding="same")(x)
    x = layers.Concatenate()([layers.Conv2D(4, 1, activation="elu")(x), b])
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = layers.Dense(6, activation="tanh")(layers.Dropout(0.3)(layers.Flatten()(x)))
    return keras.Model(image, layers.Dense(5, activation="softmax")(x))


def inception_v3() -> Any:
    """keras.applications' own."""
    import keras

    model = keras.applications.InceptionV3(weights=None, input_shape=SIZE, classes=11)
    model(np.zeros((1, *SIZE), np.float32))  # export wants a model that was called
    return model


MODELS: Mapping[str, Callable[[], Any]] = {"small": small, "inception_v3": inception_v3}


def drawn(model: Any) -> Any:
    """The model, with weights that hide nothing."""
    draw = np.random.default_rng(9)
    for weight in model.weights:
        kernel = len(weight.shape) > 1
        low, high = (0.5, 1.5) if weight.name in ("moving_variance", "gamma") else (-0.1, 0.1)
        scale = np.sqrt(2 / np.prod(weight.shape[:-1])) if kernel else 1.0
        values = draw.normal(size=weight.shape) if kernel else draw.uniform(low, high, weight.shape)
        weight.assign(scale * values)
    return model


def by_keras(model: Any, path: Path) -> None:
    """Keras's own export."""
    model.export(str(path), format="onnx", verbose=False)


def by_tf2onnx(model: Any, path: Path) -> None:
    """tf2onnx, called with the function of a model."""
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="image")]
    function = tf.function(lambda x: model(x, training=False), input_signature=signature)
    tf2onnx.convert.from_function(
        function, input_signature=signature, output_path=str(path), opset=15
    )


EXPORTS = {"keras": by_keras, "tf2onnx": by_tf2onnx}


def main(folder: Path) -> None:
    """Write every model by every exporter, with an image and what the model makes of it."""
    for name, make in MODELS.items():
        model = drawn(make())
        image = np.random.default_rng(5).normal(size=(2, *model.input_shape[1:]))
        image = image.astype(np.float32)
        np.savez(folder / f"{name}.npz", image=image, value=model(image, training=False))
        for exporter, export in EXPORTS.items():
            export(model, folder / f"{name}.{exporter}.onnx")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

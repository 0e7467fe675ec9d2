"""The lists of names that torch and Keras keep for themselves, against what is installed."""

from __future__ import annotations

import keras
import torch

from netspec.language.names import KERAS_MODEL, TORCH_MODULE


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_every_attribute_of_a_torch_module_is_listed() -> None:
    assert public(torch.nn.Module()) - TORCH_MODULE == set()


def test_every_attribute_of_the_keras_model_class_is_listed() -> None:
    assert public(keras.Model) - KERAS_MODEL - TORCH_MODULE == set()


def test_every_attribute_of_a_keras_model_that_was_compiled_is_listed() -> None:
    image = keras.Input((4, 4, 3))
    model = keras.Model(image, keras.layers.Dense(2)(image))
    model.compile(optimizer="sgd", loss="mse")
    assert public(model) - KERAS_MODEL - TORCH_MODULE == set()

"""The live model: a functional keras.Model whose layers bear the paths of the spec."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from netspec.backends.keras.layout import assign, layer_name
from netspec.backends.keras.rules import CALLABLES, emit
from netspec.emission.expressions import Path, Setting, evaluate
from netspec.ir.graph import Graph, Node
from netspec.targets import Weights


def build(graph: Graph, weights: Weights | None, dtype: str = "float32") -> Any:
    """The model; without weights Keras's own generator draws them by the spec's initialisers."""
    with _settings(dtype):
        values = {
            value.name: keras.Input(
                tuple(value.shape.dims), name=layer_name(value.name), dtype=dtype
            )
            for value in graph.inputs
        }
        inputs = list(values.values())
        for node in graph.nodes:
            values[node.name] = _value(node, graph, values)
        outputs = {path: values[graph.producer(path)] for path in graph.outputs}
        model = keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs, name=graph.name)
    if weights is not None:
        assign(model, graph, weights)
    return model


def _value(node: Node, graph: Graph, values: dict[str, Any]) -> Any:
    def name(suffix: str) -> Path:
        return Path(f"{node.name}/{suffix}" if suffix else node.name)

    inputs = [values[value] for value in node.inputs]
    return evaluate(emit(node, graph, name), Setting(CALLABLES, inputs, path=layer_name))


@contextmanager
def _settings(dtype: str) -> Iterator[None]:
    """Layers made inside have this precision and take NHWC; Keras's own settings come back."""
    policy, order = keras.config.dtype_policy(), keras.config.image_data_format()
    try:
        keras.config.set_dtype_policy(dtype)
        keras.config.set_image_data_format("channels_last")
        yield
    finally:
        keras.config.set_dtype_policy(policy)
        keras.config.set_image_data_format(order)

"""The live model: a functional keras.Model whose layers bear the paths of the spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras

from netspec.backends.keras.layout import assign, layer_name
from netspec.backends.keras.rules import CALLABLES, emit
from netspec.emission.expressions import Expr, Path, Setting, evaluate
from netspec.ir.graph import Graph, Node
from netspec.targets import Weights

Callables = Mapping[str, Callable[..., Any]]
"""What stands for each name that a rule may call."""


def build(
    graph: Graph,
    weights: Weights | None,
    dtype: str = "float32",
    callables: Callables = CALLABLES,
) -> Any:
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
            setting = Setting(callables, [values[name] for name in node.inputs], path=layer_name)
            values[node.name] = evaluate(_emitted(node, graph), setting)
        outputs = {path: values[graph.producer(path)] for path in graph.outputs}
        model = keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs, name=graph.name)
    if weights is not None:
        assign(model, graph, weights)
    return model


def _emitted(node: Node, graph: Graph) -> Expr:
    def name(suffix: str) -> Path:
        return Path(f"{node.name}/{suffix}" if suffix else node.name)

    return emit(node, graph, name)


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

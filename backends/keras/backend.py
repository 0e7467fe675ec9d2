"""What netspec asks of a backend, answered with Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from netspec.backends.keras import artefact, live, source
from netspec.backends.keras.rules import RULES
from netspec.diagnostics import Diagnostic
from netspec.ir.graph import Graph
from netspec.ir.needed import needed
from netspec.targets import Array, Run, Weights


class KerasBackend:
    """Keras 3; maps are NHWC. Parity is proven on its TensorFlow backend."""

    name = "keras"
    dtypes = frozenset({"float32", "float64"})

    def unsupported(self, graph: Graph) -> tuple[Diagnostic, ...]:
        """Nothing that the ops can say: every op has a rule."""
        return tuple(
            Diagnostic("NS601", f"keras has no rule for {node.op.name}", node.origin.span)
            for node in graph.nodes
            if type(node.op) not in RULES
        )

    def live(self, graph: Graph, weights: Weights | None) -> Any:
        """A keras.Model in float32 that takes NHWC images and gives its outputs by path."""
        return live.build(needed(graph), weights)

    def run(
        self, graph: Graph, weights: Weights, feeds: Mapping[str, Array], dtype: str
    ) -> dict[str, Array]:
        """The value of each output, for inference, of that dtype; NHWC in and out."""
        return self.runner(graph, weights, dtype)(feeds)

    def runner(self, graph: Graph, weights: Weights, dtype: str) -> Run:
        """`run` for many feeds: the model is built once."""
        model = live.build(needed(graph), weights, dtype)

        def run(feeds: Mapping[str, Array]) -> dict[str, Array]:
            fed = [feeds[value.name].astype(dtype) for value in graph.inputs]
            values = model(fed[0] if len(fed) == 1 else fed, training=False)
            to_numpy = keras.ops.convert_to_numpy
            return {path: np.asarray(to_numpy(value)) for path, value in values.items()}

        return run

    def source(self, graph: Graph) -> str:
        """A module with one function per template, which builds and tests itself."""
        return source.text(needed(graph))

    def write(self, graph: Graph, weights: Weights, spec_hash: str, out: Path) -> tuple[Path, ...]:
        """A folder with `model.py`, `weights.safetensors` (canonical names) and `model.keras`."""
        return artefact.write(needed(graph), weights, spec_hash, out)

    def versions(self) -> Mapping[str, str]:
        """The versions of Keras and of what it computes with."""
        versions = {"keras": str(keras.__version__), "keras_backend": keras.backend.backend()}
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            versions["tensorflow"] = str(tf.__version__)
        return versions

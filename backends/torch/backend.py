"""What netspec asks of a backend, answered with torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from netspec.backends.torch import artefact, layout, live, source
from netspec.backends.torch.rules import RULES
from netspec.diagnostics import Diagnostic
from netspec.ir.graph import Graph
from netspec.ir.needed import needed
from netspec.targets import Array, Run, Weights


class TorchBackend:
    """PyTorch on the CPU; maps are NCHW."""

    name = "torch"
    dtypes = frozenset({"float32", "float64"})

    def unsupported(self, graph: Graph) -> tuple[Diagnostic, ...]:
        """Nothing that the ops can say: every op has a rule."""
        return tuple(
            Diagnostic("NS601", f"torch has no rule for {node.op.name}", node.origin.span)
            for node in graph.nodes
            if type(node.op) not in RULES
        )

    def live(self, graph: Graph, weights: Weights | None) -> live.Network:
        """An nn.Module in float32 that takes NCHW images and gives its outputs by path."""
        graph = needed(graph)
        return live.build(graph, None if weights is None else layout.state(graph, weights))

    def run(
        self, graph: Graph, weights: Weights, feeds: Mapping[str, Array], dtype: str
    ) -> dict[str, Array]:
        """The value of each output, for inference, of that dtype; NHWC in and out."""
        return self.runner(graph, weights, dtype)(feeds)

    def runner(self, graph: Graph, weights: Weights, dtype: str) -> Run:
        """`run` for many feeds: the module is built once."""
        kind, graph = np.dtype(dtype), needed(graph)
        state = {name: value.astype(kind) for name, value in layout.state(graph, weights).items()}
        network = live.build(graph, state).eval()

        def run(feeds: Mapping[str, Array]) -> dict[str, Array]:
            fed = [feeds[value.name].astype(kind) for value in graph.inputs]
            with torch.inference_mode():
                values = network(*(torch.from_numpy(layout.to_torch(value)) for value in fed))
            return {path: layout.from_torch(value.numpy()) for path, value in values.items()}

        return run

    def source(self, graph: Graph) -> str:
        """A module with one class per block that repeats, which builds and tests itself."""
        return source.text(needed(graph))

    def write(self, graph: Graph, weights: Weights, spec_hash: str, out: Path) -> tuple[Path, ...]:
        """A folder with `model.py` and `weights.safetensors`, which loads strictly."""
        return artefact.write(needed(graph), weights, spec_hash, out)

    def versions(self) -> Mapping[str, str]:
        """The version of torch."""
        version: Any = torch.__version__
        return {"torch": str(version)}

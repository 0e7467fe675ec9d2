"""What the ONNX backend offers: models in memory and on disk, and runs by onnxruntime."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import ModelProto

from netspec.backends.onnx import emitting
from netspec.backends.onnx.layout import Array
from netspec.backends.onnx.running import opened, runtime
from netspec.backends.onnx.storing import checked, is_too_large, store, whole
from netspec.diagnostics import Diagnostic, SpecError
from netspec.ir.graph import Graph
from netspec.ir.needed import needed
from netspec.targets import Run
from netspec.weights.initial import init_weights

_TOO_LARGE = Diagnostic(
    "NS601",
    "onnx can't hold this model in memory: its weights take more than the 2 GB of a protobuf",
    hints=("build it to a file, which keeps the weights beside it",),
)


@dataclass(frozen=True, slots=True)
class OnnxBackend:
    """The backend `onnx`; see `netspec.targets.Backend`.

    float32 alone: onnxruntime's CPU has no Conv, AveragePool or GlobalAveragePool in float64.
    """

    name: str = "onnx"
    dtypes: frozenset[str] = frozenset({"float32"})

    def unsupported(self, graph: Graph) -> tuple[Diagnostic, ...]:
        """Nodes that ONNX can't express exactly, each with its reason (NS601)."""
        return tuple(emitting.unsupported(graph))

    def live(self, graph: Graph, weights: Mapping[str, Array] | None) -> ModelProto:
        """The checked inference model; without weights, seeded by the operating system.

        ONNX has no generator of its own, so the spec's initialisers draw. Raises `SpecError` for a
        model of more than 2 GB, which only files can hold.
        """
        if weights is None:
            weights = init_weights(graph, secrets.randbits(63))
        emission = emitting.emit(needed(graph), weights, {})
        if is_too_large(emission):
            raise SpecError([_TOO_LARGE])
        return checked(whole(emission))

    def run(
        self, graph: Graph, weights: Mapping[str, Array], feeds: Mapping[str, Array], dtype: str
    ) -> dict[str, Array]:
        """The value of each output, by onnxruntime on the CPU. Feeds and values are canonical."""
        return self.runner(graph, weights, dtype)(feeds)

    def runner(self, graph: Graph, weights: Mapping[str, Array], dtype: str) -> Run:
        """`run` for many feeds: the session is opened once."""
        if dtype not in self.dtypes:
            raise ValueError(f"onnxruntime runs float32, not {dtype}: it lacks kernels for it")
        return opened(emitting.emit(needed(graph), weights, {}))

    def write(
        self, graph: Graph, weights: Mapping[str, Array], spec_hash: str, out: Path
    ) -> tuple[Path, ...]:
        """Write a checked .onnx, whole or not at all; past 2 GB a .data file comes beside it."""
        return store(emitting.emit(needed(graph), weights, {"spec_hash": spec_hash}), out)

    def versions(self) -> Mapping[str, str]:
        """The versions of onnx and onnxruntime."""
        return {"onnx": onnx.__version__, "onnxruntime": runtime().__version__}


BACKEND = OnnxBackend()

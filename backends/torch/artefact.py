"""The folder that `build --to torch` writes."""

from __future__ import annotations

from pathlib import Path

from safetensors.numpy import save

from netspec.backends.torch import layout, source
from netspec.folders import write_folder
from netspec.ir.graph import Graph
from netspec.targets import Weights


def write(graph: Graph, weights: Weights, spec_hash: str, out: Path) -> tuple[Path, ...]:
    """`model.py` and `weights.safetensors` in the folder, each whole or not at all."""
    state = layout.state(graph, weights)
    stored = save(dict(sorted(state.items())), metadata={"spec_hash": spec_hash})
    return write_folder(
        out, {"model.py": source.text(graph).encode(), "weights.safetensors": stored}
    )

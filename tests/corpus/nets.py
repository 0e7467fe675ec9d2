"""How a corpus writes its networks down, and loads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import netspec
from netspec.ir.graph import Graph
from netspec.targets import Array
from netspec.weights.initial import parity_weights


@dataclass(frozen=True)
class Net:
    """A network as text. `size` is its input, `body` the rest: steps first, then other sections."""

    size: str
    body: str
    outputs: tuple[str, ...]
    name: str = "Net"
    endpoints: tuple[str, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        height, width, channels = self.size.split("x")
        return "\n".join(
            [
                "netspec: 1",
                f"name: {self.name}",
                f"input: {{image: {{height: {height}, width: {width}, channels: {channels}}}}}",
                self.body.strip("\n"),
                "outputs:",
                *(f"  {path}: {{}}" for path in self.outputs),
                "",
            ]
        )

    def spec(self, folder: Path) -> netspec.Spec:
        """The loaded spec; its file lies in the folder."""
        file = folder / "net.yaml"
        file.write_text(self.text)
        return netspec.load(file, set=dict(self.set))

    def graph(self, folder: Path) -> Graph:
        """Its graph, with the endpoints as outputs behind the declared ones."""
        return self.spec(folder).graph(self.endpoints)


def steps(size: str, *bodies: str) -> Net:
    """A net of steps s0, s1, …, each given by its body; the last is the output."""
    lines = ["steps:", *(f"  - s{index}: {body}" for index, body in enumerate(bodies))]
    return Net(size, "\n".join(lines), (f"s{len(bodies) - 1}",))


def images(graph: Graph, batch: int = 3) -> dict[str, Array]:
    """Random images around -0.3, so that a zero where none belongs is the greatest of many."""
    draw = np.random.default_rng(7)
    return {
        value.name: (draw.normal(size=(batch, *value.shape.dims)) - 0.3).astype(np.float32)
        for value in graph.inputs
    }


def weights(graph: Graph) -> dict[str, Array]:
    """Weights that hide nothing."""
    return dict(parity_weights(graph, 5))


def error(value: Array, reference: Array) -> float:
    """Max |value - reference| over max |reference|."""
    assert value.shape == reference.shape
    assert np.isfinite(value).all()
    return float(np.abs(value - reference).max() / np.abs(reference).max())

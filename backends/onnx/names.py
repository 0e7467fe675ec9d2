"""What tensors are called: by the path of their step, outputs by their declared path.

    Logits/SpatialSqueeze = squeeze(Logits/Conv2d_1c_1x1)        the tensor is called `Logits`,
    return Logits = Logits/SpatialSqueeze                        its node `Logits/SpatialSqueeze`

A value under two declared paths is copied by an Identity, and so is one that emits no node.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netspec.backends.onnx.rules import RULES
from netspec.backends.onnx.site import Alias
from netspec.ir.graph import Graph


@dataclass(frozen=True, slots=True)
class Copy:
    """A tensor that an Identity of this name gives under another name."""

    node: str
    source: str
    output: str


@dataclass(frozen=True, slots=True)
class Names:
    """The tensor of each value, and the copies to be made, each from a tensor that exists."""

    tensors: Mapping[str, str]
    copies: Mapping[str, tuple[Copy, ...]]
    """By the value that is copied: they follow where it is made."""


def name_tensors(graph: Graph) -> Names:
    """Names for the values of a graph; each declared output path names a tensor."""
    paths = _output_paths(graph)
    tensors: dict[str, str] = {}
    copies: dict[str, tuple[Copy, ...]] = {}
    for value in graph.shapes:
        first, *others = paths.get(value, (value,))
        source = _aliased(graph, value)
        tensors[value] = tensors[source] if source and value not in paths else first
        own = (Copy(value, tensors[source], first),) if source and value in paths else ()
        copies[value] = (*own, *(Copy(path, first, path) for path in others))
    return Names(tensors, copies)


def _output_paths(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """The declared paths of each value that is an output; its own name first, as inputs need."""
    inputs = {value.name for value in graph.inputs}
    found: dict[str, list[str]] = {}
    for path in graph.outputs:
        found.setdefault(graph.producer(path), []).append(path)
    return {
        value: (value, *(path for path in paths if path != value))
        if value in paths or value in inputs
        else tuple(paths)
        for value, paths in found.items()
    }


def _aliased(graph: Graph, value: str) -> str:
    """The value that this one merely repeats at inference, if it does."""
    node = graph.by_name.get(value)
    return node.inputs[0] if node and isinstance(RULES.get(type(node.op)), Alias) else ""

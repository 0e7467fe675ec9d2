"""Answers for a whole ONNX file, in a process of its own; see `netspec.matching.foreign`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netspec.backends.onnx.reading.model import Foreign, read
from netspec.backends.onnx.reading.opening import opened
from netspec.backends.onnx.reading.values import Array
from netspec.ir.plain import to_plain
from netspec.ir.shapes import Map


def answer(path: Path, request: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
    """The model as plain data, and its weights by their number there. Raises `Malformed`."""
    model = opened(path, beside=request["beside"])
    like = Map(*request["like"]) if request["like"] else None
    try:
        found = read(model, like)
    except Foreign as reason:
        return {"foreign": f"{path.name}: {reason}"}, {}
    dims = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    used = {name for names in found.sources.values() for name in names} | dims.keys()
    listing = {
        "graph": to_plain(found.graph),
        "weights": [[key, list(found.sources[key]), key in found.moved] for key in found.weights],
        "tensors": {name: dims.get(name, []) for name in sorted(used)},
    }
    values = enumerate(found.weights.values())
    return listing, {str(number): np.ascontiguousarray(value) for number, value in values}

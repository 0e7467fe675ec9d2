"""Runs models by onnxruntime on the CPU."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from netspec.backends.onnx import layout
from netspec.backends.onnx.emitting import Emission
from netspec.backends.onnx.layout import Array
from netspec.backends.onnx.storing import is_too_large, serialize, store, whole
from netspec.targets import MissingExtra, Run

FATAL = 4
"""onnxruntime's severity for its log: what goes wrong is raised as well."""


def opened(emission: Emission) -> Run:
    """A function that gives the value of each output, in order. Feeds and values are canonical."""
    session = _session(emission)
    names = [output.name for output in emission.proto.graph.output]

    def run(feeds: Mapping[str, Array]) -> dict[str, Array]:
        placed = {name: layout.feed(value) for name, value in feeds.items()}
        values = session.run(names, placed)
        return {name: layout.fetched(value) for name, value in zip(names, values, strict=True)}

    return run


def runtime() -> Any:
    """The module onnxruntime; raises `MissingExtra`."""
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        message = f"onnx needs the package {error.name}: pip install 'netspec[onnx]'"
        raise MissingExtra(message) from error
    return onnxruntime


def _session(emission: Emission) -> Any:
    if not is_too_large(emission):
        return _open(serialize(whole(emission)))
    with TemporaryDirectory(prefix="netspec-") as folder:
        path = Path(folder) / "model.onnx"
        store(emission, path)
        return _open(str(path))


def _open(source: str | bytes) -> Any:
    onnxruntime = runtime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = FATAL
    options.intra_op_num_threads = threads()
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def threads() -> int:
    """OMP_NUM_THREADS, as other frameworks read it, else the CPUs that this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isascii() and asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""The cases that onnx's wheel holds: its own of every operator, and layers exported from torch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import onnx
from onnx import ModelProto, TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests

from onnx_nodes.reading import Call

KINDS = {"node": "node", "pytorch-converted": "torch"}
"""The suites by onnx's name, each with our word for it."""


@dataclass(frozen=True, eq=False)
class Case:
    """A node with all its inputs, and what it must give, to onnx's own tolerance."""

    name: str
    suite: str
    call: Call
    expected: tuple[Any, ...]
    rtol: float
    atol: float


@dataclass(frozen=True)
class Suite:
    """The cases of one node, and the names of the cases of more than one."""

    cases: tuple[Case, ...]
    composed: tuple[str, ...]


@cache
def suite() -> Suite:
    """All cases, sorted by name."""
    tests = [(kind, test) for kind in KINDS for test in _load(kind)]
    cases: list[Case] = []
    composed: list[str] = []
    for kind, test in tests:
        model = test.model or onnx.load(str(Path(test.model_dir) / "model.onnx"))
        if len(model.graph.node) > 1:
            composed.append(test.name)
            continue
        inputs, outputs = next(iter(test.data_sets or _stored(Path(test.model_dir), model)))
        name = test.name.removeprefix("test_")
        call = _call(model, inputs)
        cases.append(Case(name, KINDS[kind], call, tuple(outputs), test.rtol, test.atol))
    return Suite(tuple(sorted(cases, key=_order)), tuple(sorted(composed)))


def _order(case: Case) -> tuple[str, str]:
    return case.suite, case.name


def _load(kind: str) -> Sequence[Any]:
    with warnings.catch_warnings():
        # onnx computes what it expects as it loads: some of it overflows, as it is meant to
        warnings.simplefilter("ignore")
        return list(load_model_tests(kind=kind))


def _stored(folder: Path, model: ModelProto) -> Iterator[tuple[list[Any], list[Any]]]:
    """The inputs and the outputs of each data set that lies in files."""
    graph = model.graph
    given = [value for value in graph.input if value.name not in _initializers(model)]
    for data in sorted(folder.glob("test_data_set_*")):
        inputs = [_array(data / f"input_{index}.pb") for index in range(len(given))]
        yield inputs, [_array(data / f"output_{index}.pb") for index in range(len(graph.output))]


def _array(file: Path) -> Any:
    return numpy_helper.to_array(TensorProto.FromString(file.read_bytes()))


def _initializers(model: ModelProto) -> dict[str, Any]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def _call(model: ModelProto, inputs: Sequence[Any]) -> Call:
    (node,) = model.graph.node
    stored = _initializers(model)
    fed = [value.name for value in model.graph.input if value.name not in stored]
    values = {**stored, **dict(zip(fed, inputs, strict=False))}
    (opset,) = (o.version for o in model.opset_import if o.domain == node.domain)
    return Call(node, opset, tuple(values.get(name) for name in node.input))

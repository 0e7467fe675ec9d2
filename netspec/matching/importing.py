"""A spec's weights out of a model that is found to be the same network, whatever its names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, SpecError
from netspec.matching.carrying import PLACED, RESHAPED, Carried, carry
from netspec.matching.differences import Difference
from netspec.matching.foreign import ForeignModel, read_model
from netspec.matching.match import match
from netspec.spec import Spec
from netspec.weights import fitting
from netspec.weights.report import Report, Row

Weights = dict[str, NDArray[np.float32]]
FORMAT = "onnx"


def import_model(
    spec: Spec, path: str | os.PathLike[str], *, beside: bool = False
) -> tuple[Weights, Report]:
    """The spec's weights from an ONNX file, and what became of every tensor.

    Raises `SpecError`: NS604 for a file that can't be read, NS631 for a node that is none of our
    ops, NS632 for every step at which the networks differ; and `MissingExtra`.
    """
    graph = spec.graph()
    there = read_model(path, spec.tree.input, beside=beside)
    found = match(graph, there.graph, there.weights)
    if not found.equal:
        raise SpecError(diagnostic_of(each, there) for each in found.differences)
    carried, _ = carry(graph, there.graph, found.pairs, there.weights)
    rows = [*(_row(each, there) for each in carried.values())]
    rows += _others(carried.values(), there)
    report = Report(FORMAT, there.file, tuple(rows))
    weights: dict[str, Any] = {name: each.value for name, each in carried.items()}
    return fitting.checked(graph, weights), report


def diagnostic_of(found: Difference, there: ForeignModel) -> Diagnostic:
    """A difference as a diagnostic (NS632) at the step's place in its file."""
    origin = found.origin
    hints = [f"there it is node `{found.node}` of {there.file}"] if found.node else []
    hints += [f"{found.cure} takes an image of that size"] if found.cure else []
    return Diagnostic(
        "NS632",
        str(found),
        None if origin is None else origin.span,
        hints=tuple(hints),
        uses=() if origin is None else origin.uses,
        step=found.step,
    )


def _row(carried: Carried, there: ForeignModel) -> Row:
    """What became of one weight of the spec, and of the first tensor that it came from."""
    tensors = [name for source in carried.sources for name in there.sources[source]]
    stored, *others = tensors or [""]
    shape = there.tensors.get(stored)
    fate, note = carried.fate, carried.note
    if fate in (PLACED, RESHAPED):
        fate = _moved(carried, shape, there)
    elif others:
        note = f"{note}; with {', '.join(others)}"
    return Row(fate, carried.name, stored, carried.value.shape, shape, note)


def _moved(carried: Carried, shape: tuple[int, ...] | None, there: ForeignModel) -> str:
    if any(source in there.moved for source in carried.sources):
        return "transposed"
    return PLACED if shape == carried.value.shape else RESHAPED


def _others(carried: Iterable[Carried], there: ForeignModel) -> Iterator[Row]:
    """The file's tensors that no weight came from."""
    used = {source for each in carried for source in each.sources}
    seen = {name for source in used for name in there.sources[source]}
    idle = {n: key for key, names in there.sources.items() for n in names if key not in used}
    for name, shape in there.tensors.items():
        if name in seen:
            continue
        if name in idle:
            yield Row("dropped", "", name, None, shape, "it says nothing here")
        else:
            yield Row("unused", "", name, None, shape, "no weight: a shape, a bound, a place")

"""Whether weights fit a graph: every name, shape and type, judged together before any is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.ir.graph import Graph, Node
from netspec.ir.shapes import Map
from netspec.ops.conv import Dense
from netspec.ops.reshape import Flatten
from netspec.reading.files import printable_name

TAKEN = ("float32", "float64")
LISTED_AT_MOST = 1_000
NAME_AT_MOST = 200
NOT_NUMBERS = "not an array of numbers"
TOO_LARGE = "float64 with values beyond float32"


class Described(NamedTuple):
    """An array by its type's name and its shape."""

    dtype: str
    shape: tuple[int, ...]


def checked(graph: Graph, weights: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """The graph's weights, by canonical name in the graph's order, as float32.

    float32 is taken as it is, to the bit; float64 is rounded. Every other type (float16, bfloat16,
    integers, complex) is refused: whoever has such weights must say how they become float32.
    Raises `SpecError` (NS605) that lists all that does not fit.
    """
    arrays = {str(name): _as_array(value) for name, value in weights.items()}
    require_fit(graph, {name: _described(array) for name, array in arrays.items()})
    return {name: np.asarray(arrays[name], np.float32, order="C") for name, _ in graph.weights()}


def require_fit(graph: Graph, found: Mapping[str, Described], source: str = "") -> None:
    """Raise `SpecError` (NS605) unless these are the graph's weights; `source` names their file."""
    expected = {name: weight.shape for name, weight in graph.weights()}
    lists = {
        "missing": [f"{n} {list(shape)}" for n, shape in expected.items() if n not in found],
        "not in the spec": [_shown(name) for name in found if name not in expected],
        "of another shape": [
            f"{name} is {list(found[name].shape)}, the spec has {list(shape)}"
            for name, shape in expected.items()
            if name in found and found[name].shape != shape
        ],
        "of another type": [
            f"{_shown(name)} is {dtype}" for name, (dtype, _) in found.items() if dtype not in TAKEN
        ],
    }
    if not any(lists.values()):
        return
    counts = ", ".join(f"{len(names)} {kind}" for kind, names in lists.items() if names)
    message = "\n".join((f"the weights don't fit, none was loaded: {counts}", *_listed(lists)))
    span = Span(Source(source, ""), 1, 1, 1, 1) if source else None
    raise SpecError([Diagnostic("NS605", message, span, hints=tuple(_hints(graph, found, lists)))])


def _listed(lists: Mapping[str, list[str]]) -> Iterator[str]:
    for kind, names in lists.items():
        yield from (f"   {kind}: {name}" for name in names[:LISTED_AT_MOST])
        if len(names) > LISTED_AT_MOST:
            yield f"   {kind}: … and {len(names) - LISTED_AT_MOST} more"


def _hints(
    graph: Graph, found: Mapping[str, Described], lists: Mapping[str, list[str]]
) -> Iterator[str]:
    if lists["of another type"]:
        yield f"{' and '.join(TAKEN)} are taken; convert other types first, knowing what that loses"
    for node in graph.nodes:
        name = f"{node.owner}/kernel"
        if name in found and isinstance(node.op, Dense):
            yield from _input_size_hint(graph, node, name, found[name].shape)


def _input_size_hint(graph: Graph, node: Node, name: str, shape: tuple[int, ...]) -> Iterator[str]:
    size = flattened_map(graph, node.inputs[0])
    rows = graph.input_shapes(node)[0].channels
    if size is None or len(shape) != 2 or shape[0] == rows or shape[0] % size.channels:
        return
    yield (
        f"{name} stands behind a flatten of {size}, which fixes the input's size: {shape[0]} rows"
        f" are {shape[0] // size.channels} pixels of {size.channels} channels, so these weights"
        " are probably of another --input"
    )


def flattened_map(graph: Graph, value: str) -> Map | None:
    """The map that was flattened to give this vector, if only ops that keep its shape followed."""
    while node := graph.by_name.get(value):
        inputs = graph.input_shapes(node)
        if isinstance(node.op, Flatten):
            return inputs[0] if isinstance(inputs[0], Map) else None
        if len(inputs) != 1 or inputs[0] != node.output:
            return None
        value = node.inputs[0]
    return None


def _as_array(value: Any) -> NDArray[Any] | None:
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError):  # ragged lists; tensors that refuse
        return None


def _described(array: NDArray[Any] | None) -> Described:
    if array is None or array.dtype.hasobject:
        return Described(NOT_NUMBERS, () if array is None else array.shape)
    if array.dtype == np.float64 and _overflows(array):
        return Described(TOO_LARGE, array.shape)
    return Described(array.dtype.name, array.shape)


def _overflows(array: NDArray[Any]) -> bool:
    finite = np.abs(array[np.isfinite(array)])
    # Half a unit past the largest float32, numbers round to infinity.
    return bool(finite.size) and float(finite.max()) >= 2.0**128 - 2.0**103


def _shown(name: str) -> str:
    shown = printable_name(name)
    return shown if len(shown) <= NAME_AT_MOST else f"{shown[:NAME_AT_MOST]}…"

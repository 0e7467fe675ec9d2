"""One network with its weights, images and reference values, to hold a backend against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec import targets
from netspec.ir.graph import Graph
from netspec.ops.base import Array
from netspec.proof.compare import Comparison, compare
from netspec.proof.stretch import bending, reaches, stretched
from netspec.reference import evaluate

Weights = Mapping[str, NDArray[Any]]
Found = dict[str, Comparison]
"""Comparisons by path, or by backend."""


class Trial:
    """A graph with its weights, images and reference values, in one precision."""

    def __init__(
        self,
        graph: Graph,
        weights: Mapping[str, NDArray[np.float32]],
        feeds: Mapping[str, Array],
        dtype: str,
    ) -> None:
        self.graph, self.weights, self.feeds, self.dtype = graph, weights, feeds, dtype
        self.values = evaluate(graph.with_outputs(self.paths), weights, feeds)

    @property
    def paths(self) -> tuple[str, ...]:
        """Steps in order, then outputs that are blocks."""
        return tuple(dict.fromkeys((*self.graph.steps, *self.graph.outputs)))

    def end_to_end(self, backend: targets.Backend, paths: tuple[str, ...]) -> Found:
        """The values at these paths, from the images on, against the reference."""
        graph = self.graph.with_outputs(paths)
        values = backend.run(graph, self.weights, self._cast(self.feeds), self.dtype)
        return {path: compare(values.get(path), self.values[path], self.dtype) for path in paths}

    def alone(self, backends: Mapping[str, targets.Backend], path: str) -> Found:
        """One step fed with the reference's values, by each backend, against the reference.

        Where these leave parts of the step's function unseen it is run again, on the same values
        stretched, and the worse of the two errors counts (see `stretch`).
        """
        step = self.graph.step(path)
        given = {**self.feeds, **self.values}
        feeds = self._cast({value.name: given[value.name] for value in step.inputs})
        weights = {name: self.weights[name] for name, _ in step.weights()}
        function = bending(step)
        asked = (path, *function.inputs) if function else (path,)
        values = evaluate(step.with_outputs(asked), weights, feeds)
        found = self._compared(backends, step, weights, feeds, values[path])
        if function is None or reaches(function, values[function.inputs[0]]):
            return found
        further = stretched(step, function, weights, feeds, self._cast)
        if further is None:
            return found
        reference = evaluate(step, weights, further)[path]
        again = self._compared(backends, step, weights, further, reference)
        return {name: max(one, again[name], key=_error) for name, one in found.items()}

    def _compared(
        self,
        backends: Mapping[str, targets.Backend],
        step: Graph,
        weights: Weights,
        feeds: Weights,
        reference: Array,
    ) -> Found:
        (path,) = step.outputs
        return {
            name: compare(
                backend.run(step, weights, feeds, self.dtype).get(path), reference, self.dtype
            )
            for name, backend in backends.items()
        }

    def _cast(self, feeds: Mapping[str, Array]) -> dict[str, NDArray[Any]]:
        return {name: value.astype(self.dtype) for name, value in feeds.items()}


def _error(found: Comparison) -> float:
    return found.error

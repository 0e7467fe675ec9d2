"""How long a variant takes to compute one batch, measured in a process that does nothing else."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from netspec import targets
from netspec.diagnostics import SpecError
from netspec.sweeping.journal import ERROR
from netspec.sweeping.variants import Base, Outcome
from netspec.weights.initial import init_weights

PREFIX: Final = "latency:"
"""What the measure of a backend's latency begins with; the backend's name follows."""
P90: Final = ":p90"
DTYPE: Final = "float32"
SEED: Final = 0
"""Of weights and images: times hardly rest on them, and are of the same ones each time."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How latency is measured: images at once, threads, runs that don't count and runs that do."""

    batch: int = 1
    threads: int = 1
    warm_up: int = 3
    repeats: int = 20

    @property
    def environment(self) -> dict[str, str]:
        """The variables that give frameworks this many threads, and no GPU."""
        named = ("OMP", "OPENBLAS", "MKL", "TF_NUM_INTRAOP")
        threads = {f"{name}_NUM_THREADS": str(self.threads) for name in named[:3]}
        tensorflow = {f"{named[3]}_THREADS": str(self.threads), "TF_NUM_INTEROP_THREADS": "1"}
        return {**threads, **tensorflow, "CUDA_VISIBLE_DEVICES": "-1"}


def timed(base: Base, given: Mapping[str, Any], target: str, timing: Timing) -> Outcome:
    """The median and the 90th percentile of a variant's times, in ms; or the reason for neither."""
    name = f"{PREFIX}{target}"
    try:
        samples = _samples(base, given, target, timing)
    except SpecError as error:
        first = error.diagnostics[0]
        return {name: None, f"{name}{ERROR}": f"{first.code}: {first.message}"}
    except Exception as error:  # noqa: BLE001 - whatever a framework raises costs one variant
        return {name: None, f"{name}{ERROR}": f"{type(error).__name__}: {error}"[:500]}
    finally:
        gc.collect()
    median, high = np.percentile(samples, [50, 90])
    return {name: round(float(median), 4), f"{name}{P90}": round(float(high), 4)}


def _samples(base: Base, given: Mapping[str, Any], target: str, timing: Timing) -> list[float]:
    graph = base.spec(given).graph()
    backend = targets.backend(target)
    targets.require_supported(backend, graph)
    run = backend.runner(graph, init_weights(graph, SEED), DTYPE)
    (image,) = graph.inputs
    random = np.random.default_rng(SEED)
    feeds = {image.name: random.random((timing.batch, *image.shape.dims), dtype=np.float32)}
    for _ in range(timing.warm_up):
        run(feeds)
    return [_milliseconds(run, feeds) for _ in range(timing.repeats)]


def _milliseconds(run: targets.Run, feeds: Mapping[str, targets.Array]) -> float:
    start = time.perf_counter()
    run(feeds)
    return (time.perf_counter() - start) * 1000

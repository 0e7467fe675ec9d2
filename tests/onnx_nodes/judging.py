"""Runs a reading, and says what is wrong with its value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from netspec import targets
from netspec.reference import evaluate
from netspec.targets import Array
from onnx_nodes.cases import Case
from onnx_nodes.reading import Reading

TOLERANCE = 5e-6
"""Of max |value - expected| over max |expected|: what backends are held to everywhere else."""
DECIMALS: Mapping[str, int] = {"averagepool_2d_ceil_last_window_starts_on_pad": 4}
"""Cases whose data and expected values onnx has written down with that many decimals.

A mean is off by half of the last one because its data are, and by another half as it is written.
"""


def value_by_reference(reading: Reading) -> Array:
    """The value in ONNX's shape and order, by the ops' own references, as float32."""
    (value,) = evaluate(reading.graph, reading.named_weights, reading.feeds).values()
    return reading.restore(value).astype(np.float32)


def value_by(backend: str, reading: Reading) -> Array:
    """The value in ONNX's shape and order, by a backend in float32."""
    run = targets.backend(backend).run
    (value,) = run(reading.graph, reading.named_weights, reading.feeds, "float32").values()
    return reading.restore(value)


def fault(found: Array, case: Case) -> str:
    """What is wrong with a value, in words; nothing where it is what the case expects."""
    (expected,) = case.expected
    if (found.shape, found.dtype) != (expected.shape, expected.dtype):
        return f"{found.dtype}{list(found.shape)}, not {expected.dtype}{list(expected.shape)}"
    if not np.allclose(found, expected, case.rtol, case.atol):
        return "past onnx's own tolerance"
    difference, size = np.abs(found - expected).max(), np.abs(expected).max()
    written = 10.0 ** -DECIMALS[case.name] if case.name in DECIMALS else 0.0
    limit = written + TOLERANCE * size
    return f"off by {difference:.1e}, at most {limit:.1e}" if difference > limit else ""

"""Feeds that show the whole shape of a step's function: past every knee, on both sides of zero.

Images and parity's weights keep values near 1, where relu6 is relu and hard_sigmoid a line. What
stands before a function in its step (a kernel, a norm) is affine, so that the function's input is

    before(x) = before(0) + L x        and with feeds s (x - middle):   offset + s * slope
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.ir.graph import Graph, Node
from netspec.ops.base import Array
from netspec.reference import evaluate

BEYOND = 1.5
"""How far past a function's reach values are brought: 6 and 9 differ by more than rounding."""
AT_LEAST = 0.1
"""How far they are brought where a function bends at 0."""
SWAY = 1e-6
LOUDEST = 4.0
"""By how much a function may enlarge an error in front of it, each against the greatest value; it
is tried with a SWAY. With more, float32 rounding in front of the function would count against it,
and a right backend would fail."""

Feeds = Mapping[str, NDArray[Any]]
Cast = Callable[[Mapping[str, Array]], dict[str, NDArray[Any]]]


def bending(step: Graph) -> Node | None:
    """The function of a step whose values must reach somewhere, if it has one."""
    return next((node for node in step.nodes if node.op.reach is not None), None)


def reaches(function: Node, value: Array) -> bool:
    """Whether values lie past the function's reach on both sides of zero."""
    assert function.op.reach is not None
    return bool(value.min() < -function.op.reach and value.max() > function.op.reach)


def stretched(
    step: Graph, function: Node, weights: Mapping[str, NDArray[Any]], feeds: Feeds, cast: Cast
) -> dict[str, NDArray[Any]] | None:
    """Feeds with which the function's input reaches far enough; nothing where none can be had.

    They are the given ones, centred and stretched by as little as it takes, in the precision that
    `cast` gives. None can be had where the input is constant, or where one side can only be reached
    with values so great on the other that rounding would drown the result.
    """
    (before,) = function.inputs
    asked = step.with_outputs((before, function.name))
    centred = {name: _centred(np.asarray(v, np.float64)) for name, v in feeds.items()}
    still = {name: np.zeros_like(value) for name, value in centred.items()}
    offset = evaluate(asked, weights, still)[before]
    slope = evaluate(asked, weights, centred)[before] - offset
    factor = _factor(offset, slope, max(BEYOND * (function.op.reach or 0.0), AT_LEAST))
    if factor is None:
        return None
    found = cast({name: factor * value for name, value in centred.items()})
    values = evaluate(asked, weights, found)
    usable = reaches(function, values[before]) and _enlarges(function, values[before]) <= LOUDEST
    return found if usable else None


def _centred(value: Array) -> Array:
    centred: Array = value - (value.min() + value.max()) / 2
    return centred


def _enlarges(function: Node, value: Array) -> float:
    """The error of the function's value where its input is off, by share of the greatest of each.

    A ceiling at 6 lets a value of 600 pass as 6, and the rounding of 600 with it.
    """
    exact = function.op.reference((value,), {})
    off = SWAY * np.abs(value).max()
    swayed = [function.op.reference((value + by,), {}) for by in (-off, off)]
    return float(max(np.abs(s - exact).max() for s in swayed) / (SWAY * np.abs(exact).max()))


def _factor(offset: Array, slope: Array, bound: float) -> float | None:
    """The least factor, at least 1, with which offset + factor * slope spans -bound to bound.

    A rising value that has passed the bound stays past it with every greater factor, and so does a
    falling one on the other side.
    """
    rising, falling = slope > 0, slope < 0
    if not (rising.any() and falling.any()):
        return None
    above = ((bound - offset[rising]) / slope[rising]).min()
    below = ((-bound - offset[falling]) / slope[falling]).min()
    return float(max(1.0, above, below))

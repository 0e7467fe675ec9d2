"""Compares one tensor with its reference, and refuses references that prove nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.ops.base import Array

SPREAD = 1e-9
"""A tensor whose values differ by less than this share of the greatest is constant."""
TINY = 1e-3
"""The greatest magnitude below which values are lost in what backends round away."""
CERTAIN = 1e-6
"""A distribution all of whose values but one are below this is one-hot."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far a tensor is from its reference: max|value - reference| / max|reference|.

    `fault` says why the two can't be compared; the error is then infinite.
    """

    error: float
    fault: str = ""


def compare(value: object, reference: Array, dtype: str) -> Comparison:
    """The comparison of a backend's value, which should be an array of that dtype.

    Element-wise errors and units in the last place mislead behind a conv and ReLU, where values
    near zero are differences of large ones.
    """
    if fault := _difference_of_form(value, reference, dtype):
        return Comparison(np.inf, fault)
    array = np.asarray(value, np.float64)
    if fault := _not_finite(array, reference):
        return Comparison(np.inf, fault)
    distance = float(np.abs(array - reference).max())
    return Comparison(distance / scale if (scale := _magnitude(reference)) else _or_inf(distance))


def vacuous(reference: Array) -> str:
    """Why equality with this reference proves nothing; empty if it proves something.

    It is judged on the reference alone: lifeless, a one-hot distribution (a saturated softmax,
    which hides every error in front of it), or too small to be seen. A distribution over many
    classes has small values rightly.
    """
    if fault := lifeless(reference):
        return fault
    if _is_distribution(reference):
        uncertain = np.sort(reference, axis=-1)[..., -2]
        return "is one-hot" if bool((uncertain < CERTAIN).all()) else ""
    magnitude = _magnitude(reference)
    return f"is at most {magnitude:.0e} everywhere" if magnitude < TINY else ""


def lifeless(reference: Array) -> str:
    """Why a reference looks the same after most mistakes; empty if it does not.

    It is empty, all zeros, constant, or takes no notice of the image.
    """
    if not reference.size:
        return "is empty"
    magnitude = _magnitude(reference)
    if not magnitude:
        return "is all zeros"
    if float(np.ptp(reference)) <= SPREAD * magnitude:
        return "is constant"
    alike = float(np.abs(reference - reference[:1]).max()) <= SPREAD * magnitude
    return "is the same for every image" if alike and len(reference) > 1 else ""


def _magnitude(reference: Array) -> float:
    return float(np.abs(reference).max())


def _or_inf(distance: float) -> float:
    return np.inf if distance else 0.0


def _difference_of_form(value: object, reference: Array, dtype: str) -> str:
    if not isinstance(value, np.ndarray):
        return "gives no value" if value is None else f"gives a {type(value).__name__}"
    if value.dtype != np.dtype(dtype):
        return f"is {value.dtype}, not {dtype}"
    if value.shape != reference.shape:
        return f"has shape {list(value.shape)}, not {list(reference.shape)}"
    return "" if reference.size else "is empty"


def _not_finite(value: NDArray[Any], reference: Array) -> str:
    """Values that are not finite prove nothing even where both sides have them."""
    if not np.isfinite(reference).all():
        return "has a reference that is not finite"
    if np.isnan(value).any():
        return "has NaN where the reference is finite"
    return "" if np.isfinite(value).all() else "is infinite where the reference is finite"


def _is_distribution(reference: Array) -> bool:
    """Whether values are shares along the channels, as a softmax gives them."""
    if reference.shape[-1] < 2 or reference.min() < 0:
        return False
    return bool((np.abs(reference.sum(axis=-1) - 1) < SPREAD).all())

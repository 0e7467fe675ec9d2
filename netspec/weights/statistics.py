"""What the tensors of a file are like, and how those of two files differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netspec.reading.files import printable_name
from netspec.weights.fitting import Described
from netspec.weights.stored import Array


@dataclass(frozen=True, slots=True)
class Statistics:
    """A tensor in numbers: extremes, mean and standard deviation, of those that are finite."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    deviation: float | None = None
    not_finite: int = 0

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return int(np.prod(self.shape, dtype=object)) if self.shape else 1

    def to_json(self) -> dict[str, Any]:
        """The tensor as plain data."""
        return {
            "name": self.name,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "min": self.minimum,
            "max": self.maximum,
            "mean": self.mean,
            "std": self.deviation,
            "not_finite": self.not_finite,
        }


def statistics(name: str, described: Described, array: Array | None) -> Statistics:
    """A tensor's numbers; without values only what the file declares."""
    if array is None or not array.size:
        return Statistics(name, described.dtype, described.shape)
    finite = array if array.dtype.kind in "iub" else array[np.isfinite(array)]
    lost = array.size - finite.size
    if not finite.size:
        return Statistics(name, described.dtype, described.shape, not_finite=lost)
    mean, deviation = float(finite.mean(dtype=np.float64)), float(finite.std(dtype=np.float64))
    return Statistics(
        name,
        described.dtype,
        described.shape,
        float(finite.min()),
        float(finite.max()),
        mean,
        deviation,
        lost,
    )


def statistics_table(rows: list[Statistics], kind: str) -> str:
    """A line a tensor, then the totals."""
    width = max([len(printable_name(row.name)) for row in rows], default=0)
    lines = [
        f"{printable_name(row.name):<{width}}  {row.dtype:<8}  {_shape(row.shape):<16}"
        f"{_numbers(row)}"
        for row in rows
    ]
    total = sum(row.count for row in rows)
    return "\n".join((*lines, f"{kind}: {len(rows):,} tensors, {total:,} numbers"))


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "one"


def _numbers(row: Statistics) -> str:
    if row.minimum is None:
        return f"  {row.not_finite:,} not finite" if row.not_finite else "  not read"
    lost = f"  {row.not_finite:,} not finite" if row.not_finite else ""
    found = (row.minimum, row.maximum, row.mean, row.deviation)
    labels = ("min", "max", "mean", "std")
    return "".join(f"  {k} {v:<10.4g}" for k, v in zip(labels, found, strict=True)).rstrip() + lost


@dataclass(frozen=True, slots=True)
class Difference:
    """Two tensors of one name that are not the same bits.

    `error` is max|a - b| / max|a|; nothing where values are not finite, or can't be compared.
    `differing` counts the numbers that differ; nothing where shapes or types do, or are not known.
    """

    name: str
    a: Described
    b: Described
    error: float | None = None
    largest: float | None = None
    differing: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The difference as plain data."""
        sides = {
            side: {"dtype": one.dtype, "shape": list(one.shape)}
            for side, one in (("a", self.a), ("b", self.b))
        }
        found = {"error": self.error, "largest": self.largest, "differing": self.differing}
        return {"name": self.name, **sides, **found}

    def __str__(self) -> str:
        name = printable_name(self.name)
        if self.differing is None:
            how = "and" if self.a != self.b else "is not read, nor"
            return f"differs  {name}  {_declared(self.a)} {how} {_declared(self.b)}"
        error = "values that are not finite" if self.error is None else f"error {self.error:.1e}"
        return f"differs  {name}  {self.differing:,} numbers, {error}"


def _declared(one: Described) -> str:
    return f"{one.dtype} {list(one.shape)}"


def differences(
    listed: tuple[Mapping[str, Described], Mapping[str, Described]],
    arrays: tuple[Mapping[str, Array], Mapping[str, Array]],
) -> Iterator[Difference]:
    """The tensors that both files have and that differ in a bit, by name."""
    for name in listed[0].keys() & listed[1].keys():
        a, b = listed[0][name], listed[1][name]
        x, y = arrays[0].get(name), arrays[1].get(name)
        if a != b or x is None or y is None:  # values of types that are not read may differ
            yield Difference(name, a, b)
        elif x.tobytes() != y.tobytes():
            yield _compared(name, a, x, y)


def _compared(name: str, described: Described, x: Array, y: Array) -> Difference:
    bits = np.dtype(f"u{x.dtype.itemsize}") if x.dtype.itemsize in (1, 2, 4, 8) else None
    differing = int((x.view(bits) != y.view(bits)).sum()) if bits and x.ndim else 1
    wide_x, wide_y = x.astype(np.float64), y.astype(np.float64)
    if not (np.isfinite(wide_x).all() and np.isfinite(wide_y).all()):
        return Difference(name, described, described, differing=differing)
    largest = float(np.abs(wide_x - wide_y).max())
    scale = float(np.abs(wide_x).max())
    error = largest / scale if scale else (float("inf") if largest else 0.0)
    return Difference(name, described, described, error, largest, differing)

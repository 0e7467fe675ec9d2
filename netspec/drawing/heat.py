"""Heat: a step's share of the largest as a colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import sqrt
from typing import NamedTuple

from netspec.amounts import rounded
from netspec.costs import step_costs, step_memory
from netspec.drawing.themes import HEAT
from netspec.ir.graph import Graph


class Measure(NamedTuple):
    """What heat can show: its words in the legend, its unit, and what each step has of it."""

    words: str
    unit: str
    of: Callable[[Graph], Mapping[str, int]]


def _params(graph: Graph) -> Mapping[str, int]:
    return {path: cost.trainable for path, cost in step_costs(graph).items()}


def _macs(graph: Graph) -> Mapping[str, int]:
    return {path: cost.macs for path, cost in step_costs(graph).items()}


MEASURES: Mapping[str, Measure] = {
    "params": Measure("trainable parameters", "", _params),
    "macs": Measure("multiply-accumulates of one image", "", _macs),
    "memory": Measure("all values of one image in float32", "B", step_memory),
}


def step(amount: int, most: int) -> int:
    """Which colour stands for an amount: by its square root, so that small ones differ too.

    >>> step(0, 100), step(1, 100), step(100, 100)
    (0, 1, 8)
    """
    if amount <= 0 or most <= 0:
        return 0
    hottest = len(HEAT) - 1
    return max(1, min(hottest, round(sqrt(amount / most) * hottest)))


def ticks(most: int, unit: str) -> Iterator[tuple[int, str]]:
    """Each colour, and the amount that stands in its middle."""
    for place in range(len(HEAT)):
        amount = rounded(round(most * (place / (len(HEAT) - 1)) ** 2))
        yield place, f"{amount}{unit}" if place else amount

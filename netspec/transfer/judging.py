"""The fate of a tensor, by what of A's is left out and what A has not, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from netspec.transfer.moves import Made, Move, Tensor
from netspec.transfer.rules import DRAWN, FRESH, KEPT, REORDERED, SLICED, WIDENED, ZERO
from netspec.transfer.tensors import SPATIAL, Axis

INPUTS = 2
"""The axis of a kernel's inputs."""


def judged(tensor: Tensor, made: Made) -> Move:
    """The move that makes a tensor so."""
    taken = made.taken(tensor)
    if not taken:
        return Move(tensor, FRESH, why="it takes nothing that A's took")
    fate = REORDERED
    if taken < prod(made.source.weight.shape):
        fate = SLICED
    elif taken < prod(tensor.weight.shape):
        fate = WIDENED
    elif made.cut.whole:
        fate = KEPT
    return Move(tensor, fate, made, taken, ", ".join(_told(tensor, made)))


def _told(tensor: Tensor, made: Made) -> Iterator[str]:
    """What became of each axis."""
    *others, outputs = made.cut.axes
    if not others:
        yield from _axis("channels", outputs, DRAWN)
        return
    if not all(axis.whole for axis in others[:SPATIAL]):
        before, after = (window_of(each) for each in (made.source, tensor))
        around = " in zeros" if any(axis.new for axis in others[:SPATIAL]) else ""
        yield f"the middle of {before}{around} for {after}"
    yield from _axis("inputs", others[INPUTS], ZERO if INPUTS in made.cut.zero else DRAWN)
    yield from _axis("outputs", outputs, DRAWN)
    if made.groups[0] != made.groups[1]:
        yield f"groups {made.groups[0]} → {made.groups[1]}, zeros between groups"


def _axis(what: str, axis: Axis, new: str) -> Iterator[str]:
    if axis.left:
        yield f"{what} {axis.taken:,} of {axis.length:,}"
    if axis.new:
        yield f"{axis.new:,} new {what} {new}"
    if not axis.left and not axis.new and not axis.whole:
        yield f"{what} in another order"


def window_of(tensor: Tensor) -> str:
    """Height and width of a kernel."""
    return "x".join(map(str, tensor.full_shape[:SPATIAL]))

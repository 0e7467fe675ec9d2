"""Counts what an expansion makes, and ends it where a limit is passed: before any work is done."""

from __future__ import annotations

from functools import lru_cache
from math import prod

from netspec.diagnostics import Diagnostic, Span
from netspec.ir.shapes import Map, Shape
from netspec.language.scope import Scope
from netspec.limits import Limits
from netspec.ops.base import Op
from netspec.ops.kinds import PAIR

BLOCKS_PER_LAYER = 2


class TooLarge(Exception):
    """The network is over a limit; the finding has been added and the walk ends."""


class Budget:
    """What may still be made. Steps are layers, blocks and whatever a `when` then leaves out."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.layers = self.steps = self.weights = 0

    def step(self, span: Span, scope: Scope) -> None:
        """Count a step that is looked at; raises `TooLarge`."""
        self.steps += 1
        most = BLOCKS_PER_LAYER * self.limits.layers
        if self.steps > most:
            message = f"the network has more than {most:,} steps, blocks among them"
            raise self._over("NS409", message, span, scope, "layers")

    def layer(self, op: Op, inputs: tuple[Shape, ...], span: Span, scope: Scope) -> None:
        """Count a layer and its weights; raises `TooLarge`."""
        self.layers += 1
        if self.layers > self.limits.layers:
            message = f"the network has more than {self.limits.layers:,} layers"
            raise self._over("NS409", message, span, scope, "layers")
        self.weights += _numbers(op, inputs)
        if self.weights > self.limits.parameters:
            message = f"the network has more than {self.limits.parameters:,} parameters"
            raise self._over("NS408", message, span, scope, "parameters")

    def value(self, shape: Shape, what: str, span: Span, scope: Scope) -> None:
        """Refuse a shape that is too large; raises `Unknown`."""
        most = self.limits
        if max(shape.dims) > most.dimension:
            side = _told(max(shape.dims))
            message = f"{what} has a dimension of {side}; {_told(most.dimension)} is most"
            hints = most.hints("dimension", max(shape.dims))
        elif shape.elements > most.tensor_elements:
            message = f"{what} holds {shape} numbers; {_told(most.tensor_elements)} are most"
            hints = most.hints("tensor_elements", shape.elements)
        else:
            return
        raise scope.fail(Diagnostic("NS408", message, span, hints=hints))

    def padded(self, op: Op, size: Shape, path: str, span: Span, scope: Scope) -> None:
        """Refuse padding that makes a map too large; raises `Unknown`."""
        window = op.window()
        if isinstance(size, Map) and window is not None and any(window.pads):
            pads = window.pads
            around = Map(size.height + pads.height, size.width + pads.width, size.channels)
            self.value(around, f"the padded input of `{path}`", span, scope)

    def fields(self, op: Op, path: str, span: Span, scope: Scope) -> None:
        """Refuse a kernel, a stride or a dilation too large for frameworks; raises `Unknown`."""
        most = self.limits.dimension
        for name in _pairs(type(op)):
            value = getattr(op, name)
            if max(value) > most:
                given = _told(max(value))
                message = f"`{path}` has a {name} of {given}; {_told(most)} is most"
                hints = self.limits.hints("dimension", max(value))
                raise scope.fail(Diagnostic("NS408", message, span, hints=hints))

    def _over(self, code: str, message: str, span: Span, scope: Scope, limit: str) -> TooLarge:
        scope.fail(Diagnostic(code, message, span, hints=self.limits.hints(limit)))
        return TooLarge()


@lru_cache(maxsize=1 << 12)
def _numbers(op: Op, inputs: tuple[Shape, ...]) -> int:
    """The numbers in all weights of an op."""
    return sum(prod(weight.shape) for weight in op.weights(inputs))


_PAIRS: dict[type[Op], tuple[str, ...]] = {}


def _pairs(op: type[Op]) -> tuple[str, ...]:
    """The fields of an op that are pairs."""
    known = _PAIRS.get(op)
    if known is None:
        named = (name for name, option in op.options().items() if option.kind is PAIR)
        known = _PAIRS[op] = tuple(named)
    return known


def _told(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"{number:.1e}"

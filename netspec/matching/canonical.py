"""Brings a graph into the form in which it is compared.

identities, dropouts, squeezes          nothing
flatten → dense, a conv of the map      one dense over the map
pad → conv, pad → average               one window, where the numbers stay the same
conv → batch norm, conv → x * a + b     one kernel, with what follows it
concat of concats, sum of sums          one join
x * sigmoid(x), x * hard_sigmoid(x)     silu, hard_swish
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from netspec.ir.graph import Graph, Node
from netspec.matching import windows
from netspec.matching.forming import Forming
from netspec.matching.forms import Form, Unit
from netspec.ops.activation import (
    HardSigmoid,
    HardSwish,
    Identity,
    Sigmoid,
    Silu,
)
from netspec.ops.affine import Affine
from netspec.ops.base import Op
from netspec.ops.conv import Conv, Dense, DepthwiseConv, PointwiseConv
from netspec.ops.join import Add, Concat, Multiply
from netspec.ops.kinds import NO_PADS, Pads
from netspec.ops.norm import BatchNorm, Lrn
from netspec.ops.pool import (
    AdaptiveAvgPool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Pool,
)
from netspec.ops.reshape import Dropout, Flatten, Pad, Scale, Squeeze

GATED: Mapping[type[Op], Op] = {Sigmoid: Silu(), HardSigmoid: HardSwish()}
"""What a value times this function of itself is."""


def canonical(graph: Graph) -> Form:
    """The form of a verified graph. Units that no output needs are left out."""
    forming = Forming(graph)
    for node in graph.nodes:
        forming.node(node, RULES.get(type(node.op), _plain))
    return forming.form()


Rule = Callable[[Forming, Node], None]


def _plain(forming: Forming, node: Node) -> None:
    forming.make(node, node.op)


def _nothing(forming: Forming, node: Node) -> None:
    forming.alias(node)


def _flatten(forming: Forming, node: Node) -> None:
    """Nothing where dense kernels alone see the vector, or where the map is one pixel."""
    size = forming.size(node)
    if node.name in forming.hidden or (size.height, size.width) == (1, 1):
        forming.alias(node)
    else:
        forming.make(node, node.op)


def _scale(forming: Forming, node: Node) -> None:
    assert isinstance(node.op, Scale)
    _scaled(forming, node, node.op.factor)


def _scaled(forming: Forming, node: Node, factor: float) -> None:
    forming.make(node, Identity() if factor == 1 else Scale(factor=factor))


def _conv(forming: Forming, node: Node) -> None:
    op, size = node.op, forming.size(node)
    if isinstance(op, DepthwiseConv):
        op = windows.depthwise_as_conv(op, size.channels)
    assert isinstance(op, Conv)
    before = forming.pad_before(node)
    if before is not None and isinstance(before.op, Pad) and before.op.value == 0:
        size = forming.size(before.main)
        pads = _together(before.op.padding, op.pads)
        written = replace(op, padding=pads)
        forming.make(node, windows.conv_form(op, size, pads), before.inputs, written)
    else:
        forming.make(node, windows.conv_form(op, size, op.pads))


def _dense(forming: Forming, node: Node) -> None:
    assert isinstance(node.op, Dense)
    forming.make(node, Dense(filters=node.op.filters, bias=False))


def _avg_pool(forming: Forming, node: Node) -> None:
    op, size, inputs = node.op, forming.size(node), None
    assert isinstance(op, AvgPool)
    before = forming.pad_before(node)
    if before is not None and isinstance(before.op, Pad) and _counts(op, before.op):
        size, inputs = forming.size(before.main), before.inputs
        op = replace(op, padding=_together(before.op.padding, op.pads), divisor="window")
    forming.make(node, windows.avg_pool_form(op, size), inputs, op)


def _counts(op: AvgPool, pad: Pad) -> bool:
    """Whether an average counts what a pad added as its own padding would be counted."""
    own = op.divisor == "window" or op.pads == NO_PADS
    return pad.value == 0 and own and op.rounding == "floor"


def _max_pool(forming: Forming, node: Node) -> None:
    op, size, inputs = node.op, forming.size(node), None
    assert isinstance(op, MaxPool)
    before = forming.pad_before(node)
    if before is not None and isinstance(before.op, Pad) and _loses(forming, op, before):
        size, inputs = forming.size(before.main), before.inputs
        op = replace(op, padding=_together(before.op.padding, op.pads))
    forming.make(node, windows.max_pool_form(op, size), inputs, op)


def _loses(forming: Forming, op: Pool, before: Unit) -> bool:
    """Whether a border of a pad never wins over the pixels that every window has beside it."""
    assert isinstance(before.op, Pad)
    low = before.op.value == 0 and forming.is_positive(before.inputs[0])
    pads = _together(before.op.padding, op.pads)
    seen = max(pads.top, pads.bottom) < op.kernel.height
    seen = seen and max(pads.left, pads.right) < op.kernel.width
    return seen and op.rounding == "floor" and (low or before.op.value <= LOWEST)


LOWEST = -3.4e38
"""At or below it, a border is below every number of float32 but the last few."""


def _together(outer: Pads, inner: Pads) -> Pads:
    return Pads(*(a + b for a, b in zip(outer, inner, strict=True)))


def _adaptive(forming: Forming, node: Node) -> None:
    assert isinstance(node.op, AdaptiveAvgPool)
    forming.make(node, windows.adaptive_form(node.op, forming.size(node)))


def _global(forming: Forming, node: Node) -> None:
    size = forming.size(node)
    forming.make(node, Identity() if (size.height, size.width) == (1, 1) else node.op)


def _affine(forming: Forming, node: Node) -> None:
    if not forming.follow(node):
        forming.make(node, Affine())
        unit = forming.units[node.name]
        forming.units[node.name] = replace(unit, affines=(node,))


def _join(forming: Forming, node: Node) -> None:
    """A join; what it joins alone is taken apart, and nothing is left of a join of one."""
    _joined(forming, node, _taken_apart(forming, node))


def _taken_apart(forming: Forming, node: Node) -> list[str]:
    """A join's inputs, those of joins of its kind that nothing else sees in their place."""
    taken: list[str] = []
    for name in forming.inputs(node):
        unit = forming.units.get(name)
        inner = unit is not None and type(unit.op) is type(node.op)
        if unit is not None and inner and unit.name not in forming.shared:
            taken.extend(unit.inputs)
        else:
            taken.append(name)
    return taken


def _joined(forming: Forming, node: Node, taken: list[str]) -> None:
    if len(taken) == 1:
        forming.stand_for(node, taken[0])
    else:
        forming.make(node, node.op, tuple(taken))


def _multiply(forming: Forming, node: Node) -> None:
    """A product; a value times a gate of itself is a function of the value."""
    taken = _taken_apart(forming, node)
    for gate in tuple(taken):
        unit = forming.units.get(gate)
        if unit is None or type(unit.op) not in GATED or unit.inputs[0] not in taken:
            continue
        name = f"{node.name}.{gate}"
        taken.remove(gate)
        taken[taken.index(unit.inputs[0])] = name
        function = GATED[type(unit.op)]
        forming.units[name] = Unit(function, unit.inputs, name, node, function)
    _joined(forming, node, taken)


def _lrn(forming: Forming, node: Node) -> None:
    """A scale where the sum counts for nothing."""
    op = node.op
    assert isinstance(op, Lrn)
    if op.alpha == 0 or op.beta == 0:
        _scaled(forming, node, 1 / op.bias**op.beta)
    else:
        forming.make(node, op)


RULES: Mapping[type[Op], Rule] = {
    Identity: _nothing,
    Dropout: _nothing,
    Squeeze: _nothing,
    Flatten: _flatten,
    Scale: _scale,
    Conv: _conv,
    PointwiseConv: _conv,
    DepthwiseConv: _conv,
    Dense: _dense,
    AvgPool: _avg_pool,
    MaxPool: _max_pool,
    AdaptiveAvgPool: _adaptive,
    GlobalAvgPool: _global,
    GlobalMaxPool: _global,
    BatchNorm: _affine,
    Affine: _affine,
    Lrn: _lrn,
    Concat: _join,
    Add: _join,
    Multiply: _multiply,
}
"""How each op is brought into form; an op that is not here is its own form."""

"""Says which input of a join is out of step, and which field of which step made it so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from netspec.diagnostics import Diagnostic, Span
from netspec.ir.shapes import Map, Shape
from netspec.language.tree import Step
from netspec.ops.base import Window


class Input(NamedTuple):
    """What a join is given: a branch, or a step that its `from` names."""

    name: str
    shape: Shape
    step: Step | None

    def __str__(self) -> str:
        return f"{self.name} gives {_told(self.shape)}"


class Aspect(NamedTuple):
    """A way in which inputs may disagree, and what it says of one."""

    name: str
    of: Callable[[Shape], str]


class Cause(NamedTuple):
    """The place to look at first, and what to try there."""

    span: Span
    hints: tuple[str, ...]


def join_fault(path: str, span: Span, branches: Sequence[Step], start: Shape | None) -> Diagnostic:
    """The diagnostic of a join whose branches disagree: the odd one, the sizes, the cause.

    `start` is what the branches start from, which a branch without steps gives on.
    """
    inputs = [Input(b.name, b.output, b) for b in branches]
    aspect = _aspect(inputs)
    message = f"branches of {path} disagree in {aspect.name}"
    odd, others = _odd(inputs, aspect, start)
    if odd is None:
        hints = (*_GENERAL[aspect.name], *_unspread(inputs))
        return _mismatch(message, path, span, _listed(inputs), hints)
    assert odd.step is not None
    cause = _cause(aspect, odd, odd.step, others)
    label = f"{odd}, {_rest(others, aspect)}"
    return _mismatch(message, path, cause.span, label, (*cause.hints, *_unspread(inputs)))


def from_fault(path: str, span: Span, inputs: Sequence[tuple[str, Shape]]) -> Diagnostic:
    """The diagnostic of a join `from: [A, B]` whose inputs disagree."""
    given = [Input(name, shape, None) for name, shape in inputs]
    aspect = _aspect(given)
    message = f"inputs of {path} disagree in {aspect.name}"
    hints = (*_GENERAL[aspect.name], *_unspread(given))
    return _mismatch(message, path, span, _listed(given), hints)


def _mismatch(
    message: str, path: str, span: Span, label: str, hints: tuple[str, ...]
) -> Diagnostic:
    return Diagnostic("NS403", message, span, label=label, hints=hints, step=path)


def _unspread(inputs: Sequence[Input]) -> tuple[str, ...]:
    """What to know where one input is a single pixel, as a gate's is, and the others are maps."""
    areas = {_area(i.shape) for i in inputs if isinstance(i.shape, Map)}
    if len(areas) < 2 or 1 not in areas:
        return ()
    return ("joins broadcast nothing: one pixel is not spread over the others'",)


# what they disagree in


def _told(shape: Shape) -> str:
    return str(shape) if isinstance(shape, Map) else f"a vector of {shape}"


def _rank(shape: Shape) -> str:
    return "maps" if isinstance(shape, Map) else "vectors"


def _size(shape: Shape) -> str:
    return f"{shape.height}x{shape.width}" if isinstance(shape, Map) else ""


def _channels(shape: Shape) -> str:
    return f"{shape.channels} channels"


RANK = Aspect("rank: some are maps, some vectors", _rank)
SIZE = Aspect("height and width", _size)
CHANNELS = Aspect("channels", _channels)
_GENERAL = {
    RANK.name: ("end them alike, with or without `flatten` or `squeeze`",),
    SIZE.name: ("give them equal strides and padding",),
    CHANNELS.name: ("give them equal `filters`; a conv of kernel 1 changes channels alone",),
}


def _aspect(inputs: Sequence[Input]) -> Aspect:
    differing = (a for a in (RANK, SIZE) if len({a.of(i.shape) for i in inputs}) > 1)
    return next(differing, CHANNELS)


def _odd(
    inputs: Sequence[Input], aspect: Aspect, start: Shape | None
) -> tuple[Input | None, list[Input]]:
    """The first input that the others outvote, and those; none where there is no majority.

    Where the votes are equal, what the join starts from decides: a branch without steps keeps it.
    """
    votes = Counter(aspect.of(i.shape) for i in inputs)
    (usual, most), *rest = votes.most_common()
    if rest[0][1] == most:
        kept = [i for i in inputs if i.step and not _leaves(i.step) and i.shape == start]
        if not kept:
            return None, []
        usual = aspect.of(kept[0].shape)
    odd = next(i for i in inputs if aspect.of(i.shape) != usual)
    return odd, [i for i in inputs if aspect.of(i.shape) == usual]


def _rest(others: Sequence[Input], aspect: Aspect) -> str:
    if len(others) == 1:
        return str(others[0])
    return f"{_names(others)} give {aspect.of(others[0].shape)}"


def _listed(inputs: Sequence[Input]) -> str:
    shown = [str(i) for i in inputs[:8]]
    return ", ".join([*shown, f"… {len(inputs) - 8} more"] if len(inputs) > 8 else shown)


def _names(inputs: Sequence[Input]) -> str:
    *first, last = [i.name for i in inputs]
    return f"{', '.join(first)} and {last}" if first else last


# what made it so


def _cause(aspect: Aspect, odd: Input, branch: Step, others: Sequence[Input]) -> Cause:
    if aspect is RANK:
        return Cause(branch.origin.span, _GENERAL[RANK.name])
    if aspect is CHANNELS:
        return _of_channels(branch, others)
    return _of_size(odd, branch, others)


def _of_channels(branch: Step, others: Sequence[Input]) -> Cause:
    wanted = others[0].shape.channels
    for step in reversed(_leaves(branch)):
        if step.fields and "filters" in step.fields:
            return Cause(step.fields["filters"].span, (f"make it {wanted} channels",))
    hints = (f"end {branch.name} with a conv of {wanted} filters",)
    return Cause(branch.origin.span, hints)


def _of_size(odd: Input, branch: Step, others: Sequence[Input]) -> Cause:
    """A stride that the others lack, or the first step that shrinks the map where they don't."""
    leaves = _leaves(branch)
    pooled = [s for s in leaves if s.op and s.op.window() is None]
    if pooled:
        hints = (f"{pooled[0].name} makes the whole map one value; let it stand behind the join",)
        return Cause(pooled[0].origin.span, hints)
    mine, theirs = _stride(branch), _common_stride(others)
    if mine == theirs:
        return _of_padding(odd, branch, others)
    if mine < theirs:
        return Cause(branch.origin.span, (f"give a step of {odd.name} the stride of the others",))
    strided = next(s for s in leaves if _window(s).stride != (1, 1))
    stride = _window(strided).stride
    told = str(stride.height) if stride.height == stride.width else str(list(stride))
    hints = (_either("remove this stride", others, f"give %s stride {told}"),)
    return Cause(_field(strided, "stride"), hints)


def _of_padding(odd: Input, branch: Step, others: Sequence[Input]) -> Cause:
    if _area(odd.shape) > _area(others[0].shape):
        hints = (f"let {odd.name} shrink like {_names(others)}: they lack some of its padding",)
        return Cause(branch.origin.span, hints)
    shrinking = [s for s in _leaves(branch) if _shrinks(_window(s))]
    if not shrinking:
        return Cause(branch.origin.span, _GENERAL[SIZE.name])
    hints = (_either("give this step `padding: same`", others, "let %s shrink alike"),)
    return Cause(_field(shrinking[0], "kernel"), hints)


def _area(shape: Shape) -> int:
    return shape.elements // shape.channels


def _either(here: str, others: Sequence[Input], there: str) -> str:
    """What to try: here, or in the other branches, unless one of them has no step to change."""
    if any(i.step and not _leaves(i.step) for i in others):
        return here
    return f"{here}, or {there % _names(others)}"


def _leaves(branch: Step) -> list[Step]:
    return [step for step in branch.walk() if step.op and not step.children]


def _window(step: Step) -> Window:
    return (step.op.window() if step.op else None) or Window()


def _shrinks(window: Window) -> bool:
    kernel, pads = window.kernel, window.pads
    return kernel.height - 1 > pads.height or kernel.width - 1 > pads.width


def _stride(step: Step) -> int:
    """Input pixels to an output pixel: the product of the strides along one way through it."""
    if step.op is not None and not step.children:
        return prod(_window(step).stride)
    if step.op is not None:
        return _stride(step.children[0])
    return prod(map(_stride, step.children))


def _common_stride(others: Sequence[Input]) -> int:
    return Counter(_stride(i.step) for i in others if i.step).most_common(1)[0][0]


def _field(step: Step, field: str) -> Span:
    return step.fields[field].span if step.fields and field in step.fields else step.origin.span

"""Says which branch of a join is out of step, and which field of which step made it so."""

from __future__ import annotations

from collections import Counter

from netspec.diagnostics import Diagnostic, Span
from netspec.ir.shapes import Map, Shape
from netspec.language.tree import Step
from netspec.ops.base import ShapeError, Window


def join_fault(
    path: str, error: ShapeError, branches: tuple[Step, ...], span: Span, start: Shape | None
) -> Diagnostic:
    """The diagnostic of a join whose branches disagree: the odd ones, their sizes, the cause."""
    sizes = [_size(branch.output) for branch in branches]
    usual, votes = Counter(sizes).most_common(1)[0]
    odd = [b for b, size in zip(branches, sizes, strict=True) if size != usual]
    same = [b for b, size in zip(branches, sizes, strict=True) if size == usual]
    if error.code != "NS403" or not odd:
        listed = ", ".join(f"{b.name} gives {b.output}" for b in branches)
        return Diagnostic(error.code, f"{error.message} at {path}: {listed}", span, step=path)
    if votes == 1:
        listed = ", ".join(f"{b.name} gives {b.output}" for b in branches)
        return _mismatch(path, span, listed, ())
    culprit = _culprit(odd[0], start)
    if culprit is None:
        label = f"{odd[0].name} gives {odd[0].output}, the others {usual}"
        return _mismatch(path, odd[0].origin.span, label, _catching_up(odd[0], same))
    step, field = culprit
    assert step.fields is not None
    place = step.fields[field].span if field in step.fields else step.origin.span
    label = f"{odd[0].name} gives {odd[0].output}, the others {usual}"
    return _mismatch(path, place, label, _cures(field, same))


def _mismatch(path: str, span: Span, label: str, hints: tuple[str, ...]) -> Diagnostic:
    message = f"branches of {path} disagree in height and width"
    return Diagnostic("NS403", message, span, label=label, hints=hints, step=path)


def _size(shape: Shape) -> str:
    return f"{shape.height}x{shape.width}" if isinstance(shape, Map) else f"a vector of {shape}"


def _culprit(branch: Step, start: Shape | None) -> tuple[Step, str] | None:
    """The first step of the branch that strides, or else the first that shrinks, and the field."""
    leaves = [step for step in branch.walk() if step.op and not step.children]
    windows = [(step, step.op.window()) for step in leaves if step.op]
    for step, window in windows:
        if window and window.stride != (1, 1):
            return step, "stride"
    for step, window in windows:
        if window and _shrinks(window):
            return step, "kernel"
    return None


def _shrinks(window: Window) -> bool:
    kernel, pads = window.kernel, window.pads
    return kernel.height - 1 > pads.height or kernel.width - 1 > pads.width


def _cures(field: str, others: list[Step]) -> tuple[str, ...]:
    names = _listed(others)
    if field == "stride":
        return (f"remove this stride, or give {names} the same",)
    return (f"give this step `padding: same`, or let {names} shrink alike",)


def _catching_up(odd: Step, others: list[Step]) -> tuple[str, ...]:
    return (f"give a step of {odd.name} the strides and padding of {_listed(others)}",)


def _listed(branches: list[Step]) -> str:
    *first, last = [branch.name for branch in branches]
    return f"{', '.join(first)} and {last}" if first else last

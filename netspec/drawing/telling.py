"""What a picture tells in words: titles in a network's own convention, its figures, its notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from netspec.amounts import rounded
from netspec.drawing import labels
from netspec.language.tree import Step, Tree
from netspec.ops.activation import Function
from netspec.ops.base import Op
from netspec.ops.conv import Kernel, Sliding
from netspec.summary import Summary


def titled(op: Op, usual: Function | None) -> str:
    """The op in words, with its activation where that is not the usual one behind a convolution."""
    title = labels.title(op)
    if not isinstance(op, Kernel):
        return title
    expected = usual if isinstance(op, Sliding) else None
    if op.activation == expected:
        return title
    return f"{title}, {labels.word(op.activation.name) if op.activation else 'linear'}"


def content(step: Step) -> str:
    """What a folded block is: its template, its join, or how many steps it has."""
    if step.template:
        return step.template
    if step.op is not None:
        return f"{labels.word(step.op.name)} of {len(step.children)}"
    return f"{steps_within(step)} steps"


def steps_within(step: Step) -> int:
    """How many steps with an op a block holds; a step alone holds itself."""
    return sum(inner.op is not None for inner in step.walk())


def facts(summary: Summary) -> tuple[str, ...]:
    """The network's figures."""
    total = summary.total
    outputs = ", ".join(f"{path} {labels.dims(s)}" for path, s in summary.outputs.items())
    costs = f"{rounded(total.trainable)} parameters · {rounded(total.macs)} MACs"
    return (f"{costs} · {summary.depth} weighted layers deep", f"outputs: {outputs}")


def usual_activation(tree: Tree) -> Function | None:
    """What most convolutions have behind them."""
    counted = Counter(op.activation for op in _convolutions(tree))
    return counted.most_common(1)[0][0] if counted else None


def conventions(tree: Tree) -> Iterator[str]:
    """What stands behind most convolutions, said once."""
    counted = Counter((op.norm, op.activation) for op in _convolutions(tree))
    if counted:
        (norm, function), _ = counted.most_common(1)[0]
        behind = [labels.word(op.name) for op in (norm, function) if op]
        if behind:
            yield f"conv = convolution, {', '.join(behind)}"


def _convolutions(tree: Tree) -> Iterator[Sliding]:
    return (step.op for step in tree.walk() if isinstance(step.op, Sliding))

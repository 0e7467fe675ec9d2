"""What is written on a step: its op in a paper's words; in a tooltip, all that is known of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from netspec.language.tree import Step
from netspec.ops.activation import Identity
from netspec.ops.base import Op
from netspec.ops.kinds import Pair
from netspec.ops.table import OPS
from netspec.summary import Row

WORDS: Mapping[str, str] = {
    "conv": "conv",
    "depthwise_conv": "depthwise conv",
    "separable_conv": "separable conv",
    "lrn": "LRN",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "leaky_relu": "leaky ReLU",
    "concat": "concat",
}
"""Ops whose name is not their words with underscores."""
SIGNS: Mapping[str, str] = {"add": "+", "multiply": "×"}
"""Joins that a sign can stand for."""


def word(name: str) -> str:
    """An op's name as prose has it."""
    return WORDS.get(name, name.replace("_", " "))


def pair(value: Pair, between: str = "×") -> str:
    """`3` or `1×7`."""
    same = value.height == value.width
    return str(value.height) if same else f"{value.height}{between}{value.width}"


def _window(op: Any) -> str:
    return f"{op.kernel.height}×{op.kernel.width} "


def _stride(op: Any) -> Iterator[str]:
    if op.stride != Pair(1, 1):
        yield f"/{pair(op.stride)}"


def _sliding(op: Any) -> str:
    """`3×3 conv, 96, /2`, then what is unusual."""
    words = [f"{_window(op)}{word(op.name)}"]
    if hasattr(op, "filters"):
        words.append(str(op.filters))
    if getattr(op, "multiplier", 1) != 1:
        words.append(f"×{op.multiplier}")
    words += _stride(op)
    if op.dilation != Pair(1, 1):
        words.append(f"dilation {pair(op.dilation)}")
    if getattr(op, "groups", 1) != 1:
        words.append(f"{op.groups} groups")
    return ", ".join(words)


def _pool(op: Any) -> str:
    return ", ".join([f"{_window(op)}{word(op.name)}", *_stride(op)])


def _factor(op: Any) -> str:
    return f"× {op.factor:g}"


TITLES: Mapping[str, Callable[[Any], str]] = {
    "conv": _sliding,
    "depthwise_conv": _sliding,
    "separable_conv": _sliding,
    "max_pool": _pool,
    "avg_pool": _pool,
    "dense": lambda op: f"dense, {op.filters}",
    "adaptive_avg_pool": lambda op: f"avg pool to {op.size.height}×{op.size.width}",
    "dropout": lambda op: f"dropout, keep {op.keep:g}",
    "scale": _factor,
    "activation": lambda op: title(op.function or Identity()),
}
"""Ops of which more is said than their name."""


def title(op: Op) -> str:
    """The op as a figure's label has it: `3×3 conv, 96, /2`."""
    return TITLES[op.name](op) if op.name in TITLES else word(op.name)


def dims(shape: Any) -> str:
    """`35×35×256`."""
    return "×".join(map(str, shape.dims))


def span_of(names: tuple[str, ...]) -> str:
    """A run of names as one: `Mixed_5b–e`, `unit_2–12`.

    >>> span_of(("block35_1", "block35_10")), span_of(("Stem", "Tail")), span_of(("A",))
    ('block35_1–10', 'Stem–Tail', 'A')
    """
    first, last = names[0], names[-1]
    if first == last:
        return first
    before, after = (re.fullmatch(r"(.*?)(\d+|.)", name, re.DOTALL) for name in (first, last))
    if before and after and before[1] == after[1]:
        return f"{first}–{after[2]}"
    return f"{first}–{last}"


def fields(op: Op) -> Iterator[str]:
    """`name: value` for each field that is not at its default."""
    options, written = op.options(), op.written()
    for name, value in written.items():
        if getattr(op, name) != options[name].default:
            yield f"{name}: {plain(value)}"


def plain(value: Any) -> str:
    """A value of a field on one line: a construct as its op and what it is given."""
    if isinstance(value, Mapping):
        given = ", ".join(f"{k} {plain(v)}" for k, v in value.items() if k != "op")
        kind = str(value.get("op", ""))
        return f"{kind} ({given})" if kind and given else kind or given
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)


def detail(step: Step, row: Row, given: str, repeats: int) -> tuple[str, ...]:
    """The lines of a tooltip; `given` is the input's shape in words, the costs are one step's."""
    cost, seen = row.cost, row.field
    lines = [step.path, *([] if step.op is None else [f"op: {step.op.name}"])]
    lines += [f"template: {step.template}"] if step.template else []
    lines += fields(step.op) if step.op is not None and step.op.name in OPS else ()
    lines += [f"{name}: {value}" for name, value in (step.arguments or {}).items()]
    lines.append(f"{given} → {dims(step.output)}")
    if cost.trainable or cost.macs:
        lines.append(f"{cost.trainable:,} parameters, {cost.macs:,} MACs")
    if repeats > 1:
        lines.append(f"this is one of {repeats}")
    if seen is not None:
        lines.append(f"sees {seen.height}×{seen.width} of the input, stride {seen.stride_height}")
    return tuple(lines)

"""Where the ops of two partners differ: field by field, in the language's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple

from netspec.ir.shapes import Map, Shape
from netspec.ir.text import flow
from netspec.language.tree import Step
from netspec.ops.base import Op
from netspec.ops.constructs import Construct, Option
from netspec.ops.pool import Pool
from netspec.reading.document import Plain

OP = "op"
BLOCK = "steps"
"""What stands for the op of a block."""


class Given(NamedTuple):
    """An op, if there is one, with the shape of what it is given."""

    op: Op | None
    size: Shape


class Effect(Enum):
    """What a change bears on. The values are how it is told."""

    VALUES = "What is computed"
    TRAINING = "What training does"
    FIRST = "First values of weights"
    NOTHING = "Without effect"


EFFECTS = {
    "kernel_init": Effect.FIRST,
    "bias_init": Effect.FIRST,
    "gamma_init": Effect.FIRST,
    "decay": Effect.TRAINING,
    "variance": Effect.TRAINING,
    "weight_decay": Effect.TRAINING,
    "keep": Effect.TRAINING,
    "loss_weight": Effect.TRAINING,
}
"""The effect of a field by any part of its name; all others change the values."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of two partners that differs, `norm.epsilon`; `top` is its name in the step.

    `a` and `b` are plain data, None where an op has no such field; `told` is both for people.
    """

    field: str
    a: Plain
    b: Plain
    told: tuple[str, str]
    note: str = ""
    """What words such as `same` stand for, where they are what is told."""

    @property
    def top(self) -> str:
        """The step's own field."""
        return self.field.partition(".")[0]


def field_changes(a: Step, b: Step) -> Iterator[FieldChange]:
    """Every field that differs between two partners; `op` first, and then all that only one has."""
    if a.op is None or b.op is None:
        if a.op is not b.op:
            yield FieldChange(OP, _op_name(a.op), _op_name(b.op), (_op_name(a.op), _op_name(b.op)))
        return
    if type(a.op) is not type(b.op):
        yield FieldChange(OP, a.op.name, b.op.name, (in_brief(a.op), in_brief(b.op)))
    ours, theirs = a.op.options(), b.op.options()
    for name in dict.fromkeys((*ours, *theirs)):
        one, other = _Held.of(a.op, ours.get(name)), _Held.of(b.op, theirs.get(name))
        for change in _compared(name, one, other):
            yield _in_words(change, a, b)


def _op_name(op: Op | None) -> str:
    return op.name if op else BLOCK


@dataclass(frozen=True, slots=True)
class _Held:
    """A field's value with its plain form, or the absence of the field."""

    value: Any
    plain: Plain

    @classmethod
    def of(cls, construct: Construct, option: Option | None) -> _Held:
        if option is None:
            return cls(None, None)
        value = getattr(construct, option.name)
        return cls(value, option.kind.write(value))


def _compared(field: str, a: _Held, b: _Held) -> Iterator[FieldChange]:
    if a.plain == b.plain and type(a.plain) is type(b.plain):
        return
    one, other = a.value, b.value
    if isinstance(one, Construct) and type(one) is type(other):
        for name, option in one.options().items():
            yield from _compared(f"{field}.{name}", _Held.of(one, option), _Held.of(other, option))
    else:
        yield FieldChange(field, a.plain, b.plain, (_told(a), _told(b)))


def _in_words(change: FieldChange, a: Step, b: Step) -> FieldChange:
    """The change as it is written, where that is by words: `same → valid`, of pads 1 → 0."""
    words = tuple(_word(step, change.field) for step in (a, b))
    if words[0] == words[1]:
        return change
    told = (words[0] or change.told[0], words[1] or change.told[1])
    return replace(change, told=told, note=" → ".join(map(_sides, (change.a, change.b))))


def _word(step: Step, field: str) -> str:
    """The word that a field is written by, where that is not its value."""
    source = (step.fields or {}).get(field)
    written = source.written if source else None
    value = getattr(step.op, field, None)
    plain = isinstance(written, str) and not written.startswith("$")
    return str(written) if plain and isinstance(value, tuple) else ""


def _sides(pads: Plain) -> str:
    """Pads in short: `1`, `[0, 3]`, or top, bottom, left and right as `0,1,0,1`."""
    return ",".join(map(str, pads.values())) if isinstance(pads, dict) else flow(pads)


def _told(held: _Held) -> str:
    return brief(held.value) if isinstance(held.value, Construct) else in_short(held.plain)


def in_short(value: Plain) -> str:
    """Plain data on one line, its numbers to six digits.

    >>> in_short({"scale": 1 / 3, "mean": [1.0, 4e-05]})
    '{scale: 0.333333, mean: [1, 4e-05]}'
    """
    return flow(_rounded(value))


def _rounded(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return f"{value:.6g}" if isinstance(value, float) else value


def in_brief(op: Op) -> str:
    """An op by what it computes: without initialisers, and the bias that goes without saying.

    >>> from netspec.ops.pool import MaxPool
    >>> from netspec.ops.kinds import Pair
    >>> in_brief(MaxPool(kernel=Pair(3, 3), stride=Pair(2, 2)))
    'max_pool {kernel: 3, stride: 2}'
    """
    optional = (o for o in op.options().values() if not o.required)
    kept = {o.name: o.default for o in optional if o.name in EFFECTS}
    if getattr(op, "bias", None) is (getattr(op, "norm", None) is None):
        kept["bias"] = None
    told = replace(op, **kept)
    held = {o.name: getattr(told, o.name) for o in op.options().values() if _says(told, o)}
    said = {
        name: value.name if isinstance(value, Construct) else op.options()[name].kind.write(value)
        for name, value in held.items()
    }
    return f"{op.name} {in_short(said)}" if said else op.name


def brief(construct: Construct) -> str:
    """A construct in short, with what differs from its defaults."""
    held = {o.name: o for o in construct.options().values() if _says(construct, o)}
    said = {name: _told(_Held.of(construct, option)) for name, option in held.items()}
    return f"{construct.name} {flow(dict(said))}" if said else construct.name


def _says(construct: Construct, option: Option) -> bool:
    return bool(getattr(construct, option.name) != option.default)


def why_moot(change: FieldChange) -> str:
    """Why a field is without effect."""
    return "both compute the same" if change.field == OP else _MOOT[change.top][1]


def _stands_for(op: Op) -> tuple[Op, ...]:
    """The ops that are computed in the end."""
    return tuple(part for _, part in op.parts())


def effect_of(change: FieldChange, a: Given, b: Given) -> Effect:
    """What a change of a field bears on, of two ops with the shapes that they are given."""
    if change.field == OP and a.op and b.op and _stands_for(a.op) == _stands_for(b.op):
        return Effect.NOTHING
    moot = _MOOT.get(change.top)
    if moot is not None and moot[0](a) and moot[0](b):
        return Effect.NOTHING
    parts = change.field.split(".")
    return next((EFFECTS[part] for part in parts if part in EFFECTS), Effect.VALUES)


def _has_no_bias(given: Given) -> bool:
    return not getattr(given.op, "bias", False)


def _pads_nothing(given: Given) -> bool:
    """Of an average: there is no padding that could be counted."""
    return not any(getattr(given.op, "padding", ()))


def _hangs_nowhere(given: Given) -> bool:
    """Of a pool: its last window ends within the map, so that rounding keeps and drops none."""
    op, size = given
    if not isinstance(op, Pool) or not isinstance(size, Map):
        return False
    return replace(op, rounding="ceil").covered(size) == op.pads


_MOOT: Mapping[str, tuple[Callable[[Given], bool], str]] = {
    "bias_init": (_has_no_bias, "there is no bias"),
    "divisor": (_pads_nothing, "nothing is padded"),
    "rounding": (_hangs_nowhere, "no window hangs over the end"),
}
"""Fields on which nothing depends where their condition holds, and what that means."""

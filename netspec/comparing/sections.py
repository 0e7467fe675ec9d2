"""The sections of a difference: its steps, its fields by effect and cause, what is around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netspec.amounts import counted, rounded, signed
from netspec.comparing import grouping, places
from netspec.comparing.causes import Cause
from netspec.comparing.difference import Difference
from netspec.comparing.fields import Effect, in_brief, in_short, why_moot
from netspec.comparing.grouping import Alike, Group
from netspec.comparing.outside import Outside
from netspec.comparing.wording import Steps, most_common, shortened
from netspec.language.tree import Step
from netspec.ops.base import Op
from netspec.ops.constructs import Construct
from netspec.reading.document import Plain

VALUES_SHOWN = 4
"""Different values of one field from one cause that are told."""
PLAIN_WORDS = frozenset(
    ("op", "from", "kernel", "stride", "padding", "filters", "norm", "activation", "bias", "size")
)
"""Fields whose names say what they mean."""
TEXT_AT_MOST = 400
"""Characters of a value from outside the steps, such as a note."""


class Line(NamedTuple):
    """A line, and what it tells: `title`, `heading`, `added`, `removed`, `changed`, `` for more."""

    text: str
    kind: str = ""


class Telling:
    """The sections of one difference."""

    def __init__(self, found: Difference) -> None:
        self.found = found
        self.groups = grouping.groups(found.changed)
        self.values_changed = Counter(
            each.b.path for each in found.changed if each.effect is Effect.VALUES
        )
        self.partners = Steps(b for _, b in found.alignment.pairs)

    def sections(self) -> Iterator[tuple[str, list[Line]]]:
        """Headings with what stands below them."""
        yield "Steps", [*self._steps()]
        for effect in Effect:
            own = [g for g in self.groups if g.effect is effect and g.cause is not None]
            yield effect.value, [*self._changes(own)]
        yield "Follows from these", [*self._follows()]
        yield "Around the network", [*self.around()]

    def _steps(self) -> Iterator[Line]:
        for alike in grouping.renamed(self.found):
            yield Line(f"  ~ {self.renamed(alike)}", "changed")
        for alike in grouping.replaced(self.found):
            yield Line(f"  ~ {self.replaced(alike)}", "changed")
        for alike in grouping.removed(self.found):
            yield Line(f"  - {self.alone(alike, 0)}", "removed")
        for alike in grouping.added(self.found):
            yield Line(f"  + {self.alone(alike, 1)}", "added")

    def replaced(self, alike: Alike) -> str:
        """Steps in the place of others of another family."""
        became = " → ".join(_op(each[0]) for each in (alike.others, alike.steps))
        place = places.in_files([step.origin.span for step in alike.steps])
        return f"{_times(alike)}{_globs(alike.steps)}: {became} ({place})"

    def renamed(self, alike: Alike) -> str:
        """Steps with another name or place."""
        pairs = [*zip(alike.others, alike.steps, strict=True)]
        one, new = _globs(alike.others), alike.steps[0]
        inside = sum(1 for _ in new.walk()) - 1
        along = f", with the {counted(inside, 'step')} in it" if inside and len(pairs) == 1 else ""
        if all(old.path == step.path for old, step in pairs):
            return f"{_times(alike)}{one}: elsewhere in its block{along}"
        beside = all(_beside(*pair) for pair in pairs)
        return f"{_times(alike)}{one} → {new.name if beside else _globs(alike.steps)}{along}"

    def alone(self, alike: Alike, side: int) -> str:
        """Steps that one side alone has, with what they cost."""
        steps = alike.steps
        words = _globs(steps)
        shapes = most_common((str(step.output) for step in steps), 2)
        figures = [self.found.whole[side][step.path] for step in steps]
        params, macs = sum(f.params for f in figures), sum(f.macs for f in figures)
        cost = [f"{rounded(params)} params"] * bool(params) + [f"{rounded(macs)} MACs"] * bool(macs)
        place = places.in_files([step.origin.span for step in steps])
        return f"{_times(alike)}{words}: {', '.join([_op(steps[0]), shapes, *cost])} ({place})"

    def _changes(self, groups: Sequence[Group]) -> Iterator[Line]:
        """Groups below what they come from."""
        by_cause: dict[object, list[Group]] = {}
        for group in groups:
            assert group.cause is not None
            by_cause.setdefault(_heading(group.cause), []).append(group)
        for members in by_cause.values():
            cause = members[0].cause
            assert cause is not None
            spans = [span for group in members for span in group.spans]
            yield Line(f"  {places.told(cause, spans)}")
            width = max(len(group.field) for group in members)
            for group in members:
                yield Line(f"    {group.field:<{width}}  {self.group(group)}", "changed")
                for note in _notes(group):
                    yield Line(f"    {'':<{width}}  {note}", "note")

    def _follows(self) -> Iterator[Line]:
        groups = [group for group in self.groups if group.cause is None]
        width = max((len(group.field) for group in groups), default=0)
        for group in groups:
            yield Line(f"  {group.field:<{width}}  {self.group(group)}")
        reshaped = [*self.found.reshaped]
        if reshaped:
            a, b = reshaped[0]
            more = f", and of {counted(len(reshaped) - 1, 'step')} more" if reshaped[1:] else ""
            yield Line(f"  the shape of {b.path}, {a.output} → {b.output}{more}")

    def group(self, group: Group) -> str:
        """What became what in one field, and of which steps."""
        values = group.values
        more = len(values) - VALUES_SHOWN
        told = ", ".join(values[:VALUES_SHOWN] if more > 1 else values)
        told = f"{told} and {more} more" if more > 1 else told
        words = self.partners.words(group.paths)
        many = len(group.paths) > 1
        steps = f"{counted(len(group.paths), 'step')}, {words}" if many else words
        return f"{told}: {steps}{self._cost(group)}"

    def _cost(self, group: Group) -> str:
        """What the changes alone cost, where nothing else on these steps does."""
        before, after = self.found.own
        params = macs = 0
        for each in group.changes:
            if not self._alone_here(group, each.a, each.b):
                return ""
            one, other = before[each.a.path], after[each.b.path]
            params, macs = params + other.params - one.params, macs + other.macs - one.macs
        cost = [f"{signed(params)} params"] * bool(params) + [f"{signed(macs)} MACs"] * bool(macs)
        return f"; {', '.join(cost)}" if cost else ""

    def _alone_here(self, group: Group, a: Step, b: Step) -> bool:
        if self.values_changed[b.path] != (group.effect is Effect.VALUES):
            return False
        before, after = self.found.own
        ours = [before[path].output for path in a.takes if path in before]
        return ours == [after[path].output for path in b.takes if path in after]

    def around(self) -> Iterator[Line]:
        """What differs outside the steps."""
        for each in self.found.outside:
            kind = "changed" if each.counted else ""
            yield Line(f"  {each.field}: {self.beside(each)}", kind)

    def beside(self, each: Outside) -> str:
        """What became what outside the steps."""
        return f"{_short(each.a)} → {_short(each.b)}"


def _notes(group: Group) -> Iterator[str]:
    """What a field means that its name does not tell, or why it means nothing."""
    change, step = group.changes[0].change, group.changes[0].b
    if group.effect is Effect.NOTHING:
        yield f"({why_moot(change)})"
    elif group.effect is not Effect.FIRST and change.top not in PLAIN_WORDS and step.op:
        yield f"({_meaning(step.op, change.field)})"


def _meaning(op: Op, field: str) -> str:
    """The first sentence of what a field means."""
    construct: Construct = op
    *outer, last = field.split(".")
    for name in outer:
        construct = getattr(construct, name)
    doc = construct.options()[last].doc
    return re.split(r"\. |\.$", doc)[0]


def _heading(cause: Cause) -> object:
    file = cause.span.source.name if cause.span else ""
    return cause.by, cause.what, cause.change, cause.gone, file


def _globs(steps: Sequence[Step]) -> str:
    """The paths of steps that are told as one; of blocks of a loop the first and the last."""
    names = {step.name for step in steps}
    within = {step.path.rpartition("/")[0] for step in steps}
    if len(within) == 1 and len(names) == len(steps) > 2:
        return f"{steps[0].path} … {steps[-1].name}"
    return shortened([*Steps(steps).globs([step.path for step in steps])])


def _times(alike: Alike) -> str:
    return f"{len(alike.steps):,} × " if len(alike.steps) > 1 else ""


def _op(step: Step) -> str:
    """A step's op in short, or what a block holds."""
    inside = sum(1 for part in step.walk() if part.op) - (step.op is not None)
    if step.children:
        return f"{step.op.name if step.op else 'block'} of {counted(inside, 'step')}"
    return in_brief(step.op) if step.op else "empty block"


def _beside(a: Step, b: Step) -> bool:
    """Whether only the last name differs."""
    return a.path.rpartition("/")[0] == b.path.rpartition("/")[0]


def _short(value: Plain) -> str:
    text = "none" if value is None else in_short(value)
    return text if len(text) <= TEXT_AT_MOST else f"{text[: TEXT_AT_MOST - 1]}…"

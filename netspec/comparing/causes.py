"""What made a field of two partners differ: a place in B's files, a parameter, an argument."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from netspec.comparing.alignment import Alignment
from netspec.comparing.fields import OP, FieldChange
from netspec.diagnostics import Span
from netspec.language.expressions import Value
from netspec.language.tree import FieldSource, Step
from netspec.reading.document import Entry, Plain
from netspec.reading.document import Mapping as MappingNode
from netspec.spec import Spec

_NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
WIDENED = {"filters": ("width",)}
"""Fields that take part in what another one is built as."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a change comes from.

    `by` is `defaults`, `step`, `patch`, `set`, `template`, `parameter` or `argument`. `what` names
    the op, template, parameter or option; `change` is the parameter's, `0.8 → 0.5`. `span` is the
    place in a file, of A where `gone`: B gives no value there.
    """

    by: str
    what: str = ""
    change: tuple[Value, Value] | None = None
    span: Span | None = None
    gone: bool = False


@dataclass(frozen=True)
class Causes:
    """Finds causes of changes between two specs whose steps are aligned."""

    a: Spec
    b: Spec
    alignment: Alignment

    def of(self, change: FieldChange, a: Step, b: Step) -> Cause | None:
        """The cause; nothing where the change follows from another one."""
        if change.field == OP:
            return self.written(b)
        one, other = _source(a, change.top), _source(b, change.top)
        if one is None and other is None:
            return None
        if other is None:
            return self._gone(one, a)
        if one is None or one.written != other.written:
            return self._given(other, b)
        sources = [(one, other)]
        for name in WIDENED.get(change.top, ()):
            width, widened = _source(a, name), _source(b, name)
            if widened is not None and (width is None or width.written != widened.written):
                return self._given(widened, b)
            if width is not None and widened is not None:
                sources.append((width, widened))
        return next(self._evaluated(sources, b), None)

    def written(self, step: Step) -> Cause:
        """Where a step itself is written."""
        uses = step.origin.uses
        span = step.origin.span
        return Cause("template", uses[-1].template, span=span) if uses else Cause("step", span=span)

    def _given(self, source: FieldSource, step: Step) -> Cause:
        if source.by == "set":
            return Cause("set", source.span.source.name)
        if source.template:
            return Cause("template", source.template, span=source.span)
        what = step.op.name if source.by == "defaults" and step.op else ""
        return Cause(source.by, what, span=source.span)

    def _gone(self, source: FieldSource | None, step: Step) -> Cause | None:
        if source is None:
            return None
        given = self._given(source, step)
        return Cause(given.by, given.what, span=given.span, gone=True)

    def _evaluated(
        self, sources: list[tuple[FieldSource, FieldSource]], step: Step
    ) -> Iterator[Cause]:
        """The causes of a value that is written alike: what its expression speaks of differs."""
        for _, source in sources:
            arguments = self._arguments.get(step.path, {}) if source.by == "step" else {}
            for name in _spoken_of(source.written):
                if name in arguments:
                    yield from self._argument(name, arguments[name])
                else:
                    yield from self._parameter(name)

    def _argument(self, name: str, user: Step) -> Iterator[Cause]:
        partner = self._steps_of_a.get(self.alignment.to_a.get(user.path, ""))
        before, after = (partner and partner.arguments) or {}, user.arguments or {}
        if name in before and before[name] != after[name]:
            change = (before[name], after[name])
            yield Cause("argument", name, change, user.origin.span)

    def _parameter(self, name: str) -> Iterator[Cause]:
        before, after = self.a.tree.params, self.b.tree.params
        if name in before and name in after and before[name] != after[name]:
            yield Cause("parameter", name, (before[name], after[name]), self._place_of(name))

    def _place_of(self, parameter: str) -> Span | None:
        """Where B gives a parameter its value; nothing where that is no file."""
        value = self.b.tree.params[parameter]
        for document in self.b.documents:
            root = document.root
            block = root.get("params") if isinstance(root, MappingNode) else None
            entry = block.entries.get(parameter) if isinstance(block, MappingNode) else None
            if entry is not None:
                return entry.span if _default(entry) == value else None
        return None

    @cached_property
    def _steps_of_a(self) -> Mapping[str, Step]:
        return {step.path: step for step in self.a.tree.walk()}

    @cached_property
    def _arguments(self) -> Mapping[str, Mapping[str, Step]]:
        """For each step of B the parameters of its template, each with the step that uses it."""
        found: dict[str, Mapping[str, Step]] = {}

        def enter(step: Step, seen: Mapping[str, Step]) -> None:
            inner = dict.fromkeys(step.arguments or {}, step) if step.template else seen
            found[step.path] = inner
            for child in step.children:
                enter(child, inner)

        for step in (*self.b.tree.steps, *self.b.tree.heads):
            enter(step, {})
        return found


def _source(step: Step, field: str) -> FieldSource | None:
    return (step.fields or {}).get(field)


def _default(entry: Entry) -> Plain:
    """What a parameter's declaration gives."""
    plain = entry.value.plain
    return plain.get("default") if isinstance(plain, dict) else plain


def _spoken_of(written: Plain) -> Iterator[str]:
    """The names in a value's expressions."""
    if isinstance(written, dict):
        for item in written.values():
            yield from _spoken_of(item)
    elif isinstance(written, list):
        for item in written:
            yield from _spoken_of(item)
    elif isinstance(written, str) and written.startswith("$"):
        yield from _NAMES.findall(written)

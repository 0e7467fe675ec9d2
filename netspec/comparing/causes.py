"""What made a field of two partners differ: a place in B's files, a parameter, an argument."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from netspec.comparing.alignment import Alignment
from netspec.comparing.fields import OP, FieldChange
from netspec.diagnostics import Span
from netspec.language.expressions import BUILT_INS, WORDS, Value
from netspec.language.tree import FieldSource, Step
from netspec.reading.document import Entry, Plain
from netspec.reading.document import Mapping as MappingNode
from netspec.spec import Spec

_NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRINGS = re.compile(r"'[^']*'|\"[^\"]*\"")
_OF_THE_LANGUAGE = frozenset((*WORDS, *BUILT_INS, "in", "height", "width", "channels"))
WIDENED = {"filters": ("width",)}
"""Fields that take part in what another one is built as."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a change comes from.

    `by` is `defaults`, `step`, `patch`, `set`, `template`, `parameter`, `argument` or `function`.
    `what` names the op, template, parameter or option; `change` is the parameter's, `0.8 → 0.5`.
    `span` is the place in a file, of A where `gone`: B gives no value there.
    """

    by: str
    what: str = ""
    change: tuple[Value, Value] | None = None
    span: Span | None = None
    gone: bool = False


_UNKNOWN = Cause("")
"""What a loop's variable is: it is not kept what it was."""


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
        if one is None or one.written != other.written or _of_other_names(one, other):
            return self._given(other, b)
        sources = [(one, other)]
        for name in WIDENED.get(change.top, ()):
            width, widened = _source(a, name), _source(b, name)
            if widened is not None and (width is None or width.written != widened.written):
                return self._given(widened, b)
            if width is not None and widened is not None:
                sources.append((width, widened))
        found = [*self._evaluated(sources, b)]
        told = next((cause for cause in found if cause is not _UNKNOWN), None)
        return self._given(other, b) if told is None and found else told

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
        """The causes of a value that is written alike: what its expression speaks of differs.

        `_UNKNOWN` is among them where it speaks of what is not kept, a loop's variable.
        """
        for _, source in sources:
            arguments = self._arguments.get(step.path, {}) if source.by == "step" else {}
            for name in _spoken_of(source.written):
                yield from self._spoken(name, arguments)

    def _spoken(self, name: str, arguments: Mapping[str, Step]) -> Iterator[Cause]:
        """The causes that a name stands for."""
        if name in arguments:
            yield from self._argument(name, arguments[name])
        elif name in self.b.tree.params:
            yield from self._parameter(name)
        elif name in self._functions:
            yield from self._function(name)
        elif name not in _OF_THE_LANGUAGE:
            yield _UNKNOWN

    def _function(self, name: str) -> Iterator[Cause]:
        """A function that says something else, or what its expression speaks of."""
        entry, before = self._functions[name], _entries(self.a, "functions").get(name)
        body = entry.value.plain
        if before is None or before.value.plain != body:
            yield Cause("function", name, span=entry.span)
        elif isinstance(body, dict):
            own = body.get("params")
            for inner in _spoken_of(body.get("value")):
                if not isinstance(own, list) or inner not in own:
                    yield from self._spoken(inner, {})

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
        entry = _entries(self.b, "params").get(parameter)
        if entry is None or _default(entry) != self.b.tree.params[parameter]:
            return None
        return entry.span

    @cached_property
    def _functions(self) -> Mapping[str, Entry]:
        return _entries(self.b, "functions")

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


def _of_other_names(one: FieldSource, other: FieldSource) -> bool:
    """Whether one expression, written twice, stands where its names mean other things."""
    return one.by != other.by and any(_spoken_of(other.written))


def _entries(spec: Spec, block: str) -> Mapping[str, Entry]:
    """What a spec's files give in one of their blocks; its own file goes before its bases."""
    found: dict[str, Entry] = {}
    for document in spec.documents:
        root = document.root
        node = root.get(block) if isinstance(root, MappingNode) else None
        if isinstance(node, MappingNode):
            found = {**node.entries, **found}
    return found


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
        yield from _NAMES.findall(_STRINGS.sub("", written))

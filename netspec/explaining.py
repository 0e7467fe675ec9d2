"""Where a step comes from: every field with its value, and what gave it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from netspec import bundled
from netspec.diagnostics import Source, Span
from netspec.ir.text import flow
from netspec.language.tree import FieldSource, Step, Tree
from netspec.ops.constructs import Option
from netspec.reading.document import Plain
from netspec.suggestions import nearest


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field of a step. `by` is `op` for the op's own default, else as in `FieldSource`.

    `written` is what stands at `span` where that is not the value itself: an expression, `same`.
    """

    name: str
    value: Plain
    by: str
    span: Span | None = None
    written: Plain = None
    template: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data; places count from 1."""
        return {
            "field": self.name,
            "value": self.value,
            "by": self.by,
            "file": self.span.source.name if self.span else None,
            "line": self.span.line if self.span else None,
            "column": self.span.column if self.span else None,
            "written": self.written,
            "template": self.template or None,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """One step: what it is, what it takes and gives, and its fields. `own` is the spec's file."""

    step: Step
    own: Source
    fields: tuple[FieldValue, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data; shapes are [height, width, channels] or [channels], without the batch."""
        step = self.step
        return {
            "path": step.path,
            "op": step.op.name if step.op else None,
            "takes": list(step.takes),
            "output": step.output.dims,
            "template": step.template or None,
            "arguments": dict(step.arguments or {}),
            "steps": [child.path for child in step.children],
            "fields": [field.to_json() for field in self.fields],
            "uses": [
                {"template": use.template, "defined": str(use.defined), "used": str(use.used)}
                for use in step.origin.uses
            ],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        step = self.step
        kind = step.op.name if step.op else "a block of steps"
        yield f"{step.path}: {kind}, {step.output}, of {', '.join(step.takes) or 'nothing'}"
        if step.op:
            yield f"  {step.op.summary()}"
        yield f"  written at {self._place(step.origin.span)}"
        for use in reversed(step.origin.uses):
            used = f"used at {self._place(use.used)}"
            yield f"  in template {use.template} ({self._place(use.defined)}), {used}"
        if step.template:
            yield f"  a use of template {step.template}, {flow(dict(step.arguments or {}))}"
        if step.children:
            yield f"  made of {', '.join(child.name for child in step.children)}"
        if self.fields:
            yield ""
        rows = [(f.name, flow(f.value), self._told(f)) for f in self.fields]
        widths = [min(WIDEST, max(len(row[i]) for row in rows)) for i in (0, 1)] if rows else []
        for name, value, told in rows:
            yield f"{name:<{widths[0]}}  {value:<{widths[1]}}  {told}"

    def _told(self, field: FieldValue) -> str:
        if field.span is None:
            return f"{GIVERS[field.by]} of {self.step.op.name if self.step.op else ''}"
        giver = f"template {field.template}" if field.template else GIVERS[field.by]
        written = "" if field.written is None else f", written {flow(field.written)}"
        return f"{giver}, {self._place(field.span)}{written}"

    def _place(self, span: Span) -> str:
        """The line, with its file where that is not the spec's own; an option by its name."""
        if span.source.name.startswith("--"):
            return span.source.name
        if span.source is self.own:
            return f"line {span.line}"
        return f"{bundled.short(span.source.name)}:{span.line}"


GIVERS = {
    "op": "the default",
    "defaults": "defaults",
    "step": "the step",
    "patch": "patch",
    "set": "command line",
}
WIDEST = 24
"""Columns that names and values are aligned to; a longer value stands out."""


def explain(tree: Tree, path: str, own: Source) -> Explanation:
    """The explanation of the step at a path; raises `KeyError`, with the nearest paths."""
    steps = {step.path: step for step in tree.walk()}
    if path not in steps:
        raise KeyError(*nearest(path, steps))
    step = steps[path]
    options = step.op.options().values() if step.op else ()
    given = step.fields or {}
    return Explanation(step, own, tuple(_field(step, o, given.get(o.name)) for o in options))


def _field(step: Step, option: Option, source: FieldSource | None) -> FieldValue:
    value = option.kind.write(getattr(step.op, option.name))
    if source is None:
        return FieldValue(option.name, value, "op")
    written = None if _alike(source.written, value) else source.written
    return FieldValue(option.name, value, source.by, source.span, written, source.template)


def _alike(written: Plain, value: Plain) -> bool:
    """Whether what is written tells the value to a reader."""
    if isinstance(written, dict) and isinstance(value, dict):
        return all(value.get(key) == item for key, item in written.items())
    if isinstance(value, dict):
        return value.get("op") == written
    return written == value or (isinstance(written, list) and [*dict.fromkeys(written)] == [value])

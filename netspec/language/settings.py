"""What a command line or a caller sets on top of a file: parameters, fields of steps, the input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.language.judging import shown
from netspec.language.patches import INSTEAD, WITHIN, Patch, in_overlay
from netspec.ops.activation import ACTIVATION
from netspec.ops.initializers import INITIALIZER
from netspec.ops.norm import NORM
from netspec.ops.table import OPS
from netspec.reading import document
from netspec.reading.document import Entry, Node, Plain, Scalar, Sequence
from netspec.reading.reader import read_value

_MOST = 10.0**300
"""Numbers are below it in magnitude; NaN is not below anything."""
_INPUT = re.compile(r"([0-9]{1,9})x([0-9]{1,9})(?:x([0-9]{1,9}))?")
_CHOICES = (ACTIVATION, INITIALIZER, NORM)
"""Kinds of values that an `op` within them chooses."""


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """All that is set from outside; with nothing set, a spec holds as written."""

    params: Mapping[str, Node]
    fields: tuple[Patch, ...] = ()
    input: tuple[int, int, int | None] | None = None

    @property
    def empty(self) -> bool:
        """Whether the spec holds as written."""
        return not self.params and not self.fields and self.input is None


AS_WRITTEN = Settings({})


def from_options(assignments: Iterable[str], size: str | None = None) -> Settings:
    """Settings of a command line: `K=V` texts and `HxW` or `HxWxC`. Raises `SpecError`."""
    return _sorted_out(_assigned(assignments), None if size is None else _input_of(size))


def _assigned(assignments: Iterable[str]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for text in assignments:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise _bad(Source("--set", text), "--set takes name=value or Path/of/step.field=value")
        nodes[key] = read_value(Source(f"--set {key}", value))
    return nodes


def plain_of(assignments: Iterable[str]) -> dict[str, Plain]:
    """The values of a command line's `K=V` texts as plain data. Raises `SpecError`."""
    return {key: node.plain for key, node in _assigned(assignments).items()}


def from_values(values: Mapping[str, Plain], size: str | tuple[int, ...] | None = None) -> Settings:
    """Settings of a Python caller: plain data by name, and (height, width) or "HxW"."""
    if not isinstance(values, Mapping):
        raise _bad(Source("set", repr(values)), "`set` is a mapping of names to values")
    nodes = {}
    for key, value in values.items():
        if not key or not isinstance(key, str):
            raise _bad(Source("set", repr(key)), "`set` is a mapping of names to values")
        span = _whole(Source(f"set {key}", repr(value)))
        nodes[key] = node_of(value, span)
    if size is None or isinstance(size, str):
        return _sorted_out(nodes, None if size is None else _input_of(size))
    return _sorted_out(nodes, _input_of("x".join(map(str, size))))


def _sorted_out(nodes: Mapping[str, Node], size: tuple[int, int, int | None] | None) -> Settings:
    params = {key: node for key, node in nodes.items() if not _speaks_of_a_step(key)}
    fields = []
    for key, node in nodes.items():
        if not _speaks_of_a_step(key):
            continue
        pattern, _, field = key.partition(".")
        if not pattern or not field:
            hint = "the field stands behind a dot: Mixed_5b/Branch_1/Conv.kernel=3"
            raise _bad(node.span.source, f"`{key[:80]}` is not Path/of/step.field", hint)
        if "." in field:
            raise _nested(pattern, field, node.span.source)
        entry = Entry(field, node.span, node)
        fields.append(Patch(pattern, node.span, "set", {field: entry}))
    return Settings(params, tuple(fields), size)


def _speaks_of_a_step(key: str) -> bool:
    return "." in key or "/" in key


def _nested(pattern: str, field: str, source: Source) -> SpecError:
    """For a key that goes on behind a step's field."""
    whole, _, part = field.partition(".")
    if pattern in INSTEAD:
        return _bad(source, f"`{pattern}` is no step, but a key of the file", *INSTEAD[pattern])
    if whole == "with":
        message = f"`with` is not set by an option: `{part[:40]}` is a template's argument"
        hints = (WITHIN, in_overlay(pattern, whole, f"{{{part[:40]}: …}}"))
        return _bad(source, message, *hints)
    options = [op.options().get(whole) for op in OPS.values()]
    chosen = any(option and option.kind in _CHOICES for option in options)
    example = f"'{pattern}.{whole}={{{'op: …, ' if chosen else ''}{part}: …}}'"
    return _bad(source, f"`{whole}` is set as a whole", f"write --set {example}")


def _bad(source: Source, message: str, *hints: str) -> SpecError:
    return SpecError([Diagnostic("NS208", message, _whole(source), hints=hints)])


def _input_of(text: str) -> tuple[int, int, int | None]:
    matched = _INPUT.fullmatch(text)
    if not matched or "0" in matched.groups():
        message = f"--input takes HEIGHTxWIDTH, such as 224x224, not {text[:40]!r}"
        raise _bad(Source("--input", text), message)
    height, width, channels = matched.groups()
    return int(height), int(width), int(channels) if channels else None


def node_of(value: Plain, span: Span) -> Node:
    """Plain data as a node, all at one place. `SpecError` (NS208) for what YAML can't hold."""
    if isinstance(value, dict):
        entries = {k: Entry(k, span, node_of(v, span)) for k, v in value.items() if _key(k, span)}
        return document.Mapping(entries, span)
    if isinstance(value, list | tuple):
        return Sequence(tuple(node_of(v, span) for v in value), span)
    if value is None or isinstance(value, bool | str):
        return Scalar(value, span)
    number: object = value  # numpy's are fine too
    if isinstance(number, Integral):
        if abs(int(number)) < _MOST:
            return Scalar(int(number), span)
    elif isinstance(number, Real) and abs(float(number)) < _MOST:
        return Scalar(float(number), span)
    message = f"numbers are finite, values plain: {shown(value)} is not"
    raise _bad(span.source, message, "give bool, int, float, str, or lists and dicts of them")


def _key(key: object, span: Span) -> bool:
    if isinstance(key, str):
        return True
    raise _bad(span.source, f"a key is a string, not {shown(key)}")


def _whole(source: Source) -> Span:
    return Span(source, 1, 1, 1, len(source.text) + 1)

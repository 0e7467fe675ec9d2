"""From YAML events to nodes on an explicit stack: deep text makes no deep calls."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from netspec.diagnostics import Diagnostic, Findings, Source, Span
from netspec.limits import Limits
from netspec.reading.characters import describe, forbidden, with_plain_line_ends
from netspec.reading.document import Entry, Mapping, Node, Scalar, Sequence
from netspec.reading.parser import events
from netspec.reading.scalars import BadNumber, PlainScalar, resolve, taken_for
from netspec.reading.syntax import CLOSERS, TAGS, Text, bare_call, explain

Properties = yaml.ScalarEvent | yaml.CollectionStartEvent

FAULTS_AT_MOST = 1_000  # after so many the scan ends
NO_ANCHORS = "write the value out, or use a parameter or a template for what repeats"
DIRECTIVE = re.compile("^%.*", re.MULTILINE)
TAG = re.compile(r"!(?:<[^>]*>?|[^\s,\[\]{}]*)")
ANCHOR = re.compile(r"[&*][^\s,\[\]{}]*")


@dataclass(slots=True)
class OpenSequence:
    """A list whose end was not met yet."""

    span: Span
    flow: bool
    items: list[Node] = field(default_factory=list)

    @property
    def last(self) -> Span:
        """The span of the last item."""
        return self.items[-1].span if self.items else self.span

    def closed(self, span: Span) -> Sequence:
        """The finished list."""
        return Sequence(tuple(self.items), span)


@dataclass(slots=True)
class OpenMapping:
    """A mapping whose end was not met yet.

    `key_span` stands from a key to its value; `key` too, unless the key was refused.
    """

    span: Span
    flow: bool
    entries: dict[str, Entry] = field(default_factory=dict)
    key: str | None = None
    key_span: Span | None = None

    @property
    def last(self) -> Span:
        """The span of the last value, of those whose key was not refused."""
        return next(reversed(self.entries.values())).value.span if self.entries else self.span

    def closed(self, span: Span) -> Mapping:
        """The finished mapping."""
        return Mapping(self.entries, span)


new = tuple.__new__
NOWHERE = Span(Source("", ""), 1, 1, 1, 1)


class ScanEnded(Exception):
    """Nothing after this place is worth reading."""


def build_tree(source: Source, limits: Limits, findings: Findings) -> Node | None:
    """The root of the one document, nothing if there is none; faults go to `findings`.

    What comes with faults is not to be used. The text must hold no forbidden characters.
    """
    builder = Builder(source, limits, findings)
    with suppress(ScanEnded), collector_paused():
        builder.walk()
    return builder.root


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search for reference cycles inside: a walk makes none, and would take a third longer."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Builder:
    """The state of one walk over the events of a text."""

    def __init__(self, source: Source, limits: Limits, findings: Findings) -> None:
        self.text = Text(source, with_plain_line_ends(source.text).split("\n"))
        self.source = source
        self.limits = limits
        self.findings = findings
        self.root: Node | None = None
        self.stack: list[OpenSequence | OpenMapping] = []
        self.known_keys: set[str] = set()  # plain ones that were looked at and are fine
        self.known_values: dict[str, PlainScalar] = {}  # of plain scalars; a spec has few
        self.documents = 0
        self.values = 0
        self.faults = 0

    def walk(self) -> None:
        """Take all events in, up to the first syntax error, which is reported."""
        takes: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._open,
            yaml.SequenceEndEvent: self._close,
            yaml.MappingStartEvent: self._open,
            yaml.MappingEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        text = DIRECTIVE.sub(self._refuse_directive, "\n".join(self.text.lines))
        try:
            for event in events(text):
                if take := takes.get(type(event)):
                    take(event)
        except yaml.YAMLError as error:
            self.add(explain(error, self.text, self._open_bracket()))

    def _open_bracket(self) -> Span | None:
        """The innermost `[` or `{` that is open, if any; an anchor or a tag may stand before it."""
        ends = ((f.span.end_line - 1, f.span.end_column - 2) for f in self.stack[::-1] if f.flow)
        spans = (self.text.span(line, column, 1) for line, column in ends if column >= 0)
        return next((span for span in spans if self.text.char(span) in CLOSERS), None)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a fault; past a thousand of them, end the scan."""
        self.findings.add(diagnostic)
        self.faults += 1
        if self.faults >= FAULTS_AT_MOST:
            raise ScanEnded

    def fault(self, code: str, message: str, span: Span, *hints: str) -> None:
        """Add a diagnostic of this code."""
        self.add(Diagnostic(code, message, span, hints=hints))

    def _refuse_directive(self, match: re.Match[str]) -> str:
        line = match.string.count("\n", 0, match.start())
        span = self.text.span(line, 0, len(match[0]))
        self.fault("NS113", f"`{match[0][:40]}` is a directive", span, "delete the line")
        return "#" + match[0][1:]

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            self.fault("NS108", "a second document starts here", self._word(self._span(event)))
            raise ScanEnded

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        span = self._span(event)
        self._count(span)
        if len(self.stack) >= self.limits.depth:
            message = f"values are nested more than {self.limits.depth} deep"
            self.fault("NS116", message, self._visible(span), *self.limits.hints("depth"))
            raise ScanEnded
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        kind = OpenMapping if isinstance(event, yaml.MappingStartEvent) else OpenSequence
        self.stack.append(kind(span, bool(event.flow_style)))

    def _close(self, event: yaml.CollectionEndEvent) -> None:
        frame = self.stack.pop()
        # only a closing bracket has a width; a block ends with its last child
        end = self._span(event) if frame.flow else NOWHERE
        if end[1:3] == end[3:5]:
            end = frame.last
        span = new(Span, frame.span[:3] + end[3:])
        self._attach(frame.closed(span))

    def _alias(self, event: yaml.AliasEvent) -> None:
        span = self._span(event)
        self._count(span)
        self.fault("NS110", "aliases are not part of the language", span, NO_ANCHORS)
        self._attach(Scalar(None, span))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        span = self._span(event)
        if event.style or len(event.value) > self.limits.string_length:
            span = self._check_text(event, span)
        self.values += 1
        if self.values > self.limits.values:
            self._end_at(span)
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        top = self.stack[-1] if self.stack else None
        if isinstance(top, OpenMapping) and top.key_span is None:
            text = event.value
            known = text in self.known_keys and text not in top.entries
            top.key = text if known else self._key(event, span, top.entries)
            top.key_span = span
        elif top or event.style or span[1:3] != span[3:5]:  # else nothing stands after `---`
            self._attach(Scalar(self._value(event, span, top is not None and top.flow), span))

    def _attach(self, node: Node) -> None:
        """Put a finished node into the innermost open collection, or make it the root."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top, OpenSequence):
            top.items.append(node)
        elif top.key_span is None:
            top.key_span = node.span
            if not isinstance(node, Scalar):  # a scalar here is an alias, which was reported
                self.fault("NS114", "a key is a plain string, not a list or a mapping", node.span)
        else:
            if top.key is not None:
                top.entries[top.key] = Entry(top.key, top.key_span, node)
            top.key = top.key_span = None

    def _key(self, event: yaml.ScalarEvent, span: Span, entries: dict[str, Entry]) -> str | None:
        """The key's text; nothing if it was refused."""
        text: str = event.value
        plain = not event.style
        if plain and text == "<<":
            hint = "use a template or `defaults:`"
            self.fault("NS111", "`<<` merges another mapping into this one", span, hint)
        elif not text:
            self.fault("NS114", "a key is missing here", self._visible(span))
        elif not (text.isascii() and text.isprintable()):
            self.fault("NS114", "a key is one line of ASCII characters", span)
        elif plain and (kind := taken_for(text)):
            message = f"the key `{text[:64]}` is not a string: YAML readers take it for {kind}"
            self.fault("NS114", message, span, f'quote it: "{text[:64]}"')
        elif text in entries:
            first = entries[text].key_span
            message = f"the key `{text[:64]}` stands twice in this mapping"
            self.add(Diagnostic("NS109", message, span, related=(("first written here", first),)))
        else:
            if plain:
                self.known_keys.add(text)
            return text
        return None

    def _value(self, event: yaml.ScalarEvent, span: Span, in_flow: bool) -> PlainScalar:
        text: str = event.value
        if event.style or len(text) > self.limits.string_length:
            return text
        if text in self.known_values:
            return self.known_values[text]
        if in_flow and text[:1] == "$" and text.count("(") > text.count(")"):
            self.add(bare_call(self.text, span))
            return text
        try:
            value = resolve(text, self.limits.number_length)
        except BadNumber as error:
            too_long = len(text) > self.limits.number_length
            raising = self.limits.hints("number_length", len(text)) if too_long else ()
            self.fault("NS115", str(error), span, error.hint, *raising)
            return 0
        if text[:1] != "$":  # those are looked at each time: they may be fine outside brackets only
            self.known_values[text] = value
        return value

    def _check_text(self, event: yaml.ScalarEvent, span: Span) -> Span:
        """Report a string that is too long, and what its escapes must not stand for; its span."""
        text: str = event.value
        if event.style in ("|", ">"):
            span = self._trimmed(span)
        if len(text) > self.limits.string_length:
            most = self.limits.string_length
            message = f"a string of {len(text):,} characters; at most {most:,} are read"
            self.fault("NS118", message, span, *self.limits.hints("string_length", len(text)))
        if event.style == '"' and not text.isprintable():
            for char in sorted(char for char in set(text) if forbidden(char)):
                message = f"an escape stands for {describe(char)}, which is not allowed"
                self.fault("NS104", message, span)
        return span

    def _refuse_properties(self, event: Properties) -> None:
        """Report an explicit tag and an anchor, each at its own text."""
        _, line, column, *_ = self._span(event)
        if event.tag is not None:
            span = self.text.find(TAG, line - 1, column - 1)
            self.fault("NS112", TAGS, span, "delete it: values are written plainly")
        if event.anchor is not None:
            span = self.text.find(ANCHOR, line - 1, column - 1)
            self.fault("NS110", "anchors are not part of the language", span, NO_ANCHORS)

    def _count(self, span: Span) -> None:
        """Count keys and values alike."""
        self.values += 1
        if self.values > self.limits.values:
            self._end_at(span)

    def _end_at(self, span: Span) -> NoReturn:
        message = f"the text holds more than {self.limits.values:,} keys and values"
        self.fault("NS117", message, self._visible(span), *self.limits.hints("values"))
        raise ScanEnded

    def _span(self, event: yaml.Event) -> Span:
        start: Any = event.start_mark
        end: Any = event.end_mark
        # faster than Span(…), and this runs for every event
        return new(
            Span, (self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        )

    def _visible(self, span: Span) -> Span:
        """The span, or the word at it if it has no width."""
        return span if span[1:3] != span[3:5] else self._word(span)

    def _word(self, span: Span) -> Span:
        return self.text.word(span.line - 1, span.column - 1)

    def _trimmed(self, span: Span) -> Span:
        """A block scalar's span up to its last line with text: the parser's ends further down."""
        line, column = span.end_line - 1, span.end_column - 1
        while line > span.line - 1 and not self.text.line(line)[:column].strip():
            line -= 1
            column = len(self.text.line(line))
        return span._replace(end_line=line + 1, end_column=column + 1)

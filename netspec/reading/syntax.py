"""The parser's complaints as sentences about the user's text, with a place and a hint."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

import yaml

from netspec.diagnostics import Diagnostic, Source, Span
from netspec.reading.characters import describe

WORD = re.compile(r"[\w$-]+|\S")
NO_SPACE = re.compile(r"\s*(?:- )?\s*([A-Za-z_]\w*):([^\s:/].*)")
ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
CLOSERS = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Text:
    """A source with its lines; lines and columns count from 0 here, as the parser's do."""

    source: Source
    lines: list[str]

    def line(self, number: int) -> str:
        """The line, empty past the end."""
        return self.lines[number] if number < len(self.lines) else ""

    def span(self, line: int, column: int, length: int) -> Span:
        """A stretch of one line."""
        return Span(self.source, line + 1, column + 1, line + 1, column + 1 + length)

    def char(self, span: Span) -> str:
        """The first character of a span, empty past the end of its line."""
        return self.line(span.line - 1)[span.column - 1 : span.column]

    def word(self, line: int, column: int) -> Span:
        """The word or sign that starts there; at the end of a line, the last sign before it."""
        found = WORD.match(self.line(line), column)
        if found:
            return self.span(line, column, len(found[0]))
        while line > 0 and not self.line(line)[:column].strip():
            line -= 1
            column = len(self.line(line))
        return self.span(line, max(0, len(self.line(line)[:column].rstrip()) - 1), 1)

    def find(self, pattern: re.Pattern[str], line: int, column: int) -> Span:
        """The first match from there on in that line, or else the word that starts there."""
        found = pattern.search(self.line(line), column)
        return self.span(line, found.start(), len(found[0])) if found else self.word(line, column)

    def ends_at(self, line: int, column: int) -> bool:
        """Whether only blanks follow."""
        rest = (self.line(line)[column:], *self.lines[line + 1 :])
        return not any(map(str.strip, rest))


class Complaint(NamedTuple):
    """A parser's message, known by a part of it, and ours; `at` is the mark to show."""

    part: str
    code: str
    at: str
    message: str
    hint: str


TAGS = "explicit tags are not part of the language"
BACKSLASH = r"write \\ for a backslash, or use single quotes"
QUOTE_IT = 'quote the whole value: "…"'
ITEM = re.compile(r" *-(?= |$)")
INDENTATION = "check the indentation, and that the line before is complete"

# in this order: the first whose part is in the parser's `context: problem` speaks
COMPLAINTS = (
    Complaint("undefined tag handle", "NS112", "problem", TAGS, "delete it"),
    Complaint(" a tag:", "NS112", "context", TAGS, QUOTE_IT),
    Complaint(
        " an anchor:", "NS110", "context", "`&` starts an anchor; the language has none", QUOTE_IT
    ),
    Complaint(
        " an alias:", "NS110", "context", "`*` starts an alias; the language has none", QUOTE_IT
    ),
    Complaint(
        " tab ",
        "NS106",
        "problem",
        "a tab stands in the indentation; YAML takes spaces there",
        "replace it by spaces",
    ),
    Complaint(
        "unexpected end of stream", "NS105", "context", "this quote is never closed", "close it"
    ),
    Complaint("unexpected document", "NS105", "context", "this quote is never closed", "close it"),
    Complaint(
        "unknown escape", "NS105", "problem", "no such escape in a double-quoted string", BACKSLASH
    ),
    Complaint(" hex", "NS105", "problem", "an escape lacks its hexadecimal digits", BACKSLASH),
    Complaint(
        "cannot start any token", "NS105", "problem", "a value can't start with {found}", QUOTE_IT
    ),
    Complaint(
        "values are not allowed",
        "NS105",
        "problem",
        "a colon can't stand here: no key can start before it",
        f"{INDENTATION}; quote text with colons",
    ),
    Complaint("keys are not allowed", "NS105", "problem", "a key can't start here", INDENTATION),
    Complaint(
        "entries are not allowed",
        "NS105",
        "problem",
        "a list's `-` can't stand here",
        "put it on a line of its own",
    ),
    Complaint(
        "could not find expected ':'",
        "NS105",
        "context",
        "this is neither `key: value` nor `- item`",
        INDENTATION,
    ),
    Complaint(
        " a block scalar:",
        "NS105",
        "problem",
        "after `|` or `>` the text starts on the next line",
        QUOTE_IT,
    ),
    Complaint(
        "block mapping:",
        "NS105",
        "problem",
        "expected a key of the mapping that starts at line {context}, found {found}",
        INDENTATION,
    ),
    Complaint(
        "block collection:",
        "NS105",
        "problem",
        "expected a `-` of the list that starts at line {context}, found {found}",
        INDENTATION,
    ),
    Complaint("block node:", "NS105", "problem", "expected a value, found {found}", INDENTATION),
    Complaint(
        "document start",
        "NS108",
        "problem",
        "the text goes on after the end of its document",
        "put what follows into a file of its own",
    ),
    Complaint("", "NS105", "problem", "the text is not YAML here", INDENTATION),
)


def explain(error: Exception, text: Text, opened: Span | None) -> Diagnostic:
    """The diagnostic of a parser's error; `opened` is the innermost open bracket, if any."""
    found = _explained(error, text, opened)
    return replace(found, hints=(*_no_break_spaces(text, found), *found.hints))


def _no_break_spaces(text: Text, found: Diagnostic) -> tuple[str, ...]:
    """A hint at spaces that are none to YAML, and look like some, at the fault or before it."""
    last = found.span.line if found.span else 1
    lines = [n for n in (last - 1, last) if n > 0 and "\u00a0" in text.line(n - 1)]
    told = "holds a no-break space (U+00A0), which YAML takes for a letter; type it anew"
    return tuple(f"line {line} {told}" for line in lines[:1])


def _explained(error: Exception, text: Text, opened: Span | None) -> Diagnostic:
    problem_mark = getattr(error, "problem_mark", None)
    if not isinstance(error, yaml.MarkedYAMLError) or problem_mark is None:
        return Diagnostic("NS105", "the text is not YAML", text.word(0, 0))
    line, column = problem_mark.line, problem_mark.column
    said = f"{error.context}: {error.problem}"
    if "Unicode character escape" in said:
        return _bad_escape(text, line, column)
    if text.line(line)[column : column + 1] == "\t":
        said = " tab "
    if opened and (found := _bare_expression(text, line, column)):
        return found
    if opened and "flow " in said:
        return _in_brackets(text, line, column, opened)
    if "parsing a block " in said and text.line(line)[:column].strip(" -"):
        message = f"{_shown(text, line, column)} stands after the end of the value before it"
        return Diagnostic("NS105", message, text.word(line, column), hints=(QUOTE_IT,))
    return _complain(error, said, text, line, column)


def missing_space(line: str) -> tuple[str, ...]:
    """A hint for a line `key:value`, which lacks a space; empty for another line."""
    found = NO_SPACE.match(line)
    if not found:
        return ()
    meant = f"{found[1]}: {found[2].rstrip()[:60]}"
    return (f"did you mean `{meant}`, with a space after the colon?",)


def bare_call(text: Text, span: Span) -> Diagnostic:
    """For a `$f(a, b)` that stands bare in brackets, where its comma ends the value."""
    line, column = span.line - 1, span.column - 1
    expression = _balanced(text.line(line)[column:], "(", ")")
    message = "inside { } and [ ] this expression ends at its first comma"
    return _quote(message, text.span(line, column, len(expression)), expression)


def _complain(
    error: yaml.MarkedYAMLError, said: str, text: Text, line: int, column: int
) -> Diagnostic:
    complaint = next(known for known in COMPLAINTS if known.part in said)
    context = error.context_mark
    context_line = context.line if context else line
    span = text.word(line, column)
    hints: tuple[str, ...] = (complaint.hint,)
    if complaint.at == "context" and context:
        span = text.word(context.line, context.column)
    elif complaint.code == "NS106":
        span = text.span(line, column, 1)
    if complaint.code == "NS105":
        suspects = (text.line(number) for number in (context_line, line, max(0, line - 1)))
        hints = next(filter(None, map(missing_space, suspects)), hints)
        hints = _item_above(text, line, column) or hints
    message = complaint.message.format(found=_shown(text, line, column), context=context_line + 1)
    return Diagnostic(complaint.code, message, span, hints=hints)


def _item_above(text: Text, line: int, column: int) -> tuple[str, ...]:
    """For an item of a list that stands in a column of its own."""
    if not ITEM.match(text.line(line)) or text.line(line)[:column].strip():
        return ()
    above = (number for number in range(line - 1, -1, -1) if ITEM.match(text.line(number)))
    found = next(above, None)
    if found is None:
        return ()
    place = text.line(found).index("-") + 1
    if place == column + 1:
        return ()
    return (f"if it goes on the list of line {found + 1}, put this `-` at column {place} too",)


def _in_brackets(text: Text, line: int, column: int, opened: Span) -> Diagnostic:
    bracket = text.char(opened)
    closer = CLOSERS[bracket]
    if text.ends_at(line, column):
        message, hint = f"this `{bracket}` is never closed", f"close it with `{closer}`"
        return Diagnostic("NS105", message, opened, hints=(hint,))
    place = f"the `{bracket}` of line {opened.line} is still open"
    hint = f"add the `,` or `{closer}` that is missing before it, or quote the text"
    message = f"{_shown(text, line, column)} can't stand here: {place}"
    hints = missing_space(text.line(line)) or (hint,)
    return Diagnostic("NS105", message, text.word(line, column), hints=hints)


def _bare_expression(text: Text, line: int, column: int) -> Diagnostic | None:
    """For a `${…}` that stands bare in brackets, where its brace opens a mapping."""
    content = text.line(line)
    start = content.rfind("${", 0, column + 2)
    before = content[: max(start, 0)]
    if start < 0 or before.count('"') % 2 or before.count("'") % 2:
        return None
    expression = _balanced(content[start:], "{", "}")
    if start + len(expression) <= column:
        return None
    message = "an expression with braces stands bare inside { } or [ ]"
    return _quote(message, text.span(line, start, len(expression)), expression)


def _quote(message: str, span: Span, expression: str) -> Diagnostic:
    return Diagnostic("NS105", message, span, hints=(f'quote it: "{expression}"',))


def _balanced(text: str, opener: str, closer: str) -> str:
    """The text up to the bracket that closes its first one; all of it if none does."""
    depth = 0
    for index, char in enumerate(text):
        depth += (char == opener) - (char == closer)
        if char == closer and depth == 0:
            return text[: index + 1]
    return text.rstrip()


def _bad_escape(text: Text, line: int, column: int) -> Diagnostic:
    """For an escape of a surrogate or of a number past Unicode; the mark stands in it."""
    start = text.line(line).rfind("\\", 0, column + 1)
    found = ESCAPE.match(text.line(line), max(start, 0))
    span = text.span(line, found.start(), len(found[0])) if found else text.word(line, column)
    number = int(found[0][2:], 16) if found else 0
    name = describe(chr(number)) if number < 0x110000 else f"U+{number:X}"
    message = f"an escape stands for {name}, which is not a character"
    return Diagnostic("NS104", message, span, hints=("write the character itself",))


def _shown(text: Text, line: int, column: int) -> str:
    found = WORD.match(text.line(line), column)
    if found:
        return f"`{found[0][:40]}`" if found[0] != "`" else "a backtick"
    return "the end of the text" if text.ends_at(line, column) else "the end of the line"

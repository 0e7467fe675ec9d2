"""A difference as workflow commands, which GitHub shows at the lines that wrote it.

Source: "Workflow commands for GitHub Actions"; values are escaped as its toolkit does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from netspec.comparing import grouping
from netspec.comparing.difference import Difference
from netspec.comparing.fields import Effect
from netspec.comparing.gates import Verdict
from netspec.comparing.sections import Telling
from netspec.comparing.telling import title
from netspec.comparing.totals import total_rows
from netspec.diagnostics import Diagnostic, Span
from netspec.language.tree import Step

TITLE = "netspec diff"
LEVELS = {Effect.VALUES: "warning"}
"""How an effect is shown, where not as a notice."""
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def commands(found: Difference, verdicts: Sequence[Verdict] = ()) -> Iterator[str]:
    """A command a line: one for each place that changed the network, totals, and failed gates."""
    by_place: dict[tuple[str, str, int], list[str]] = {}
    for level, span, text in _told(found):
        key = (level, _file(span.source.name), span.line) if span else (level, "", 0)
        told = by_place.setdefault(key, [])
        if text not in told:
            told.append(text)
    for (level, file, line), texts in by_place.items():
        yield command(level, "\n".join(texts), file, line)
    moved = [f"{name}: {a} → {b} ({by})" for name, a, b, by in total_rows(found) if by]
    yield command("notice", "\n".join((title(found), *moved)))
    own = found.b.document.source.name
    for verdict in verdicts:
        if verdict.failed:
            yield command("error", str(verdict), _file(own), 1)


def faults(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """What is wrong with a spec, at its place."""
    for each in diagnostics:
        span = each.span
        text = "\n".join((f"{each.code} {each.name}: {each.message}", *each.hints))
        yield command(
            "error", text, _file(span.source.name) if span else "", span.line if span else 0
        )


def command(level: str, text: str, file: str = "", line: int = 0) -> str:
    """One workflow command.

    >>> command("warning", "50 % of it", "nets/a,b.yaml", 3)
    '::warning file=nets/a%2Cb.yaml,line=3,title=netspec diff::50 %25 of it'
    """
    place = {"file": file, "line": str(line)} if file else {}
    named = {**place, "title": TITLE}
    properties = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in named.items())
    return f"::{level} {properties}::{_escaped(text, _DATA)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    for character, escape in escapes.items():
        text = text.replace(character, escape)
    return text


def _file(name: str) -> str:
    """The file as GitHub knows it: from the folder in which the command runs."""
    if name.startswith("--"):
        return ""
    try:
        return str(Path(name).absolute().relative_to(Path.cwd()))
    except (OSError, ValueError):  # elsewhere, or the folder is gone
        return name


def _told(found: Difference) -> Iterator[tuple[str, Span | None, str]]:
    """A level, a place and a text for each thing that differs."""
    telling = Telling(found)
    for alike in grouping.removed(found):
        yield from _at_each("warning", alike.steps, f"removed: {telling.alone(alike, 0)}")
    for alike in grouping.added(found):
        yield from _at_each("warning", alike.steps, f"added: {telling.alone(alike, 1)}")
    for alike in grouping.replaced(found):
        yield from _at_each("warning", alike.steps, f"replaced: {telling.replaced(alike)}")
    for alike in grouping.renamed(found):
        yield from _at_each("warning", alike.steps, f"renamed: {telling.renamed(alike)}")
    for group in telling.groups:
        if group.cause is not None:
            text = f"{group.field}: {telling.group(group)}"
            for span in group.spans or (None,):
                yield LEVELS.get(group.effect, "notice"), span, text
    for each in found.outside:
        if each.counted:
            yield "warning", None, f"{each.field}: {telling.beside(each)}"


def _at_each(
    level: str, steps: Iterable[Step], text: str
) -> Iterator[tuple[str, Span | None, str]]:
    for span in dict.fromkeys(step.origin.span for step in steps):
        yield level, span, text

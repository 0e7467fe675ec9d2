"""What must not happen between two networks: `--fail-if 'macs > 1.05x or params > +5%'`.

The conditions of `netspec.conditions`, with two shorthands for what A has of the same figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from netspec.comparing.difference import Difference
from netspec.conditions import Condition
from netspec.diagnostics import Diagnostic, Source, SpecError
from netspec.measures import MEASURES

OPTION = "--fail-if"
BEFORE = "_before"
COUNTS = ("added", "removed", "renamed", "changed")
NAMES = (*MEASURES, *(f"{name}{BEFORE}" for name in MEASURES), *COUNTS)
"""What a gate may speak of: B's figures, A's, and how many steps differ."""
_SHORT = re.compile(
    r"""
      \b before \. (?P<before> [A-Za-z_]\w* )
    | (?P<compared> [A-Za-z_]\w* \s* (?: <= | >= | == | != | < | > ) \s* )
      (?: (?P<times> [0-9]+\.?[0-9]* ) x (?! \w )
        | (?P<percent> [+-] [0-9]+\.?[0-9]* ) \s* %
          (?! \s* (?: [(.\d] | (?! (?:and|or|if|else) \b ) [A-Za-z_] ) ) )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that fails a comparison where it holds. `text` is as it was written."""

    text: str
    condition: Condition

    def judged(self, values: Mapping[str, int]) -> Verdict:
        """Whether it holds of these figures. Raises `SpecError` (NS308) where it has no answer."""
        names = [name for name in NAMES if name in self.condition.names]
        return Verdict(self.text, self.condition.holds(values), {n: values[n] for n in names})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one gate: whether it fails the comparison, and the figures that it spoke of."""

    text: str
    failed: bool
    values: Mapping[str, int]

    def __str__(self) -> str:
        said = ", ".join(f"{name} = {value:,}" for name, value in self.values.items())
        found = "fails: {} holds" if self.failed else "passes: {} does not hold"
        return found.format(self.text) + (f"   ({said})" if said else "")


def gate(text: str) -> Gate:
    """The gate that a text writes. Raises `SpecError` at the place in the text."""
    plain, origins = _in_full(text)
    try:
        return Gate(text, Condition.parse(plain, NAMES, OPTION))
    except SpecError as error:
        raise SpecError([_at_origin(d, text, origins) for d in error.diagnostics]) from None


def figures(found: Difference) -> dict[str, int]:
    """The value of every name."""
    after = {name: pair[1] for name, pair in found.totals.items()}
    before = {f"{name}{BEFORE}": pair[0] for name, pair in found.totals.items()}
    return {**after, **before, **found.counts}


def _in_full(text: str) -> tuple[str, list[int]]:
    """The text without shorthands, and for each character of it where it came from.

    >>> _in_full("macs > 1.05x")[0]
    'macs > (1.05 * macs_before)'
    """
    parts: list[str] = []
    origins: list[int] = []
    end = 0
    for match in _SHORT.finditer(text):
        parts.append(text[end : match.start()])
        origins += range(end, match.start())
        full = _written_out(match)
        kept = len(match["compared"] or "")
        parts.append(full)
        origins += range(match.start(), match.start() + kept + 1)
        origins += [match.end() - 1] * (len(full) - kept - 1)
        end = match.end()
    origins += range(end, len(text) + 1)
    return "".join((*parts, text[end:])), origins


def _written_out(match: re.Match[str]) -> str:
    if match["before"]:
        return f"{match['before']}{BEFORE}"
    name = re.split(r"\W", match["compared"], maxsplit=1)[0]
    if name not in NAMES:  # which the condition will say
        return f"{match['compared']}0"
    if match["times"]:
        return f"{match['compared']}({match['times']} * {name}{BEFORE})"
    return f"{match['compared']}((100 + {match['percent']}) / 100 * {name}{BEFORE})"


def _at_origin(found: Diagnostic, text: str, origins: list[int]) -> Diagnostic:
    """The diagnostic at its place in what was written."""
    if found.span is None:
        return found
    last = len(origins) - 1
    start = origins[min(found.span.column - 1, last)]
    end = origins[min(found.span.end_column - 2, last)] + 1
    span = found.span._replace(
        source=Source(OPTION, text), column=start + 1, end_column=max(start + 2, end + 1)
    )
    return replace(found, span=span, hints=(*found.hints, *_shorthand(text, start)))


def _shorthand(text: str, start: int) -> Iterator[str]:
    """How a shorthand is written, where one seems to be meant at or before this place."""
    if times := re.match(r"[0-9.]+x\b", text[start:]):
        yield f"{times[0]} stands behind a figure: macs > {times[0]}"
    if percent := re.search(r"([+-]?)([0-9.]+)\s*%\s*$", text[:start]):
        part = f"{percent[1] or '+'}{percent[2]}%"
        yield f"{part} has a sign, and stands behind a figure: macs > {part}"

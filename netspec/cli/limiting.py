"""`--limit NAME=N`: the limits of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.limits import BOUNDS, DEFAULT, SUFFIXES, Limits
from netspec.suggestions import did_you_mean

_NUMBER = re.compile(r"([0-9]{1,3}(?:[,_][0-9]{3})+|[0-9]{1,20})([kMGTPE]?)")
_FORM = "--limit NAME=N, such as --limit layers=30k"


def limits_of(texts: Iterable[str]) -> Limits:
    """The limits of these options, the others by default. Raises `SpecError` (NS208)."""
    raised = dict(map(_read, texts))
    return Limits(**raised) if raised else DEFAULT


def _read(text: str) -> tuple[str, int]:
    option, equals, written = text.partition("=")
    if not equals:
        raise _bad(text, f"a limit is given as {_FORM}")
    name = option.strip().lower().replace("-", "_")
    if name not in BOUNDS:
        listed = ", ".join(bound.option for bound in BOUNDS.values())
        known = [bound.option for bound in BOUNDS.values()]
        hints = did_you_mean(option, known) or (f"limits: {listed}",)
        raise _bad(text, f"there is no limit `{option[:40]}`", *hints)
    bound, found = BOUNDS[name], _NUMBER.fullmatch(written.strip())
    if not found:
        message = f"`{bound.option}` takes a number such as 30000, 30,000 or 30k"
        raise _bad(text, f"{message}, not {written[:40]!r}")
    value = int(found[1].replace(",", "").replace("_", "")) * SUFFIXES[found[2]]
    if not 1 <= value <= bound.ceiling:
        message = f"`{bound.option}` is 1 to {bound.ceiling:,}, not {value:,}"
        raise _bad(text, message, f"why there is a ceiling: {bound.beyond}")
    return name, value


def _bad(text: str, message: str, *hints: str) -> SpecError:
    span = Span(Source("--limit", text), 1, 1, 1, len(text) + 1)
    return SpecError([Diagnostic("NS208", message, span, hints=hints)])

"""What became of every tensor when weights were ported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.reading.files import printable_name

FATES = {
    "placed": "as it is",
    "reshaped": "its numbers in their order, in another shape",
    "transposed": "its axes in another order",
    "cut": "a class was left out, as asked",
    "synthesised": "not there, and known to be 1",
    "dropped": "left out, as asked, or ones that say nothing",
    "unused": "no weight of the network: counters, an optimiser's state",
    "missing": "not in the file, or without a name there",
    "unknown": "in the file, and no weight of the spec",
    "misshapen": "of another shape than the spec's",
    "mistyped": "of a type that is not taken",
    "refused": "can't be kept",
}
"""What may become of a tensor, and what each word means."""
FAILURES = ("missing", "unknown", "misshapen", "mistyped", "refused")
PLAIN = ("placed", "reshaped", "transposed")


class NotPorted(SpecError):
    """Not all of a file fits; `report` has the whole of it."""

    def __init__(self, diagnostic: Diagnostic, report: Report) -> None:
        super().__init__([diagnostic])
        self.report = report


@dataclass(frozen=True, slots=True)
class Row:
    """One tensor: what became of it, its name in the spec and in the file, either may be empty."""

    fate: str
    name: str
    stored: str
    shape: tuple[int, ...] | None = None
    stored_shape: tuple[int, ...] | None = None
    note: str = ""

    def __str__(self) -> str:
        sides = [_side(self.stored, self.stored_shape), _side(self.name, self.shape)]
        told = " → ".join(side for side in sides if side)
        return f"{self.fate:<11} {told}" + (f"   ({self.note})" if self.note else "")


@dataclass(frozen=True, slots=True)
class Report:
    """Every tensor of the spec and of the file, once."""

    format: str
    file: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether all of it could be ported."""
        return not any(row.fate in FAILURES for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """How many tensors met each fate, in the order of `FATES`."""
        found = Counter(row.fate for row in self.rows)
        return {fate: found[fate] for fate in FATES if found[fate]}

    def summary(self) -> str:
        """The counts in a line."""
        return ", ".join(f"{count} {fate}" for fate, count in self.counts.items())

    def table(self) -> str:
        """Every tensor on a line, the plain ones last."""
        order = [*(fate for fate in FATES if fate not in PLAIN), *PLAIN]
        rows = sorted(self.rows, key=lambda row: order.index(row.fate))
        return "\n".join((*map(str, rows), *self.notes, f"{self.file}: {self.summary()}"))

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "ok": self.ok,
            "format": self.format,
            "file": self.file,
            "counts": self.counts,
            "notes": list(self.notes),
            "tensors": [
                {
                    "fate": row.fate,
                    "name": row.name,
                    "stored": row.stored,
                    "shape": None if row.shape is None else list(row.shape),
                    "stored_shape": None if row.stored_shape is None else list(row.stored_shape),
                    "note": row.note,
                }
                for row in self.rows
            ],
        }

    def require_ok(self, hints: Iterable[str]) -> None:
        """Raise `NotPorted` (NS605) that lists every tensor at fault, unless there is none."""
        if self.ok:
            return
        faults = [row for row in self.rows if row.fate in FAILURES]
        message = "\n".join((f"nothing was ported: {self.summary()}", *_lines(faults)))
        span = Span(Source(self.file, ""), 1, 1, 1, 1)
        raise NotPorted(Diagnostic("NS605", message, span, hints=tuple(hints)), self)


LISTED_AT_MOST = 1_000


def _lines(faults: list[Row]) -> Iterator[str]:
    yield from (f"   {row}" for row in faults[:LISTED_AT_MOST])
    if len(faults) > LISTED_AT_MOST:
        yield f"   … and {len(faults) - LISTED_AT_MOST} more"


def _side(name: str, shape: tuple[int, ...] | None) -> str:
    if not name:
        return ""
    shown = printable_name(name)[:200]
    return shown if shape is None else f"{shown} {list(shape)}"

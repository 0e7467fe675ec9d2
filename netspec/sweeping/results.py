"""What has come of a sweep: rows, those that are best, and what was left out and why."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any, Self

from netspec.ir.text import flow
from netspec.reading.document import Plain
from netspec.sweeping import objectives
from netspec.sweeping.journal import SAME, WHERE, names_in
from netspec.sweeping.lines import Record
from netspec.sweeping.objectives import Objective
from netspec.sweeping.variants import FAILED, INVALID
from netspec.tables import GAP, aligned, widths_of
from netspec.writing import write_text


@dataclass(frozen=True, slots=True)
class Fault:
    """A variant without figures: its settings, and what is wrong with it."""

    set: Mapping[str, Plain]
    because: str
    code: str
    message: str

    @classmethod
    def of(cls, record: Record) -> Self:
        """The fault of a line."""
        found = (str(record.get(key, "")) for key in ("because", "code", "message"))
        return cls(record["set"], *found)


@dataclass(frozen=True)
class SweepResult:
    """The rows of a sweep, in the order of its points, and what else became of variants.

    A row is plain data: `spec_hash`, `spec`, `set` and a number for each figure. `counts` has how
    many points are `rows`, left out by `where`, the `same` as a row, `invalid`, `failed`; and how
    many were `known` before.
    """

    rows: tuple[Record, ...]
    faults: tuple[Fault, ...]
    counts: Mapping[str, int]
    measure: Sequence[str]
    ranks: Mapping[str, float] = field(default_factory=dict)
    """What tuning made of each network, by its hash: the smaller the better."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are varied, in order."""
        return tuple(dict.fromkeys(key for row in self.rows for key in row["set"]))

    @property
    def columns(self) -> tuple[str, ...]:
        """What rows can be sorted by: figures, then the keys that are varied."""
        return tuple(dict.fromkeys((*names_in(self.rows), *self.measure, *self.keys)))

    def best(self, by: str = "") -> Record | None:
        """The first row as sorted by this column, such as `rf:max`; nothing where there is none."""
        return next(iter(self.sorted(by).rows), None)

    def sorted(self, by: str = "") -> Self:
        """The same with the best rows first, by this column.

        Without one, by what tuning worked towards, or by the first figure. Raises `SpecError`
        (NS208) for a column that there is not.
        """
        if not by and self.ranks:
            worst = math.inf
            ranked = sorted(self.rows, key=lambda row: self.ranks.get(row["spec_hash"], worst))
            return replace(self, rows=tuple(ranked))
        objective = Objective.parse(by or self.measure[0], self.columns)
        return replace(self, rows=tuple(objectives.ordered(self.rows, objective)))

    def front(self, by: str = "") -> Self:
        """The rows that no other one beats in all of these columns, such as `macs,rf:max`.

        Raises `SpecError` (NS208).
        """
        return replace(self, rows=tuple(objectives.front(self.rows, self.objectives(by))))

    def objectives(self, by: str = "") -> tuple[Objective, ...]:
        """What these columns ask for; by default the first two figures."""
        return objectives.parse_all(by or ",".join(self.measure[:2]), self.columns)

    def table(self, top: int | None = None, width: int | None = None) -> str:
        """The rows as text, this many of them, keys shortened to suit a terminal of that width."""
        cells = [self._cells(row) for row in self.rows[:top]]
        rows = [self._headings(), *cells]
        widths = widths_of(rows)
        if width is not None and sum(widths) + len(GAP) * (len(widths) - 1) > width:
            rows = [_short(self._headings()), *cells]
            widths = widths_of(rows)
        lines = aligned(rows, left=())
        if top is not None and len(self.rows) > top:
            lines.append(f"… and {len(self.rows) - top:,} more")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        def row(cells: Sequence[str], tag: str) -> str:
            style = ' style="text-align:right"'
            return f"<tr>{''.join(f'<{tag}{style}>{escape(c)}</{tag}>' for c in cells)}</tr>"

        rows = "".join(row(self._cells(each), "td") for each in self.rows)
        said = "".join(f"<p>{escape(note)}</p>" for note in self.notes())
        return f"<table>{row(self._headings(), 'th')}{rows}</table>{said}"

    def notes(self) -> list[str]:
        """What became of the variants, in words."""
        told = {
            "rows": "{} measured",
            WHERE: "{} left out by --where",
            SAME: "{} the same network as another",
            INVALID: "{} not valid",
            FAILED: "{} could not be measured",
            "known": "{} known before",
        }
        some = [
            words.format(f"{self.counts.get(k, 0):,}") for k, words in told.items() if self._has(k)
        ]
        kinds = Counter((f.code or f.because, f.because) for f in self.faults)
        first = {(f.code or f.because, f.because): f for f in reversed(self.faults)}
        listed = [
            f"{code}: {count:,} variant{'s' * (count > 1)}, such as"
            f" {shown(first[code, because].set)}: {first[code, because].message}"
            for (code, because), count in kinds.most_common()
        ]
        return [", ".join(some) or "no variant", *listed]

    def _has(self, kind: str) -> bool:
        return kind == "rows" or bool(self.counts.get(kind))

    def to_csv(self) -> str:
        """All rows as CSV: the hash, the spec, what is set, the figures, in full."""
        figures = names_in(self.rows)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("spec_hash", "spec", *self.keys, *figures))
        for row in self.rows:
            given = [cell(row["set"].get(key, "")) for key in self.keys]
            writer.writerow((row["spec_hash"], row["spec"], *given, *map(row.get, figures)))
        return text.getvalue()

    def write_csv(self, path: Path) -> None:
        """Write the CSV, whole or not at all. Raises `SpecError` (NS606)."""
        write_text(path, self.to_csv())

    def to_json(self) -> dict[str, Any]:
        """Counts, the best row and faults by kind, as plain data."""
        faults = Counter(fault.code or fault.because for fault in self.faults)
        counted = {kind: self.counts.get(kind, 0) for kind in ("rows", WHERE, SAME, INVALID)}
        more = {FAILED: self.counts.get(FAILED, 0), "known": self.counts.get("known", 0)}
        return {"counts": {**counted, **more}, "faults": dict(faults)}

    @property
    def _several(self) -> bool:
        return len({row["spec"] for row in self.rows}) > 1

    @property
    def _figures(self) -> tuple[str, ...]:
        there = names_in(self.rows)
        return tuple(name for name in self.measure if name in there or not self.rows)

    def _headings(self) -> tuple[str, ...]:
        return (*(["spec"] * self._several), *self.keys, *self._figures)

    def _cells(self, row: Record) -> tuple[str, ...]:
        spec = [row["spec"]] * self._several
        given = (cell(row["set"].get(key, "")) for key in self.keys)
        figures = (_figure(row.get(name)) for name in self._figures)
        return (*spec, *given, *figures)


def _short(headings: Sequence[str]) -> tuple[str, ...]:
    """Headings without the path that leads to a step, where they still differ."""
    cut = [heading.rpartition("/")[2] for heading in headings]
    pairs = zip(headings, cut, strict=True)
    return tuple(short if cut.count(short) == 1 else whole for whole, short in pairs)


def shown(given: Mapping[str, Plain]) -> str:
    """Settings as one would write them."""
    return " ".join(f"{key}={cell(value)}" for key, value in given.items())


def cell(value: Plain) -> str:
    """A setting as one would write it."""
    if value is None:
        return "null"
    return value if isinstance(value, str) else flow(value)


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"

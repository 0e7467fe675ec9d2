"""What is known of variants: figures by the hash of the network, and which settings give it.

    journal.jsonl     a row for each network that is wanted: spec_hash, spec, set, its figures
    left_out.jsonl    a line for each other setting: because `where` does not hold, because it
                      gives the `same` network as a row, is `invalid` or has `failed`

Lines are added as variants are measured, in any order. When a sweep ends both files are written
anew in the order of its points, so that they are the same bytes however often it was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from netspec.measures import MEASURES
from netspec.sweeping import lines
from netspec.sweeping.lines import Appender, Record
from netspec.sweeping.points import Point
from netspec.sweeping.variants import FAILED, INVALID, Outcome

ROWS, LEFT_OUT = "journal.jsonl", "left_out.jsonl"
WHERE, SAME = "where", "same"
ERROR: Final = ":error"
"""What the name of a figure that could not be had ends with, where a row says why."""
KNOWN = "known"
"""Of a point that is settled before it is come to."""
OWN: Final = ("spec_hash", "spec", "set", "because")
"""Keys of a line that are no figures."""

Figures = dict[str, Any]
Wanted = Callable[[Point, Figures], bool | None]
"""Whether a network is wanted, by its settings and figures; nothing where these don't tell."""


class Journal:
    """All that is known, in memory, and in a folder where one is given.

    Raises `SpecError`: NS652 for a line that is none of its own, NS606 where it can't be written.
    """

    def __init__(self, folder: Path | None, wanted: Wanted) -> None:
        self._folder, self._wanted = folder, wanted
        self._figures: dict[str, Figures] = {}
        self._settled: dict[str, Record] = {}  # by the key of the point, without figures
        self._kinds: dict[str, str] = {}  # why it has no row, as last judged
        self._owners: dict[str, str] = {}  # the point whose row a network's is
        self._files: dict[str, Appender] = {}
        for name in (LEFT_OUT, ROWS) if folder else ():
            assert folder is not None
            lines.mend(folder / name)
            for record in lines.load(folder / name):
                key = self._take_in(record)
                self._kinds[key] = record.get("because", "")
                if name == ROWS:
                    self._owners.setdefault(record["spec_hash"], key)

    def _take_in(self, record: Record) -> str:
        """Keep a line; gives the key of its point."""
        point, found = _point_of(record), record.get("spec_hash")
        key = point.key
        if found is None:
            self._settled[key] = record
            return key
        self._settled[key] = {"spec_hash": found, "spec": point.spec, "set": point.set}
        given = {name: value for name, value in record.items() if name not in OWN}
        self._figures.setdefault(found, {}).update(given)
        return key

    def settled(self, point: Point, names: Iterable[str]) -> bool:
        """Whether nothing is left to do for a point of which these figures are wanted."""
        record = self._settled.get(point.key)
        if record is None or record.get("because") == FAILED:
            return False
        return record.get("because") == INVALID or self._has(record, names)

    def lacks(self, point: Point, names: Iterable[str]) -> bool:
        """Whether the row of a point is without any of these figures."""
        return not self._has(self._settled[point.key], names)

    def kind(self, point: Point) -> str:
        """Why a settled point has no row; "" where it has one."""
        return self._judged(point.key, point)

    def _has(self, record: Record, names: Iterable[str]) -> bool:
        known = self._figures.get(record.get("spec_hash", ""), {})
        return all(known.get(name) is not None for name in names)

    def add(self, point: Point, outcome: Outcome) -> None:
        """Take down what became of a point."""
        key = self._take_in({"spec": point.spec, "set": dict(point.set), **outcome})
        kind = self._judged(key, point)
        self._append(self._line(point, kind), LEFT_OUT if kind else ROWS)

    def complete(self, point: Point, more: Figures) -> None:
        """Take down more figures of a network that has a row; the row stands again, complete.

        A figure that could be had now is no more told to have failed.
        """
        found = self._settled[point.key]["spec_hash"]
        known = {n: value for n, value in self._figures[found].items() if not n.endswith(ERROR)}
        self._figures[found] = {**known, **more}
        self._append(self.row(point), ROWS)

    def finish(self, points: Iterable[Point]) -> None:
        """Write the files anew: these points in order, then what else was known."""
        others = [_point_of(record) for record in self._settled.values()]
        kept: dict[str, list[Record]] = {LEFT_OUT: [], ROWS: []}
        for point, kind in self.kinds(chain(points, others)):
            kept[LEFT_OUT if kind else ROWS].append(self._line(point, kind))
        self.close()
        if self._folder is not None:
            for name, records in kept.items():
                lines.write(self._folder / name, records)

    def kinds(self, points: Iterable[Point]) -> Iterator[tuple[Point, str]]:
        """Each settled point once, with why it has no row: "" for a network's first that is wanted.

        From then on these have the rows.
        """
        seen: set[str] = set()
        self._owners = {}
        for point in points:
            key = point.key
            if key not in self._settled or key in seen:
                continue
            seen.add(key)
            yield point, self._judged(key, point)

    def row(self, point: Point) -> Record:
        """The row of a settled point: its network's hash, its settings, its figures."""
        return self._line(point, "")

    def reason(self, point: Point) -> Record:
        """The line of a point that is no network, or that could not be measured."""
        return self._settled[point.key]

    def _judged(self, key: str, point: Point) -> str:
        """Why a settled point has no row; "" where it has one from now on."""
        kind = self._kinds[key] = self._judge(key, point)
        return kind

    def _judge(self, key: str, point: Point) -> str:
        record = self._settled[key]
        if because := record.get("because"):
            return str(because)
        found = record["spec_hash"]
        wanted = self._wanted(point, self._figures[found])
        if not (self._kinds.get(key) != WHERE if wanted is None else wanted):
            return WHERE
        return "" if self._owners.setdefault(found, key) == key else SAME

    def _line(self, point: Point, kind: str) -> Record:
        record = self._settled[point.key]
        if kind in (INVALID, FAILED):
            return record
        found = record["spec_hash"]
        told = {"because": kind} if kind else {}
        figures = {} if kind == SAME else _in_order(self._figures[found])
        return {**record, **told, **figures}

    def _append(self, record: Record, name: str) -> None:
        if self._folder is None:
            return
        if name not in self._files:
            self._files[name] = Appender(self._folder / name)
        self._files[name].add(record)

    def close(self) -> None:
        """Let the disk have all that was taken down."""
        for file in self._files.values():
            file.close()
        self._files = {}


def _point_of(record: Record) -> Point:
    return Point(str(record.get("spec", "")), record["set"])


def _in_order(figures: Mapping[str, Any]) -> Figures:
    """The figures, those of all networks first, each in the order of their table."""
    known = [name for name in MEASURES if name in figures]
    return {name: figures[name] for name in (*known, *sorted(figures.keys() - MEASURES.keys()))}


def names_in(rows: Sequence[Record]) -> tuple[str, ...]:
    """The figures that rows have, each once, in order."""
    return tuple(dict.fromkeys(name for row in rows for name in row if name not in OWN))

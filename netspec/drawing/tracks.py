"""The gaps between rows, in which lines run across: each on a track of its own where they meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netspec.drawing.sizes import GAP, TRACK

FIRST = 6
"""Between the row above and the first track."""
LAST = 11
"""Between the last track and the row below: an arrow fits."""
LEAVING, ENTERING = 0, 1
"""What a line does: it leaves the row above, or enters that below, and runs nearer to it."""


@dataclass(slots=True)
class _Run:
    """A value's line in one gap; `track` counts from above, `along` is where that is."""

    low: int
    high: int
    track: int = 0
    along: int = 0


class Tracks:
    """The lines across in one arrangement, by gap; gap 0 is above the first row."""

    def __init__(self, rows: int) -> None:
        self._gaps: list[dict[tuple[int, str], _Run]] = [{} for _ in range(rows + 1)]

    def add(self, gap: int, kind: int, value: str, ends: tuple[int, int]) -> None:
        """Have a value run between two places; what it runs already is stretched."""
        low, high = min(ends), max(ends)
        run = self._gaps[gap].setdefault((kind, value), _Run(low, high))
        run.low, run.high = min(run.low, low), max(run.high, high)

    def open(self, gap: int, start: int, words: int) -> int:
        """Lay a gap's tracks out behind `start` and the words on its line; gives the gap's end."""
        runs = self._gaps[gap]
        count = _spread(runs)
        if not count:
            outer = gap in (0, len(self._gaps) - 1)
            return start + words + (0 if outer else GAP)
        for run in runs.values():
            run.along = start + words + FIRST + run.track * TRACK
        last = FIRST if gap == len(self._gaps) - 1 else LAST
        return start + words + FIRST + (count - 1) * TRACK + last

    def along(self, gap: int, kind: int, value: str) -> int:
        """Where a value runs; raises `KeyError` if it does not."""
        return self._gaps[gap][kind, value].along


def _spread(runs: dict[tuple[int, str], _Run]) -> int:
    """Give each line the first track that is free along it; gives how many there are."""
    count = 0
    for kind in (LEAVING, ENTERING):
        ends: list[list[_Run]] = []
        for run in _of_kind(runs, kind):
            free = (place for place, others in enumerate(ends) if _is_free(run, others))
            place = next(free, len(ends))
            if place == len(ends):
                ends.append([])
            ends[place].append(run)
            run.track = count + place
        count += len(ends)
    return count


def _of_kind(runs: dict[tuple[int, str], _Run], kind: int) -> Iterator[_Run]:
    return (run for (own, _), run in runs.items() if own == kind)


def _is_free(run: _Run, others: list[_Run]) -> bool:
    return all(run.high < other.low or other.high < run.low for other in others)

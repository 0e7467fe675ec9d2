"""What is better: figures and settings that rows are sorted by, and weighed against each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from netspec.diagnostics import refusal
from netspec.suggestions import did_you_mean
from netspec.sweeping.lines import Record

MORE_IS_BETTER: Final = ("rf",)
"""Figures of which one wants much; of all others little."""
WAYS: Final = {"min": 1, "max": -1}


@dataclass(frozen=True, slots=True)
class Objective:
    """A column of rows by its name, and whether little (`min`) or much (`max`) of it is better."""

    name: str
    way: str

    @classmethod
    def parse(cls, text: str, known: Sequence[str]) -> Self:
        """What `macs` or `rf:max` says of these columns. Raises `SpecError` (NS208)."""
        name, _, way = text.strip().rpartition(":")
        if way not in WAYS or not name:
            name, way = text.strip(), "max" if text.strip() in MORE_IS_BETTER else "min"
        if name not in known:
            hints = did_you_mean(name, known) or (f"there are {', '.join(known)}",)
            message = f"rows have no column `{name[:60]}`"
            raise refusal("NS208", message, *hints)
        return cls(name, way)

    def __str__(self) -> str:
        return f"{self.name} ({self.way})"

    def value(self, row: Record) -> float | None:
        """The number that a row has; nothing where it has none. A figure comes before a setting."""
        value = row.get(self.name, row["set"].get(self.name))
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value

    def of(self, row: Record) -> float | None:
        """The number by which a row is judged, the smaller the better; nothing where it is none."""
        value = self.value(row)
        return None if value is None else value * WAYS[self.way]


def parse_all(text: str, known: Sequence[str]) -> tuple[Objective, ...]:
    """The objectives of a list, `macs,rf:max`. Raises `SpecError` (NS208)."""
    return tuple(Objective.parse(part, known) for part in text.split(","))


def require_two(text: str, known: Sequence[str]) -> None:
    """Refuse what can't be weighed against each other: `SpecError` (NS208)."""
    if len({each.name for each in parse_all(text, known)}) < 2:
        message = f"`{text[:60]}` is one column: a plot weighs two against each other"
        raise refusal("NS208", message, "such as macs,rf:max")


def ordered(rows: Iterable[Record], by: Objective) -> list[Record]:
    """The rows, the best first; those that can't be judged last."""

    def place(row: Record) -> tuple[bool, float]:
        value = by.of(row)
        return (value is None, value or 0)

    return sorted(rows, key=place)


def front(rows: Iterable[Record], by: Sequence[Objective]) -> list[Record]:
    """The rows that no other one beats: at least as good in all, and better in one.

    They are sorted by the first objective. Rows that can't be judged are left out.
    """
    judged = []
    for place, row in enumerate(rows):
        values = tuple(value for o in by if (value := o.of(row)) is not None)
        if len(values) == len(by):
            judged.append((values, place, row))
    kept: list[tuple[tuple[float, ...], Record]] = []
    for values, _, row in sorted(judged, key=lambda each: each[:2]):
        if not any(_beats(other, values) for other, _ in kept):
            kept.append((values, row))
    return [row for _, row in kept]


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))

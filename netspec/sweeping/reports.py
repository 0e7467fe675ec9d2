"""What a sweep leaves beside its journal: a table, a plot; and both from the journal alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netspec.sweeping import folder, lines, plot
from netspec.sweeping.journal import LEFT_OUT, ROWS
from netspec.sweeping.objectives import Objective
from netspec.sweeping.results import Fault, SweepResult
from netspec.sweeping.variants import FAILED, INVALID

TABLE = "table.csv"
PLOTS = ("pareto.svg", "pareto.png")


def from_folder(out: Path) -> SweepResult:
    """All rows that a folder's journal has, and what it says of other settings.

    A sweep may be at work in it meanwhile. Raises `SpecError` (NS652).
    """
    about = folder.read_about(out)
    if not about:
        raise folder.refusal(f"{out} holds no sweep")
    by_hash = {record["spec_hash"]: record for record in lines.load(out / ROWS)}
    left = lines.load(out / LEFT_OUT)
    faults = [Fault.of(record) for record in left if record.get("because") in (INVALID, FAILED)]
    counts = {"rows": len(by_hash)}
    for record in left:
        kind = str(record.get("because"))
        counts[kind] = counts.get(kind, 0) + 1
    return SweepResult(tuple(by_hash.values()), tuple(faults), counts, tuple(about["measure"]))


def write_table(result: SweepResult, out: Path) -> list[Path]:
    """Write the table; gives the files that a sweep's folder has, the plot's aside."""
    result.write_csv(out / TABLE)
    return [out / name for name in (ROWS, LEFT_OUT, TABLE) if (out / name).exists()]


def write_plots(result: SweepResult, out: Path, by: Sequence[Objective]) -> list[Path]:
    """Draw the plot by the first two objectives; gives its files. Raises `MissingExtra`."""
    if len(by) < 2 or not result.rows:
        return []
    files = [out / name for name in PLOTS]
    plot.draw(result, by, files)
    return files

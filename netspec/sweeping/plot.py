"""The picture of a sweep: every row, and the front of those that no other one beats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from netspec.measures import MEASURES
from netspec.sweeping.lines import Record
from netspec.sweeping.objectives import Objective, front
from netspec.sweeping.results import SweepResult, cell
from netspec.sweeping.timing import PREFIX
from netspec.targets import MissingExtra
from netspec.writing import replacing

LABELLED_AT_MOST: Final = 12
"""Rows of the front that bear a label; of more every so many."""
DPI: Final = 150
INK, FAINT, ACCENT = "#1f2933", "#9aa5b1", "#c2410c"
STYLE: Final = {
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "netspec",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}
METADATA: Final[Mapping[str, Mapping[str, Any]]] = {
    ".svg": {"Date": None, "Creator": "netspec"},
    ".png": {"Software": "netspec"},
}
"""What a file says of itself; no date, so that the same rows give the same bytes."""


def draw(result: SweepResult, by: Sequence[Objective], paths: Sequence[Path]) -> None:
    """Draw rows by two objectives, into a file of each of these paths, .svg or .png.

    Raises `MissingExtra`, and `SpecError` (NS606).
    """
    matplotlib, figures = _loaded()
    with matplotlib.rc_context(STYLE):
        figure = figures.Figure(figsize=(7, 4.5), layout="constrained")
        _fill(figure.add_subplot(), result, by[0], by[1])
        for path in paths:
            with replacing(path) as file:
                figure.savefig(
                    file, format=path.suffix[1:], dpi=DPI, metadata=METADATA[path.suffix]
                )


def _loaded() -> tuple[Any, Any]:
    try:
        import matplotlib
        from matplotlib import figure
    except ModuleNotFoundError as error:
        message = f"the plot needs the package {error.name}: pip install 'netspec[plots]'"
        raise MissingExtra(message) from error
    return matplotlib, figure


def _fill(axes: Any, result: SweepResult, x: Objective, y: Objective) -> None:
    best = front(result.rows, (x, y))
    kept = {row["spec_hash"] for row in best}
    others = [row for row in result.rows if row["spec_hash"] not in kept]
    dots = _places(others, x, y)
    axes.scatter(*dots, s=16, color=FAINT, linewidths=0, label=f"{len(dots[0]):,} others")
    line = _places(best, x, y)
    drawn = {"marker": "o", "markersize": 5, "linewidth": 1, "drawstyle": "steps-post"}
    axes.plot(*line, color=ACCENT, label="front", **drawn)
    for row, *place in list(zip(best, *line, strict=True))[:: _every(len(best))]:
        axes.annotate(
            _label(row, best),
            place,
            xytext=(5, -9 if y.way == "max" else 5),
            textcoords="offset points",
            fontsize=7,
            color=ACCENT,
        )
    axes.set_xlabel(_titled(x))
    axes.set_ylabel(_titled(y))
    axes.grid(visible=True, color="#e4e7eb", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0.12, y=0.08)
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(_heading(result, best), fontsize=9, loc="left")
    for axis, objective in ((axes.xaxis, x), (axes.yaxis, y)):
        _formatted(axis, objective)


def _places(rows: Sequence[Record], x: Objective, y: Objective) -> tuple[list[float], list[float]]:
    """The columns of two objectives, of rows that have both."""
    pairs = [(x.value(row), y.value(row)) for row in rows]
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    return [a for a, _ in both], [b for _, b in both]


def _formatted(axis: Any, objective: Objective) -> None:
    from matplotlib.ticker import EngFormatter

    if objective.name in MEASURES and MEASURES[objective.name].unit != "px":
        axis.set_major_formatter(EngFormatter(unit=MEASURES[objective.name].unit))


def _titled(objective: Objective) -> str:
    """What an axis is called: `macs: multiply-accumulates for one image, less is better`."""
    better = "less" if objective.way == "min" else "more"
    told = MEASURES[objective.name].meaning if objective.name in MEASURES else ""
    if objective.name.startswith(PREFIX):
        told = "ms"
    return f"{objective.name}{f': {told}' if told else ''} ({better} is better)"


def _heading(result: SweepResult, best: Sequence[Record]) -> str:
    keys = ", ".join(_varying(best)) or "settings"
    specs = ", ".join(dict.fromkeys(row["spec"] for row in result.rows))
    return f"{specs}: {len(result.rows):,} variants; labels are {keys}"


def _varying(rows: Sequence[Record]) -> list[str]:
    """The keys that differ within some rows."""
    keys = dict.fromkeys(key for row in rows for key in row["set"])
    return [key for key in keys if len({cell(row["set"].get(key, "")) for row in rows}) > 1]


def _label(row: Record, best: Sequence[Record]) -> str:
    return ", ".join(cell(row["set"].get(key, "")) for key in _varying(best))


def _every(count: int) -> int:
    return max(1, -(-count // LABELLED_AT_MOST))

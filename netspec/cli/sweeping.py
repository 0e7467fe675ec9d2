"""The command that varies a spec: sweep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import OutPath, complete_specs, json_option, setting_options
from netspec.cli.progress import steady_progress
from netspec.cli.state import State
from netspec.diagnostics import Diagnostic, SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netspec.sweeping.asking import Asked
    from netspec.sweeping.results import SweepResult
    from netspec.sweeping.sweep import Means
    from netspec.sweeping.variants import Base

ENGINES = ("local", "ray")
MOST = 100_000
"""Variants that a sweep may have unasked; a test holds it to the library's."""
TOP = 20
"""Rows that a terminal shows unasked."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says, option by option."""

    words: tuple[str, ...]
    listed: Path | None
    zipped: bool
    random: int | None
    tune: int | None
    maximize: str | None
    minimize: str | None
    seed: int
    where: str | None
    measure: str
    out: Path | None
    engine: str
    jobs: int | None
    address: str
    batch: int
    threads: int | None
    sort: str
    top: int | None
    pareto: str
    most: int
    dry_run: bool
    report: Path | None
    settings: tuple[str, ...]
    size: str | None


AUTO = "auto"
"""The address of the cluster that Ray finds by itself."""

_folder = OutPath()
_number = click.IntRange(1)
_OPTIONS = (
    click.argument(
        "words", nargs=-1, metavar="SPEC... [K=VALUES]...", shell_complete=complete_specs
    ),
    click.option("-o", "--out", type=_folder, help="The folder of the journal, table and plot."),
    click.option(
        "--where", metavar="COND", help="Keep variants of which this holds: 'params < 20e6'."
    ),
    click.option(
        "--measure",
        default="params,macs",
        show_default=True,
        metavar="NAMES",
        help="params, macs, memory, peak, depth, rf, stride, layers, latency:onnx|torch|keras.",
    ),
    click.option(
        "--list", "listed", type=_folder, metavar="FILE", help="Settings of a .yaml, .jsonl, .csv."
    ),
    click.option("--zip", "zipped", is_flag=True, help="Take the values of keys side by side."),
    click.option("--random", type=_number, metavar="N", help="Draw N variants, none twice."),
    click.option("--tune", type=_number, metavar="N", help="Let Optuna choose N variants."),
    click.option("--maximize", metavar="EXPR", help="What --tune makes large: 'rf / macs'."),
    click.option("--minimize", metavar="EXPR", help="What --tune makes small."),
    click.option(
        "--seed", type=click.IntRange(0), default=0, metavar="N", help="Of --random and --tune; 0."
    ),
    click.option("--engine", type=click.Choice(ENGINES), default="local", help="What measures."),
    click.option("--jobs", type=_number, metavar="N", help="Processes; one a core by default."),
    click.option(
        "--address", default=AUTO, metavar="HOST:PORT", help="The Ray cluster; auto finds it."
    ),
    click.option(
        "--batch", type=_number, default=1, metavar="N", help="Images at once, for latency; 1."
    ),
    click.option("--threads", type=_number, metavar="N", help="Threads, for latency; all cores."),
    click.option("--sort", default="", metavar="NAME", help="A column to sort by: macs, rf:max."),
    click.option(
        "--top", type=_number, metavar="N", help="Rows shown; 20 on a terminal, else all."
    ),
    click.option(
        "--pareto", default="", metavar="X,Y", help="What the plot weighs, such as macs,rf:max."
    ),
    click.option(
        "--most", type=_number, default=MOST, metavar="N", help="Refuse more variants; 100,000."
    ),
    click.option("--dry-run", is_flag=True, help="Say how many variants there are, and stop."),
    click.option(
        "--report", type=_folder, metavar="OUT", help="Table and plot of a journal, nothing run."
    ),
)


def _with_options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(short_help="Vary a spec, and see what each variant costs.")
@_with_options
@setting_options
@json_option
@click.pass_obj
def sweep(state: State, /, **given: Any) -> None:
    """Vary parameters and fields of a spec, and measure every variant.

    \b
      netspec sweep inception_v3 depth_multiplier=0.5,0.75,1 -o runs
      netspec sweep inception_v3 'Mixed_6*/Branch_2/*.filters=96..192/32' input=224x224,299x299 \\
          --where 'params < 20e6 and macs < 4e9' --measure params,macs,rf,latency:onnx -o runs
      netspec sweep my.yaml width=16..256/16 dropout=0.1..0.6 --random 200 -o runs
      netspec sweep inception_v3 depth_multiplier=0.2..1.2 --tune 50 --maximize params \\
          --where 'macs < 3e9' -o runs
      netspec sweep --report runs --pareto macs,params:max

    VALUES are a list, 0.5,0.75,1, or a range, 1..5, 96..192/32 with a step, 0.1..1.0 or
    1e-4..1e-1/log for any number between, which --random and --tune draw. Keys are as for --set;
    `input` is the size of the input. The same command again goes on where a sweep was cut off.
    """
    options = Options(**given)
    _require_sense(options)
    if options.report is not None:
        _report(state, options, options.report)
        return
    asked, means = _asked(state, options)
    _require_columns(options, asked)
    if options.dry_run:
        _dry_run(state, asked)
        return
    result = _run(state, options, asked, means)
    _require_any(result)
    _answer(state, options, result, options.out)


def _require_sense(options: Options) -> None:
    """Refuse an option that would be passed over: `UsageError`."""
    if options.report is not None and options.out is not None:
        raise click.UsageError("--report writes into the folder that it reads: leave -o out")
    if options.address != AUTO and options.engine != "ray":
        raise click.UsageError("--address is of a Ray cluster: add --engine ray")


def _asked(state: State, options: Options) -> tuple[Asked, Means]:
    from netspec.sweeping import lists, sweep
    from netspec.sweeping.axes import from_text
    from netspec.sweeping.engines import usable_cores
    from netspec.sweeping.planning import Choice
    from netspec.sweeping.timing import Timing

    axes = [from_text(word) for word in options.words if "=" in word]
    choice = Choice(
        None if options.listed is None else lists.read(options.listed),
        options.zipped,
        options.random,
        options.tune,
        options.maximize,
        options.minimize,
        options.seed,
    )
    measure = [name.strip() for name in options.measure.split(",")]
    asked = sweep.asked_of(_bases(state, options), axes, choice, options.where, measure)
    timing = Timing(options.batch, options.threads or usable_cores())
    return asked, sweep.means_of(options.engine, options.jobs, options.address, asked, timing)


def _require_columns(options: Options, asked: Asked) -> None:
    """Refuse what rows will not have, before they are made: `SpecError` (NS208)."""
    from netspec.sweeping import objectives

    keys = (axis.key for axis in asked.axes)
    known = (*asked.names, *asked.latencies, *keys)
    if options.sort:
        objectives.parse_all(options.sort, known)
    if options.pareto:
        objectives.require_two(options.pareto, known)


def _bases(state: State, options: Options) -> Mapping[str, Base]:
    """The specs that are named, globs as what they meet. Raises `SpecError`."""
    from netspec.language.settings import plain_of
    from netspec.sweeping.variants import Base

    fixed = plain_of(options.settings)
    names = [word for word in options.words if "=" not in word]
    if not names:
        hint = "netspec sweep inception_v3 depth_multiplier=0.5,1"
        raise SpecError([Diagnostic("NS208", "no SPEC is named to be varied", hints=(hint,))])
    found = {}
    for name in state.named(names):
        found[name] = Base.read(name, fixed, options.size, state.limits)
        state.documents += found[name].documents
    return found


def _run(state: State, options: Options, asked: Asked, means: Means) -> SweepResult:
    from netspec.sweeping.sweep import run

    try:
        with steady_progress() as progress:
            return run(asked, means, options.out, progress, options.most)
    except KeyboardInterrupt:
        if options.out is not None:
            kept = f"what was measured is kept in {options.out}"
            state.complain(f"{kept}: the same command again goes on from there")
        raise


def _require_any(result: SweepResult) -> None:
    """Refuse a sweep of which no variant is a network: `SpecError` (NS653)."""
    if result.faults and sum(result.counts.values()) == len(result.faults):
        message = f"none of {len(result.faults):,} variants could be measured"
        raise SpecError([Diagnostic("NS653", message, hints=tuple(result.notes()[1:]))])


def _dry_run(state: State, asked: Asked) -> None:
    from netspec.sweeping.dry_run import looked_ahead

    ahead = looked_ahead(asked)
    state.answer(ahead.to_json(), str(ahead))


def _report(state: State, options: Options, out: Path) -> None:
    from netspec.sweeping import objectives, reports

    if options.words:
        hint = "netspec sweep --report OUT"
        raise SpecError(
            [Diagnostic("NS208", "--report takes no SPEC and no K=VALUES", hints=(hint,))]
        )
    result = reports.from_folder(out)
    if options.pareto:
        objectives.require_two(options.pareto, result.columns)
    _answer(state, options, result, out)


def _answer(state: State, options: Options, result: SweepResult, out: Path | None) -> None:
    """Write the table and the plot; print rows and what else there is to say."""
    weighed = result.objectives(options.pareto)
    shown = result.sorted(options.sort)
    files = [] if out is None else _written(state, result, out, options)
    top = options.top or (TOP if state.width else None)
    best, *_ = (*shown.rows, None)
    answer = {
        "ok": True,
        **result.to_json(),
        "best": best,
        "pareto": [{"name": each.name, "better": each.way} for each in weighed],
        "front": list(result.front(options.pareto).rows),
        "files": [str(path) for path in files],
    }
    wrote = [f"wrote {', '.join(map(str, files))}"] if files else []
    text = [*([shown.table(top, state.width), ""] if result.rows else []), *result.notes(), *wrote]
    state.answer(answer, "\n".join(text))


def _written(state: State, result: SweepResult, out: Path, options: Options) -> list[Path]:
    from netspec.sweeping import reports
    from netspec.targets import MissingExtra

    files = reports.write_table(result, out)
    try:
        return [*files, *reports.write_plots(result, out, result.objectives(options.pareto))]
    except MissingExtra as missing:
        state.complain(f"note: {missing}")
        return files

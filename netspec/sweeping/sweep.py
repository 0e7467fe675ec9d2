"""`netspec.sweep`: variants of a spec, costed, kept in a journal and compared."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import netspec
from netspec.diagnostics import refusal
from netspec.limits import DEFAULT, Limits
from netspec.reading.document import Plain
from netspec.sweeping import asking, fitting, folder
from netspec.sweeping.asking import DEFAULT_MEASURES, Asked
from netspec.sweeping.axes import Axis, from_values
from netspec.sweeping.engines import Engine, Here, Work, usable_cores
from netspec.sweeping.planning import Choice, axes_of
from netspec.sweeping.points import require_at_most
from netspec.sweeping.pool import Pool
from netspec.sweeping.results import SweepResult
from netspec.sweeping.running import Progress, Run
from netspec.sweeping.timers import LocalTimer, Timer
from netspec.sweeping.timing import Timing
from netspec.sweeping.tuning import Tuned
from netspec.sweeping.variants import Base

ENGINES = ("local", "ray")
MOST = 100_000
"""Variants that a sweep may have unasked."""
WORTH_A_PROCESS = 50
"""Variants for which it pays to start another process."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a sweep is run by."""

    engine: Engine
    timer: Callable[[Work, Sequence[str], Timing], Timer] = LocalTimer
    timing: Timing = field(default_factory=Timing)


def asked_of(
    bases: Mapping[str, Base],
    axes: Sequence[Axis],
    choice: Choice,
    where: str | None,
    measure: Sequence[str],
) -> Asked:
    """What is asked, read and looked through. Raises `SpecError`."""
    asking.require_measures(measure)
    _require_apart(bases, axes)
    spanned = axes if choice.settings is None else axes_of(choice.settings)
    condition = asking.condition(where, spanned) if where else None
    aim = choice.aim(spanned, measure)
    plan = choice.plan(tuple(bases), axes, aim)
    needed = aim.quantity.names if aim else ()
    return Asked(bases, spanned, plan, condition, tuple(dict.fromkeys(measure)), needed)


def _require_apart(bases: Mapping[str, Base], axes: Sequence[Axis]) -> None:
    """Refuse a key that is varied and held fixed, or varied twice: `SpecError` (NS208)."""
    keys = [axis.key for axis in axes]
    fixed = {key for base in bases.values() for key in base.held}
    for place, key in enumerate(keys):
        if key in fixed:
            raise refusal("NS208", f"`{key}` is varied, and held fixed by an option")
        if key in keys[:place]:
            raise refusal(
                "NS208", f"`{key}` is varied twice", f"list all its values: {key}=1,2,4..8"
            )


def run(
    asked: Asked,
    means: Means,
    out: Path | None,
    progress: Progress = lambda *_: None,
    most: int = MOST,
) -> SweepResult:
    """Run a sweep in a folder, or in memory alone. Raises `SpecError` and `MissingExtra`."""
    require_at_most(asked.plan, most)
    fitting.require_fitting(asked)
    with ExitStack() as stack:
        work = Work(asked.bases, asked.names)
        timer = None
        if asked.backends:
            timer = stack.enter_context(closing(means.timer(work, asked.backends, means.timing)))
        versions = timer.versions() if timer else {}
        if out is not None:
            stack.enter_context(folder.opened(out))
            folder.write_about(out, _about(asked, means, versions))
        under_way = stack.enter_context(Run(asked, out, progress))
        if isinstance(asked.plan, Tuned):
            return under_way.finish(under_way.tuned(asked.plan, timer))
        points = asked.plan.points
        under_way.costs(means.engine, points())
        if timer:
            under_way.latencies(timer, points())
        return under_way.finish(points())


def _about(asked: Asked, means: Means, versions: Mapping[str, Any]) -> folder.About:
    """What `sweep.json` says."""
    timing = asdict(means.timing) if asked.backends else None
    return {
        "specs": {name: base.identity for name, base in asked.bases.items()},
        "vary": [axis.written for axis in asked.axes],
        "where": asked.where.text if asked.where else None,
        "measure": list(asked.measure),
        "latency": timing,
        "environment": {
            "netspec": netspec.__version__,
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}",
            "cores": usable_cores(),
            **{name: dict(found) for name, found in versions.items()},
        },
    }


def means_of(engine: str, jobs: int | None, address: str, asked: Asked, timing: Timing) -> Means:
    """What runs a sweep: `local` or `ray`. Raises `SpecError` and `MissingExtra`."""
    if engine not in ENGINES:
        raise refusal(
            "NS208", f"there is no engine `{engine[:40]}`", f"engines: {', '.join(ENGINES)}"
        )
    if engine == "local":
        return Means(local_engine(jobs, asked.plan.count), timing=timing)
    from netspec.sweeping.cluster import Cluster
    from netspec.sweeping.cluster_timers import ClusterTimer

    if isinstance(asked.plan, Tuned):
        raise refusal("NS208", "--tune measures one variant after the other, on this machine alone")
    return Means(Cluster(address), partial(ClusterTimer, address), timing)


def local_engine(jobs: int | None, count: int) -> Engine:
    """This process where that is enough, else several; by default one a core."""
    wanted = jobs or min(usable_cores(), -(-count // WORTH_A_PROCESS))
    return Pool(wanted) if wanted > 1 else Here()


def sweep(
    specs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    vary: Mapping[str, object] | None = None,
    *,
    settings: Sequence[Mapping[str, Plain]] | None = None,
    random: int | None = None,
    tune: int | None = None,
    maximize: str | None = None,
    minimize: str | None = None,
    seed: int = 0,
    where: str | None = None,
    measure: Sequence[str] = DEFAULT_MEASURES,
    out: str | os.PathLike[str] | None = None,
    set: Mapping[str, Plain] | None = None,  # noqa: A002
    input: str | None = None,  # noqa: A002
    limits: Limits = DEFAULT,
    engine: str = "local",
    address: str = "auto",
    jobs: int | None = None,
    batch: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    most: int = MOST,
) -> SweepResult:
    """Measure the variants of specs that these keys and values span.

    `vary` has values by key, a key being a parameter, `Path/of/step.field` with globs, or `input`.
    All combinations are taken, unless `settings` lists them or so many are drawn at `random` or
    by `tune`. With `out` a killed sweep goes on where it was. See docs/sweep.md. Raises `SpecError`
    and `MissingExtra`.
    """
    several = [specs] if isinstance(specs, str | os.PathLike) else list(specs)
    names = [os.fspath(each) for each in several]
    bases = {name: Base.read(name, set, input, limits) for name in names}
    axes = [from_values(key, values) for key, values in (vary or {}).items()]
    choice = Choice(settings, False, random, tune, maximize, minimize, seed)
    asked = asked_of(bases, axes, choice, where, measure)
    timing = Timing(batch, threads or usable_cores())
    means = means_of(engine, jobs, address, asked, timing)
    return run(asked, means, None if out is None else Path(out), progress or _silent, most)


def _silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""

"""Runs the proof: every backend and the reference on the same weights and images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from netspec import targets
from netspec.diagnostics import Diagnostic, SpecError
from netspec.ir.graph import Graph
from netspec.ops.base import Array
from netspec.proof.compare import lifeless, vacuous
from netspec.proof.inputs import images
from netspec.proof.judge import BOUNDS, YARDSTICK, Verdict, judged
from netspec.proof.report import BackendReport, Fault, OutputVerdict, ParityReport, StepVerdict
from netspec.proof.trial import Found, Trial
from netspec.spec import Spec, WeightsSource
from netspec.suggestions import did_you_mean
from netspec.weights.initial import parity_weights

MODES = ("forward",)
IMAGES_AT_MOST = 1024
Progress = Callable[[str, int, int], None]
"""Told what is about to begin, how many parts are done, and how many there are."""


def parity(
    spec: Spec,
    backends: Iterable[str] = tuple(targets.BUNDLED),
    mode: str = "forward",
    dtype: str = "float32",
    *,
    batch: int = 2,
    seed: int = 0,
    weights: WeightsSource | None = None,
    progress: Progress | None = None,
) -> ParityReport:
    """Compare backends with the float64 reference, output by output and step by step.

    Without `weights` they are drawn so that no mistake hides (`parity_weights`). Raises `SpecError`
    for what can't be asked or built, and `MissingExtra`.
    """
    _require_known(mode, dtype, batch)
    graph = spec.graph()
    _require_steps(graph)
    chosen, skipped = _chosen(graph, backends, dtype)
    arrays = parity_weights(graph, seed) if weights is None else spec.fitted(weights)
    trial = Trial(graph, arrays, images(graph, batch, seed), dtype)
    yardstick = _yardstick(graph, chosen, dtype)
    reports = _Run(trial, chosen, yardstick, progress or _silent).reports()
    return ParityReport(
        network=spec.name,
        spec_hash=spec.hash,
        mode=mode,
        dtype=dtype,
        batch=batch,
        seed=seed,
        input={value.name: tuple(value.shape.dims) for value in graph.inputs},
        backends=reports,
        skipped=skipped,
        yardstick=YARDSTICK if yardstick else "",
    )


def _silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def _require_known(mode: str, dtype: str, batch: int) -> None:
    for kind, value, known in (("mode", mode, MODES), ("dtype", dtype, tuple(BOUNDS))):
        if value not in known:
            hints = (*did_you_mean(value, known), f"there is {' and '.join(known)}")
            raise SpecError([Diagnostic("NS208", f"parity has no {kind} `{value}`", hints=hints)])
    if batch < 2:
        message = f"parity takes at least 2 images, not {batch}: one hides mistakes in the batch"
        raise SpecError([Diagnostic("NS208", message)])
    if batch > IMAGES_AT_MOST:
        message = f"parity takes at most {IMAGES_AT_MOST:,} images, not {batch:,}"
        raise SpecError([Diagnostic("NS208", message)])


def _require_steps(graph: Graph) -> None:
    if not graph.nodes:
        message = f"parity has nothing to compare: {graph.name} gives its input as it is"
        hints = ("a `when` may leave out all of its steps; see `netspec show`",)
        raise SpecError([Diagnostic("NS208", message, hints=hints)])


def _chosen(
    graph: Graph, names: Iterable[str], dtype: str
) -> tuple[dict[str, targets.Backend], dict[str, str]]:
    """The backends that take part, and why others don't; refuses before any work is done."""
    wanted = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    found: dict[str, targets.Backend] = {name: targets.backend(name) for name in wanted}
    skipped = {
        name: f"it computes in {' and '.join(sorted(backend.dtypes))}, not in {dtype}"
        for name, backend in found.items()
        if dtype not in backend.dtypes
    }
    chosen = {name: backend for name, backend in found.items() if name not in skipped}
    refusals = [d for backend in chosen.values() for d in backend.unsupported(graph)]
    if not chosen:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped.items())
        refusals = [Diagnostic("NS601", f"no backend to compare: {reasons or 'none was named'}")]
    if refusals:
        raise SpecError(refusals)
    return chosen, skipped


def _yardstick(
    graph: Graph, chosen: Mapping[str, targets.Backend], dtype: str
) -> targets.Backend | None:
    """Torch, whose own float32 error says what the network makes of rounding, if it can be had."""
    if dtype != "float32":
        return None
    try:
        backend: targets.Backend = chosen.get(YARDSTICK) or targets.backend(YARDSTICK)
    except targets.MissingExtra:
        return None
    return None if backend.unsupported(graph) else backend


@dataclass(frozen=True, slots=True)
class _EndToEnd:
    """A backend's comparisons from the images on: of the outputs alone, and of every step."""

    outputs: Found
    steps: Found


@dataclass(frozen=True, slots=True)
class _Run:
    """One proof under way."""

    trial: Trial
    backends: Mapping[str, targets.Backend]
    yardstick: targets.Backend | None
    progress: Progress

    def reports(self) -> dict[str, BackendReport]:
        """Each backend's report, in the order asked for."""
        runs = dict(self.backends)
        if self.yardstick:
            runs.setdefault(YARDSTICK, self.yardstick)
        steps = self.trial.graph.steps
        total = len(runs) + len(steps)
        through: dict[str, _EndToEnd] = {}
        for name, backend in runs.items():
            self.progress(name, len(through), total)
            through[name] = self._through(backend)
        alone: dict[str, Found] = {}
        for path in steps:
            self.progress(path, len(runs) + len(alone), total)
            alone[path] = self.trial.alone(self.backends, path)
        self.progress("", total, total)
        yardstick = through[YARDSTICK] if self.yardstick else None
        return {
            name: self._report(
                backend,
                through[name],
                {path: found[name] for path, found in alone.items()},
                yardstick,
            )
            for name, backend in self.backends.items()
        }

    def _through(self, backend: targets.Backend) -> _EndToEnd:
        graph = self.trial.graph
        return _EndToEnd(
            self.trial.end_to_end(backend, graph.outputs),
            self.trial.end_to_end(backend, graph.steps),
        )

    def _report(
        self,
        backend: targets.Backend,
        found: _EndToEnd,
        alone: Found,
        yardstick: _EndToEnd | None,
    ) -> BackendReport:
        dtype, references = self.trial.dtype, self.trial.values
        outputs = {
            path: OutputVerdict(
                _proving(
                    judged(one, dtype, yardstick.outputs[path] if yardstick else None),
                    references[path],
                ),
                references[path].shape,
            )
            for path, one in found.outputs.items()
        }
        steps = tuple(
            StepVerdict(
                path,
                judged(alone[path], dtype),
                judged(one, dtype, yardstick.steps[path] if yardstick else None),
                lifeless(references[path]),
            )
            for path, one in found.steps.items()
        )
        fault = _first_fault(self.trial.graph, steps)
        return BackendReport(outputs, steps, fault, backend.versions())


def _proving(verdict: Verdict, reference: Array) -> Verdict:
    """The verdict on an output, failed where equality with its reference proves nothing."""
    reason = vacuous(reference)
    if verdict.fault or not reason:
        return verdict
    return Verdict(verdict.error, verdict.limit, f"{reason}, which proves nothing")


def _first_fault(graph: Graph, steps: Sequence[StepVerdict]) -> Fault | None:
    """The first step that errs by itself; if none does, the first behind which errors add up."""
    own = ((step.path, "own", step.own) for step in steps if not step.own.passed)
    accumulated = (
        (step.path, "accumulated", step.accumulated)
        for step in steps
        if not step.accumulated.passed
    )
    found = next(own, None) or next(accumulated, None)
    if found is None:
        return None
    path, by, verdict = found
    span = graph.by_name[path].origin.span
    return Fault(path, span.source.name, span.line, by, verdict)

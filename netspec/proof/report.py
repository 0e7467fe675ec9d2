"""What a proof found, for programs, terminals and notebooks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from netspec.proof.judge import Verdict
from netspec.tables import aligned


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """A step's two errors: its own, fed with the reference's values, and the accumulated one.

    `unproven` says why equality proves nothing here (a dead ReLU, say), if it does not.
    """

    path: str
    own: Verdict
    accumulated: Verdict
    unproven: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first step that goes wrong, where it is written, and which of its errors shows it."""

    path: str
    file: str
    line: int
    by: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class OutputVerdict:
    """A declared output of the network as users build it, without any other endpoint."""

    verdict: Verdict
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BackendReport:
    """One backend against the reference. `first_fault` is missing where no step goes wrong."""

    outputs: Mapping[str, OutputVerdict]
    steps: tuple[StepVerdict, ...]
    first_fault: Fault | None
    versions: Mapping[str, str]

    @property
    def passed(self) -> bool:
        """Whether every output and every step is within its limits."""
        return all(output.verdict.passed for output in self.outputs.values()) and all(
            step.own.passed and step.accumulated.passed for step in self.steps
        )

    @property
    def worst(self) -> tuple[str, Verdict]:
        """The path, and the accumulated error that is greatest against its limit."""
        outputs = [(path, output.verdict) for path, output in self.outputs.items()]
        steps = [(step.path, step.accumulated) for step in self.steps]
        return max((*outputs, *steps), key=lambda found: found[1].excess)


@dataclass(frozen=True, slots=True)
class ParityReport:
    """The proof. True when every backend passed; `skipped` says which can't take part, and why."""

    network: str
    spec_hash: str
    mode: str
    dtype: str
    batch: int
    seed: int
    input: Mapping[str, tuple[int, ...]]
    backends: Mapping[str, BackendReport]
    skipped: Mapping[str, str]
    yardstick: str

    @property
    def passed(self) -> bool:
        """Whether there are backends and all of them passed."""
        return bool(self.backends) and all(found.passed for found in self.backends.values())

    def __bool__(self) -> bool:
        return self.passed

    def to_json(self) -> dict[str, Any]:
        """Plain data; an error that is not a number is null, and `fault` says why."""
        return {
            "passed": self.passed,
            "mode": self.mode,
            "dtype": self.dtype,
            "network": self.network,
            "spec_hash": self.spec_hash,
            "batch": self.batch,
            "seed": self.seed,
            "input": {name: list(shape) for name, shape in self.input.items()},
            "reference": "numpy float64",
            "yardstick": self.yardstick,
            "backends": {name: _backend(found) for name, found in self.backends.items()},
            "skipped": dict(self.skipped),
        }

    def table(self) -> str:
        """The report as text: outputs by backend, the worst steps, verdicts, first faults."""
        rows = list(_rows(self))
        lines = aligned(rows, left=range(len(rows[0])))
        return "\n".join((_title(self), "", *lines, *_notes(self))) + "\n"

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in _rows(self))
        table = "".join(f"<tr>{row}</tr>" for row in rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in _notes(self))
        return f"<p>{escape(_title(self))}</p><table>{table}</table>{notes}"


def _backend(found: BackendReport) -> dict[str, Any]:
    path, verdict = found.worst
    fault = found.first_fault
    return {
        "passed": found.passed,
        "outputs": {
            name: {**_verdict(output.verdict), "shape": list(output.shape)}
            for name, output in found.outputs.items()
        },
        "worst": {"path": path, **_verdict(verdict)},
        "first_fault": fault
        and {
            "path": fault.path,
            "file": fault.file,
            "line": fault.line,
            "by": fault.by,
            **_verdict(fault.verdict),
        },
        "steps": [
            {
                "path": step.path,
                "own": _number(step.own.error),
                "accumulated": _number(step.accumulated.error),
                **({"unproven": step.unproven} if step.unproven else {}),
            }
            for step in found.steps
        ],
        "versions": dict(found.versions),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    plain = {"error": _number(verdict.error), "limit": verdict.limit}
    return {**plain, "fault": verdict.fault} if verdict.fault else plain


def _number(error: float) -> float | None:
    return float(error) if math.isfinite(error) else None


def _title(report: ParityReport) -> str:
    sizes = " and ".join("x".join(map(str, shape)) for shape in report.input.values())
    return (
        f"{report.network}: {report.mode} in {report.dtype}, {report.batch} images of {sizes},"
        f" seed {report.seed}; error = max|a - ref| / max|ref|, ref in numpy float64"
    )


def _rows(report: ParityReport) -> Iterator[tuple[str, ...]]:
    backends = report.backends.values()
    yield "", "shape", *report.backends
    for path, output in next(iter(backends)).outputs.items():
        shape = "x".join(map(str, output.shape))
        yield path, shape, *(_cell(found.outputs[path].verdict) for found in backends)
    steps = str(len(next(iter(backends)).steps))
    worst = [max((s.accumulated for s in b.steps), key=lambda v: v.excess) for b in backends]
    yield f"worst of {steps} steps", "", *map(_cell, worst)
    worst = [max((s.own for s in b.steps), key=lambda v: v.excess) for b in backends]
    yield "worst step alone", "", *map(_cell, worst)
    yield "", "", *("passed" if found.passed else "FAILED" for found in backends)


def _cell(verdict: Verdict) -> str:
    text = f"{verdict.error:.1e}" if math.isfinite(verdict.error) else "none"
    return text if verdict.passed else f"{text} !"


def _notes(report: ParityReport) -> Iterator[str]:
    for name, found in report.backends.items():
        for path, output in found.outputs.items():
            if output.verdict.fault:
                yield f"{name}: output {path} {output.verdict.fault}"
        if fault := found.first_fault:
            error = fault.verdict.fault or (
                f"has an error of {fault.verdict.error:.1e}, over {fault.verdict.limit:.1e}"
            )
            place = f"{fault.file}:{fault.line}"
            yield f"{name}: goes wrong first at {fault.path} ({place}), which {error} ({fault.by})"
    if unproven := sorted(
        {s.path for b in report.backends.values() for s in b.steps if s.unproven}
    ):
        yield f"nothing is proven at {', '.join(unproven)}: the reference is the same everywhere"
    yield from (f"{name} is left out: {reason}" for name, reason in report.skipped.items())
    if not report.yardstick and report.dtype == "float32":
        yield "torch is not there to measure float32's own error: the absolute bound alone holds"

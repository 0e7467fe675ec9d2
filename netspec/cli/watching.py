"""The command that looks at a spec again each time it is saved."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netspec.cli.options import OutPath, json_option, setting_options, spec_argument
from netspec.cli.state import State
from netspec.diagnostics import SpecError

if TYPE_CHECKING:
    from netspec.comparing.difference import Difference
    from netspec.spec import Spec

FIGURES = ("params", "macs", "memory", "peak", "rf")
LINES_SHOWN = 24
"""Of what has changed; `netspec diff` tells all."""


def _svg(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """The path, which is not called as another kind of picture is."""
    if value is not None and value.suffix.lower() != ".svg":
        raise click.BadParameter(f"the picture is an SVG, as {value} does not say: end it in .svg")
    return value


@click.command(short_help="Look at a spec again each time it is saved.")
@spec_argument
@click.option(
    "--against",
    metavar="SPEC",
    help="Compare with this spec each time, in place of what was saved before.",
)
@click.option("-o", "--out", type=OutPath(), callback=_svg, help="An SVG to draw anew each time.")
@setting_options
@json_option
@click.pass_obj
def watch(
    state: State,
    spec: str,
    against: str | None,
    out: Path | None,
    settings: tuple[str, ...],
    size: str | None,
) -> None:
    """Look at a spec again each time it, or what it extends, is saved.

    \b
      netspec watch my.yaml
      netspec watch my.yaml --against inception_v3
      netspec watch my.yaml -o my.svg

    Prints every mistake with its place; or the costs, and what has changed since the spec was last
    right. The picture marks the same changes. With --json each look is an object on a line of its
    own. Ctrl-C ends it.
    """
    from netspec.reading import paths
    from netspec.watching import await_change, marks

    base = state.load(against, settings, size) if against else None
    file = _edited(spec)
    if not paths.is_file(file):
        state.load(spec, settings, size)  # which says why it can't be read
    last, files = base, {file}
    while True:
        seen, found = marks(files), _load(state, spec, settings, size)
        more = _read(state, found) - files
        if more:  # look again, so that no change of them is missed
            files |= more
            continue
        if isinstance(found, SpecError):
            _refuse(state, spec, found)
        else:
            _draw(state, found, last, out)
            _tell(state, spec, found, last)
            last = base or found
        await_change(seen)


def _load(state: State, spec: str, settings: tuple[str, ...], size: str | None) -> Spec | SpecError:
    """The spec as it is now, or what is wrong with it."""
    state.documents.clear()
    try:
        return state.load(spec, settings, size)
    except SpecError as error:
        return error


def _read(state: State, found: Spec | SpecError) -> set[str]:
    """The files that were read, and that were to be."""
    files = {document.source.name for document in state.documents}
    if isinstance(found, SpecError):
        files |= {each.span.source.name for each in found.diagnostics if each.span}
    return files


def _edited(spec: str) -> str:
    """The file that is meant. Refuses a spec that comes with netspec, which nobody edits."""
    from netspec import bundled

    file = bundled.find(spec)
    if file in bundled.specs().values():
        message = f"{spec} comes with netspec and does not change: netspec new my --from {spec}"
        raise click.UsageError(message)
    return str(file)


def _refuse(state: State, source: str, error: SpecError) -> None:
    state.complain(f"{_now()} {source}:")
    state.report(error.diagnostics)
    state.failure(error.diagnostics)


def _tell(state: State, source: str, found: Spec, last: Spec | None) -> None:
    """What the spec costs, and what has changed since the last look."""
    from netspec.amounts import rounded
    from netspec.measures import measures

    figures = measures(found.graph(), FIGURES)
    difference = last.diff(found) if last and last.hash != found.hash else None
    answer = {"ok": True, "name": found.name, "spec_hash": found.hash, "figures": figures}
    plain = {**answer, "diff": difference.to_json() if difference else None}
    told = f"{figures['params']:,} parameters, {rounded(figures['macs'])} MACs"
    changes = [*_changes(difference)] if difference else []
    state.answer(plain, "\n".join((f"{_now()} {source}: ok, {told}", *changes)))


def _changes(difference: Difference) -> Iterator[str]:
    """The figures that are others now, and what made them so."""
    from netspec.comparing.sections import Telling
    from netspec.comparing.totals import total_rows

    for title, before, after, change in total_rows(difference):
        if change:
            yield f"  {title} {before} → {after} ({change})"
    told = [line.text for _, body in Telling(difference).sections() for line in body]
    yield from told[:LINES_SHOWN]
    if len(told) > LINES_SHOWN:
        yield f"  … and {len(told) - LINES_SHOWN:,} lines more: netspec diff tells all"


def _draw(state: State, found: Spec, last: Spec | None, out: Path | None) -> None:
    """The picture anew, with what has changed marked in it; one that is too large is told."""
    from netspec.writing import require_apart, write_text

    if out is None:
        return
    require_apart(out, [document.source.name for document in state.documents])
    try:
        picture = found.svg(against=last if last and last.hash != found.hash else None)
    except SpecError as error:  # the next save may make it smaller
        state.report(error.diagnostics)
    else:
        write_text(out, picture)


def _now() -> str:
    return time.strftime("%H:%M:%S")

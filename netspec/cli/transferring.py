"""The command that carries weights to an edited spec: weights transfer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from netspec.cli.options import (
    OutPath,
    complete_specs,
    json_option,
    setting_options,
    side_options,
)
from netspec.cli.progress import spinner
from netspec.cli.sides import names_of, sides_of
from netspec.cli.state import State

if TYPE_CHECKING:
    from netspec.spec import Spec
    from netspec.transfer.plan import Plan


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--from", "a", required=True, shell_complete=complete_specs, help="A, whose weights FILE has."
)
@click.option("--to", "b", shell_complete=complete_specs, help="B, which is to have them.")
@click.option("-o", "--out", type=OutPath(), help="Where to write; without it none is.")
@click.option("--plan", "only_plan", is_flag=True, help="Tell what would be done, write nothing.")
@click.option("--strict", is_flag=True, help="Write only if every tensor is kept, none is unused.")
@click.option(
    "--new-inputs",
    type=click.Choice(("zero", "fresh")),
    default="zero",
    help="What kernels have for inputs that A has not: zero keeps what A computes.",
)
@click.option("--fresh", multiple=True, metavar="GLOB", help="Draw these tensors anew. Repeatable.")
@click.option(
    "--slice",
    "sliced",
    multiple=True,
    metavar="GLOB",
    help="Cut these where a rule would draw them anew. Repeatable.",
)
@click.option("--seed", type=int, default=0, help="Of what is drawn anew.")
@setting_options
@side_options("a")
@side_options("b")
@json_option
@click.pass_obj
def transfer(
    state: State,
    file: Path,
    a: str,
    b: str | None,
    out: Path | None,
    only_plan: bool,
    strict: bool,
    new_inputs: str,
    fresh: tuple[str, ...],
    sliced: tuple[str, ...],
    seed: int,
    settings: tuple[str, ...],
    size: str | None,
    settings_a: tuple[str, ...],
    size_a: str | None,
    settings_b: tuple[str, ...],
    size_b: str | None,
) -> int:
    """Carry weights from a spec to its edited version.

    \b
      netspec weights transfer v3.safetensors --from inception_v3 --to mine.yaml
      netspec weights transfer v3.safetensors --from inception_v3 --to mine.yaml -o mine.safetensors
      netspec weights transfer v3.safetensors --from inception_v3 --set num_classes=10 \\
        -o ten.safetensors
      netspec weights transfer a.safetensors --from a.yaml --to b.yaml --strict -o b.safetensors

    Steps are paired by path and structure, as `netspec diff` does. Each tensor of B is kept, cut
    out of A's by what its channels mean, or drawn anew; the plan tells of each, and why. Without -o
    nothing is written. GLOB means tensors or steps, such as 'Logits' or 'Mixed_*/*/*/kernel'.

    Exit status 1 says that --strict was asked for and not everything is kept.
    """
    from netspec.transfer.plan import plan
    from netspec.transfer.report import Report
    from netspec.transfer.rules import Wishes
    from netspec.writing import require_apart, require_folder

    sides = sides_of(a, b, (settings, size), (settings_a, size_a), (settings_b, size_b))
    one, other = (state.load(*side) for side in sides)
    if out is not None:
        require_folder(out)
        documents = (*one.documents, *other.documents)
        require_apart(out, [file, *(document.source.name for document in documents)])
    wishes = Wishes(fresh, sliced, new_inputs, seed)
    found = plan(one, other, wishes)
    report = Report(found, str(file), names_of(sides))
    refused = strict and not report.strict
    written = None if out is None or only_plan or refused else out
    with spinner(f"reading {file}"):
        _carry(one, other, file, found, written)
    answer = {**report.to_json(), "spec_hash": other.hash, "out": written and str(written)}
    state.answer(answer, f"{report.table()}\n{_verdict(written, refused)}")
    return 1 if refused else 0


def _carry(a: Spec, b: Spec, file: Path, found: Plan, out: Path | None) -> None:
    """Write B's weights; without a place for them, see that the file has A's."""
    from netspec.weights import fitting, store

    if out is None:
        fitting.require_fit(a.graph(), store.listing(file), str(file))
        return
    made = found.applied(a.fitted(file))
    store.save(out, fitting.checked(b.graph(), made), b.hash)


def _verdict(written: Path | None, refused: bool) -> str:
    if refused:
        return "not everything is kept, as --strict asks; nothing was written"
    return f"wrote {written}" if written else "nothing was written: this is the plan"

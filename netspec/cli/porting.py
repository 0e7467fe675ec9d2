"""Commands that move weights: weights import, export, transfer, show, diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.matching import beside_option
from netspec.cli.options import json_option, out_option, setting_options
from netspec.cli.progress import spinner
from netspec.cli.state import State
from netspec.cli.transferring import transfer

if TYPE_CHECKING:
    from netspec.spec import Spec
    from netspec.weights.formats import Format
    from netspec.weights.naming import NameMap
    from netspec.weights.porting import Leave
    from netspec.weights.report import NotPorted, Report

FORMATS = "slim|keras|torchvision|timm"
MODEL = "onnx"
"""The format that is matched by structure."""
_file = click.argument("file", type=click.Path(path_type=Path))
_spec = click.option("--spec", required=True, help="The spec that the weights are of.")
_names = click.option(
    "--names",
    type=click.Path(path_type=Path),
    help="A name map, in place of the bundled one of the spec.",
)


@click.group()
def weights() -> None:
    """Move weights between frameworks, and look at them.

    \b
      netspec weights import inception_v3.ckpt --from slim --spec inception_v3 -o v3.safetensors
      netspec weights export v3.safetensors --spec inception_v3 --to keras -o v3.weights.h5
      netspec weights transfer v3.safetensors --from inception_v3 --to mine.yaml -o mine.safetensors
      netspec weights show v3.safetensors
      netspec weights diff v3.safetensors other.safetensors
    """


weights.add_command(transfer)


@weights.command("import")
@_file
@click.option(
    "--from", "source", required=True, metavar=f"{FORMATS}|{MODEL}", help="Whose file it is."
)
@_spec
@out_option
@click.option(
    "--drop", multiple=True, metavar="GLOB", help="Leave out these tensors of the file. Repeatable."
)
@click.option(
    "--drop-class",
    type=click.IntRange(0),
    metavar="N",
    help="Leave out a class where the file has one more; 0 is TF-slim's background.",
)
@_names
@beside_option
@setting_options
@json_option
@click.pass_obj
def import_(
    state: State,
    file: Path,
    source: str,
    spec: str,
    out: Path,
    drop: tuple[str, ...],
    drop_class: int | None,
    names: Path | None,
    beside: bool,
    settings: tuple[str, ...],
    size: str | None,
) -> int:
    """Read another framework's weights into netspec's own file.

    \b
      netspec weights import inception_v3.ckpt --from slim --spec inception_v3 \\
        --drop-class 0 -o v3.safetensors
      netspec weights import model.keras --from keras --spec inception_v3.keras -o v3.safetensors
      netspec weights import v3.pth --from torchvision --spec inception_v3.torchvision \\
        -o v3.safetensors
      netspec weights import v3.onnx --from onnx --spec inception_v3 -o v3.safetensors

    The report tells what became of every tensor. Tensors are found by name, and their shapes must
    be those of the spec: all are placed, or none. FILE is a TensorFlow checkpoint of either version
    (of the second by its prefix), .weights.h5, .h5, .keras, .pth or .safetensors; it is recognised
    by its content, and nothing in it is ever run. An ONNX file is matched by its structure, not by
    names (see `netspec match`).
    """
    from netspec.weights import store
    from netspec.weights.porting import Leave
    from netspec.weights.report import NotPorted
    from netspec.writing import require_apart, require_folder

    found = state.load(spec, settings, size)
    require_folder(out)
    require_apart(out, _files_read(found, file, names))
    try:
        with spinner(f"reading {file}"):
            if source == MODEL:
                _require_no_names(drop, drop_class, names)
                arrays, report = _of_model(found, file, beside)
            else:
                leave = Leave(drop, drop_class)
                arrays, report = _of_format(found, file, source, names, leave)
    except NotPorted as error:
        return _refused(state, error)
    store.save(out, arrays, found.hash)
    answer = {**report.to_json(), "spec_hash": found.hash, "out": str(out)}
    state.answer(answer, f"{report.table()}\nwrote {out}")
    return 0


@weights.command()
@_file
@_spec
@click.option(
    "--to", "target", required=True, metavar=f"{FORMATS}|{MODEL}", help="Whose file to write."
)
@out_option
@_names
@setting_options
@json_option
@click.pass_obj
def export(
    state: State,
    file: Path,
    spec: str,
    target: str,
    out: Path,
    names: Path | None,
    settings: tuple[str, ...],
    size: str | None,
) -> int:
    """Write weights as another framework's own network loads them.

    \b
      netspec weights export v3.safetensors --spec inception_v3.torchvision --to torchvision \\
        -o v3.pth
      netspec weights export v3.safetensors --spec inception_v3 --to keras -o v3.weights.h5
      netspec weights export v3.safetensors --spec inception_v3 --to slim -o v3.ckpt
      netspec weights export v3.safetensors --spec inception_v3 --to onnx -o v3.onnx

    FILE is netspec's own. torchvision and timm: .pth, or .safetensors by the name of OUT; keras:
    .weights.h5; slim: a checkpoint of version 2; onnx: the whole model, as `netspec build` writes
    it. What was imported comes out bit for bit.
    """
    from netspec.weights.report import NotPorted
    from netspec.writing import require_apart, require_folder

    found = state.load(spec, settings, size)
    require_folder(out)
    require_apart(out, _files_read(found, file, names))
    try:
        with spinner(f"writing {out}"):
            if target == MODEL:
                _require_no_names((), None, names)
                written, report = _to_model(found, file, out)
            else:
                written, report = _to_format(found, file, target, names, out)
    except NotPorted as error:
        return _refused(state, error)
    answer = {**report.to_json(), "files": [str(path) for path in written]}
    lines = (f"wrote {path}" for path in written)
    state.answer(answer, "\n".join((report.table(), *lines)))
    return 0


def _to_model(spec: Spec, file: Path, out: Path) -> tuple[tuple[Path, ...], Report]:
    """The model with these weights, whose initialisers have the canonical names."""
    from netspec.weights.report import Report, Row

    arrays = spec.fitted(file)
    written = spec.write(MODEL, out, weights=arrays)
    rows = (Row("placed", name, name, value.shape) for name, value in arrays.items())
    return written, Report(MODEL, str(out), tuple(rows))


def _to_format(
    spec: Spec, file: Path, target: str, names: Path | None, out: Path
) -> tuple[tuple[Path, ...], Report]:
    from netspec.weights import formats, porting

    form = formats.named(target)
    map_of_names = _names_of(spec, form, names)
    arrays, report = porting.export_weights(spec, spec.fitted(file), form, map_of_names, str(out))
    return porting.write(out, arrays, form, map_of_names), report


def _of_model(spec: Spec, file: Path, beside: bool) -> tuple[Any, Report]:
    from netspec.matching.importing import import_model

    return import_model(spec, file, beside=beside)


def _files_read(spec: Spec, file: Path, names: Path | None) -> tuple[str, ...]:
    """What a port reads, and so may not write over."""
    read = (file, names) if names else (file,)
    return (*map(str, read), *(document.source.name for document in spec.documents))


def _require_no_names(drop: tuple[str, ...], drop_class: int | None, names: Path | None) -> None:
    if drop or drop_class is not None or names:
        raise click.UsageError(f"{MODEL} goes by structure: --drop and --names are of names")


def _of_format(
    spec: Spec, file: Path, source: str, names: Path | None, leave: Leave
) -> tuple[Any, Report]:
    from netspec.weights import formats, porting

    form = formats.named(source)
    return porting.import_weights(spec, file, form, _names_of(spec, form, names), leave)


def _names_of(spec: Spec, form: Format, names: Path | None) -> NameMap:
    from netspec.weights import naming, porting

    return naming.read(names, form) if names else porting.names_for(spec.documents, form)


def _refused(state: State, error: NotPorted) -> int:
    """Every diagnostic, and in JSON what became of every tensor."""
    state.report(error.diagnostics)
    if state.json:
        plain: list[dict[str, Any]] = [state.plain(d) for d in error.diagnostics]
        state.answer({**error.report.to_json(), "diagnostics": plain}, "")
    return 2


@weights.command()
@_file
@json_option
@click.pass_obj
def show(state: State, file: Path) -> None:
    """Show every tensor of a file with its numbers' range, mean and deviation.

    \b
      netspec weights show v3.safetensors
      netspec weights show model.keras
      netspec weights show inception_v3.ckpt --json

    FILE is of any format that `import` reads.
    """
    from netspec.weights import isolation
    from netspec.weights.statistics import statistics, statistics_table

    contents = isolation.read(file, None, isolation.NUMBERS)
    rows = [
        statistics(name, described, contents.arrays.get(name))
        for name, described in contents.listed.items()
    ]
    totals = {"tensors": len(rows), "numbers": sum(row.count for row in rows)}
    answer = {"kind": contents.kind, "totals": totals, "tensors": [r.to_json() for r in rows]}
    state.answer(answer, statistics_table(rows, contents.kind))


@weights.command()
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def diff(state: State, a: Path, b: Path) -> int:
    """Tell which tensors of two files differ, and by how much.

    \b
      netspec weights diff before.safetensors after.safetensors
      netspec weights diff v3.pth v3_again.pth --json

    Exit status 0 says that they are equal bit for bit, 1 that they are not. The error of a tensor
    is max|a - b| / max|a|.
    """
    from netspec.weights import isolation
    from netspec.weights.statistics import differences

    one, other = (isolation.read(path, None, isolation.NUMBERS) for path in (a, b))
    removed = [name for name in one.listed if name not in other.listed]
    added = [name for name in other.listed if name not in one.listed]
    changed = sorted(
        differences((one.listed, other.listed), (one.arrays, other.arrays)), key=lambda d: d.name
    )
    equal = not (removed or added or changed)
    lines = [f"removed  {name}" for name in removed] + [f"added    {name}" for name in added]
    lines += map(str, changed)
    same = len(one.listed) - len(removed) - len(changed)
    counts = f"{len(changed):,} differ, {len(removed):,} removed, {len(added):,} added"
    lines.append(f"{same:,} equal, {counts}")
    plain = {"equal": equal, "removed": removed, "added": added}
    state.answer({**plain, "changed": [d.to_json() for d in changed]}, "\n".join(lines))
    return 0 if equal else 1

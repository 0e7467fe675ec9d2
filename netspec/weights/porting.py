"""Weights from other frameworks' files, and to them: all of them by name, or none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec import bundled, targets
from netspec.diagnostics import Diagnostic, SpecError
from netspec.reading.document import Document
from netspec.reading.files import printable_name
from netspec.spec import Spec
from netspec.weights import fitting, isolation, naming
from netspec.weights.formats import FORMATS, Format
from netspec.weights.naming import NameMap
from netspec.weights.numbering import renumbered
from netspec.weights.plan import Tensor, tensors
from netspec.weights.report import NotPorted, Report, Row

Array = NDArray[Any]
Weights = dict[str, NDArray[np.float32]]
ONE_MORE = "a class more than the spec's"
AS_ASKED = "as asked"


@dataclass(frozen=True, slots=True)
class Leave:
    """What is left out of a file on purpose: tensors by globs, and one class of the classifiers."""

    globs: tuple[str, ...] = ()
    drop_class: int | None = None


def names_for(documents: Sequence[Document], form: Format) -> NameMap:
    """The map of a spec, or of the nearest bundled one that it extends. `SpecError` (NS621)."""
    folder = bundled.names_folder()
    for stem in _stems(documents):
        path = folder / f"{stem}.{form.name}.yaml"
        if path.is_file():
            return naming.read(path, form)
    has = sorted(path.stem for path in folder.glob(f"*.{form.name}.yaml"))
    spec = documents[0].source.name
    message = f"nothing tells what {form.title} calls the weights of {spec}"
    hints = (
        f"there are maps for {', '.join(each.rpartition('.')[0] for each in has)}",
        "a spec that extends one of these uses its map; --names FILE takes another",
    )
    raise SpecError([Diagnostic("NS621", message, hints=hints)])


def _stems(documents: Sequence[Document]) -> Iterator[str]:
    """What a map may be called after: bundled specs, and the base by which a dialect is named."""
    known = set(bundled.specs().values())
    for document in documents:
        path = Path(document.source.name)
        if path in known:
            yield path.stem
            yield path.stem.partition(".")[0]


def import_weights(
    spec: Spec, path: str | os.PathLike[str], form: Format, names: NameMap, leave: Leave
) -> tuple[Weights, Report]:
    """The spec's weights from a file of another framework, and what became of every tensor.

    Raises `SpecError`: NS604 for a file that can't be read, NS605 where not all of it fits.
    """
    graph = spec.graph()
    plan, notes = _plan_of(spec, path, form, names)
    wanted = {t.stored: _shapes(t, leave) for t in plan if t.stored}
    contents = isolation.read(path, wanted, isolation.TYPES)
    placed = [_placed(tensor, contents, leave) for tensor in plan]
    rows = [row for row, _ in placed]
    rows += _others(contents.listed, wanted, form, leave)
    other = _own_dialect(spec, form)
    report = Report(form.name, printable_name(path), tuple(rows), (*notes, *other))
    report.require_ok((*_hints(report, form), *other))
    _require_all_leave_out(leave.globs, wanted, report)
    if leave.drop_class is not None and "cut" not in report.counts:
        message = "no tensor has a class more than the spec's, so that none can be left out"
        raise NotPorted(Diagnostic("NS605", message), report)
    weights = {row.name: array for row, array in placed if array is not None and row.name}
    return fitting.checked(graph, weights), report


def _require_all_leave_out(globs: Sequence[str], wanted: isolation.Shapes, report: Report) -> None:
    """Refuse a glob that leaves nothing out: its tensor is misspelt, or is the spec's own."""
    left = [row.stored for row in report.rows if row.note == AS_ASKED]
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in left):
            message = f"`--drop {printable_name(glob)[:80]}` leaves nothing out"
            own = any(fnmatchcase(name, glob) for name in wanted)
            hint = "the spec has this tensor, and needs it" if own else "no tensor is called so"
            raise NotPorted(Diagnostic("NS605", message, hints=(hint,)), report)


def _own_dialect(spec: Spec, form: Format) -> tuple[str, ...]:
    """A word on the bundled spec that is the format's own network, where it is another."""
    stems = list(_stems(spec.documents))
    own = [f"{stem}.{form.name}" for stem in stems if f"{stem}.{form.name}" in bundled.specs()]
    if not own or own[0] in stems:
        return ()
    return (f"{own[0]} is the network of {form.title}'s weights; {stems[0]} may compute others",)


def _plan_of(
    spec: Spec, path: str | os.PathLike[str], form: Format, names: NameMap
) -> tuple[tuple[Tensor, ...], tuple[str, ...]]:
    """What the file is to hold; where layers are numbered, it is asked first where they begin."""
    plan = tensors(spec.graph(), names, form)
    if not names.numbered:
        return plan, ()
    return renumbered(plan, isolation.read(path, {}, ()).listed, names.numbered)


def _shapes(tensor: Tensor, leave: Leave) -> list[tuple[int, ...]]:
    shapes = [tensor.stored_shape]
    if leave.drop_class is not None:
        shapes.append(_with_class_more(tensor).stored_shape)
    return shapes


def _with_class_more(tensor: Tensor) -> Tensor:
    return tensor.of_classes(tensor.full[-1] + 1)


def _placed(tensor: Tensor, contents: isolation.Contents, leave: Leave) -> tuple[Row, Array | None]:
    """What becomes of one tensor of the spec, and its values where it has some."""
    name, stored, shape = tensor.name, tensor.stored, tensor.shape
    if not stored and tensor.ones:
        row = Row("synthesised", name, "", shape, note="the batch norm has no gamma there: 1")
        return row, np.ones(shape, np.float32)
    found = contents.listed.get(stored)
    if found is None:
        if not name:  # the file may leave out what the spec does not have
            return Row("unused", "", stored, note="not in the file, and not needed"), None
        note = "" if stored else "the map has no name for it"
        return Row("missing", name, stored, shape, note=note), None
    if found.dtype not in isolation.TYPES:
        return Row("mistyped", name, stored, shape, found.shape, f"it is {found.dtype}"), None
    if stored not in contents.arrays:
        more = bool(name) and found.shape == _with_class_more(tensor).stored_shape
        note = ONE_MORE if more else f"{list(tensor.stored_shape)} is expected"
        return Row("misshapen", name, stored, shape, found.shape, note), None
    return _with_values(tensor, contents.arrays[stored], leave)


def _with_values(tensor: Tensor, array: Array, leave: Leave) -> tuple[Row, Array | None]:
    name, stored, shape = tensor.name, tensor.stored, tensor.shape
    if tensor.ones and not name:
        ones = bool((array == 1).all())
        note = "a gamma of ones" if ones else "the spec's batch norm has no gamma (scale: false)"
        return Row("dropped" if ones else "refused", name, stored, None, array.shape, note), None
    if array.shape == tensor.stored_shape:
        row = Row(tensor.change, name, stored, shape, array.shape, _layout_note(tensor))
        return row, tensor.from_file(array)
    more = _with_class_more(tensor)
    assert leave.drop_class is not None
    if not 0 <= leave.drop_class < more.full[-1]:
        return Row("refused", name, stored, shape, array.shape, "there is no such class"), None
    kept = np.delete(more.from_file(array), leave.drop_class, axis=-1)
    return Row("cut", name, stored, shape, array.shape, f"without class {leave.drop_class}"), kept


def _layout_note(tensor: Tensor) -> str:
    return tensor.layout.name if tensor.layout and tensor.change != "placed" else ""


def _others(
    listed: Mapping[str, fitting.Described], wanted: isolation.Shapes, form: Format, leave: Leave
) -> Iterator[Row]:
    """The tensors that only the file has."""
    for stored, (_, shape) in listed.items():
        if stored in wanted:
            continue
        if any(fnmatchcase(stored, glob) for glob in leave.globs):
            yield Row("dropped", "", stored, None, shape, AS_ASKED)
        elif form.ignores(stored):
            yield Row("unused", "", stored, None, shape)
        else:
            yield Row("unknown", "", stored, None, shape)


def _hints(report: Report, form: Format) -> Iterator[str]:
    fates = report.counts
    unknown = [row.stored for row in report.rows if row.fate == "unknown"]
    for glob, told in form.telling.items():
        if any(fnmatchcase(stored, glob) for stored in unknown):
            yield told
    if unknown:
        yield "what is left out on purpose is named: --drop 'GLOB'"
    if "mistyped" in fates:
        types = " and ".join(isolation.TYPES)
        yield f"{types} are taken; convert others first, knowing what that loses"
    if any(row.note == ONE_MORE for row in report.rows):
        yield (
            "--drop-class 0 leaves out a first class, TF-slim's background; --set num_classes=N"
            " keeps all"
        )
    if any(row.fate == "refused" and "gamma" in row.note for row in report.rows):
        yield "take a spec whose batch norms have `scale: true`"


def export_weights(
    spec: Spec, weights: Weights, form: Format, names: NameMap, file: str
) -> tuple[dict[str, Array], Report]:
    """A file's tensors by name, in the order of the network, and what became of each.

    Raises `SpecError` (NS605) where the format can't hold them all.
    """
    found: dict[str, Array] = {}
    rows = []
    for tensor in tensors(spec.graph(), names, form):
        row = _told(tensor, weights)
        rows.append(row)
        if tensor.stored:
            ones = np.ones(tensor.stored_shape, np.float32)
            found[tensor.stored] = tensor.to_file(weights[tensor.name]) if tensor.name else ones
    report = Report(form.name, file, tuple(rows))
    report.require_ok(())
    return found, report


def write(out: Path, arrays: Mapping[str, Array], form: Format, names: NameMap) -> tuple[Path, ...]:
    """Write a format's file, whole or not at all; gives the files written.

    Raises `SpecError` (NS606) and `MissingExtra`.
    """
    kinds = [kind for ending, kind in form.writers.items() if out.name.endswith(ending)]
    if not kinds:
        endings = " or ".join(form.writers)
        message = (
            f"{printable_name(out)} can't be written: {form.title} reads files called {endings}"
        )
        raise SpecError([Diagnostic("NS606", message)])
    written: tuple[Path, ...] = targets.writer(kinds[0])(out, arrays, names.saved)
    return written


def _told(tensor: Tensor, weights: Mapping[str, Array]) -> Row:
    name, stored, shape = tensor.name, tensor.stored, tensor.shape
    if not name:
        note = "the spec's batch norm has no gamma: 1"
        return Row("synthesised", "", stored, None, tensor.stored_shape, note)
    if stored:
        return Row(tensor.change, name, stored, shape, tensor.stored_shape, _layout_note(tensor))
    if not tensor.ones:
        return Row("missing", name, "", shape, note="the map has no name for it")
    if (weights[name] == 1).all():
        return Row("dropped", name, "", shape, note="a gamma of ones")
    return Row("refused", name, "", shape, note="the format has no gamma, and this one is not 1")


__all__ = ["FORMATS", "Leave", "export_weights", "import_weights", "names_for"]

"""The command that writes a first spec to edit: new."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from netspec.cli.options import complete_specs, json_option
from netspec.cli.state import State
from netspec.diagnostics import Diagnostic, SpecError
from netspec.reading import paths

SUFFIX = ".yaml"
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9_-])?")
_ALLOWED = "a name begins with a letter and has letters, digits, `_`, `-` and `.`, 100 at most"


@click.command(short_help="Write a first spec to edit.")
@click.argument("name")
@click.option(
    "--from", "base", metavar="SPEC", shell_complete=complete_specs, help="What it is a variant of."
)
@json_option
@click.pass_obj
def new(state: State, name: str, base: str | None) -> None:
    """Write a first spec to edit, with the line that tells editors its schema.

    \b
      netspec new narrow --from inception_v3
      netspec new nets/narrow --from nets/base.yaml
      netspec new tiny

    Writes NAME.yaml: an overlay on SPEC, with examples made of its parameters and steps, or a small
    network of its own. Beside it stands netspec.schema.json, which is written where there is none.
    Nothing is written over.
    """
    from netspec import writing

    target = _target(name)
    writing.require_free(target)
    writing.require_folder(target)
    text, extends = _network(target) if base is None else _overlay(state, target, base)
    files = _write(target, text)
    listed = [{"path": str(path), "bytes": path.stat().st_size} for path in files]
    answer: dict[str, Any] = {"ok": True, "extends": extends, "files": listed}
    wrote = "\n".join(f"wrote {path}" for path in files)
    state.answer(answer, f"{wrote}\nedit it, then: netspec check {target}")


def _target(name: str) -> Path:
    """The file that is meant. Raises `SpecError` (NS606) for a name that is none for a spec."""
    from netspec import bundled
    from netspec.language.names import check_name
    from netspec.starting import network_name

    folder, stem = os.path.split(name)
    stem = re.sub(r"\.ya?ml$", "", stem)
    if not _NAME.fullmatch(stem):
        raise _refusal("NS606", f"`{name[:80]}` can't be a spec's name", _ALLOWED)
    if fault := check_name(network_name(stem)):
        raise _refusal("NS606", f"`{stem}` can't be a spec's name: {fault[1]}")
    if stem in bundled.specs():
        hint = f"another name tells them apart: my_{stem}"
        raise _refusal("NS606", f"`{stem}` is the name of a bundled spec", hint)
    return Path(folder, f"{stem}{SUFFIX}")


def _extends(base: str, target: Path) -> str:
    """How the new file names its base. Raises `SpecError` (NS119) where it can't."""
    from netspec import bundled

    path, folder = paths.followed(bundled.find(base)), paths.followed(target.parent)
    for name, known in bundled.specs().items():
        if path == paths.followed(known):
            return name
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    beside = Path(os.path.relpath(path.parent), target.stem)
    raise _refusal(
        "NS119",
        f"{base[:120]} is not below the folder of {target}, so that it can't be extended there",
        f"write the overlay beside it: netspec new {beside} --from {base[:120]}",
    )


def _network(target: Path) -> tuple[str, None]:
    """The text of a network from nothing, and that it extends nothing."""
    from netspec import starting

    return starting.network_text(target.stem), None


def _overlay(state: State, target: Path, base: str) -> tuple[str, str]:
    """The text of an overlay, and how it names its base."""
    from netspec import starting

    spec = state.load(base)
    extends = _extends(base, target)
    return starting.overlay_text(target.stem, extends, spec, target.parent, state.limits), extends


def _write(target: Path, text: str) -> tuple[Path, ...]:
    """Write the file, and the schema where its folder has none; gives what is written."""
    from netspec import writing
    from netspec.starting import SCHEMA

    schema = target.with_name(SCHEMA)
    made = _bring_schema(schema)
    try:
        writing.write_new(target, text)
    except BaseException:
        if made:
            schema.unlink(missing_ok=True)
        raise
    return (target, schema) if made else (target,)


def _bring_schema(schema: Path) -> bool:
    """Write the schema where there is none; another one is kept, and a note says so."""
    from netspec import writing
    from netspec.language.published import schema_text

    text = schema_text()
    if not os.path.lexists(schema):
        writing.write_new(schema, text)
        return True
    if not schema.is_file() or schema.read_bytes() != text.encode():
        cure = f"netspec schema > {schema}"
        click.echo(
            f"note: {schema} is not this netspec's; to bring it up to date: {cure}", err=True
        )
    return False


def _refusal(code: str, message: str, *hints: str) -> SpecError:
    return SpecError([Diagnostic(code, message, hints=hints)])

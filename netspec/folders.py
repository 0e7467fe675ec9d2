"""Artefacts of several files in one folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netspec.diagnostics import Diagnostic, SpecError
from netspec.writing import write_bytes


def write_folder(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write the files into the folder, made if it is missing, each whole or not at all.

    Gives their paths. Raises `SpecError` (NS606).
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        message = f"{folder}: {error.strerror or error}"
        raise SpecError([Diagnostic("NS606", message)]) from error
    written = []
    for name, data in files.items():
        write_bytes(folder / name, data)
        written.append(folder / name)
    return tuple(written)

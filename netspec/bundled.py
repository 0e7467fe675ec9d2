"""The specs that come with netspec."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from netspec.suggestions import nearest


def specs() -> Mapping[str, Path]:
    """The bundled specs: name to file."""
    folder = Path(str(files("netspec.specs")))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find(source: str | os.PathLike[str]) -> Path:
    """The file that is meant: a path where it looks like one or exists, else a bundled name."""
    text = os.fspath(source)
    known = specs()
    if text in known and not Path(text).is_file():
        return known[text]
    return Path(text)


def suggestions(source: str | os.PathLike[str]) -> list[str]:
    """Bundled names close to a source that was not found."""
    return nearest(Path(os.fspath(source)).stem, specs())

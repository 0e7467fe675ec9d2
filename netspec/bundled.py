"""The specs that come with netspec."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from netspec.diagnostics import SpecError
from netspec.limits import DEFAULT, Limits
from netspec.reading import paths
from netspec.reading.document import Document
from netspec.reading.reader import read_file
from netspec.suggestions import did_you_mean


def specs() -> Mapping[str, Path]:
    """The bundled specs: name to file, each network's dialects behind it."""
    folder = Path(str(files("netspec.specs")))
    found = sorted(folder.glob("*.yaml"), key=lambda path: path.stem.split("."))
    return {path.stem: path for path in found}


def base_of(name: str) -> str:
    """The network that a bundled spec is a dialect of; empty where it is none.

    >>> base_of("vgg16.keras"), base_of("vgg19")
    ('vgg16', '')
    """
    base, dot, _ = name.partition(".")
    return base if dot else ""


def short(file: str) -> str:
    """A file's name as people are told it: a bundled one's without its folder."""
    path = Path(file)
    return path.name if path in specs().values() else file


def find(source: str | os.PathLike[str]) -> Path:
    """The file that is meant: a path where it looks like one or exists, else a bundled name."""
    text = os.fspath(source)
    known = specs()
    if text in known and not paths.is_file(text):
        return known[text]
    return Path(text)


def read(source: str | os.PathLike[str], limits: Limits = DEFAULT) -> Document:
    """The document that is meant. Raises `SpecError`, with close bundled names if it is missing."""
    path = find(source)
    try:
        return read_file(path, limits)
    except SpecError as error:
        beside = Path(f"{path}.yaml")
        hints = (
            (f"did you mean {beside}?",)
            if paths.is_file(beside)
            else did_you_mean(path.stem, specs())
        )
        if not hints or paths.exists(path):
            raise
        raise SpecError([replace(d, hints=(*d.hints, *hints)) for d in error.diagnostics]) from None


def names_folder() -> Path:
    """The folder of the maps of other frameworks' names."""
    return Path(str(files("netspec.specs"))) / "names"

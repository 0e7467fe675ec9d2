"""From a path, a bundled name or a document to a checked and typed spec."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from netspec import bundled
from netspec.diagnostics import Diagnostic, Findings, SpecError, TooMany
from netspec.extending import with_bases
from netspec.globbing import is_glob, matching
from netspec.language.checking import check
from netspec.language.expansion import expand
from netspec.language.settings import AS_WRITTEN, Settings, from_values
from netspec.limits import DEFAULT, Limits
from netspec.reading.document import Document, Plain
from netspec.reading.tree import collector_paused
from netspec.spec import Spec

FOUND_AT_MOST = 200
"""Faults of one spec that are looked for."""


def load(
    source: str | os.PathLike[str],
    *,
    set: Mapping[str, Plain] | None = None,  # noqa: A002
    input: str | tuple[int, ...] | None = None,  # noqa: A002
    limits: Limits = DEFAULT,
) -> Spec:
    """The spec at a path, or the bundled one of that name.

    `set` gives parameters, and fields of steps as "Path/of/step.field"; `input` is "HxW" or (H, W).
    Of a glob it gives what `load_all` gives, by which a type checker knows it. Raises `SpecError`
    with everything that was found.
    """
    if is_glob(pattern := os.fspath(source)):
        return cast(Spec, load_all(pattern, set=set, input=input, limits=limits))
    settings = from_values(set or {}, input) if set or input else AS_WRITTEN
    return load_with(source, settings, limits)


def load_all(
    pattern: str | os.PathLike[str],
    *,
    set: Mapping[str, Plain] | None = None,  # noqa: A002
    input: str | tuple[int, ...] | None = None,  # noqa: A002
    limits: Limits = DEFAULT,
) -> dict[str, Spec]:
    """The specs that a glob meets, by bundled name or path: `inception_*`, `nets/*.yaml`.

    A base stands before its dialects. The rest is as for `load`, of each. Raises `SpecError` with
    everything that was found in all of them, and where the glob meets none (NS101).
    """
    settings = from_values(set or {}, input) if set or input else AS_WRITTEN
    found: dict[str, Spec] = {}
    faults: list[Diagnostic] = []
    for name in matching(os.fspath(pattern)):
        try:
            found[name] = load_with(name, settings, limits)
        except SpecError as error:
            faults += error.diagnostics
    if faults:
        raise SpecError(faults)
    return found


def load_with(source: str | os.PathLike[str], settings: Settings, limits: Limits = DEFAULT) -> Spec:
    """`load` with settings already read, as the command line has them."""
    return from_document(bundled.read(source, limits), settings, limits)


def from_document(
    document: Document, settings: Settings = AS_WRITTEN, limits: Limits = DEFAULT
) -> Spec:
    """The spec that a document holds. Raises `SpecError` with everything that was found."""
    return from_documents(with_bases(document, limits), settings, limits)


def from_documents(
    documents: tuple[Document, ...], settings: Settings = AS_WRITTEN, limits: Limits = DEFAULT
) -> Spec:
    """The spec of a document with all that it stands on. Raises `SpecError` as `from_document`."""
    return checked(documents).spec(settings, limits)


@dataclass(frozen=True)
class Checked:
    """Documents read and checked once, to be made a spec of under any number of settings."""

    documents: tuple[Document, ...]
    faulty: frozenset[int]
    """The ids of nodes that expansion passes over."""
    faults: tuple[Diagnostic, ...]

    def spec(self, settings: Settings = AS_WRITTEN, limits: Limits = DEFAULT) -> Spec:
        """The spec under these settings. Raises `SpecError` with everything that was found."""
        findings = Findings(FOUND_AT_MOST)
        tree = None
        with suppress(TooMany), collector_paused():
            for fault in self.faults:
                findings.add(fault)
            tree = expand(self.documents, self.faulty, findings, settings, limits)
        findings.raise_if_failed()
        assert tree is not None, "expansion gives a tree or says why not"
        return Spec(self.documents, tree)


def checked(documents: tuple[Document, ...]) -> Checked:
    """The documents with the faults that they have under any settings."""
    findings, faulty = Findings(FOUND_AT_MOST), frozenset[int]()
    with suppress(TooMany), collector_paused():
        faulty = faulty.union(*(check(document, findings) for document in documents))
    return Checked(documents, faulty, findings.diagnostics)

"""A loaded spec: the one object that commands, backends and notebooks start from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from netspec import bundled, targets
from netspec.diagnostics import Diagnostic, Findings, SpecError
from netspec.ir.graph import Graph
from netspec.language import printing
from netspec.language.checking import check
from netspec.language.expansion import expand
from netspec.language.settings import AS_WRITTEN, Settings, from_values
from netspec.language.tree import Tree
from netspec.limits import DEFAULT, Limits
from netspec.lowering import lower
from netspec.reading.document import Document, Plain
from netspec.reading.reader import read_file
from netspec.suggestions import nearest


@dataclass(frozen=True)
class Spec:
    """A checked and typed network."""

    document: Document
    tree: Tree

    @property
    def name(self) -> str:
        """The network's name."""
        return self.tree.name

    @cached_property
    def _graph(self) -> Graph:
        return lower(self.tree)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the resolved spec, without its name; hexadecimal."""
        return printing.spec_hash(self.tree)

    def graph(self, endpoints: Iterable[str] = ()) -> Graph:
        """The graph, with these paths as outputs behind the declared ones.

        Raises `SpecError` (NS306) for a path that does not exist.
        """
        wanted = tuple(endpoints)
        known = self._graph.endpoints()
        unknown = [path for path in wanted if path not in known]
        if unknown:
            raise SpecError([_unknown_endpoint(path, known) for path in unknown])
        return self._graph.with_outputs((*self._graph.outputs, *wanted)) if wanted else self._graph

    def expanded(self) -> str:
        """The fully resolved spec, as YAML."""
        return printing.to_yaml(self.tree)


def _unknown_endpoint(path: str, known: Mapping[str, str]) -> Diagnostic:
    hints = tuple(f"nearest: {near}" for near in nearest(path, known))
    return Diagnostic("NS306", f"there is no step at `{path[:120]}`", hints=hints)


def load(
    source: str | os.PathLike[str],
    *,
    set: Mapping[str, Plain] | None = None,
    input: str | tuple[int, ...] | None = None,
    limits: Limits = DEFAULT,
) -> Spec:
    """The spec at a path, or the bundled one of that name.

    `set` gives parameters, and fields of steps as "Path/of/step.field"; `input` is "HxW" or (H, W).
    Raises `SpecError` with everything that was found.
    """
    settings = from_values(set or {}, input) if set or input else AS_WRITTEN
    return load_with(source, settings, limits)


def load_with(
    source: str | os.PathLike[str], settings: Settings, limits: Limits = DEFAULT
) -> Spec:
    """`load` with settings already read, as the command line has them."""
    document = read_file(bundled.find(source), limits)
    findings = Findings()
    faulty = check(document, findings)
    tree = expand(document, faulty, findings, settings, limits) if _has_body(document) else None
    findings.raise_if_failed()
    assert tree is not None, "expansion gives a tree or says why not"
    return Spec(document, tree)


def _has_body(document: Document) -> bool:
    return isinstance(document.root.plain, dict)



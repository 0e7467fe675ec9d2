"""A step on its way from what is written to what is made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from netspec.diagnostics import Diagnostic, Origin, Span
from netspec.ir.shapes import Shape
from netspec.language.expressions import Value
from netspec.language.frames import Flow, Frame
from netspec.language.patches import Change, Patch
from netspec.language.scope import Scope, Unknown
from netspec.reading.document import Entry, Node

NOTHING: Mapping[str, Change] = MappingProxyType({})


class Item(NamedTuple):
    """A step of a list, its loop run, and the patches that it has met.

    `places` are its paths before each layer of patches; nothing where it did not stand there.
    `called` are the names that it had before it was renamed.
    """

    name: str
    entry: Entry
    scope: Scope
    patches: tuple[Patch, ...] = ()
    places: tuple[str | None, ...] = ()
    called: tuple[str, ...] = ()

    @property
    def name_span(self) -> Span:
        """Where the name is written that it has now."""
        given = [patch.renames.span for patch in self.patches if patch.renames]
        return given[-1] if given else self.entry.key_span


class Site(NamedTuple):
    """A step on its way to be made: where it stands, what it sees, what it is given.

    `changes` are what patches give for its keys and fields, the last one for each.
    """

    name: str
    path: str
    span: Span
    scope: Scope
    taken: tuple[Flow, ...]
    frame: Frame
    origin: Origin
    written_from: tuple[str, ...] = ()
    from_span: Span | None = None
    template: str = ""
    arguments: Mapping[str, Value] | None = None
    changes: Mapping[str, Change] = NOTHING
    places: tuple[str | None, ...] = ()

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of what it is given, once all are known."""
        return tuple(flow.shape for flow in self.taken if flow.shape is not None)

    def fail(self, code: str, message: str, span: Span | None = None, *hints: str) -> Unknown:
        """Add a finding on this step; gives the exception to raise."""
        found = Diagnostic(code, message, span or self.span, hints=hints, step=self.path)
        return self.scope.fail(found)


class Written(NamedTuple):
    """A step's body as it stands, before its evaluation: where, what it sees, what changes it."""

    body: Node
    span: Span
    scope: Scope
    changes: Mapping[str, Change] = NOTHING

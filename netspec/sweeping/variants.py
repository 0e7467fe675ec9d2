"""The variants of one spec: read and checked once, made and measured as often as is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

from netspec import bundled
from netspec.diagnostics import Source, SpecError
from netspec.extending import with_bases
from netspec.language.settings import from_values
from netspec.limits import DEFAULT, Limits
from netspec.loading import Checked, checked
from netspec.measures import measures
from netspec.reading.document import Document, Plain
from netspec.reading.reader import read_text
from netspec.reading.tree import collector_paused
from netspec.spec import Spec

INPUT = "input"
"""The key that stands for the size of the input, HxW, as `--input` does."""
INVALID, FAILED = "invalid", "failed"
"""Why a variant has no figures: it is no network, or it could not be measured."""

Outcome = dict[str, Any]
"""What became of a variant: its `spec_hash` and figures, or `because` it has none, and more."""


@dataclass(frozen=True)
class Base:
    """The spec that is varied, with what is set of it in all variants."""

    name: str
    documents: tuple[Document, ...]
    fixed: Mapping[str, Plain]
    size: str | None = None
    limits: Limits = DEFAULT

    @classmethod
    def read(
        cls,
        name: str,
        fixed: Mapping[str, Plain] | None = None,
        size: str | None = None,
        limits: Limits = DEFAULT,
    ) -> Self:
        """The spec at a path or of a bundled name, not yet checked. Raises `SpecError`."""
        documents = with_bases(bundled.read(name, limits), limits)
        return cls(name, documents, dict(fixed or {}), size, limits)

    @property
    def identity(self) -> str:
        """A hash of all that is the same in every variant; comments and layout are left aside."""
        plain = [document.root.plain for document in self.documents]
        told = json.dumps([plain, self.fixed, self.size], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def held(self) -> tuple[str, ...]:
        """The keys that are the same in all variants."""
        return (*self.fixed, *([] if self.size is None else [INPUT]))

    def to_plain(self) -> dict[str, Any]:
        """All of it as plain data, for a process that has not its files."""
        texts = [[document.source.name, document.source.text] for document in self.documents]
        told = {"name": self.name, "texts": texts, "fixed": self.fixed, "size": self.size}
        return {**told, "limits": asdict(self.limits)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of `to_plain`."""
        limits = Limits(**plain["limits"])
        documents = tuple(read_text(Source(*text), limits) for text in plain["texts"])
        return cls(plain["name"], documents, plain["fixed"], plain["size"], limits)

    @cached_property
    def _checked(self) -> Checked:
        return checked(self.documents)

    def spec(self, given: Mapping[str, Plain]) -> Spec:
        """One variant. Raises `SpecError` where it is no network."""
        settings = {**self.fixed, **given}
        size = settings.pop(INPUT, self.size)
        whole = None if size is None else str(size)
        return self._checked.spec(from_values(settings, whole), self.limits)


def measured(base: Base, given: Mapping[str, Plain], names: Sequence[str]) -> Outcome:
    """The hash of a variant and these figures of it, or why it is no network."""
    with collector_paused():  # the network is gone before a search for cycles would come to it
        return _measured(base, given, names)


def _measured(base: Base, given: Mapping[str, Plain], names: Sequence[str]) -> Outcome:
    try:
        spec = base.spec(given)
        return {"spec_hash": spec.hash, **measures(spec.graph(), names)}
    except SpecError as error:
        first = error.diagnostics[0]
        place = str(first.span) if first.span else ""
        told = {"code": first.code, "message": first.message, "place": place}
        return {"because": INVALID, **told}

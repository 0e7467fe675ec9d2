"""How an op or an initialiser declares its fields: once, for schema, docs and reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Self

from netspec.reading.document import Plain

JsonSchema = dict[str, Any]
NOTES: JsonSchema = {"^x-": {}}
"""The keys of notes, which any mapping may hold: a `patternProperties`."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of value.

    `schema` judges plain data (an expression is allowed wherever a scalar is); `expects` says the
    same in words; `read` turns valid data without expressions into the value and `write` is its
    inverse, into the shortest form.
    """

    expects: str
    schema: JsonSchema
    read: Callable[[Any], Any]
    write: Callable[[Any], Plain]


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """A declared field; its default is `MISSING` where it is required."""

    name: str
    kind: Kind
    doc: str
    default: object

    @property
    def required(self) -> bool:
        """Whether a spec must give it."""
        return self.default is MISSING


def option(kind: Kind, doc: str, default: Any = MISSING) -> Any:
    """Declare a field of a construct; `default` is the value itself, not its YAML form."""
    return field(default=default, metadata={"kind": kind, "doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """Something that a spec names with `op:` and describes by fields."""

    name: ClassVar[str]

    @classmethod
    def options(cls) -> Mapping[str, Option]:
        """The declared fields: those that are required, then the others, each in written order."""
        known = _OPTIONS.get(cls)
        if known is None:
            known = _OPTIONS[cls] = _declared(cls)
        return known

    @classmethod
    def summary(cls) -> str:
        """The first line of the docstring, for hover texts and pages."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Self:
        """Build one from data that the fields' schemas accept; `op` is left aside."""
        options = cls.options()
        return cls(**{k: options[k].kind.read(v) for k, v in values.items() if k in options})

    def written(self) -> dict[str, Plain]:
        """Every field, each in its shortest form."""
        return {o.name: o.kind.write(getattr(self, o.name)) for o in self.options().values()}

    def to_plain(self) -> dict[str, Plain]:
        """`op` and every field, each in its shortest form: the inverse of `from_plain`."""
        return {"op": self.name, **self.written()}


_OPTIONS: dict[type[Construct], Mapping[str, Option]] = {}


def _declared(construct: type[Construct]) -> Mapping[str, Option]:
    declared = [
        Option(f.name, f.metadata["kind"], f.metadata["doc"], f.default)
        for f in fields(construct)
        if "kind" in f.metadata
    ]
    return {o.name: o for o in sorted(declared, key=lambda option: not option.required)}

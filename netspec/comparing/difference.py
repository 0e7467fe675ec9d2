"""How one spec differs from another: steps, fields with what made them so, and costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from netspec.comparing.alignment import Alignment, Row, align
from netspec.comparing.causes import Cause, Causes
from netspec.comparing.costing import Figures, figures_of, with_parts
from netspec.comparing.fields import Effect, FieldChange, Given, effect_of, field_changes
from netspec.comparing.outside import Outside, outside
from netspec.diagnostics import Span
from netspec.ir.shapes import Shape
from netspec.language.tree import Step, Tree
from netspec.measures import measures
from netspec.spec import Spec

FROM = "from"


@dataclass(frozen=True, slots=True)
class Changed:
    """A field of two partners that differs, what it bears on, and what made it so.

    Without a cause the change follows from another one: `same` pads that fit another kernel.
    """

    a: Step
    b: Step
    change: FieldChange
    effect: Effect
    cause: Cause | None

    def to_json(self) -> dict[str, Any]:
        """Plain data: path, field, a, b, and more."""
        cause = self.cause
        return {
            "path": self.b.path,
            "path_a": self.a.path,
            "field": self.change.field,
            "a": self.change.a,
            "b": self.change.b,
            "effect": self.effect.name.lower(),
            "follows": cause is None,
            "by": cause.by if cause else None,
            "of": cause.what or None if cause else None,
            **_place(cause.span if cause else None),
        }


@dataclass(frozen=True, repr=False)
class Difference:
    """How B differs from A; `names` are what people call the two."""

    a: Spec
    b: Spec
    names: tuple[str, str]
    alignment: Alignment
    changed: tuple[Changed, ...]
    outside: tuple[Outside, ...]

    @property
    def equal(self) -> bool:
        """Whether the two are the same network, to the hash."""
        return self.a.hash == self.b.hash

    @property
    def renamed(self) -> tuple[Row, ...]:
        """Partners at another path or in another place."""
        return tuple(r for r in self.alignment.rows if r.how == "renamed" or r.moved)

    @cached_property
    def replaced(self) -> frozenset[str]:
        """The paths at which a step of another family took a step's place."""
        removed = {step.path for step in self.alignment.removed}
        return frozenset(s.path for s in self.alignment.added if s.path in removed)

    @cached_property
    def totals(self) -> Mapping[str, tuple[int, int]]:
        """Every figure of both networks."""
        before, after = measures(self.a.graph()), measures(self.b.graph())
        return {name: (before[name], after[name]) for name in before}

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many steps are added, removed, renamed or moved, and changed."""
        return {
            "added": len(self.alignment.added),
            "removed": len(self.alignment.removed),
            "renamed": len(self.renamed),
            "changed": len({each.b.path for each in self.changed}),
        }

    @cached_property
    def own(self) -> tuple[Mapping[str, Figures], Mapping[str, Figures]]:
        """The figures of both sides' steps, each alone."""
        return figures_of(self.a), figures_of(self.b)

    @cached_property
    def whole(self) -> tuple[Mapping[str, Figures], Mapping[str, Figures]]:
        """The figures of both sides' steps, each with what it holds."""
        return with_parts(self.own[0]), with_parts(self.own[1])

    @cached_property
    def edited(self) -> frozenset[str]:
        """The steps of B with a change of their own, by path; others only follow from them."""
        return frozenset(each.b.path for each in self.changed if each.cause is not None)

    @property
    def reshaped(self) -> Iterator[tuple[Step, Step]]:
        """Partners with an op whose output has another shape though nothing of theirs changed."""
        return (
            (a, b)
            for a, b in self.alignment.pairs
            if b.op and a.output != b.output and b.path not in self.edited
        )

    def sides(self, row: Row) -> tuple[Figures | None, Figures | None]:
        """The figures of a row's two steps, with what they hold."""
        before, after = self.whole
        return (
            before[row.a.path] if row.a else None,
            after[row.b.path] if row.b else None,
        )

    def table(self) -> str:
        """The difference as people read it."""
        from netspec.comparing.telling import told

        return told(self)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        told = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items())
        return f"<Difference {' → '.join(self.names)}: {told}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.table())}</pre>"

    def to_json(self) -> dict[str, Any]:
        """Plain data; pairs are [a, b]. Figures are of each step with what it holds."""
        rows = self.alignment.rows
        return {
            "a": _side(self.a, self.names[0]),
            "b": _side(self.b, self.names[1]),
            "equal": self.equal,
            "added": [step.path for step in self.alignment.added],
            "removed": [step.path for step in self.alignment.removed],
            "replaced": sorted(self.replaced),
            "renamed": [
                {"a": row.a.path, "b": row.b.path, "moved": row.moved}
                for row in self.renamed
                if row.a and row.b
            ],
            "changed": [each.to_json() for each in self.changed],
            "outside": [
                {"field": each.field, "a": each.a, "b": each.b, "counted": each.counted}
                for each in self.outside
            ],
            "counts": dict(self.counts),
            "totals": {name: list(pair) for name, pair in self.totals.items()},
            "steps": [
                {**step, "follows": bool(row.a and row.b and row.b.path not in self.edited)}
                for row in rows
                if (step := _step(row, *self.sides(row)))
            ],
        }


def compare(a: Spec, b: Spec, names: tuple[str, str] = ("", "")) -> Difference:
    """How B differs from A. Without names, people are told those of their files."""
    alignment = align(a.tree, b.tree)
    causes = Causes(a, b, alignment)
    changed = tuple(_changes(alignment, causes, (_shapes(a.tree), _shapes(b.tree))))
    called = tuple(name or _name(spec) for name, spec in zip(names, (a, b), strict=True))
    around = outside(a.tree, b.tree, alignment)
    return Difference(a, b, (called[0], called[1]), alignment, changed, around)


Shapes = Mapping[str, Shape]


def _shapes(tree: Tree) -> Shapes:
    """The shape of every step's value, and of the input."""
    return {tree.input_name: tree.input} | {step.path: step.output for step in tree.walk()}


def _changes(
    alignment: Alignment, causes: Causes, shapes: tuple[Shapes, Shapes]
) -> Iterator[Changed]:
    for a, b in alignment.pairs:
        ours, theirs = (
            Given(s.op, known[s.takes[0]]) for s, known in zip((a, b), shapes, strict=True)
        )
        if (change := _taken(alignment, a, b)) is not None:
            yield Changed(a, b, change, Effect.VALUES, causes.written(b))
        for change in field_changes(a, b):
            yield Changed(a, b, change, effect_of(change, ours, theirs), causes.of(change, a, b))


def _taken(alignment: Alignment, a: Step, b: Step) -> FieldChange | None:
    """The change of what a step says it takes, where it is not the same steps under new names."""
    takes = tuple(alignment.to_b.get(path, path) for path in a.takes)
    if takes == b.takes or not (a.written_from or b.written_from):
        return None
    if a.written_from == b.written_from and not _elsewhere(alignment, a, b):
        return None
    told = (_from(a), _from(b))
    return FieldChange(FROM, list(a.takes), list(b.takes), told)


def _from(step: Step) -> str:
    """What a step takes, by the names that it has for it."""
    names = step.written_from or tuple(path.rpartition("/")[2] for path in step.takes)
    return ", ".join(names)


def _elsewhere(alignment: Alignment, a: Step, b: Step) -> bool:
    """Whether one name means steps that both specs have, and not the same ones."""
    pairs = zip(a.takes, b.takes, strict=True)
    return any(one in alignment.to_b and alignment.to_b[one] != other for one, other in pairs)


def _name(spec: Spec) -> str:
    from netspec import bundled

    return bundled.short(spec.document.source.name).removesuffix(".yaml")


def _side(spec: Spec, name: str) -> dict[str, Any]:
    file = spec.document.source.name
    return {"spec": name, "name": spec.name, "file": file, "spec_hash": spec.hash}


def _place(span: Span | None) -> dict[str, Any]:
    return {"file": span.source.name if span else None, "line": span.line if span else None}


def _step(row: Row, a: Figures | None, b: Figures | None) -> dict[str, Any] | None:
    """A step whose figures differ, as plain data."""
    if a == b:
        return None
    pairs = {
        "output": [each and each.output.dims for each in (a, b)],
        "params": [each and each.params for each in (a, b)],
        "macs": [each and each.macs for each in (a, b)],
        "memory": [each and each.memory for each in (a, b)],
        "rf": [list(each.rf) if each and each.rf else None for each in (a, b)],
    }
    paths = [row.a.path if row.a else None, row.b.path if row.b else None]
    return {"path": paths[1] or paths[0], "how": row.how, "paths": paths, **pairs}

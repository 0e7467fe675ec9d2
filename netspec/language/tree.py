"""A spec after expansion: every step with its op, its shape and where each field came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from netspec.diagnostics import Origin, Span
from netspec.ir.shapes import Map, Shape
from netspec.language.about import About
from netspec.language.expressions import Value
from netspec.language.preprocess import Preprocess
from netspec.ops.base import Op
from netspec.reading.document import Plain


class FieldSource(NamedTuple):
    """What gave a field its value: `step`, `defaults`, `patch` or `set`; where, and as what.

    `written` is the value as it stands there, its expressions not evaluated. `template` is the one
    whose body has it, where a `step` is made by one.
    """

    by: str
    span: Span
    written: Plain
    template: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. A leaf has an op; a block has children in sequence; a join has both.

    `takes` are the paths whose values it is given; a join's children each start from them, and
    its op joins the children. `written_from` is the `from` of the spec, if there is one.
    """

    name: str
    path: str
    op: Op | None
    takes: tuple[str, ...]
    children: tuple[Step, ...]
    output: Shape
    origin: Origin
    written_from: tuple[str, ...] = ()
    template: str = ""
    arguments: Mapping[str, Value] | None = None
    fields: Mapping[str, FieldSource] | None = None

    def walk(self) -> Iterator[Step]:
        """The step and all within it, each before what it holds."""
        yield self
        for child in self.children:
            yield from child.walk()


def blocks_around(path: str) -> Iterator[str]:
    """The blocks that the step at a path stands in, the innermost first.

    >>> [*blocks_around("Mixed_5b/Branch_1/Conv2d_0b_5x5")]
    ['Mixed_5b/Branch_1', 'Mixed_5b']
    """
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


@dataclass(frozen=True, slots=True)
class Output:
    """A declared output: the path of a step, and what training makes of it."""

    path: str
    loss_weight: float | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole network, typed: nothing in it refers to a parameter any more."""

    name: str
    params: Mapping[str, Value]
    input_name: str
    input: Map
    steps: tuple[Step, ...]
    heads: tuple[Step, ...]
    outputs: tuple[Output, ...]
    about: About = field(default_factory=About)
    preprocess: Preprocess | None = None

    def walk(self) -> Iterator[Step]:
        """Every step, in order, heads last."""
        for step in (*self.steps, *self.heads):
            yield from step.walk()

"""Which steps of one spec are those of another.

    A        B                A           B
    Mixed_6b Mixed_6b         Branch_0    Branch_0
             Mixed_6b2        Branch_1
    Mixed_6c Mixed_6c         Branch_2    Branch_1
    Mixed_6d Mixed_6d         Branch_3    Branch_2

A step keeps its partner through a change of its fields, of its name, of the block that it stands
in, and of what stands before it. At equal paths two leaves are one step where their ops are of one
family (conv and dense, two pools, two joins); a step of another family is removed and another one
added. A block or a join is paired with a block or a join.

From the outermost lists inwards the steps of two paired blocks are paired: those that are equal at
the same name first, then, between them and in order, so that names and structure together fit best:
a branch whose content is found under the next name is that branch, renamed. What is left is paired
by its content wherever it stands. Equal specs take one walk; elsewhere the work at each list is
bounded, and lists beyond the bound go by their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from netspec.comparing.merging import merged
from netspec.comparing.moving import pair_moved
from netspec.comparing.pairs import Pairs
from netspec.comparing.siblings import Siblings
from netspec.comparing.structure import Table, forms_of
from netspec.language.tree import Step, Tree

How = Literal["same path", "renamed", "removed", "added"]


@dataclass(frozen=True, slots=True)
class Row:
    """A step of A with its partner in B; nothing on a side where there is none.

    `moved` steps stand elsewhere among those that surround them, or in another block.
    """

    a: Step | None
    b: Step | None
    moved: bool = False

    @property
    def how(self) -> How:
        """How the two belong together: a step whose block is renamed is `renamed` too."""
        if self.a is None:
            return "added"
        if self.b is None:
            return "removed"
        return "same path" if self.a.path == self.b.path else "renamed"


@dataclass(frozen=True)
class Alignment:
    """Every step of A and of B once.

    Rows stand in B's written order, each step before what it holds; a removed step stands behind
    the step that it followed in A, or first in its block.
    """

    rows: tuple[Row, ...]

    @property
    def pairs(self) -> Iterator[tuple[Step, Step]]:
        """The steps that both have, in the order of B."""
        return ((row.a, row.b) for row in self.rows if row.a and row.b)

    @property
    def removed(self) -> tuple[Step, ...]:
        """The steps that only A has."""
        return tuple(row.a for row in self.rows if row.a and not row.b)

    @property
    def added(self) -> tuple[Step, ...]:
        """The steps that only B has."""
        return tuple(row.b for row in self.rows if row.b and not row.a)

    @cached_property
    def to_b(self) -> Mapping[str, str]:
        """The path in B of each step of A that has a partner, by its path in A."""
        return {a.path: b.path for a, b in self.pairs}

    @cached_property
    def to_a(self) -> Mapping[str, str]:
        """The path in A of each step of B that has a partner, by its path in B."""
        return {b.path: a.path for a, b in self.pairs}


def align(a: Tree, b: Tree) -> Alignment:
    """Pair the steps of two typed trees. Equal trees give equal results, whatever is run before."""
    table = Table()
    pairs = Pairs()
    siblings = Siblings(forms_of(a, table), forms_of(b, table), table, pairs)
    siblings.pair_lists(a.steps, b.steps)
    siblings.pair_lists(a.heads, b.heads)
    pair_moved(a, b, siblings)
    rows = merged((a.steps, a.heads), (b.steps, b.heads), pairs)
    return Alignment(tuple(Row(*row) for row in rows))

"""The form in which graphs are compared: what they do, freed of the ways to write it down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netspec.ir.graph import Input, Node
from netspec.ops.base import Op


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that a network does, and the nodes that it is written as.

    `op` is in canonical form and without the choices that a form leaves open: a kernel has no bias
    and no norm, for `affines` are whatever follows it, batch norms and affines in order. `written`
    is the op as the graph has it, which messages show. `main` is the node that it comes from, which
    owns its kernel; `name` is what other units know its value by.
    """

    op: Op
    inputs: tuple[str, ...]
    name: str
    main: Node
    written: Op
    affines: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Form:
    """A graph as units, each after what it takes. `outputs` are paths, each with its value."""

    inputs: tuple[Input, ...]
    units: Mapping[str, Unit]
    outputs: Mapping[str, str]

    def behind(self, values: Iterable[str]) -> tuple[Unit, ...]:
        """The units that these values are computed by, in order."""
        wanted = set(values)
        found: list[Unit] = []
        for unit in reversed(tuple(self.units.values())):
            if unit.name in wanted:
                wanted.update(unit.inputs)
                found.append(unit)
        return tuple(reversed(found))

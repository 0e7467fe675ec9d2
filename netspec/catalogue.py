"""The bundled specs with their figures, each network's dialects behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from netspec import bundled
from netspec.costs import Cost, total_cost
from netspec.globbing import bundled_names
from netspec.ir.shapes import Map
from netspec.language.about import About
from netspec.loading import load
from netspec.spec import Spec
from netspec.tables import GAP, aligned

HEADINGS = ("name", "year", "parameters", "MACs", "input")


@dataclass(frozen=True, slots=True)
class Entry:
    """One bundled spec. `cost` is one image's; `about` says where the network comes from."""

    name: str
    network: str
    cost: Cost
    input: Map
    about: About

    @property
    def base(self) -> str:
        """What it is a dialect of: `vgg16` of `vgg16.keras`; empty for what is none."""
        return bundled.base_of(self.name)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `dialect_of` is nothing for a network of its own."""
        return {
            "name": self.name,
            "network": self.network,
            "dialect_of": self.base or None,
            "year": self.about.year,
            "params": self.cost.trainable,
            "statistics": self.cost.frozen,
            "macs": self.cost.macs,
            "input": self.input.dims,
            "paper": self.about.paper,
            "source": self.about.source,
        }


def entries(glob: str = "*", read: Callable[[str], Spec] = load) -> Iterator[Entry]:
    """The bundled specs whose names the glob matches, a base before its dialects.

    Raises `SpecError` (NS101) where there is none.
    """
    for name in bundled_names(glob):
        spec = read(name)
        cost = total_cost(spec.graph())
        yield Entry(name, spec.name, cost, spec.tree.input, spec.about)


def table(found: tuple[Entry, ...]) -> str:
    """The entries as text, dialects indented beneath their base where that is among them."""
    names = {entry.name for entry in found}
    rows = [HEADINGS, *(_cells(entry, entry.base in names) for entry in found)]
    return "\n".join(aligned(rows))


def _cells(entry: Entry, beneath: bool) -> tuple[str, ...]:
    return (
        f"{GAP * beneath}{entry.name}",
        str(entry.about.year or ""),
        f"{entry.cost.trainable:,}",
        f"{entry.cost.macs:,}",
        str(entry.input),
    )

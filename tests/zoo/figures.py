"""The figures of the families: what a network must have, and how its parity is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from netspec import costs

FILES = sorted(Path(__file__).parent.glob("*.yaml"))


@dataclass(frozen=True)
class Build:
    """A network as someone built it, or counted it: `of` says who, and how."""

    spec: str
    of: str
    set: Mapping[str, Any]
    input: str | None
    cost: costs.Cost
    endpoints: Mapping[str, list[int]]
    outputs: tuple[str, ...]

    def __str__(self) -> str:
        settings = [f"{key}={value}" for key, value in self.set.items()]
        return ",".join([self.spec, *settings, *([self.input] if self.input else [])])


@dataclass(frozen=True)
class Trial:
    """A small form of a network, with height and width different where it can have them."""

    spec: str
    set: Mapping[str, Any]
    input: str


def _families() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each network: its name, its entry, and the tables of endpoints of its family."""
    for file in FILES:
        family = yaml.safe_load(file.read_text(encoding="utf-8"))
        for name, entry in family["networks"].items():
            yield name, entry, family["endpoints"]


def _build(name: str, row: dict[str, Any], tables: dict[str, Any]) -> Build:
    sizes: dict[str, list[int]] = {}
    for table in row["endpoints"]:
        sizes |= tables[table]
    cost = costs.Cost(row["trainable"], row["statistics"], row["macs"])
    return Build(
        spec=name,
        of=row["of"],
        set=row.get("set", {}),
        input=row.get("input"),
        cost=cost,
        endpoints=sizes,
        outputs=tuple(row["outputs"]),
    )


BUILDS: tuple[Build, ...] = tuple(
    _build(name, row, tables) for name, entry, tables in _families() for row in entry["builds"]
)
TRIALS: tuple[Trial, ...] = tuple(
    Trial(name, trial.get("set", {}), trial["input"])
    for name, entry, _ in _families()
    for trial in [entry["parity"]]
)
OWN_WEIGHTS: Mapping[str, tuple[str, ...]] = {
    name: tuple(entry.get("own_weights", ())) for name, entry, _ in _families()
}
"""For a dialect, globs of the weights that its base has not, or has in another shape."""

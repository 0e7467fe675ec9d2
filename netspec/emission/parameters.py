"""The parameters of a unit: what differs between its uses, and what a person would call it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netspec.emission.expressions import NO_DEFAULT, Argument, Expr, Literal, Parameter
from netspec.emission.names import free, numbered, snake

_COUNT = re.compile(r"(channels|filters|features|units)(_\d+)?$")


@dataclass(frozen=True, slots=True)
class UnitParameter:
    """A parameter of a unit. Where most uses give the same value, that is its default."""

    name: str
    values: tuple[Any, ...]
    default: Any = NO_DEFAULT

    @property
    def required(self) -> bool:
        """Whether every use must give it."""
        return self.default is NO_DEFAULT

    def argument(self, use: int) -> Argument:
        """What a use gives."""
        return Argument(self.name, Literal(self.values[use], self.name), self.default)


@dataclass(frozen=True, slots=True)
class Column:
    """The literals that stand at one place of all uses, in the statement of that name."""

    statement: str
    literals: tuple[Literal, ...]

    @property
    def values(self) -> tuple[Any, ...]:
        """Their values."""
        return tuple(literal.value for literal in self.literals)

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for columns that can share a parameter: True is not 1, nor is 1.0."""
        return tuple(map(repr, self.values))


def is_count(name: str) -> bool:
    """Whether a parameter counts channels: a reader wants to see it first, and in every use."""
    return _COUNT.search(name) is not None


def parameterised(
    columns: Sequence[Column], given: Sequence[Mapping[str, Any]], taken: Collection[str]
) -> tuple[tuple[UnitParameter, ...], list[Expr]]:
    """The parameters, and what stands for each column: its literal or a parameter.

    `given` are the arguments of each use of the template, if it is one. Counts of channels come
    first, what has a default last.
    """
    naming = _Naming(given, taken)
    leaves: list[Expr] = []
    made: dict[str, UnitParameter] = {}
    for column in columns:
        if len(set(column.key)) == 1:
            leaves.append(column.literals[0])
            continue
        name = naming.name(column)
        required = is_count(name) or name in naming.of_template.values()
        default = NO_DEFAULT if required else _default(column)
        made.setdefault(name, UnitParameter(name, column.values, default))
        leaves.append(Parameter(name))
    ordered = sorted(made.values(), key=lambda p: (not p.required, not is_count(p.name)))
    return tuple(ordered), leaves


class _Naming:
    """Gives each set of differing values one name."""

    def __init__(self, given: Sequence[Mapping[str, Any]], taken: Collection[str]) -> None:
        own = {name: name for name in given[0] if name not in taken}
        self.taken = {*taken, *own}
        for name in given[0]:
            if name not in own:
                own[name] = free(name, self.taken)
                self.taken.add(own[name])
        self.named: dict[tuple[str, ...], str] = {}
        self.of_template: dict[tuple[str, ...], str] = {}
        for name in given[0]:
            key = tuple(repr(arguments.get(name)) for arguments in given)
            self.of_template.setdefault(key, own[name])

    def name(self, column: Column) -> str:
        """The template's parameter of those values, else what the argument is called."""
        known = self.of_template.get(column.key) or self.named.get(column.key)
        if known is not None:
            return known
        hint = column.literals[0].hint or "value"
        name = hint if hint not in self.taken else snake(f"{column.statement}/{hint}").lstrip("_")
        name = self.named[column.key] = numbered(name, self.taken)
        self.taken.add(name)
        return name


def _default(column: Column) -> Any:
    """The value that most of at least three uses give."""
    common, count = Counter(column.key).most_common(1)[0]
    if 2 * count <= len(column.key) or len(column.key) < 3:
        return NO_DEFAULT
    return column.values[column.key.index(common)]

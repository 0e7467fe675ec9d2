"""Names for the values of a function, as a person would choose them.

A value that the next line alone uses is `x`, or within a branch has the branch's name; any other is
called after its step. A name is used again when its value is no longer needed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from netspec.emission.names import free, numbered, snake
from netspec.emission.units import Statement, Unit


def variables(unit: Unit, reserved: Collection[str], ports: Sequence[str] = ()) -> tuple[str, ...]:
    """A name for each value of the unit, by its number; none of those reserved.

    `ports` names the first values, if they have names already.
    """
    names = [*(ports or _ports(unit.ports, reserved))]
    uses = _uses(unit)
    last = {number: users[-1] for number, users in uses.items()}
    # The line up to which each name is taken; names that are reserved are never free.
    taken = {name: last.get(number, -1) for number, name in enumerate(names)}
    chained = _chained(unit)
    for index, statement in enumerate(unit.statements):
        live = _Live(taken, reserved, index)
        for _ in range(statement.results):
            number = len(names)
            passing = statement.results == 1 and _goes_on(unit, uses.get(number, []), index)
            name = _wanted(statement, chained, passing=passing)
            if not name or name in live:
                name = numbered(free(_step(statement), {*reserved, "x"}), live)
            names.append(name)
            taken[name] = max(last.get(number, -1), index + 1)
    return tuple(names)


class _Live:
    """The names that can't be given on a line: reserved, or of values that are used after it."""

    def __init__(self, taken: dict[str, int], reserved: Collection[str], index: int) -> None:
        self.taken, self.reserved, self.index = taken, reserved, index

    def __contains__(self, name: object) -> bool:
        return name in self.reserved or self.taken.get(str(name), -1) > self.index


def _ports(count: int, reserved: Collection[str]) -> list[str]:
    if count == 1:
        return [free("x", reserved)]
    return [free(f"x{number}", reserved) for number in range(1, count + 1)]


def _uses(unit: Unit) -> dict[int, list[int]]:
    """The lines that use each value; what is returned is used behind the last."""
    uses: dict[int, list[int]] = {}
    for index, statement in enumerate(unit.statements):
        for number in dict.fromkeys(statement.inputs):
            uses.setdefault(number, []).append(index)
    for number in unit.results:
        uses.setdefault(number, []).append(len(unit.statements))
    return uses


def _goes_on(unit: Unit, users: list[int], index: int) -> bool:
    """Whether the next line takes this value alone, and nothing else takes it."""
    following = unit.statements[index + 1 : index + 2]
    return users == [index + 1] and [len(statement.inputs) for statement in following] == [1]


def _wanted(statement: Statement, chained: Collection[str], *, passing: bool) -> str:
    branch = statement.name.rpartition("/")[0]
    if branch and branch in chained:
        return snake(branch)
    return "x" if passing else ""


def _step(statement: Statement) -> str:
    return snake(statement.name.rpartition("/")[2]) or "joined"


def _chained(unit: Unit) -> set[str]:
    """The branches whose steps follow each other: none begins beside an earlier one."""
    made: dict[int, str] = {}
    begun: set[str] = set()
    parallel: set[str] = set()
    number = unit.ports
    for statement in unit.statements:
        branch = statement.name.rpartition("/")[0]
        sources = (made.get(n, "") for n in statement.inputs)
        follows = any(f"{source}/".startswith(f"{branch}/") for source in sources)
        if branch in begun and not follows:
            parallel.add(branch)
        begun.add(branch)
        made |= dict.fromkeys(range(number, number + statement.results), branch)
        number += statement.results
    return begun - parallel

"""Names for the values of a function, as a person would choose them.

A value that the next line alone uses is `x`, or within a branch has the branch's name; any other is
called after its step. A name is used again when its value is no longer needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from netspec.emission.names import free, numbered, snake
from netspec.emission.units import Statement, Unit


def variables(unit: Unit, reserved: Collection[str], ports: Sequence[str] = ()) -> tuple[str, ...]:
    """A name for each value of the unit, by its number; none of those reserved.

    `ports` names the first values, if they have names already.
    """
    names = [*(ports or _ports(unit.ports, reserved))]
    last = {n: index for index, s in enumerate(unit.statements) for n in s.inputs}
    last |= dict.fromkeys(unit.results, len(unit.statements))
    chained = _chained(unit)
    for index, statement in enumerate(unit.statements):
        for _ in range(statement.results):
            live = {n for number, n in enumerate(names) if last.get(number, -1) > index}
            taken = {*reserved, *live}
            passing = statement.results == 1 and _goes_on(unit, index, len(names))
            wanted = _wanted(statement, chained, passing=passing)
            name = next((n for n in wanted if n not in taken), None)
            names.append(name or numbered(free(_step(statement), {*reserved, "x"}), taken))
    return tuple(names)


def _ports(count: int, reserved: Collection[str]) -> Iterator[str]:
    if count == 1:
        yield free("x", reserved)
    else:
        yield from (free(f"x{number}", reserved) for number in range(1, count + 1))


def _goes_on(unit: Unit, index: int, number: int) -> bool:
    """Whether the next statement takes this value alone, and nothing else takes it."""
    users = [s for s in unit.statements if number in s.inputs]
    following = unit.statements[index + 1 : index + 2]
    return users == list(following) and number not in unit.results and len(users[0].inputs) == 1


def _wanted(statement: Statement, chained: Collection[str], *, passing: bool) -> Iterator[str]:
    branch = statement.name.rpartition("/")[0]
    if branch and branch in chained:
        yield snake(branch)
    elif passing:
        yield "x"


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

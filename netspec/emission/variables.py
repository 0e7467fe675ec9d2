"""Names for the values of a function, as a person would choose them.

A value that the next line alone uses is `x`, or within a branch has the branch's name; any other is
called after its step. A name is used again when its value is no longer needed.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Sequence
from itertools import count

from netspec.emission.units import Statement, Unit, snake


def variables(unit: Unit, taken: Sequence[str]) -> tuple[str, ...]:
    """A name for each value of the unit, by its number; none of those taken."""
    names = ["x"] if unit.ports == 1 else [f"x{index + 1}" for index in range(unit.ports)]
    last = {n: index for index, s in enumerate(unit.statements) for n in s.inputs}
    last |= dict.fromkeys(unit.results, len(unit.statements))
    for index, statement in enumerate(unit.statements):
        for _ in range(statement.results):
            live = {n for number, n in enumerate(names) if last.get(number, -1) > index}
            passing = statement.results == 1 and _goes_on(unit, index, len(names))
            candidates = _candidates(statement, passing=passing)
            names.append(next(n for n in candidates if n not in live and n not in taken))
    return tuple(names)


def _goes_on(unit: Unit, index: int, number: int) -> bool:
    """Whether the next statement takes this value alone, and nothing else takes it."""
    users = [s for s in unit.statements if number in s.inputs]
    following = unit.statements[index + 1 : index + 2]
    return users == list(following) and number not in unit.results and len(users[0].inputs) == 1


def _candidates(statement: Statement, *, passing: bool) -> Iterator[str]:
    branch, _, step = snake_parts(statement.name)
    if branch:
        yield branch
    elif passing:
        yield "x"
    wanted = step or "joined"
    own = f"{wanted}_" if keyword.iskeyword(wanted) or wanted == "x" else wanted
    yield own
    for number in count(2):
        yield f"{own}_{number}"


def snake_parts(name: str) -> tuple[str, str, str]:
    """A relative path as the name of its branch, a slash if it has one, and that of its step."""
    branch, slash, step = name.rpartition("/")
    return snake(branch), slash, snake(step)

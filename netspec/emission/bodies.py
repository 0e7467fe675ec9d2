"""The text of units: their statements in order, and what their docstrings say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from netspec.emission.expressions import NO_DEFAULT
from netspec.emission.parameters import UnitParameter
from netspec.emission.python import WIDTH, Naming, literal, wrapped
from netspec.emission.units import Statement, Unit, Use

SHOWN = 4
"""Uses that a docstring names where it can't name all."""
LISTED = 12
"""Lines of uses that a docstring has at most."""


@dataclass(frozen=True, slots=True)
class Writer:
    """How a backend writes a statement, given the names of what it takes."""

    naming: Callable[[Statement, tuple[str, ...]], Naming]
    indent: int


def assignments(unit: Unit, names: tuple[str, ...], writer: Writer) -> list[str]:
    """One assignment for each statement."""
    lines = []
    number = unit.ports
    for statement in unit.statements:
        made = names[number : number + statement.results]
        number += statement.results
        lines.append(_line(statement, f"{', '.join(made)} = ", names, writer))
    return lines


def body(unit: Unit, names: tuple[str, ...], writer: Writer) -> list[str]:
    """The assignments and what is returned, the last value without a name of its own."""
    lines = assignments(unit, names, writer)
    last = unit.statements[-1]
    count = len(names) - last.results
    if unit.results == tuple(range(count, len(names))):
        return [*lines[:-1], _line(last, "return ", names, writer)]
    returned = ", ".join(names[n] for n in unit.results)
    return [*lines, f"{' ' * writer.indent}return {returned}"]


def _line(statement: Statement, prefix: str, names: tuple[str, ...], writer: Writer) -> str:
    naming = writer.naming(statement, tuple(names[n] for n in statement.inputs))
    return wrapped(prefix, statement.value, naming, writer.indent, statement.shape)


def signature(opening: str, given: list[str], closing: str) -> list[str]:
    """The line that defines a function, or one line for each parameter."""
    line = f"{opening}({', '.join(given)}){closing}"
    if len(line) <= WIDTH:
        return [line]
    margin = " " * (len(opening) - len(opening.lstrip()))
    joined = f"{margin}    {', '.join(given)}"
    inner = [joined] if len(joined) <= WIDTH else [f"{margin}    {name}," for name in given]
    return [f"{opening}(", *inner, f"{margin}){closing}"]


def default(parameter: UnitParameter, joint: str) -> str:
    """The default of a parameter as it is declared, behind an equals sign; "" for none."""
    if parameter.default is NO_DEFAULT:
        return ""
    return f"{joint}{literal(parameter.default)}"


def docstring(unit: Unit) -> list[str]:
    """What a unit is, and the blocks that it makes with the shapes that they take and give."""
    what = f"Template {unit.template}" if unit.template else ""
    listed = [_told(list(uses)) for _, uses in groupby(unit.uses, key=lambda u: (u.takes, u.gives))]
    if len(listed) > LISTED:
        return [f'"""{_counted(unit.uses)}"""']
    if len(listed) == 1:
        line = f'"""{what + ": " if what else ""}{listed[0]}"""'
        if len(line) + 4 <= WIDTH:
            return [line]
    first = f"{what}." if what else _counted(unit.uses)
    return [f'"""{first}', "", *listed, '"""']


def _counted(uses: tuple[Use, ...]) -> str:
    paths = ", ".join(use.path for use in uses[:SHOWN])
    more = f" and {len(uses) - SHOWN} more" if len(uses) > SHOWN else ""
    return f"{paths}{more}."


def _told(uses: list[Use]) -> str:
    paths = ", ".join(use.path for use in uses)
    takes, gives = (" and ".join(shapes) for shapes in (uses[0].takes, uses[0].gives))
    return f"{paths}: {takes} to {gives}."

"""The text of units: their statements in order, and what their docstrings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby

from netspec.emission.expressions import NO_DEFAULT
from netspec.emission.parameters import UnitParameter
from netspec.emission.python import WIDTH, Naming, literal, wrapped
from netspec.emission.units import Statement, Unit, Use

LISTED = 12
"""Uses, or lines of uses, that a docstring has at most."""
DOC_WIDTH = WIDTH - 4


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


def mapping(prefix: str, values: Mapping[str, str]) -> list[str]:
    """A dict of names, on one line or one line each."""
    pairs = [f'"{key}": {value}' for key, value in values.items()]
    line = f"{prefix}{{{', '.join(pairs)}}}"
    if len(line) <= WIDTH:
        return [line]
    margin = " " * (len(prefix) - len(prefix.lstrip()))
    return [f"{prefix}{{", *(f"{margin}    {pair}," for pair in pairs), f"{margin}}}"]


def default(parameter: UnitParameter, joint: str) -> str:
    """The default of a parameter as it is declared, behind an equals sign; "" for none."""
    if parameter.default is NO_DEFAULT:
        return ""
    return f"{joint}{literal(parameter.default)}"


def docstring(unit: Unit) -> list[str]:
    """What a unit is and what it makes; of blocks, the shapes that they take and give."""
    listed = [_told(list(uses)) for _, uses in groupby(unit.uses, key=lambda u: (u.takes, u.gives))]
    if unit.is_step or len(listed) > LISTED:
        return [f'"""{_counted(unit)}"""']
    line = f'"""{_prefix(unit)}{listed[0]}"""'
    if len(listed) == 1 and len(line) <= DOC_WIDTH:
        return [line]
    return [f'"""{unit.what or "Blocks of one structure"}.', "", *listed, '"""']


def _prefix(unit: Unit) -> str:
    return f"{unit.what}: " if unit.what else ""


def _counted(unit: Unit) -> str:
    """As many paths as fit on the line, and how many there are beside them."""
    paths = [use.path for use in unit.uses[:LISTED]]
    lines = []
    for shown in range(len(paths), 0, -1):
        more = len(unit.uses) - shown
        end = f" and {more} more." if more else "."
        lines.append(f"{_prefix(unit)}{', '.join(paths[:shown])}{end}")
    return next((line for line in lines if len(line) + 6 <= DOC_WIDTH), lines[-1])


def _told(uses: list[Use]) -> str:
    paths = ", ".join(use.path for use in uses)
    takes, gives = (" and ".join(shapes) for shapes in (uses[0].takes, uses[0].gives))
    return f"{paths}: {takes} to {gives}."

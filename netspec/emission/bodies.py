"""The text of units: their statements in order, and what their docstrings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    kinds = [list(uses) for _, uses in groupby(unit.uses, key=lambda use: (use.takes, use.gives))]
    if unit.is_step or len(kinds) > LISTED:
        paths = _named(unit.uses, DOC_WIDTH - len(f'"""{_prefix(unit)}."""'))
        return [f'"""{_prefix(unit)}{paths}."""']
    line = f'"""{_prefix(unit)}{_told(kinds[0], WIDTH)}"""'
    if len(kinds) == 1 and len(line) <= DOC_WIDTH:
        return [line]
    listed = [_told(uses, DOC_WIDTH) for uses in kinds]
    return [f'"""{unit.what or "Blocks of one structure"}.', "", *listed, '"""']


def _prefix(unit: Unit) -> str:
    return f"{unit.what}: " if unit.what else ""


def _told(uses: Sequence[Use], room: int) -> str:
    takes, gives = (" and ".join(shapes) for shapes in (uses[0].takes, uses[0].gives))
    shapes = f": {takes} to {gives}."
    return f"{_named(uses, room - len(shapes))}{shapes}"


def _named(uses: Sequence[Use], room: int) -> str:
    """As many paths as there is room for, at least one, and how many there are beside them."""
    lines = []
    for shown in range(min(len(uses), LISTED), 0, -1):
        more = len(uses) - shown
        end = f" and {more} more" if more else ""
        lines.append(f"{', '.join(use.path for use in uses[:shown])}{end}")
    return next((line for line in lines if len(line) <= room), lines[-1])

"""Finds the blocks that are equal and makes one class or function of them.

Uses of a block are compared node by node. What is equal in all of them stays a literal; what
differs becomes a parameter, named after the template's parameter whose value it has:

    Mixed_5b: Conv2d(192, 64), pool=32 ┐
    Mixed_5c: Conv2d(256, 64), pool=64 ┴→  class Mixed35(in_channels, pool): Conv2d(in_channels, 64)

Two uses are of one unit exactly if their skeletons, the statements without their literals, are
equal; a use that a patch changed in structure is so a unit of its own.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netspec.emission.expressions import (
    NO_DEFAULT,
    Argument,
    Expr,
    Literal,
    Parameter,
    literals,
    with_literals,
)
from netspec.emission.outline import Group
from netspec.ir.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of a unit: a value from earlier ones, perhaps through a layer of its own.

    Values are numbered within the unit, its ports first. `inits` set a layer's first values.
    """

    name: str
    layer: Expr | None
    value: Expr
    inits: tuple[Expr, ...]
    inputs: tuple[int, ...]
    results: int = 1
    shape: str = field(default="", compare=False)

    def expressions(self) -> tuple[Expr, ...]:
        """All expressions, in a fixed order."""
        return (*(() if self.layer is None else (self.layer,)), self.value, *self.inits)

    def with_literals(self, replacements: Iterator[Expr]) -> Statement:
        """The statement with its literals replaced in reading order."""
        layer = None if self.layer is None else with_literals(self.layer, replacements)
        value = with_literals(self.value, replacements)
        inits = tuple(with_literals(init, replacements) for init in self.inits)
        return replace(self, layer=layer, value=value, inits=inits)


@dataclass(frozen=True, slots=True)
class UnitParameter:
    """A parameter of a unit. Where most uses give the same value, that is its default."""

    name: str
    values: tuple[Any, ...]
    default: Any = NO_DEFAULT


@dataclass(frozen=True, slots=True)
class Unit:
    """What becomes one class or function; `uses` are the paths of the blocks that it makes."""

    title: str
    parameters: tuple[UnitParameter, ...]
    ports: int
    statements: tuple[Statement, ...]
    results: tuple[int, ...]
    uses: tuple[str, ...]
    template: str
    shapes: tuple[str, ...] = ()


Body = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How a backend writes units.

    `node` gives the statement of a node, named relative to a group; its inputs are numbered
    afterwards. `is_unit` says which groups become units. `chain` makes one statement of any other
    group's body; without it, the body's statements stand among those of the group around it.
    `use` gives the layer and the value of a unit's use: title, arguments, inputs, relative path.
    """

    node: Callable[[Node, Group], Statement]
    is_unit: Callable[[Group], bool]
    chain: Callable[[str, Body], Statement] | None
    use: Callable[[str, tuple[Argument, ...], int, str], tuple[Expr | None, Expr]]
    title: Callable[[Group], str]


@dataclass(slots=True)
class _Instance:
    """One use of a block, before it is known which others are equal to it."""

    group: Group
    body: Body
    results: tuple[int, ...]

    @property
    def skeleton(self) -> object:
        """What must be equal for two uses to be of one unit."""
        template = self.group.block.template if self.group.block else ""
        hole = Literal(None)
        blank = tuple(s.with_literals(_repeat(hole)) for s in self.body)
        return template, len(self.group.ports), self.results, blank

    def literals(self) -> list[Literal]:
        return [x for s in self.body for e in s.expressions() for x in literals(e)]


def _repeat(value: Expr) -> Iterator[Expr]:
    while True:
        yield value


def units_of(graph: Graph, root: Group, style: Style) -> tuple[Unit, ...]:
    """All units of a graph: each before those that use it, the network itself last."""
    maker = _Maker(graph, style)
    groups = [g for g in _groups(root) if style.is_unit(g) or g is root]
    for height in sorted({g.height for g in groups}):
        maker.make([g for g in groups if g.height == height])
    return maker.ordered(root)


def _groups(group: Group) -> Iterator[Group]:
    yield group
    for item in group.items:
        if isinstance(item, Group):
            yield from _groups(item)


class _Maker:
    """Makes units from the innermost blocks outward."""

    def __init__(self, graph: Graph, style: Style) -> None:
        self.graph, self.style = graph, style
        self.unit_at: dict[str, Unit] = {}
        self.arguments_at: dict[str, tuple[Argument, ...]] = {}
        self.titles: set[str] = set()

    def make(self, groups: list[Group]) -> None:
        """Make the units of blocks of one height, those within them being made."""
        families: dict[object, list[_Instance]] = {}
        for group in groups:
            instance = self._instance(group)
            families.setdefault(instance.skeleton, []).append(instance)
        for family in sorted(families.values(), key=len, reverse=True):
            self._unit(family)

    def ordered(self, root: Group) -> tuple[Unit, ...]:
        """The units in the order in which they are first needed, what they use before them."""
        found: dict[str, Unit] = {}

        def visit(group: Group) -> None:
            unit = self.unit_at.get(group.path)
            if unit is not None and unit.title in found:
                return
            for item in group.items:
                if isinstance(item, Group):
                    visit(item)
            if unit is not None:
                found[unit.title] = unit

        visit(root)
        return tuple(found.values())

    def _instance(self, group: Group) -> _Instance:
        numbers = {name: index for index, name in enumerate(group.ports)}
        body = self._body(group, group, numbers)
        return _Instance(group, body, tuple(numbers[name] for name in group.results))

    def _body(self, group: Group, owner: Group, numbers: dict[str, int]) -> Body:
        """The statements of a group, named relative to its owner; numbers the values they make."""
        body: list[Statement] = []
        for item in group.items:
            if isinstance(item, Node):
                statement = self.style.node(item, owner)
                inputs = tuple(numbers[name] for name in item.inputs)
                body.append(replace(statement, inputs=inputs, shape=str(item.output)))
                numbers[item.name] = len(numbers)
            elif item.path in self.unit_at:
                body.append(self._use(item, owner, numbers))
            elif self.style.chain is None:
                body += self._body(item, owner, numbers)
            else:
                body.append(self._chained(item, owner, numbers))
        return tuple(body)

    def _chained(self, item: Group, owner: Group, numbers: dict[str, int]) -> Statement:
        assert self.style.chain is not None
        own = {name: index for index, name in enumerate(item.ports)}
        statement = self.style.chain(owner.below(item.path), self._body(item, item, own))
        inputs = tuple(numbers[name] for name in item.ports)
        (result,) = item.results
        numbers[result] = len(numbers)
        return replace(statement, inputs=inputs, shape=str(self.graph.shapes[result]))

    def _use(self, item: Group, group: Group, numbers: dict[str, int]) -> Statement:
        unit = self.unit_at[item.path]
        inputs = tuple(numbers[name] for name in item.ports)
        below = group.below(item.path)
        layer, value = self.style.use(
            unit.title, self.arguments_at[item.path], len(inputs), below
        )
        shape = ", ".join(str(self.graph.shapes[name]) for name in item.results)
        for name in item.results:
            numbers[name] = len(numbers)
        return Statement(below, layer, value, (), inputs, len(item.results), shape)

    def _unit(self, family: list[_Instance]) -> None:
        first = family[0]
        columns = list(zip(*(instance.literals() for instance in family), strict=True))
        parameters, leaves = _parameters(columns, family)
        replacements = iter(leaves)
        shapes = [_common(s) for s in zip(*([s.shape for s in i.body] for i in family), strict=True)]
        statements = tuple(
            replace(statement.with_literals(replacements), shape=shape)
            for statement, shape in zip(first.body, shapes, strict=True)
        )
        unit = Unit(
            title=self._title(first.group),
            parameters=parameters,
            ports=len(first.group.ports),
            statements=statements,
            results=first.results,
            uses=tuple(instance.group.path for instance in family),
            template=first.group.block.template if first.group.block else "",
        )
        for index, instance in enumerate(family):
            self.unit_at[instance.group.path] = unit
            self.arguments_at[instance.group.path] = tuple(
                Argument(p.name, Literal(p.values[index], p.name), p.default) for p in parameters
            )

    def _title(self, group: Group) -> str:
        wanted = self.style.title(group)
        if wanted in self.titles and group.block and group.block.template:
            wanted = camel(group.path)
        title, number = wanted, 2
        while title in self.titles:
            title, number = f"{wanted}{number}", number + 1
        self.titles.add(title)
        return title


def _common(texts: tuple[str, ...]) -> str:
    return texts[0] if len(set(texts)) == 1 else ""


def _parameters(
    columns: list[tuple[Literal, ...]], family: list[_Instance]
) -> tuple[tuple[UnitParameter, ...], list[Expr]]:
    """The parameters of a family, and what stands for each literal: itself or a parameter."""
    named: dict[tuple[Any, ...], str] = {}
    arguments = family[0].group.block.arguments if family[0].group.block else {}
    leaves: list[Expr] = []
    for column in columns:
        values = tuple(literal.value for literal in column)
        if all(_same(value, values[0]) for value in values):
            leaves.append(column[0])
            continue
        marked = tuple(map(repr, values))
        if marked not in named:
            named[marked] = _name(values, column[0].hint, family, set(named.values()))
        leaves.append(Parameter(named[marked]))
    by_name = {
        leaf.name: tuple(literal.value for literal in column)
        for leaf, column in zip(leaves, columns, strict=True)
        if isinstance(leaf, Parameter)
    }
    made = [
        UnitParameter(n, values, NO_DEFAULT if n in arguments else _default(n, values))
        for n, values in by_name.items()
    ]
    required = [p for p in made if p.default is NO_DEFAULT]
    return (*required, *(p for p in made if p.default is not NO_DEFAULT)), leaves


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _name(values: tuple[Any, ...], hint: str, family: list[_Instance], taken: set[str]) -> str:
    """A parameter's name: the template's parameter of those values, else the argument's."""
    blocks = [instance.group.block for instance in family]
    first = blocks[0].arguments if blocks[0] else {}
    for name in first:
        given = tuple(block.arguments.get(name) if block else None for block in blocks)
        if given == values and name not in taken:
            return _identifier(name)
    name, number = hint or "value", 2
    while name in taken:
        name, number = f"{hint or 'value'}_{number}", number + 1
    return name


_RESERVED = {"self", "x", "name"}


def _identifier(name: str) -> str:
    reserved = keyword.iskeyword(name) or name in _RESERVED
    return f"{name}_" if reserved else name


_NEVER_DEFAULT = re.compile(r"(channels|filters|features)(_\d+)?$")


def _default(name: str, values: tuple[Any, ...]) -> Any:
    """The value that most uses give; none for channel counts, which a reader wants to see."""
    if _NEVER_DEFAULT.search(name):
        return NO_DEFAULT
    marked, count = Counter(map(repr, values)).most_common(1)[0]
    if 2 * count <= len(values) or len(values) < 3:
        return NO_DEFAULT
    return next(value for value in values if repr(value) == marked)


def camel(path: str) -> str:
    """`mixed_35` or `Mixed_7b/Branch_1/Concat` as a class's name: `Mixed35`, `Mixed7bBranch1Concat`."""
    words = re.split(r"[/_]+", path)
    return "".join(word[:1].upper() + word[1:] for word in words)


def templated_path(group: Group, graph: Graph) -> str:
    """A group's path with the use of a template that it is in replaced by the template's name."""
    if group.block is not None and group.block.template:
        return group.block.template
    around = group.path.rpartition("/")[0]
    while around:
        block = graph.blocks_by_path.get(around)
        if block is not None and block.template:
            return f"{block.template}/{group.path[len(around) + 1 :]}"
        around = around.rpartition("/")[0]
    return group.path


def snake(path: str) -> str:
    """`Mixed_7b/Branch_1` as a variable's or function's name: `mixed_7b_branch_1`."""
    return path.replace("/", "_").lower()



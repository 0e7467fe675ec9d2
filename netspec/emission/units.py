"""Finds the blocks that are equal and makes one class or function of them.

Uses of a block are compared node by node. What is equal in all of them stays a literal; what
differs becomes a parameter, named after the template's parameter whose value it has:

    Mixed_5b: Conv2d(192, 64), pool=32 ┐
    Mixed_5c: Conv2d(256, 64), pool=64 ┴→  class Mixed35(in_channels, pool): Conv2d(in_channels, 64)

Two uses are of one unit exactly if their skeletons, the statements without their literals, are
equal; a use that a patch changed in structure is so a unit of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from netspec.emission.expressions import (
    Argument,
    Expr,
    Literal,
    functions,
    literals,
    with_literals,
)
from netspec.emission.names import numbered
from netspec.emission.outline import Group, groups
from netspec.emission.parameters import Column, UnitParameter, parameterised
from netspec.ir.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of a unit: a value from earlier ones, perhaps through a layer of its own.

    Values are numbered within the unit, its ports first. `setup` shapes the layer; `inits` set its
    first values; `note` says why the setup is there.
    """

    name: str
    layer: Expr | None
    value: Expr
    setup: tuple[Expr, ...] = ()
    inits: tuple[Expr, ...] = ()
    inputs: tuple[int, ...] = ()
    results: int = 1
    note: str = field(default="", compare=False)
    shape: str = field(default="", compare=False)

    def expressions(self) -> tuple[Expr, ...]:
        """All expressions, in a fixed order."""
        layer = () if self.layer is None else (self.layer,)
        return (*layer, self.value, *self.setup, *self.inits)

    def with_literals(self, replacements: Iterator[Expr]) -> Statement:
        """The statement with its literals replaced in reading order."""
        return replace(
            self,
            layer=None if self.layer is None else with_literals(self.layer, replacements),
            value=with_literals(self.value, replacements),
            setup=tuple(with_literals(e, replacements) for e in self.setup),
            inits=tuple(with_literals(e, replacements) for e in self.inits),
        )


@dataclass(frozen=True, slots=True)
class Use:
    """A block that a unit makes: its path, the shapes that it takes and gives."""

    path: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """What becomes one class or function, and `what` it is in a few words.

    Values below `ports` are those that it is called with.
    """

    title: str
    parameters: tuple[UnitParameter, ...]
    ports: int
    statements: tuple[Statement, ...]
    results: tuple[int, ...]
    uses: tuple[Use, ...]
    what: str
    is_step: bool

    def called(self) -> set[str]:
        """The names that its code calls."""
        return {n for s in self.statements for e in s.expressions() for n in functions(e)}


Body = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How a backend writes units.

    `node` gives the statement of a node, named relative to a group; its inputs are numbered
    afterwards. `is_unit` says which groups become units. `chain` makes one statement of any other
    group's body; without it, the body's statements stand among those of the group around it.
    `use` gives the layer and the value of a unit's use: title, arguments, inputs, relative path.
    `titles` are the names that a unit would like, the best first; no unit and no parameter has
    one of those `reserved`.
    """

    node: Callable[[Node, Group], Statement]
    is_unit: Callable[[Group], bool]
    chain: Callable[[str, Body], Statement] | None
    use: Callable[[str, tuple[Argument, ...], int, str], tuple[Expr | None, Expr]]
    titles: Callable[[Group], Sequence[str]]
    reserved: frozenset[str]
    separator: str


@dataclass(slots=True)
class _Instance:
    """One use of a block, before it is known which others are equal to it."""

    group: Group
    body: Body
    results: tuple[int, ...]

    @property
    def skeleton(self) -> object:
        """What must be equal for two uses to be of one unit."""
        hole = Literal(None)
        blank = tuple(s.with_literals(_repeat(hole)) for s in self.body)
        return self.group.template, len(self.group.ports), self.results, blank

    def literals(self) -> list[tuple[str, Literal]]:
        """The literals, each with the name of its statement."""
        return [(s.name, x) for s in self.body for e in s.expressions() for x in literals(e)]


def _repeat(value: Expr) -> Iterator[Expr]:
    while True:
        yield value


def units_of(graph: Graph, root: Group, style: Style) -> tuple[Unit, ...]:
    """All units of a graph: each before those that use it, the network itself last."""
    maker = _Maker(graph, root, style)
    chosen = [g for g in groups(root) if style.is_unit(g) or g is root]
    for height in sorted({g.height for g in chosen}):
        maker.make([g for g in chosen if g.height == height])
    return maker.ordered(root)


class _Maker:
    """Makes units from the innermost blocks outward."""

    def __init__(self, graph: Graph, root: Group, style: Style) -> None:
        self.graph, self.style = graph, style
        self.unit_at: dict[str, Unit] = {}
        self.arguments_at: dict[str, tuple[Argument, ...]] = {}
        self.taken = set(style.reserved)
        # The network and the templates have the first choice of titles.
        self.claims = {style.titles(root)[0]: _claimant(root)}
        for group in groups(root):
            if group.template:
                self.claims.setdefault(style.titles(group)[0], _claimant(group))

    def make(self, chosen: list[Group]) -> None:
        """Make the units of blocks of one height, those within them being made."""
        families: dict[object, list[_Instance]] = {}
        for group in chosen:
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
            for inner in group.groups:
                visit(inner)
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
                body.append(self._numbered(self.style.node(item, owner), item.inputs, numbers))
                numbers[item.name] = len(numbers)
                body[-1] = replace(body[-1], shape=str(item.output))
            elif item.path in self.unit_at:
                body.append(self._use(item, owner, numbers))
            elif self.style.chain is None:
                body += self._body(item, owner, numbers)
            else:
                body.append(self._chained(item, owner, numbers))
        return tuple(body)

    def _numbered(
        self, statement: Statement, inputs: tuple[str, ...], numbers: dict[str, int]
    ) -> Statement:
        return replace(statement, inputs=tuple(numbers[name] for name in inputs))

    def _chained(self, item: Group, owner: Group, numbers: dict[str, int]) -> Statement:
        assert self.style.chain is not None
        own = {name: index for index, name in enumerate(item.ports)}
        statement = self.style.chain(owner.below(item.path), self._body(item, item, own))
        made = self._numbered(statement, item.ports, numbers)
        (result,) = item.results
        numbers[result] = len(numbers)
        return replace(made, shape=str(self.graph.shapes[result]))

    def _use(self, item: Group, owner: Group, numbers: dict[str, int]) -> Statement:
        below, arguments = owner.below(item.path), self.arguments_at[item.path]
        title, inputs = self.unit_at[item.path].title, tuple(numbers[n] for n in item.ports)
        layer, value = self.style.use(title, arguments, len(inputs), below)
        for name in item.results:
            numbers[name] = len(numbers)
        return Statement(
            below,
            layer,
            value,
            inputs=inputs,
            results=len(item.results),
            shape=", ".join(self._shapes(item.results)),
        )

    def _shapes(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(self.graph.shapes[name]) for name in names)

    def _unit(self, family: list[_Instance]) -> None:
        first = family[0]
        title = self._title(first.group)
        columns = [
            Column(name, tuple(literal for _, literal in column))
            for column in zip(*(instance.literals() for instance in family), strict=True)
            for name in (column[0][0],)
        ]
        given = [i.group.block.arguments if i.group.block else {} for i in family]
        parameters, leaves = parameterised(columns, given, self.taken)
        unit = Unit(
            title=title,
            parameters=parameters,
            ports=len(first.group.ports),
            statements=_merged(family, iter(leaves)),
            results=first.results,
            uses=tuple(self._used(instance.group) for instance in family),
            what=first.group.what,
            is_step=first.group.is_step,
        )
        for index, instance in enumerate(family):
            self.unit_at[instance.group.path] = unit
            self.arguments_at[instance.group.path] = tuple(p.argument(index) for p in parameters)

    def _used(self, group: Group) -> Use:
        return Use(group.path, self._shapes(group.ports), self._shapes(group.results))

    def _title(self, group: Group) -> str:
        wanted = self.style.titles(group)
        mine = _claimant(group)
        foreign = {title for title, claimant in self.claims.items() if claimant != mine}
        taken = self.taken | foreign
        title = next((t for t in wanted if t not in taken), None)
        title = title or numbered(wanted[0], taken, self.style.separator)
        self.taken.add(title)
        return title


def _claimant(group: Group) -> str:
    """Who may have a title that is claimed: the network, or the uses of a template."""
    return f"template {group.template}" if group.template else group.path and "anything else"


def _merged(family: list[_Instance], leaves: Iterator[Expr]) -> Body:
    """The statements of all, with shapes where they are the same in all."""
    shapes = (
        {statement.shape for statement in alike}
        for alike in zip(*(instance.body for instance in family), strict=True)
    )
    return tuple(
        replace(statement.with_literals(leaves), shape=found.pop() if len(found) == 1 else "")
        for statement, found in zip(family[0].body, shapes, strict=True)
    )

"""Which blocks become functions in emitted Keras code, and how they are called."""

from __future__ import annotations

from netspec.backends.keras import support
from netspec.backends.keras.rules import emit
from netspec.emission.expressions import Argument, Call, Expr, Input, Path
from netspec.emission.names import PYTHON, snake, snake_words
from netspec.emission.outline import Group, templated_path
from netspec.emission.units import Statement, Style
from netspec.ir.graph import Graph, Node

RESERVED = PYTHON | {
    *("Path", "initializers", "keras", "layers", "load_file", "math", "ops", "regularizers"),
    *("build", "load", "self_test"),
    *("inputs", "model", "name", "outputs", "weights", "x"),
    *(name for name in vars(support) if not name.startswith("_")),
}
"""What names mean in an emitted module or within its functions, whether it needs them or not."""


def style(graph: Graph) -> Style:
    """How functions are written for this graph."""

    def node(item: Node, owner: Group) -> Statement:
        def name(suffix: str) -> Path:
            return Path(owner.below(f"{item.name}/{suffix}" if suffix else item.name))

        return Statement(owner.below(item.place), None, emit(item, graph, name))

    def titles(group: Group) -> tuple[str, ...]:
        return _titles(group, graph)

    return Style(node, _is_unit, None, _use, titles, RESERVED, separator="_")


def _is_unit(group: Group) -> bool:
    """Templates, steps of several parts, and the network's own blocks with branches."""
    branching = len(group.nodes) == 1 and len(group.groups) > 1 and "/" not in group.path
    return bool(group.template) or group.is_step or branching


def _titles(group: Group, graph: Graph) -> tuple[str, ...]:
    if not group.path:
        return snake_words(graph.name), snake(f"{snake_words(graph.name)}/network")
    if group.template:
        return snake(group.template), snake(group.path), snake(f"{group.template}/block")
    if group.is_step:
        return ("_".join(node.op.name for node in group.nodes),)
    return snake(templated_path(group.path, graph)), snake(f"{group.path}/block")


def _use(
    title: str, arguments: tuple[Argument, ...], inputs: int, below: str
) -> tuple[Expr | None, Expr]:
    required = tuple(a.value for a in arguments if a.required)
    optional = tuple(a for a in arguments if not a.required)
    ports = tuple(Input(index) for index in range(inputs))
    return None, Call(title, (*ports, *required), (*optional, Argument("name", Path(below))))

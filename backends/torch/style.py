"""Which blocks become classes in emitted torch code, and how they are called."""

from __future__ import annotations

from netspec.backends.torch import support
from netspec.backends.torch.rules import CALL, View, emit, is_function_part
from netspec.emission.expressions import (
    Apply,
    Argument,
    Attribute,
    Call,
    Expr,
    Input,
    Layer,
    transform,
)
from netspec.emission.names import PYTHON, camel
from netspec.emission.outline import Group, made, taken, templated_path
from netspec.emission.parameters import is_count
from netspec.emission.units import Body, Statement, Style
from netspec.ir.graph import Graph, Node

RESERVED = PYTHON | {
    *("F", "OrderedDict", "Path", "load_file", "math", "nn", "torch"),
    *("build", "self_test"),
    *(name for name in vars(support) if not name.startswith("_")),
}
"""What names mean in an emitted module, whether it needs them or not."""


def style(view: View) -> Style:
    """How classes are written for this graph."""

    def node(item: Node, owner: Group) -> Statement:
        return statement(item, owner, view)

    def is_unit(group: Group) -> bool:
        return bool(group.template) or group.is_step or not _is_chain(group, view)

    def titles(group: Group) -> tuple[str, ...]:
        return _titles(group, view.graph)

    return Style(node, is_unit, _sequential, _use, titles, RESERVED, separator="")


def statement(node: Node, owner: Group, view: View) -> Statement:
    """The line of a node: a layer of its own, or an expression where it needs none."""
    emitted = emit(node, view)
    name = owner.below(node.place)
    inline = emitted.layer is None or not name or is_function_part(node)
    if inline and emitted.inline is not None:
        return Statement(name, None, emitted.inline)
    return Statement(
        name,
        emitted.layer,
        emitted.value,
        setup=emitted.setup,
        inits=emitted.inits,
        note=emitted.note,
    )


def _is_chain(group: Group, view: View) -> bool:
    """Whether each item is a layer that takes what the one before it gives, and nothing else."""
    flow = group.ports
    for item in group.items:
        alone = isinstance(item, Group) or statement(item, group, view).value == CALL
        if not alone or taken(item) != flow or len(flow) != 1:
            return False
        flow = made(item)
    return flow == group.results and len(flow) == 1


def _titles(group: Group, graph: Graph) -> tuple[str, ...]:
    if not group.path:
        return camel(graph.name), f"{camel(graph.name)}Network"
    if group.template:
        return camel(group.template), camel(group.path), f"{camel(group.template)}Block"
    if group.is_step:
        return ("".join(camel(node.op.name) for node in group.nodes),)
    named = camel(templated_path(group.path, graph))
    return named, camel(group.path), f"{named}Block"


def shown(group: Group, graph: Graph) -> str:
    """What a live block calls itself when it is printed: as its class in the source, if any."""
    named = group.template or group.is_step or not group.path
    return _titles(group, graph)[0] if named else "Block"


def _sequential(name: str, body: Body) -> Statement:
    """A chain of layers as one: nn.Sequential of the named layers."""
    named = tuple(Argument(s.name, s.layer) for s in body if s.layer is not None)
    layer = Call("nn.Sequential", (Call("OrderedDict", (), named),))
    setup = tuple(_inside(e, s.name) for s in body for e in s.setup)
    inits = tuple(_inside(e, s.name) for s in body for e in s.inits)
    note = next((s.note for s in body if s.note), "")
    return Statement(name, layer, CALL, setup=setup, inits=inits, note=note)


def _inside(expression: Expr, child: str) -> Expr:
    """What speaks of a layer, spoken of a chain's layer of that name."""
    layer = Attribute(Layer(), child)
    return transform(expression, lambda e: layer if isinstance(e, Layer) else e)


def _use(
    title: str, arguments: tuple[Argument, ...], inputs: int, _: str
) -> tuple[Expr | None, Expr]:
    counts = tuple(a for a in arguments if is_count(a.name))
    named = tuple(a for a in arguments if not is_count(a.name))
    layer = Call(title, tuple(a.value for a in counts), named)
    return layer, Apply(Layer(), tuple(Input(index) for index in range(inputs)))

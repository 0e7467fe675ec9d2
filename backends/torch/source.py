"""Standalone source: one class per block that repeats, the spec's names, no netspec import."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from math import prod
from pathlib import Path

from safetensors.numpy import save

from netspec.backends.torch import layout, support
from netspec.backends.torch.rules import View, emit, is_function_part
from netspec.emission.expressions import (
    NO_DEFAULT,
    Apply,
    Argument,
    Attribute,
    Call,
    Expr,
    Input,
    Items,
    Layer,
    Text,
    functions,
    transform,
)
from netspec.emission.outline import Group, outline
from netspec.emission.python import Naming, checked, literal, wrapped
from netspec.emission.units import (
    Body,
    Statement,
    Style,
    Unit,
    UnitParameter,
    camel,
    templated_path,
    units_of,
)
from netspec.emission.variables import variables
from netspec.folders import write_folder
from netspec.ir.channel_order import channels_first_vectors
from netspec.ir.graph import Graph, Node
from netspec.targets import Weights


_CALL = Apply(Layer(), (Input(),))
_MODULES = frozenset({"torch", "collections", "math", "pathlib", "safetensors"})
_SUPPORT = {
    "variance_scaling_": ("truncated_normal_", "variance_scaling_"),
    "truncated_normal_": ("truncated_normal_",),
    "BiasedBatchNorm2d": ("BiasedBatchNorm2d",),
    "BiasedBatchNorm1d": ("BiasedBatchNorm1d",),
    "InsideAvgPool2d": ("InsideAvgPool2d",),
    "FlattenHWC": ("FlattenHWC",),
}
"""What each name that torch lacks needs of the support module."""


def write(graph: Graph, weights: Weights, spec_hash: str, out: Path) -> tuple[Path, ...]:
    """`model.py` and `weights.safetensors` in the folder, both whole or neither."""
    state = layout.state(graph, weights)
    stored = save(dict(sorted(state.items())), metadata={"spec_hash": spec_hash})
    return write_folder(out, {"model.py": text(graph).encode(), "weights.safetensors": stored})


def text(graph: Graph) -> str:
    """The module's text."""
    view = View(graph, channels_first_vectors(graph))
    root = outline(graph)
    units = units_of(graph, root, _style(view, graph))
    called = {name for unit in units for name in _called(unit)}
    parts = [
        _header(graph, called),
        *_support(called),
        *(_class(unit, _doc(unit)) for unit in units[:-1]),
        _network(graph, root, units[-1]),
        _build(units[-1].title),
        _self_test(graph, units[-1].title),
    ]
    return checked("\n\n\n".join(parts) + "\n", _MODULES)


def _called(unit: Unit) -> Iterator[str]:
    for statement in unit.statements:
        for expression in statement.expressions():
            yield from functions(expression)


def _style(view: View, graph: Graph) -> Style:
    def node(item: Node, owner: Group) -> Statement:
        emitted = emit(item, view)
        name = owner.below(item.place)
        inline = emitted.layer is None or not name or is_function_part(item)
        if inline and emitted.inline is not None:
            return Statement(name, None, emitted.inline, (), ())
        return Statement(name, emitted.layer, emitted.value, emitted.setup + emitted.inits, ())

    def is_chain(group: Group) -> bool:
        flow = group.ports
        for item in group.items:
            alone = isinstance(item, Group) or node(item, group).value == _CALL
            taken = item.inputs if isinstance(item, Node) else item.ports
            if taken != flow or len(flow) != 1 or not alone:
                return False
            flow = (item.name,) if isinstance(item, Node) else item.results
        return flow == group.results

    def is_unit(group: Group) -> bool:
        templated = group.block is not None and group.block.template
        return bool(templated) or _is_parted(group) or not is_chain(group)

    return Style(node, is_unit, _sequential, _use, lambda group: _title(group, graph))


def _is_parted(group: Group) -> bool:
    """Whether a group is one step: a conv with its norm and activation."""
    return all(isinstance(item, Node) and item.part for item in group.items)


def _title(group: Group, graph: Graph) -> str:
    if not group.path:
        return graph.name
    if _is_parted(group):
        return "".join(type(i.op).__name__ for i in group.items if isinstance(i, Node))
    return camel(templated_path(group, graph))


def _sequential(name: str, body: Body) -> Statement:
    """A chain of layers as one: nn.Sequential of the named layers."""
    pairs = [Items((Text(s.name), s.layer), "()") for s in body if s.layer is not None]
    layer = Call("nn.Sequential", (Call("OrderedDict", (Items(tuple(pairs)),)),))
    inits = tuple(_inside(init, s.name) for s in body for init in s.inits)
    return Statement(name, layer, _CALL, inits, ())


def _inside(init: Expr, child: str) -> Expr:
    return transform(init, lambda e: Attribute(Layer(), child) if isinstance(e, Layer) else e)


def _use(
    title: str, arguments: tuple[Argument, ...], inputs: int, below: str
) -> tuple[Expr | None, Expr]:
    counts = [a for a in arguments if a.name.endswith(("channels", "features"))]
    named = tuple(a for a in arguments if a not in counts)
    layer = Call(title, tuple(a.value for a in counts), named)
    return layer, Apply(Layer(), tuple(Input(index) for index in range(inputs)))


# the text of classes


def _header(graph: Graph, called: set[str]) -> str:
    shapes = ", ".join(f"{path} {graph.shapes[graph.producer(path)]}" for path in graph.outputs)
    (image,) = graph.inputs
    imports = [
        *(["import math"] if "variance_scaling_" in called else []),
        *(["from collections import OrderedDict"] if "OrderedDict" in called else []),
        "from pathlib import Path",
    ]
    frameworks = ["import torch"]
    if any(name.startswith("F.") for name in called) or "InsideAvgPool2d" in called:
        frameworks.append("import torch.nn.functional as F")
    frameworks += ["from safetensors.torch import load_file", "from torch import nn"]
    doc = [
        f'"""{graph.name} in PyTorch, written by netspec; it needs torch and safetensors only.',
        "",
        f"Takes images (batch, {image.shape.channels}, height, width), {image.shape} as",
        f"height x width x channels. Gives a dict: {shapes}.",
        '"""',
    ]
    return "\n".join([*doc, "", *imports, "", *frameworks])


def _support(called: set[str]) -> list[str]:
    wanted = dict.fromkeys(n for name, needs in _SUPPORT.items() if name in called for n in needs)
    return [inspect.getsource(getattr(support, name)).rstrip() for name in wanted]


def _doc(unit: Unit) -> str:
    places = ", ".join(unit.uses[:4])
    more = f" and {len(unit.uses) - 4} more" if len(unit.uses) > 4 else ""
    kind = f"Template {unit.template}: " if unit.template else ""
    return f"{kind}{places}{more}."


def _class(unit: Unit, doc: str) -> str:
    names = variables(unit, ["self", "torch", "nn", *(p.name for p in unit.parameters)])
    ports = ", ".join(f"{name}: torch.Tensor" for name in names[: unit.ports])
    kind = "torch.Tensor" if len(unit.results) == 1 else "tuple[torch.Tensor, ...]"
    lines = [
        f"class {unit.title}(nn.Module):",
        f'    """{doc}"""',
        "",
        *_constructor(unit),
        "",
        f"    def forward(self, {ports}) -> {kind}:",
        *_forward(unit, names),
    ]
    return "\n".join(lines)


def _constructor(unit: Unit) -> list[str]:
    given = "".join(f", {_declared(p)}" for p in unit.parameters)
    lines = [f"    def __init__(self{given}) -> None:", "        super().__init__()"]
    if len(lines[0]) > 100:
        listed = [f"        {_declared(p)}," for p in unit.parameters]
        lines[:1] = ["    def __init__(", "        self,", *listed, "    ) -> None:"]
    made = [s for s in unit.statements if s.layer is not None]
    for statement in made:
        assert statement.layer is not None
        lines.append(wrapped(f"self.{statement.name} = ", statement.layer, Naming(), 8))
    for statement in made:
        naming = Naming(layer=f"self.{statement.name}")
        lines += [wrapped("", init, naming, 8) for init in statement.inits]
    return lines


def _declared(parameter: UnitParameter) -> str:
    kinds = {_kind(value) for value in parameter.values}
    kind = " | ".join(sorted(kinds))
    default = "" if parameter.default is NO_DEFAULT else f" = {literal(parameter.default)}"
    return f"{parameter.name}: {kind}{default}"


def _kind(value: object) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_kind, value))}]"
    return type(value).__name__


def _forward(unit: Unit, names: tuple[str, ...]) -> list[str]:
    lines = []
    number = unit.ports
    for index, statement in enumerate(unit.statements):
        made = tuple(range(number, number + statement.results))
        number += statement.results
        inputs = tuple(names[n] for n in statement.inputs)
        naming = Naming(inputs, f"self.{statement.name}")
        last = index == len(unit.statements) - 1 and unit.results == made
        prefix = "return " if last else f"{', '.join(names[n] for n in made)} = "
        lines.append(wrapped(prefix, statement.value, naming, 8, statement.shape))
        if last:
            return lines
    given = ", ".join(names[n] for n in unit.results)
    return [*lines, f"        return {given}"]


def _network(graph: Graph, root: Group, unit: Unit) -> str:
    """The root's class: its results go out by path, as a dict in written order."""
    numbers = dict(zip(root.results, unit.results, strict=True))
    names = variables(unit, ["self", "torch", "nn"])
    pairs = [f'"{path}": {names[numbers[graph.producer(path)]]}' for path in graph.outputs]
    open_ended = replace(unit, results=(*unit.results, -1))  # no statement is a return
    body = _forward(open_ended, (*names, ""))[:-1]
    (image,) = graph.inputs
    lines = [
        f"class {unit.title}(nn.Module):",
        f'    """The network, from images of {image.shape}."""',
        "",
        *_constructor(unit),
        "",
        "    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:",
        *body,
        *_returned(pairs),
    ]
    return "\n".join(lines)


def _returned(pairs: list[str]) -> list[str]:
    line = f"        return {{{', '.join(pairs)}}}"
    if len(line) <= 100:
        return [line]
    return ["        return {", *(f"            {pair}," for pair in pairs), "        }"]


def _build(title: str) -> str:
    return f'''def build(weights: str | Path | None = None) -> {title}:
    """The network; with `weights`, a safetensors file of its state_dict, loaded strictly."""
    model = {title}()
    if weights is not None:
        model.load_state_dict(load_file(weights), strict=True)
    return model'''


def _self_test(graph: Graph, title: str) -> str:
    (image,) = graph.inputs
    height, width, channels = image.shape.dims
    weights = [w for _, w in graph.weights() if w.trainable]
    count = sum(prod(w.shape) for w in weights)
    shapes = [
        f'        "{path}": {literal((2, *_channels_first(graph, path)))},' for path in graph.outputs
    ]
    return "\n".join(
        [
            "def self_test() -> None:",
            '    """Checks the number of parameters, the outputs\' shapes, and weights beside the file."""',
            '    beside = Path(__file__).with_name("weights.safetensors")',
            "    model = build(beside if beside.exists() else None).eval()",
            "    count = sum(parameter.numel() for parameter in model.parameters())",
            f"    assert count == {count}, count",
            "    with torch.inference_mode():",
            f"        outputs = model(torch.zeros(2, {channels}, {height}, {width}))",
            "    shapes = {path: tuple(value.shape) for path, value in outputs.items()}",
            "    assert shapes == {",
            *shapes,
            "    }, shapes",
            f'    print("{title}: {count:,} parameters,", shapes)',
            "",
            "",
            'if __name__ == "__main__":',
            "    self_test()",
        ]
    )


def _channels_first(graph: Graph, path: str) -> list[int]:
    *space, channels = graph.shapes[graph.producer(path)].dims
    return [channels, *space]

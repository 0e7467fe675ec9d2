"""Standalone source: one class per block that repeats, the spec's names, no netspec import."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from math import prod

from torch import nn

from netspec.backends.torch import support
from netspec.backends.torch.rules import View
from netspec.backends.torch.style import RESERVED, style
from netspec.emission.bodies import (
    Writer,
    assignments,
    body,
    default,
    docstring,
    mapping,
    signature,
)
from netspec.emission.expressions import Expr, Parameter, transform
from netspec.emission.guard import checked
from netspec.emission.names import numbered
from netspec.emission.outline import outline
from netspec.emission.parameters import UnitParameter
from netspec.emission.python import Naming, literal, wrapped
from netspec.emission.units import Statement, Unit, units_of
from netspec.emission.variables import variables
from netspec.ir.channel_order import channels_first_vectors
from netspec.ir.graph import Graph
from netspec.ir.shapes import Shape

_MODULES = frozenset({"torch", "collections", "math", "pathlib", "safetensors"})
_SUPPORT = {
    "variance_scaling_": ("truncated_normal_", "variance_scaling_"),
    "truncated_normal_": ("truncated_normal_",),
    "BiasedBatchNorm": ("BiasedBatchNorm",),
    "InsideAvgPool2d": ("InsideAvgPool2d",),
    "FlattenHWC": ("FlattenHWC",),
}
"""What each name that torch lacks needs of the support module."""


def text(graph: Graph) -> str:
    """The module's text."""
    view = View(graph, channels_first_vectors(graph))
    *inner, network = units_of(graph, outline(graph), style(view))
    called = {name for unit in (*inner, network) for name in unit.called()}
    parts = [
        _header(graph, called),
        *_support(called),
        *map(_class, inner),
        _network(graph, network),
        _build(network.title),
        _self_test(graph, network.title),
    ]
    return checked("\n\n\n".join(parts) + "\n", _MODULES)


def _header(graph: Graph, called: set[str]) -> str:
    needs_f = any(name.startswith("F.") for name in called) or "InsideAvgPool2d" in called
    imports = [
        *(["import math"] if "variance_scaling_" in called else []),
        *(["from collections import OrderedDict"] if "OrderedDict" in called else []),
        "from pathlib import Path",
        "",
        "import torch",
        *(["import torch.nn.functional as F"] if needs_f else []),
        "from safetensors.torch import load_file",
        "from torch import nn",
    ]
    (image,) = graph.inputs
    doc = [
        f'"""{graph.name} in PyTorch, written by netspec; it needs torch and safetensors only.',
        "",
        f"Takes images {_batched(image.shape)}, with channels before height and width.",
        "Gives a dict:",
        "",
        *(f"{path}: {_batched(graph.shapes[graph.producer(path)])}" for path in graph.outputs),
        '"""',
    ]
    return "\n".join([*doc, "", *imports])


def _batched(shape: Shape) -> str:
    return f"(batch, {', '.join(map(str, _channels_first(shape)))})"


def _support(called: set[str]) -> list[str]:
    wanted = dict.fromkeys(n for name, needs in _SUPPORT.items() if name in called for n in needs)
    return [inspect.getsource(getattr(support, name)).rstrip() for name in wanted]


# classes


def _class(unit: Unit) -> str:
    names = variables(unit, RESERVED | {"self"})
    ports = [f"{name}: torch.Tensor" for name in names[: unit.ports]]
    kind = "torch.Tensor" if len(unit.results) == 1 else "tuple[torch.Tensor, ...]"
    kept = _kept(unit)
    lines = [
        f"class {unit.title}(nn.Module):",
        *_indented(docstring(unit)),
        "",
        *_constructor(unit, kept),
        "",
        *signature("    def forward", ["self", *ports], f" -> {kind}:"),
        *body(unit, names, _writer(kept)),
    ]
    return "\n".join(lines)


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}".rstrip() for line in lines]


def _kept(unit: Unit) -> dict[str, str]:
    """The parameters that `forward` needs, and the attributes that keep them."""
    taken = {statement.name for statement in unit.statements} | set(dir(nn.Module))
    found = (name for s in unit.statements for name in _parameters(s.value))
    return {name: numbered(name, taken) for name in dict.fromkeys(found)}


def _parameters(expression: Expr) -> Iterator[str]:
    found: list[str] = []

    def collect(leaf: Expr) -> Expr:
        if isinstance(leaf, Parameter):
            found.append(leaf.name)
        return leaf

    transform(expression, collect)
    return iter(found)


def _writer(kept: dict[str, str]) -> Writer:
    def parameter(name: str) -> str:
        return f"self.{kept[name]}"

    def naming(statement: Statement, inputs: tuple[str, ...]) -> Naming:
        return Naming(inputs, f"self.{statement.name}", parameter)

    return Writer(naming, 8)


def _constructor(unit: Unit, kept: dict[str, str]) -> list[str]:
    given = ["self", *map(_declared, unit.parameters)]
    lines = [*signature("    def __init__", given, " -> None:"), "        super().__init__()"]
    lines += [f"        self.{attribute} = {name}" for name, attribute in kept.items()]
    made = [s for s in unit.statements if s.layer is not None]
    for statement in made:
        assert statement.layer is not None
        lines.append(wrapped(f"self.{statement.name} = ", statement.layer, Naming(), 8))
        lines += _spoken(statement, statement.setup, statement.note)
    for statement in made:
        lines += _spoken(statement, statement.inits, "")
    return lines


def _spoken(statement: Statement, expressions: tuple[Expr, ...], note: str) -> Iterator[str]:
    """Lines that speak of a statement's layer."""
    naming = Naming(layer=f"self.{statement.name}")
    return (wrapped("", expression, naming, 8, note) for expression in expressions)


def _declared(parameter: UnitParameter) -> str:
    kinds = " | ".join(sorted({_kind(value) for value in parameter.values}))
    return f"{parameter.name}: {kinds}{default(parameter, ' = ')}"


def _kind(value: object) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_kind, value))}]"
    return "None" if value is None else type(value).__name__


def _network(graph: Graph, unit: Unit) -> str:
    """The root's class: its results go out by path, as a dict in written order."""
    names = variables(unit, RESERVED | {"self"}, ports=("x",))
    produced = dict.fromkeys(graph.producer(path) for path in graph.outputs)
    values = dict(zip(produced, (names[n] for n in unit.results), strict=True))
    outputs = {path: values[graph.producer(path)] for path in graph.outputs}
    lines = [
        f"class {unit.title}(nn.Module):",
        f'    """The network, for images {_batched(graph.inputs[0].shape)}."""',
        "",
        *_constructor(unit, {}),
        "",
        "    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:",
        *assignments(unit, names, _writer({})),
        *mapping("        return ", outputs),
    ]
    return "\n".join(lines)


# the module's functions


def _build(title: str) -> str:
    return f'''def build(weights: str | Path | None = None) -> {title}:
    """The network; with `weights`, a safetensors file of its state_dict, loaded strictly."""
    if weights is None:
        return {title}()
    with torch.device("meta"):  # no values are drawn, for those of the file take their place
        model = {title}()
    state = {{name: value.clone() for name, value in load_file(weights).items()}}
    model.load_state_dict(state, strict=True, assign=True)
    return model'''


def _self_test(graph: Graph, title: str) -> str:
    (image,) = graph.inputs
    count = sum(prod(weight.shape) for _, weight in graph.weights() if weight.trainable)
    shapes = [
        f'        "{path}": {literal((2, *_channels_first(graph.shapes[graph.producer(path)])))},'
        for path in graph.outputs
    ]
    return "\n".join(
        [
            "def self_test() -> None:",
            '    """Check the number of parameters, the shapes, and weights beside the file."""',
            '    beside = Path(__file__).with_name("weights.safetensors")',
            "    model = build(beside if beside.exists() else None).eval()",
            "    count = sum(parameter.numel() for parameter in model.parameters())",
            f"    assert count == {count}, count",
            "    with torch.inference_mode():",
            f"        outputs = model(torch.zeros{literal((2, *_channels_first(image.shape)))})",
            "    shapes = {path: tuple(value.shape) for path, value in outputs.items()}",
            "    assert shapes == {",
            *shapes,
            "    }, shapes",
            f'    print("{title}:", f"{{count:,}} parameters,", shapes)',
            "",
            "",
            'if __name__ == "__main__":',
            "    self_test()",
        ]
    )


def _channels_first(shape: Shape) -> tuple[int, ...]:
    *space, channels = shape.dims
    return (channels, *space)

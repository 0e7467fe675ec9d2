"""Standalone source: one function per template, the spec's names, no netspec import."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from math import prod

from netspec.backends.keras import support
from netspec.backends.keras.layout import layer_name
from netspec.backends.keras.rules import SUPPORT
from netspec.backends.keras.style import RESERVED, style
from netspec.emission.bodies import (
    Writer,
    assignments,
    body,
    default,
    docstring,
    mapping,
    signature,
)
from netspec.emission.guard import checked
from netspec.emission.outline import outline
from netspec.emission.python import Naming, literal
from netspec.emission.units import Statement, Unit, units_of
from netspec.emission.variables import variables
from netspec.ir.graph import Graph
from netspec.ir.shapes import Shape

_MODULES = frozenset({"keras", "math", "pathlib", "safetensors"})
_OF_KERAS = frozenset({"initializers", "layers", "ops", "regularizers"})


def text(graph: Graph) -> str:
    """The module's text."""
    *inner, network = units_of(graph, outline(graph), style(graph))
    called = {name for unit in (*inner, network) for name in unit.called()}
    reserved = (RESERVED - {"x"}) | {unit.title for unit in (*inner, network)}
    parts = [
        *(inspect.getsource(getattr(support, n)).rstrip() for n in SUPPORT if n in called),
        *(_function(unit, reserved) for unit in inner),
        _network(graph, network, reserved),
        _build(network.title, _ROLES if _is_separable(graph) else _NAMES),
        _self_test(graph, network.title),
    ]
    code = "\n\n\n".join(parts)
    return checked(f"{_header(graph, code)}\n\n\n{code}\n", _MODULES)


def _header(graph: Graph, code: str) -> str:
    names = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    written = names & _OF_KERAS
    (image,) = graph.inputs
    lines = [
        f'"""{graph.name} in Keras 3, written by netspec; it needs keras and safetensors only.',
        "",
        f"Takes images {_batched(image.shape)}, with channels behind height and width.",
        "Gives a dict:",
        "",
        *(f"{path}: {_batched(graph.shapes[graph.producer(path)])}" for path in graph.outputs),
        '"""',
        "",
        "import math",
        "from pathlib import Path",
        "",
        "import keras",
        *([f"from keras import {', '.join(sorted(written))}"] if written else []),
        "from safetensors.numpy import load_file",
    ]
    return "\n".join(lines)


def _batched(shape: Shape) -> str:
    return f"(batch, {', '.join(map(str, shape.dims))})"


# functions


def _function(unit: Unit, reserved: frozenset[str]) -> str:
    names = variables(unit, reserved | {p.name for p in unit.parameters})
    required = [p.name for p in unit.parameters if p.required]
    optional = [p.name + default(p, "=") for p in unit.parameters if not p.required]
    given = [*names[: unit.ports], *required, "*", *optional, "name"]
    lines = [
        *signature(f"def {unit.title}", given, ":"),
        *(f"    {line}".rstrip() for line in docstring(unit)),
        *body(unit, names, _writer(_joined)),
    ]
    return "\n".join(lines)


def _writer(path: Callable[[str], str]) -> Writer:
    def naming(_: Statement, inputs: tuple[str, ...]) -> Naming:
        return Naming(inputs, path=path)

    return Writer(naming, 4)


def _joined(below: str) -> str:
    """A layer's name inside a function, which is given the name of its block."""
    return f'f"{{name}}__{layer_name(below)}"' if below else "name"


def _absolute(path: str) -> str:
    return f'"{layer_name(path)}"'


def _network(graph: Graph, unit: Unit, reserved: frozenset[str]) -> str:
    """The root's function: its results go out by path, in written order."""
    names = variables(unit, reserved, ports=("inputs",))
    produced = dict.fromkeys(graph.producer(path) for path in graph.outputs)
    values = dict(zip(produced, (names[n] for n in unit.results), strict=True))
    (image,) = graph.inputs
    lines = [
        f"def {unit.title}():",
        f'    """The network, for images {_batched(image.shape)}."""',
        f'    inputs = keras.Input({literal(tuple(image.shape.dims))}, name="{image.name}")',
        *assignments(unit, names, _writer(_absolute)),
        *mapping("    outputs = ", {path: values[graph.producer(path)] for path in graph.outputs}),
        f'    return keras.Model(inputs, outputs, name="{graph.name}")',
    ]
    return "\n".join(lines)


# the module's other functions


_NAMES = """
            names = [owner + "__" + variable.name for owner in owners]""".strip("\n")
_ROLES = """
            # A depthwise kernel comes before the pointwise one of the same step.
            roles = [variable.name, "depthwise_" + variable.name, "pointwise_" + variable.name]
            names = [owner + "__" + role for owner in owners for role in roles]""".strip("\n")


def _is_separable(graph: Graph) -> bool:
    """Whether a kernel of the graph has a name that Keras doesn't give it."""
    return any(
        name.endswith(("/depthwise_kernel", "/pointwise_kernel")) for name, _ in graph.weights()
    )


def _build(title: str, names: str) -> str:
    return f'''def build(weights=None):
    """The network; with `weights`, a safetensors file of canonical names, loaded whole."""
    assert keras.config.image_data_format() == "channels_last"
    model = {title}()
    if weights is not None:
        load(model, load_file(weights))
    return model


def load(model, weights):
    """Give each layer its weights: A__B takes A/B/kernel, or as a part of step A, A/kernel."""
    left = {{path.replace("/", "__"): value for path, value in weights.items()}}
    for layer in model.layers:
        step = layer.name.rpartition("__")[0]
        owners = [layer.name, layer.name + "__norm", step, step.rpartition("__")[0]]
        for variable in layer.weights:
{names}
            variable.assign(left.pop(next(name for name in names if name in left)))
    assert not left, list(left)'''


def _self_test(graph: Graph, title: str) -> str:
    (image,) = graph.inputs
    count = sum(prod(weight.shape) for _, weight in graph.weights() if weight.trainable)
    shapes = [
        f'        "{path}": {literal((2, *graph.shapes[graph.producer(path)].dims))},'
        for path in graph.outputs
    ]
    return "\n".join(
        [
            "def self_test():",
            '    """Check the number of parameters, the shapes, and weights beside the file."""',
            '    beside = Path(__file__).with_name("weights.safetensors")',
            "    model = build(beside if beside.exists() else None)",
            "    count = sum(math.prod(variable.shape) for variable in model.trainable_variables)",
            f"    assert count == {count}, count",
            f"    images = keras.ops.zeros({literal((2, *image.shape.dims))})",
            "    outputs = model(images, training=False)",
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

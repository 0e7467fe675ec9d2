"""Standalone source: one function per template, the spec's names, no netspec import."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import prod

from netspec.backends.keras import support
from netspec.backends.keras.layout import layer_name
from netspec.backends.keras.rules import emit
from netspec.emission.expressions import (
    NO_DEFAULT,
    Argument,
    Call,
    Expr,
    Input,
    Path,
    functions,
)
from netspec.emission.outline import Group, outline
from netspec.emission.python import Naming, checked, literal, wrapped
from netspec.emission.units import (
    Statement,
    Style,
    Unit,
    UnitParameter,
    snake,
    templated_path,
    units_of,
)
from netspec.emission.variables import variables
from netspec.ir.graph import Graph, Node

_MODULES = frozenset({"keras", "pathlib", "safetensors"})
_SUPPORT = ("UnbiasedBatchNormalization", "InfinitePadding2D", "InsideAveragePooling2D")


def text(graph: Graph) -> str:
    """The module's text."""
    root = outline(graph)
    units = units_of(graph, root, _style(graph))
    called = {name for unit in units for name in _called(unit)}
    parts = [
        _header(graph, called),
        *(inspect.getsource(getattr(support, n)).rstrip() for n in _SUPPORT if n in called),
        *(_function(unit) for unit in units[:-1]),
        _network(graph, root, units[-1]),
        _build(units[-1].title),
        _self_test(graph, units[-1].title),
    ]
    return checked("\n\n\n".join(parts) + "\n", _MODULES)


def _called(unit: Unit) -> Iterator[str]:
    for statement in unit.statements:
        for expression in statement.expressions():
            yield from functions(expression)


def _style(graph: Graph) -> Style:
    def node(item: Node, owner: Group) -> Statement:
        def name(suffix: str) -> Path:
            return Path(owner.below(f"{item.name}/{suffix}" if suffix else item.name))

        return Statement(owner.below(item.place), None, emit(item, graph, name), (), ())

    def is_unit(group: Group) -> bool:
        templated = group.block is not None and group.block.template
        return bool(templated) or _is_parted(group)

    return Style(node, is_unit, None, _use, lambda group: _title(group, graph))


def _is_parted(group: Group) -> bool:
    """Whether a group is one step: a conv with its norm and activation."""
    return all(isinstance(item, Node) and item.part for item in group.items)


def _title(group: Group, graph: Graph) -> str:
    if not group.path:
        return snake(graph.name) if graph.name.islower() else _snaked(graph.name)
    if _is_parted(group):
        return "_".join(i.op.name for i in group.items if isinstance(i, Node))
    return snake(templated_path(group, graph))


def _snaked(name: str) -> str:
    """`InceptionV3` as `inception_v3`."""
    starts = (i for i in range(1, len(name)) if name[i].isupper() and not name[i - 1].isupper())
    parts, last = [], 0
    for start in starts:
        parts.append(name[last:start])
        last = start
    return "_".join([*parts, name[last:]]).lower()


def _use(
    title: str, arguments: tuple[Argument, ...], inputs: int, below: str
) -> tuple[Expr | None, Expr]:
    required = tuple(a.value for a in arguments if a.default is NO_DEFAULT)
    optional = tuple(a for a in arguments if a.default is not NO_DEFAULT)
    ports = tuple(Input(index) for index in range(inputs))
    return None, Call(title, (*ports, *required), (*optional, Argument("name", Path(below))))


# the text of functions


def _header(graph: Graph, called: set[str]) -> str:
    shapes = ", ".join(f"{path} {graph.shapes[graph.producer(path)]}" for path in graph.outputs)
    (image,) = graph.inputs
    used = {name.partition(".")[0] for name in called} & {"initializers", "regularizers"}
    ops = {"ops"} if called & {"InfinitePadding2D", "InsideAveragePooling2D"} else set()
    ops |= {"ops"} if "UnbiasedBatchNormalization" in called else set()
    lines = [
        f'"""{graph.name} in Keras 3, written by netspec; it needs keras and safetensors only.',
        "",
        f"Takes images (batch, height, width, channels), {image.shape}. Gives a dict:",
        f"{shapes}.",
        '"""',
        "",
        "from pathlib import Path",
        "",
        "import keras",
        f"from keras import {', '.join(sorted({'layers', *used, *ops}))}",
        "from safetensors.numpy import load_file",
    ]
    return "\n".join(lines)


def _function(unit: Unit) -> str:
    taken = ["keras", "layers", "ops", "name", *(p.name for p in unit.parameters)]
    names = variables(unit, taken)
    required = [p for p in unit.parameters if p.default is NO_DEFAULT]
    optional = [p for p in unit.parameters if p.default is not NO_DEFAULT]
    given = [*names[: unit.ports], *map(_declared, required), "name", *map(_declared, optional)]
    lines = [f"def {unit.title}({', '.join(given)}):", f'    """{_doc(unit)}"""']
    if len(lines[0]) > 100:
        lines[:1] = [f"def {unit.title}(", *(f"    {g}," for g in given), "):"]
    return "\n".join([*lines, *_statements(unit, names, _joined)])


def _declared(parameter: UnitParameter) -> str:
    if parameter.default is NO_DEFAULT:
        return parameter.name
    return f"{parameter.name}={literal(parameter.default)}"


def _doc(unit: Unit) -> str:
    places = ", ".join(unit.uses[:4])
    more = f" and {len(unit.uses) - 4} more" if len(unit.uses) > 4 else ""
    kind = f"Template {unit.template}: " if unit.template else ""
    return f"{kind}{places}{more}."


def _joined(below: str) -> str:
    """A layer's name inside a function, which is given the name of its block."""
    return f'f"{{name}}__{layer_name(below)}"' if below else "name"


def _absolute(path: str) -> str:
    return f'"{layer_name(path)}"'


def _statements(
    unit: Unit, names: tuple[str, ...], path: Callable[[str], str]
) -> list[str]:
    lines = []
    number = unit.ports
    for index, statement in enumerate(unit.statements):
        made = tuple(range(number, number + statement.results))
        number += statement.results
        inputs = tuple(names[n] for n in statement.inputs)
        last = index == len(unit.statements) - 1 and unit.results == made
        prefix = "return " if last else f"{', '.join(names[n] for n in made)} = "
        naming = Naming(inputs, path=path)
        lines.append(wrapped(prefix, statement.value, naming, 4, statement.shape))
        if last:
            return lines
    return [*lines, f"    return {', '.join(names[n] for n in unit.results)}"]


def _network(graph: Graph, root: Group, unit: Unit) -> str:
    numbers = dict(zip(root.results, unit.results, strict=True))
    names = variables(unit, ["keras", "layers", "ops", "outputs"])
    (image,) = graph.inputs
    names = ("x", *names[1:])
    open_ended = replace(unit, results=(*unit.results, -1))  # no statement is a return
    body = _statements(open_ended, (*names, ""), _absolute)[:-1]
    pairs = [f'        "{p}": {names[numbers[graph.producer(p)]]},' for p in graph.outputs]
    shape = literal(tuple(image.shape.dims))
    lines = [
        f"def {unit.title}():",
        f'    """The network, from images of {image.shape}."""',
        f'    image = x = keras.Input({shape}, name="{image.name}")',
        *body,
        "    outputs = {",
        *pairs,
        "    }",
        f'    return keras.Model(image, outputs, name="{graph.name}")',
    ]
    return "\n".join(lines)


def _build(title: str) -> str:
    return f'''def build(weights=None):
    """The network; with `weights`, a safetensors file of netspec's canonical names, loaded whole."""
    model = {title}()
    if weights is not None:
        load(model, load_file(weights))
    return model


def load(model, weights):
    """Give each layer its weights: layer A__B__conv takes `A/B/kernel`, A__B__norm `A/B/norm/beta`."""
    left = dict(weights)
    for layer in model.layers:
        owner = layer.name.replace("__", "/")
        owners = [owner, owner.rpartition("/")[0], owner + "/norm"]
        for variable in layer.weights:
            names = [place + "/" + variable.name for place in owners]
            variable.assign(left.pop(next(name for name in names if name in left)))
    assert not left, left.keys()'''


def _self_test(graph: Graph, title: str) -> str:
    (image,) = graph.inputs
    count = sum(prod(w.shape) for _, w in graph.weights() if w.trainable)
    shapes = [
        f'        "{path}": {literal((2, *graph.shapes[graph.producer(path)].dims))},'
        for path in graph.outputs
    ]
    return "\n".join(
        [
            "def self_test():",
            '    """Checks the number of parameters, the outputs\' shapes, and weights beside the file."""',
            '    beside = Path(__file__).with_name("weights.safetensors")',
            "    model = build(beside if beside.exists() else None)",
            "    count = sum(variable.shape.num_elements() for variable in model.trainable_variables)",
            f"    assert count == {count}, count",
            f"    outputs = model(keras.ops.zeros({literal((2, *image.shape.dims))}), training=False)",
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

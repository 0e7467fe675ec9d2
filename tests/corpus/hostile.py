"""Networks whose names mean something else in Python, torch or Keras, or in the emitted module."""

from __future__ import annotations

from corpus.nets import Net

STEPS = (
    *("x", "X", "x1", "x_", "nn", "torch", "F", "keras", "ops", "Layers", "initializers", "Ops"),
    *("math", "Path", "OrderedDict", "load_file", "load", "self_test", "Build", "Self", "super"),
    *("Float", "With", "Class", "Lambda", "Name", "In", "inputs_", "Inputs", "Outputs", "Image"),
    *("conv", "norm", "pads", "conv_relu", "ConvRelu", "values", "hostile", "Hostile", "sum"),
    *("print", "Print", "Tuple", "tuple", "a_", "A_", "model", "Model", "result", "Match", "int"),
    *("net", "count", "beside", "shapes", "left", "register", "relu", "add", "cat", "functional"),
)


def _chain() -> str:
    """Steps of all those names, one after the other, every third of them used twice."""
    lines = ["steps:"]
    for index, name in enumerate(STEPS):
        kind = (
            "{op: conv, filters: 3, kernel: 1, activation: relu}",
            "{op: tanh}",
            f"{{op: add, from: [{STEPS[index - 1]}, {STEPS[index - 2]}]}}",
        )[index % 3]
        lines.append(f"  - {name}: {kind}")
    return "\n".join(lines)


def _blocks(names: tuple[str, ...]) -> str:
    """Blocks of those names, each holding branches and steps of those names."""
    lines = ["steps:"]
    for name, branch, step in zip(names, names[1:], names[2:], strict=False):
        lines += [
            f"  - {name}:",
            "      op: add",
            "      branches:",
            f"        - {branch}:",
            f"            - {step}: {{op: conv, filters: 3, kernel: 1}}",
            f"            - {name}: {{op: tanh}}",
            f"        - {step}: [{{{branch}: {{op: conv, filters: 3, kernel: 3, padding: same}}}}]",
            f"        - {name}: []",
        ]
    return "\n".join(lines)


def _parameter(name: str) -> Net:
    """A template with a parameter of that name."""
    body = f"""
templates:
  unit:
    params: {{{name}: int, other: int}}
    steps:
      - one: {{op: conv, filters: ${name}, kernel: 3, padding: same, activation: relu}}
      - two: {{op: conv, filters: $other, kernel: 1}}
steps:
  - a: {{use: unit, with: {{{name}: 4, other: 3}}}}
  - b: {{use: unit, with: {{{name}: 5, other: 6}}}}
"""
    return Net("5x6x3", body, ("b",))


def _template(name: str, step: str = "a") -> Net:
    """A template of that name, used by a step and by one of its own name."""
    body = f"""
templates:
  {name}:
    steps:
      - conv: {{op: conv, filters: 3, kernel: 3, padding: same, norm: batch_norm, activation: relu}}
      - last: {{op: conv, filters: 3, kernel: 1}}
steps:
  - {step}: {{use: {name}}}
  - {name.upper() if step == name else name}: {{use: {name}}}
  - end: {{op: add, from: [{step}, {name.upper() if step == name else name}]}}
"""
    return Net("5x6x3", body, ("end",))


PARAMETERS = (
    *("x", "x_", "name", "nn", "torch", "layers", "keras", "weights", "in_channels", "super"),
    *("out_channels", "filters", "float", "Path", "conv_relu", "ConvRelu", "unit", "Unit", "one"),
    *("initializers", "OrderedDict", "stride", "kernel_size", "inputs", "int", "sum", "kernel"),
)
TEMPLATES = (
    *("x", "nn", "conv_batch_norm_relu", "ConvBatchNormRelu", "net", "Net", "Path", "keras"),
    *("Layers", "load", "self_test", "sum", "float_", "Class", "OrderedDict", "conv", "a_"),
)
NETWORKS = (
    *("Path", "OrderedDict", "nn", "torch", "ConvRelu", "conv_relu", "load", "self_test", "int"),
    *("Unit", "unit", "my_net", "F", "x", "Net3D", "Class", "keras2", "ResNet50", "HTTPNet", "A"),
    *("model", "Weights"),  # what `build` calls the network, and its argument
)

HOSTILE = {
    "steps": Net("5x6x3", _chain(), (STEPS[-1], "x", "Image", "Path")),
    "blocks": Net(
        "5x6x3",
        _blocks(tuple(n for n in STEPS if n not in {"X", "hostile"})),
        ("add", "x", "x/x1/x_", "Inputs"),
    ),
    **{f"parameter-{name}": _parameter(name) for name in PARAMETERS},
    **{f"template-{name}": _template(name) for name in TEMPLATES},
    **{f"template-and-step-{name}": _template(name, name) for name in ("conv", "a_", "sum")},
    **{f"network-{name}": Net("5x6x3", _parameter("p").body, ("b",), name) for name in NETWORKS},
    "two-parameters-x": Net(
        "5x6x3",
        """
templates:
  unit:
    params: {x: int, x_: int, x1: int, name: int}
    steps:
      - one: {op: conv, filters: $x, kernel: $x1, padding: same, activation: relu}
      - two: {op: conv, filters: $x_, kernel: 1}
      - three: {op: conv, filters: $name, kernel: 1}
steps:
  - a: {use: unit, with: {x: 4, x_: 5, x1: 3, name: 8}}
  - b: {use: unit, with: {x: 6, x_: 7, x1: 1, name: 9}}
""",
        ("b",),
    ),
    "trailing-underscores": Net(
        "5x6x4",
        """
defaults: {conv: {norm: batch_norm}}
steps:
  - a_:
      op: concat
      branches:
        - b_: [{c_: {op: conv, filters: 3, kernel: 1, activation: relu}}, {d_: {op: tanh}}]
        - e_:
            - c_: {op: conv, filters: 3, kernel: 3, dilation: 2, padding: same}
            - f: {op: conv, filters: 2, kernel: 1, activation: relu, norm: none}
        - g_: {op: conv, filters: 3, kernel: 1}
""",
        ("a_", "a_/b_/c_"),
    ),
    "long-names": Net(
        "5x6x4",
        f"""
steps:
  - {"a" * 63}:
      op: add
      branches:
        - {"b" * 63}: [{{{"c" * 63}: {{op: conv, filters: 4, kernel: 1, activation: relu}}}}]
        - {"d" * 63}:
            - {"e" * 63}: {{op: conv, filters: 4, kernel: 1}}
            - {"f" * 63}: {{op: tanh}}
        - {"g" * 63}: []
  - {"h" * 63}: {{op: softmax}}
""",
        ("h" * 63,),
    ),
}

"""The page of ops: every field, shape rule, weight and cost, and what each backend computes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from netspec import targets
from netspec.backends.keras.rules import RULES as KERAS
from netspec.backends.onnx.rules import RULES as ONNX
from netspec.backends.torch.rules import RULES as TORCH
from netspec.ir.text import flow
from netspec.ops.activation import FUNCTIONS
from netspec.ops.base import Op
from netspec.ops.constructs import Construct, Option
from netspec.ops.initializers import INITIALIZERS
from netspec.ops.table import OPS, always_lowered

LITERATE = Path(__file__).parents[1] / "tests" / "literate" / "ops.md"
RULES: Mapping[str, Mapping[type[Op], object]] = {"torch": TORCH, "keras": KERAS, "onnx": ONNX}
_WEIGHT = re.compile(r"`(\w+)` (\([^)]+\))")


def ops_page() -> Iterator[str]:
    """The page's lines, below its title."""
    yield "Each op with its fields. A field without a default must be given, at the step or in"
    yield "`defaults:`. Shapes are height x width x channels; n is a number of pixels.\n"
    yield from _matrix()
    for name, op in OPS.items():
        yield from _op(name, op)
    yield "## Initialisers\n\nWhat `kernel_init` and `bias_init` take: `{op: NAME, …}`.\n"
    for name, construct in INITIALIZERS.items():
        yield f"### `{name}`\n\n{_prose(construct)}\n"
        yield from fields_of(construct)


def _matrix() -> Iterator[str]:
    """Ops by backends. A hole would be an op with neither a rule nor a reason."""
    backends = {name: targets.backend(name) for name in targets.BUNDLED}
    yield "## What each backend computes\n"
    yield "The tests hold each to the float64 reference, in the precisions beside the names.\n"
    precisions = [f"{name} ({', '.join(sorted(b.dtypes))})" for name, b in backends.items()]
    yield f"| op | {' | '.join(precisions)} |"
    yield "|---" * (len(backends) + 1) + "|"
    for name, op in OPS.items():
        cells = (_support(target, op) for target in backends)
        yield f"| [`{name}`](#{name}) | {' | '.join(cells)} |"
    yield ""
    yield "`parts`: lowered to other ops, which its section names, before a backend sees it."
    yield "`itself`: at inference the value is the input, and no node is written.\n"


def _support(target: str, op: type[Op]) -> str:
    """What a backend has for an op: raises `KeyError` where it has nothing and says nothing."""
    if always_lowered(op):
        return "parts"
    rule = RULES[target][op]
    reason = getattr(rule, "reason", None)
    if reason is not None:
        return f"no: {reason}"
    return "yes" if callable(rule) else "itself"


def _op(name: str, op: type[Op]) -> Iterator[str]:
    yield f"## `{name}`\n\n{_prose(op)}\n"
    yield from fields_of(op)
    least, most = op.inputs
    taken = {(1, 1): "one", (1, None): "any number, by `branches:` or `from: [A, B]`"}[least, most]
    yield f"- inputs: {taken}"
    yield f"- output: {_doc(op.infer, 'the shape of its input')}"
    yield f"- weights: {_weights(op)}"
    yield f"- MACs: {_doc(op.macs, 'none')}"
    yield f"- a pixel of the output sees: {_doc(op.window, 'the same pixel')}"
    if name in FUNCTIONS:
        yield f"- as a field: `activation: {_as_field(op)}` of an op with a kernel"
    yield ""
    title, example, graph = _example(name)
    yield f"Example: {title}.\n\n```yaml\n{example}```\n\n```\n{graph}```\n"


def _prose(construct: type[Construct]) -> str:
    lines = (construct.__doc__ or "").strip().splitlines()
    return "\n".join(line.removeprefix("    ") for line in lines)


def fields_of(construct: type[Construct]) -> Iterator[str]:
    """The table of a construct's fields."""
    options = construct.options().values()
    if not options:
        yield "No fields.\n"
        return
    yield "| field | takes | default | meaning |\n|---|---|---|---|"
    for option in options:
        cells = (option.name, option.kind.expects, _default(option), option.doc)
        name, takes, default, doc = (cell.replace("|", "\\|") for cell in cells)
        yield f"| `{name}` | {takes} | {default} | {doc} |"
    yield ""


def _default(option: Option) -> str:
    if option.required:
        return "**required**"
    if option.name == "bias" and option.default is None:
        return "true where there is no norm"
    return f"`{flow(option.kind.write(option.default))}`"


def _doc(method: Callable[..., object], inherited: str) -> str:
    """A method's own docstring; of a method that is `Op`'s, what that means."""
    if method in (Op.infer, Op.macs, Op.window):
        return inherited
    text = (method.__doc__ or "").strip()
    assert text, f"{method.__qualname__} says nothing of itself"
    return text[0].lower() + text[1:].rstrip(".")


def _weights(op: type[Op]) -> str:
    """The names and axes of an op's weights, which its docstring states."""
    if op.weights is Op.weights:
        return "none"
    return ", ".join(f"`{name}` {axes}" for name, axes in weights_told(op))


def weights_told(op: type[Op]) -> list[tuple[str, str]]:
    """The names of weights, each with its axes in parentheses, of the docstring of `weights`."""
    return _WEIGHT.findall(" ".join((op.weights.__doc__ or "").split()))


def _as_field(op: type[Op]) -> str:
    required = [option.name for option in op.options().values() if option.required]
    return f"{{op: {op.name}, {', '.join(f'{n}: …' for n in required)}}}" if required else op.name


def _example(name: str) -> tuple[str, str, str]:
    """The first literate case that has a step of the op: its title, spec and graph."""
    _, *parts = re.split(r"^## ", LITERATE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for part in parts:
        blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL))
        if "graph" in blocks and re.search(rf"\bop: {name}\b", blocks["yaml"]):
            title = part.partition("\n")[0].partition(": ")[2]
            return title, blocks["yaml"], blocks["graph"]
    raise LookupError(f"no literate case has a {name}")

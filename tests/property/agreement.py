"""What the backends promise of every network: the reference's numbers, and shapes as inferred."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from corpus.emitted import module
from corpus.nets import images, weights
from texts import load_text

from netspec import targets
from netspec.diagnostics import SpecError
from netspec.emission import guard
from netspec.ir.graph import Graph
from netspec.ir.needed import needed
from netspec.ops.norm import Lrn
from netspec.reference import evaluate
from property.networks import Drawn

BATCH = 2
RUNS = (("torch", "float64"), ("keras", "float64"), ("torch", "float32"), ("onnx", "float32"))
ERRORS = {"float64": 1e-12, "float32": 5e-6}
"""Of the greatest of a value's numbers."""
LOST = {"float64": 1e-13, "float32": 5e-7}
"""Of the greatest number of all that a value is made from: what a sum may keep of its terms' own
rounding when these cancel, or a relu of what should have been 0. About 8 roundings in float32."""
SMALL = {"nodes": 40, "elements": 20_000, "weights": 50_000, "macs": 3_000_000}


class Disagreement(AssertionError):
    """A backend gives another value; `where` names what does, without the numbers."""

    def __init__(self, where: str, told: str) -> None:
        super().__init__(f"{where}: {told}")
        self.where = where


def everything(graph: Graph) -> Graph:
    """The graph with every endpoint as an output."""
    return graph.with_outputs((*graph.outputs, *graph.endpoints()))


def computed_alike(case: Drawn) -> Graph:
    """Every endpoint of every backend is the reference's."""
    graph = everything(load_text(case.text).graph())
    feeds, values = images(graph, BATCH), weights(graph)
    wanted = evaluate(graph, values, feeds)
    greatest = reaches(graph, wanted, feeds)
    for name, dtype in RUNS:
        backend = supported(name, graph)
        if backend is None:
            continue
        found = backend.run(graph, values, feeds, dtype)
        assert list(found) == list(graph.outputs)
        for path, value in found.items():
            where = f"{name} in {dtype}, {_op(graph, path)}"
            _compare(value, wanted[path], greatest[path], dtype, f"{where} at {path}", where)
    return graph


def reaches(graph: Graph, wanted: Mapping[str, Any], feeds: Mapping[str, Any]) -> dict[str, float]:
    """For each endpoint the greatest number among all values that it is made from, itself too."""
    values = {**feeds, **{graph.producer(path): wanted[path] for path in graph.outputs}}
    found = {name: float(np.abs(value).max()) for name, value in feeds.items()}
    for node in graph.nodes:
        own = float(np.abs(values[node.name]).max()) if node.name in values else 0.0
        taken = max(found[name] for name in node.inputs)
        if isinstance(node.op, Lrn):
            value = values[node.inputs[0]]
            own = max(own, _of_running_sums(node.op, value))
            taken *= max(1.0, _enlarged(node.op, value))
        found[node.name] = max(own, taken)
    return {path: found[graph.producer(path)] for path in graph.outputs}


def _enlarged(op: Lrn, value: Any) -> float:
    """How much larger an LRN makes the rounding in what it is given: with little bias, much."""
    return float((op.divisor(value) ** -op.beta).max())


def _of_running_sums(op: Lrn, value: Any) -> float:
    """What an LRN makes of numbers as great as the greatest square of their pixel.

    onnxruntime slides the window by adding one square and taking another away, so that a small sum
    keeps the rounding of a great one before it. With little bias that is much of the divisor: by
    the derivative of x / (bias + alpha * sum) ** beta to the sum.
    """
    squares = (value**2).max(axis=-1, keepdims=True)
    steep = op.beta * op.alpha * op.divisor(value) ** (-op.beta - 1)
    return float((np.abs(value) * steep * squares).max())


def _compare(value: Any, wanted: Any, reach: float, dtype: str, told: str, where: str) -> None:
    if value.dtype != dtype or value.shape != wanted.shape:
        raise Disagreement(where, f"{told}: {value.dtype} {value.shape}, not {wanted.shape}")
    if not np.isfinite(wanted).all():
        raise Disagreement("reference", f"{told}: not finite")
    error = float(np.abs(value - wanted).max())
    allowed = max(ERRORS[dtype] * float(np.abs(wanted).max()), LOST[dtype] * reach)
    if not error <= allowed:
        raise Disagreement(where, f"{told}: off by {error:.3g}, where {allowed:.3g} is allowed")


def _op(graph: Graph, path: str) -> str:
    producer = graph.by_name.get(graph.producer(path))
    return producer.op.name if producer else "the input"


def supported(name: str, graph: Graph) -> Any:
    """The backend; nothing where it declares, with a reason, that it can't do this graph."""
    backend = targets.backend(name)
    reasons = backend.unsupported(graph)
    for found in reasons:
        assert found.code == "NS601"
        if "no rule" in found.message:
            raise Disagreement(f"{name}: {found.message}", "every op has a rule or a reason")
    return None if reasons else backend


def shaped_alike(case: Drawn) -> Graph:
    """Every endpoint's shape is what torch, Keras and ONNX infer without computing."""
    graph = everything(load_text(case.text).graph())
    wanted = {path: tuple(graph.shapes[graph.producer(path)].dims) for path in graph.outputs}
    for name, infer in (("torch", _torch_shapes), ("keras", _keras_shapes), ("onnx", _onnx_shapes)):
        if (backend := supported(name, graph)) is not None:
            found = infer(backend, graph)
            wrong = [path for path in wanted if found[path] != wanted[path]]
            if wrong:
                first = wrong[0]
                told = f"{first}: {found[first]}, not {wanted[first]}"
                raise Disagreement(f"{name} in shape, {_op(graph, first)}", told)
    return graph


def _torch_shapes(backend: Any, graph: Graph) -> dict[str, tuple[int, ...]]:
    import torch

    (own,) = graph.inputs
    model = backend.live(graph, weights(graph)).eval().to("meta")
    height, width, channels = own.shape.dims
    with torch.inference_mode():
        found = model(torch.zeros(BATCH, channels, height, width, device="meta"))
    return {path: _last(tuple(value.shape[1:])) for path, value in found.items()}


def _last(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without the batch, its channels last."""
    return (*shape[1:], shape[0])


def _keras_shapes(backend: Any, graph: Graph) -> dict[str, tuple[int, ...]]:
    model = backend.live(graph, weights(graph))
    return {path: tuple(value.shape[1:]) for path, value in model.output.items()}


def _onnx_shapes(backend: Any, graph: Graph) -> dict[str, tuple[int, ...]]:
    import onnx

    model = backend.live(graph, weights(graph))
    for output in model.graph.output:
        del output.type.tensor_type.shape.dim[:]
        output.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    return {
        value.name: _last(tuple(d.dim_value for d in value.type.tensor_type.shape.dim[1:]))
        for value in inferred.graph.output
    }


def sources_alike(case: Drawn) -> Graph:
    """Emitted source is of the syntax that a printer may write, and computes the live model's bits.

    Its weights have the same names in the same order, and it is the same text when asked again.
    """
    graph = load_text(case.text).graph()
    for name, run in (("torch", _torch_source), ("keras", _keras_source)):
        if (backend := supported(name, graph)) is not None:
            text = backend.source(graph)
            assert backend.source(graph) == text
            modules = {n.partition(".")[0] for n in _imports(text)}
            foreign = modules - ALLOWED[name] - {"collections", "math", "pathlib"}
            assert not foreign, foreign
            guard.checked(text, frozenset(modules))
            with TemporaryDirectory(prefix="netspec-") as folder:
                run(backend, graph, text, Path(folder, "weights.safetensors"))
    return graph


ALLOWED = {
    "torch": {"torch", "safetensors", "numpy"},
    "keras": {"keras", "safetensors", "numpy"},
}


def _imports(text: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if name != "__future__"]


def _torch_source(backend: Any, graph: Graph, text: str, file: Path) -> None:
    import torch
    from safetensors.torch import save_file

    from netspec.backends.torch.layout import to_torch

    live = backend.live(graph, weights(graph)).eval()
    save_file(live.state_dict(), file)
    emitted = module(text).build(file).eval()
    assert list(emitted.state_dict()) == list(live.state_dict())
    (image,) = (torch.from_numpy(to_torch(value)) for value in images(graph, BATCH).values())
    with torch.inference_mode():
        wanted, found = live(image), emitted(image)
    assert list(found) == list(wanted) == list(graph.outputs)
    wrong = [path for path in wanted if not torch.equal(found[path], wanted[path])]
    if wrong:
        raise Disagreement(f"torch source, {_op(graph, wrong[0])}", f"other bits at {wrong}")


def _keras_source(backend: Any, graph: Graph, text: str, file: Path) -> None:
    import keras
    from safetensors.numpy import save_file

    values = weights(graph)
    live = backend.live(graph, values)
    save_file({name: values[name] for name, _ in needed(graph).weights()}, file)
    emitted = module(text).build(file)
    assert [w.path for w in emitted.weights] == [w.path for w in live.weights]
    (image,) = images(graph, BATCH).values()
    wanted, found = live(image, training=False), emitted(image, training=False)
    assert list(found) == list(wanted) == list(graph.outputs)
    for path in wanted:
        one, other = (keras.ops.convert_to_numpy(values[path]) for values in (wanted, found))
        if not np.array_equal(one, other):
            raise Disagreement(f"keras source, {_op(graph, path)}", f"other bits at {path}")


def built_or_unsupported(case: Drawn) -> Graph | None:
    """A small network that is accepted is built and run by every backend that does not decline."""
    try:
        graph = load_text(case.text).graph()
    except SpecError:
        return None
    if not small(graph):
        return None
    feeds, values = images(graph, BATCH), weights(graph)
    for name, dtype in (("torch", "float32"), ("keras", "float32"), ("onnx", "float32")):
        if (backend := supported(name, graph)) is not None:
            found = backend.run(graph, values, feeds, dtype)
            shapes = {path: [BATCH, *graph.shapes[graph.producer(path)].dims] for path in found}
            assert list(found) == list(graph.outputs)
            assert {path: list(value.shape) for path, value in found.items()} == shapes
    return graph


def small(graph: Graph) -> bool:
    """Whether a network can be tried in a moment."""
    sizes = [shape.elements for shape in graph.shapes.values()]
    for node in graph.nodes:
        pads = node.op.window().pads if node.op.window() else None
        sides = node.output.dims[:-1] or [1]
        sizes.append(max(sides) ** 2 + (pads.height + 50) * (pads.width + 50) if pads else 0)
    macs = sum(node.op.macs(graph.input_shapes(node), node.output) for node in graph.nodes)
    held = sum(int(np.prod(weight.shape, dtype=float)) for _, weight in graph.weights())
    found = {"nodes": len(graph.nodes), "elements": max(sizes), "weights": held, "macs": macs}
    return all(found[what] <= most for what, most in SMALL.items())

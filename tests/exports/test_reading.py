"""Small models in the words of many exporters: what is read gives onnxruntime's own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnxruntime
import pytest
from corpus.nets import error
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from netspec.backends.onnx.reading.model import Foreign, read
from netspec.ir.shapes import Map
from netspec.matching.canonical import canonical
from netspec.reference import evaluate
from netspec.targets import Array

LIMIT = 5e-6
SIZE = Map(6, 5, 4)
FIRST = (SIZE.channels, SIZE.height, SIZE.width)
LAST = tuple(SIZE.dims)


def floats(*shape: int, seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@dataclass(frozen=True)
class Words:
    """A model of nodes from `x` to `y`; `held` are its tensors by name."""

    nodes: Sequence[NodeProto]
    held: Mapping[str, Any] = field(default_factory=dict)
    opset: int = 20
    dims: tuple[int, ...] = FIRST

    def model(self) -> ModelProto:
        tensors = [numpy_helper.from_array(np.asarray(v), name) for name, v in self.held.items()]
        graph = helper.make_graph(
            list(self.nodes),
            "words",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", *self.dims))],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            tensors,
        )
        opset = [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8)


def node(op_type: str, inputs: str, output: str = "y", **attributes: Any) -> NodeProto:
    """A node that takes these tensors, by spaces; `-` leaves one out."""
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(op_type, names, [output], output, **attributes)


def hard(value: str, output: str) -> list[NodeProto]:
    """relu6(x + 3)."""
    return [node("Add", f"{value} three", "more"), node("Clip", "more zero six", output)]


NUMBERS = {"zero": 0, "three": 3, "six": 6, "sixth": 1 / 6, "c": 3}
HARD = {name: np.float32(number) for name, number in NUMBERS.items()}
KERNEL = {"w": floats(3, 4, 3, 2)}
CHANNELS_FIRST, CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]

WORDS: Mapping[str, Words] = {
    "same_upper": Words([node("Conv", "x w", auto_pad="SAME_UPPER", strides=[2, 2])], KERNEL),
    "same_lower": Words([node("Conv", "x w", auto_pad="SAME_LOWER", strides=[2, 2])], KERNEL),
    "valid": Words([node("Conv", "x w", auto_pad="VALID")], KERNEL),
    "pool same_lower": Words(
        [node("AveragePool", "x", kernel_shape=[3, 2], auto_pad="SAME_LOWER", strides=[2, 2])]
    ),
    "pool counts the padding": Words(
        [node("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 0, 1, 1], count_include_pad=1)]
    ),
    "grouped": Words(
        [node("Conv", "x w b", group=2, dilations=[2, 1])],
        {"w": floats(6, 2, 2, 3), "b": floats(6)},
    ),
    "a norm as a product and a sum": Words(
        [node("Mul", "x s", "m"), node("Add", "t m")],
        {"s": floats(4, 1, 1), "t": floats(1, 4, 1, 1)},
    ),
    "less and divided by": Words(
        [node("Sub", "x m", "a"), node("Div", "a s", "b"), node("Sub", "t b")],
        {"m": floats(1, 4, 1, 1), "s": 1.5 + abs(floats(4, 1, 1)), "t": floats(1, 4, 1, 1)},
    ),
    "scaled by one number": Words(
        [node("Mul", "c x", "a"), node("Div", "a d")],
        {"c": np.float32(0.17), "d": np.full((1, 1), 3, np.float32)},
    ),
    "relu by Max": Words([node("Max", "x zero")], {"zero": np.float32(0)}),
    "relu6 by Relu and Min": Words(
        [node("Mul", "x c", "a"), node("Relu", "a", "b"), node("Min", "b six")],
        {"c": np.float32(9), "six": np.float32(6)},
    ),
    "relu by Clip": Words([node("Clip", "x zero -")], {"zero": np.float32(0)}),
    "relu by Clip to the greatest number": Words(
        [node("Clip", "x zero most")],
        {"zero": np.float32(0), "most": np.float32(np.finfo(np.float32).max)},
    ),
    "relu6 by attributes": Words(
        [node("Mul", "x c", "a"), node("Clip", "a", min=0.0, max=6.0)], {"c": np.float32(9)}, 10
    ),
    "swish by a product": Words([node("Sigmoid", "x", "s"), node("Mul", "x s")]),
    "a hard sigmoid spelt out": Words(
        [node("Mul", "x c", "s"), *hard("s", "a"), node("Div", "a six")], HARD
    ),
    "a hard swish spelt out": Words(
        [node("Mul", "x c", "s"), *hard("s", "a"), node("Mul", "a sixth", "b"), node("Mul", "s b")],
        HARD,
    ),
    "a hard swish in another order": Words(
        [node("Mul", "x c", "s"), *hard("s", "a"), node("Mul", "a s", "b"), node("Div", "b six")],
        HARD,
    ),
    "a mean as a global pool": Words([node("ReduceMean", "x axes")], {"axes": [2, 3]}),
    "a mean by an attribute": Words([node("ReduceMean", "x", axes=[-1, -2], keepdims=0)], opset=13),
    "a greatest value as a global pool": Words(
        [node("ReduceMax", "x axes", keepdims=0)], {"axes": [3, 2]}
    ),
    "a mean of merged pixels": Words(
        [node("Reshape", "x s", "a"), node("ReduceMean", "a axes", keepdims=0)],
        {"s": [0, 4, -1], "axes": [2]},
    ),
    "channels last": Words(
        [
            node("Transpose", "x", "a", perm=CHANNELS_FIRST),
            node("Conv", "a w", "b"),
            node("Transpose", "b", "c", perm=CHANNELS_LAST),
            node("Add", "c t", "d"),
            node("Relu", "d", "e"),
            node("Transpose", "e", perm=CHANNELS_FIRST),
        ],
        {**KERNEL, "t": floats(3)},
        dims=LAST,
    ),
    "channels last, padded and joined": Words(
        [
            node("Pad", "x p", "a"),
            node("Concat", "a a", "b", axis=3),
            node("Softmax", "b", "c", axis=-1),
            node("Transpose", "c", perm=CHANNELS_FIRST),
        ],
        {"p": [0, 1, 0, 0, 0, 2, 1, 0]},
        dims=LAST,
    ),
    "a pad by named axes": Words(
        [node("Pad", "x p v axes")],
        {"p": [1, 2, 0, 3], "v": np.float32(-2), "axes": [3, -2]},
    ),
    "a pad by attributes": Words(
        [node("Pad", "x", pads=[0, 0, 1, 0, 0, 0, 0, 2], value=0.5)], opset=10
    ),
    "flattened channels first": Words(
        [node("Flatten", "x", "a"), node("Relu", "a", "r"), node("Gemm", "r w b", transB=1)],
        {"w": floats(3, 120), "b": floats(3)},
    ),
    "flattened channels last": Words(
        [
            node("Transpose", "x", "a", perm=CHANNELS_LAST),
            node("Reshape", "a s", "b"),
            node("MatMul", "b w", "c"),
            node("Add", "c t"),
        ],
        {"s": [-1, 120], "w": floats(120, 3), "t": floats(3)},
    ),
    "flattened by the batch's own size": Words(
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n", axis=0),
            node("Unsqueeze", "n axes", "m"),
            node("Concat", "m rest", "t", axis=0),
            node("Reshape", "x t", "a"),
            node("MatMul", "a w"),
        ],
        {"zero": np.int64(0), "axes": [0], "rest": [-1], "w": floats(120, 3)},
    ),
    "a norm of a flattened map": Words(
        [
            node("Flatten", "x", "a"),
            node("BatchNormalization", "a g t m v", "b"),
            node("MatMul", "b w"),
        ],
        {
            **{name: floats(120, seed=i) for i, name in enumerate("gtm")},
            "v": 0.5 + abs(floats(120)),
            "w": floats(120, 3),
        },
    ),
    "flattened maps side by side": Words(
        [
            node("Flatten", "x", "a"),
            node("GlobalMaxPool", "x", "p"),
            node("Flatten", "p", "b"),
            node("Concat", "a b", "c", axis=1),
            node("MatMul", "c w"),
        ],
        {"w": floats(124, 3)},
    ),
    "one pixel moved about": Words(
        [
            node("GlobalAveragePool", "x", "a"),
            node("Squeeze", "a", "b"),
            node("Unsqueeze", "b axes", "c"),
            node("Squeeze", "c axes", "d"),
            node("Gemm", "d w", alpha=0.5),
        ],
        {"axes": [1], "w": floats(4, 3)},
        opset=13,
    ),
    "a bias of one number": Words(
        [node("Flatten", "x", "a"), node("Gemm", "a w b", beta=2.0)],
        {"w": floats(120, 3), "b": np.float32([0.3])},
    ),
    "a kernel that follows from another": Words(
        [node("Transpose", "v", "w", perm=[3, 2, 0, 1]), node("Conv", "x w")],
        {"v": floats(3, 2, 4, 3)},
    ),
    "an image times itself": Words(
        [node("Tanh", "x", "t"), node("Mul", "x t", "m"), node("Sum", "m x t")]
    ),
    "dropout": Words(
        [node("Dropout", "x ratio", "a"), node("Tanh", "a")], {"ratio": np.float32(0.4)}
    ),
    "dropout by an attribute": Words(
        [node("Dropout", "x", "a", ratio=0.4), node("Tanh", "a")], opset=10
    ),
    "local responses": Words([node("LRN", "x", size=3, alpha=0.3, beta=0.6, bias=1.5)]),
}


@pytest.mark.parametrize("name", WORDS)
def test_read_as_it_runs(name: str) -> None:
    words = WORDS[name]
    image = floats(2, *words.dims, seed=7)
    model = words.model()
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (wanted,) = session.run(None, {"x": image})
    found = read(model, SIZE)
    canonical = image if words.dims == LAST else image.transpose(0, 2, 3, 1)
    (value,) = evaluate(found.graph, found.weights, {"x": canonical}).values()
    own = value.transpose(0, 3, 1, 2) if value.ndim == 4 else value
    assert error(own.reshape(wanted.shape), wanted) <= LIMIT


RECOGNISED = {
    "swish by a product": "silu",
    "relu6 by Relu and Min": "relu6",
    "a hard sigmoid spelt out": "hard_sigmoid",
    "a hard swish spelt out": "hard_swish",
    "a hard swish in another order": "hard_swish",
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_a_function_is_recognised(name: str) -> None:
    units = canonical(read(WORDS[name].model(), SIZE).graph).units.values()
    assert [unit.op.name for unit in units if unit.op.name != "scale"] == [RECOGNISED[name]]


def of(
    op_type: str, inputs: str = "x", held: Mapping[str, Any] | None = None, **given: Any
) -> Words:
    return Words([node(op_type, inputs, **given)], held or {})


REFUSED: Mapping[str, tuple[Words, str]] = {
    "a clip to other bounds": (
        of("Clip", "x a b", {"a": np.float32(-1), "b": np.float32(1)}),
        "clips to",
    ),
    "numbers of each pixel": (of("Mul", "x w", {"w": floats(6, 5)}), "not one a channel"),
    "a join that broadcasts": (
        Words([node("GlobalMaxPool", "x", "a"), node("Mul", "x a")]),
        "our joins broadcast nothing",
    ),
    "a softmax of rows": (of("Softmax", axis=2), "not along the channels alone"),
    "a concat of rows": (of("Concat", "x x", axis=2), "not along the channels"),
    "a mean of rows": (of("ReduceMean", "x a", {"a": [2]}), "other axes than height and width"),
    "a reshape that splits channels": (of("Reshape", "x s", {"s": [0, 2, 2, 6, 5]}), "reshapes"),
    "a reshape that merges the batch": (of("Reshape", "x s", {"s": [-1, 5]}), "reshapes"),
    "a flatten that is given out": (of("Flatten"), "flattened in another order than ours"),
    "a pad by reflection": (
        of("Pad", "x p", {"p": [0, 0, 1, 1, 0, 0, 1, 1]}, mode="reflect"),
        "its mode",
    ),
    "a pad of channels": (
        of("Pad", "x p", {"p": [0, 1, 0, 0, 0, 0, 0, 0]}),
        "the batch or the channels",
    ),
    "a pad that crops": (of("Pad", "x p", {"p": [0, 0, -1, 0, 0, 0, 0, 0]}), "which crops"),
    "a norm in training": (
        of("BatchNormalization", "x a a a a", {"a": np.ones(4, np.float32)}, training_mode=1),
        "training mode",
    ),
    "places of greatest values": (
        Words([helper.make_node("MaxPool", ["x"], ["z", "y"], "z", kernel_shape=[2, 2])]),
        "`y` is no value of the network",
    ),
    "a transposed conv": (of("ConvTranspose", "x w", {"w": floats(4, 3, 2, 2)}), "no such op"),
    "a division by a value": (
        of("Div", "c x", {"c": np.float32(1)}),
        "divides a number by a value",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_reason(name: str) -> None:
    words, reason = REFUSED[name]
    with pytest.raises(Foreign, match=reason):
        read(words.model(), SIZE)

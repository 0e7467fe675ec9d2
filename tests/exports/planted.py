"""Mistakes planted in an exported Inception V3, each with what must be told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from onnx import ModelProto, helper


def set_attribute(name: str, **values: object) -> Callable[[ModelProto], None]:
    """Another value of a node's attributes; the node is the one of this name."""

    def plant(model: ModelProto) -> None:
        node = next(node for node in model.graph.node if node.name == name)
        for attribute, value in values.items():
            kept = [each for each in node.attribute if each.name != attribute]
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute(attribute, value)])

    return plant


def left_out(name: str) -> Callable[[ModelProto], None]:
    """A node of one input is not there."""

    def plant(model: ModelProto) -> None:
        node = next(node for node in model.graph.node if node.name == name)
        for other in model.graph.node:
            taken = [node.input[0] if i == node.output[0] else i for i in other.input]
            del other.input[:]
            other.input.extend(taken)
        model.graph.node.remove(node)

    return plant


def other_operator(name: str, op_type: str) -> Callable[[ModelProto], None]:
    """A node of another operator."""

    def plant(model: ModelProto) -> None:
        node = next(node for node in model.graph.node if node.name == name)
        node.op_type = op_type
        del node.attribute[:]

    return plant


def swapped(name: str, one: int, other: int) -> Callable[[ModelProto], None]:
    """Two inputs of a node in each other's place."""

    def plant(model: ModelProto) -> None:
        node = next(node for node in model.graph.node if node.name == name)
        taken = list(node.input)
        taken[one], taken[other] = taken[other], taken[one]
        del node.input[:]
        node.input.extend(taken)

    return plant


@dataclass(frozen=True)
class Mistake:
    """What is planted, and the differences that must be told: step, field, here and there."""

    plant: Callable[[ModelProto], None]
    told: tuple[tuple[str, str, str, str], ...]


FIVE = "Mixed_5b/Branch_1/Conv2d_0b_5x5"
REDUCTION = "Mixed_6a/Branch_0/Conv2d_1a_3x3"
POOL = "Mixed_6b/Branch_3/AvgPool_0a_3x3"

BRANCHES = (
    *("Branch_0/Conv2d_0a_1x1", "Branch_1/Conv2d_0b_5x5"),
    *("Branch_2/Conv2d_0c_3x3", "Branch_3/Conv2d_0b_1x1"),
)
SWAPPED = (BRANCHES[3], *BRANCHES[1:3], BRANCHES[0])
ENDS = (
    "Branch_0/Conv2d_0a_1x1",
    *("Branch_1/Concat/Conv2d_0b_1x3", "Branch_1/Concat/Conv2d_0c_3x1"),
    *("Branch_2/Concat/Conv2d_0c_1x3", "Branch_2/Concat/Conv2d_0d_3x1"),
    "Branch_3/Conv2d_0b_1x1",
)
SWAPPED_ENDS = (ENDS[0], ENDS[2], ENDS[1], *ENDS[3:])


def below(block: str, paths: Sequence[str]) -> str:
    """Paths below a block, as a list in words."""
    return ", ".join(f"{block}/{path}" for path in paths)


MISTAKES: Mapping[str, Mistake] = {
    "a pad moved": Mistake(
        set_attribute(f"{FIVE}/conv", pads=[1, 2, 3, 2]),
        ((FIVE, "pads", "(2,2,2,2)", "(1,2,3,2)"),),
    ),
    "a stride": Mistake(
        set_attribute("MaxPool_5a_3x3", strides=[2, 1]),
        (("MaxPool_5a_3x3", "stride", "2x2", "2x1"),),
    ),
    "a dilation": Mistake(
        set_attribute("Mixed_7c/Branch_2/Conv2d_0b_3x3/conv", dilations=[2, 2], pads=[2, 2, 2, 2]),
        (
            ("Mixed_7c/Branch_2/Conv2d_0b_3x3", "dilation", "1x1", "2x2"),
            ("Mixed_7c/Branch_2/Conv2d_0b_3x3", "pads", "(1,1,1,1)", "(2,2,2,2)"),
        ),
    ),
    "an epsilon": Mistake(
        set_attribute(f"{REDUCTION}/norm", epsilon=1e-5),
        ((REDUCTION, "epsilon", "0.001", "1e-05"),),
    ),
    "a relu that is missing": Mistake(left_out(FIVE), ((FIVE, "", "relu", "nothing"),)),
    "another function": Mistake(
        other_operator("Conv2d_3b_1x1", "Tanh"),
        (("Conv2d_3b_1x1", "activation", "relu", "tanh"),),
    ),
    "a pool of another kind": Mistake(
        other_operator("Mixed_7b/Branch_3/AvgPool_0a_3x3", "Relu"),
        (("Mixed_7b/Branch_3/AvgPool_0a_3x3", "", "avg_pool", "relu"),),
    ),
    "the divisor of a pool": Mistake(
        set_attribute(POOL, count_include_pad=1), ((POOL, "divisor", "inside", "window"),)
    ),
    "the window of a pool": Mistake(
        set_attribute(POOL, kernel_shape=[5, 3], pads=[2, 1, 2, 1]),
        ((POOL, "kernel", "3x3", "5x3"), (POOL, "pads", "(1,1,1,1)", "(2,1,2,1)")),
    ),
    "the order of a concat": Mistake(
        swapped("Mixed_5c", 0, 3),
        (("Mixed_5c", "order", below("Mixed_5c", BRANCHES), below("Mixed_5c", SWAPPED)),),
    ),
    "two branches of one shape swapped": Mistake(
        swapped("Mixed_7b/Branch_1/Concat", 0, 1),
        (("Mixed_7b", "order", below("Mixed_7b", ENDS), below("Mixed_7b", SWAPPED_ENDS)),),
    ),
    "a step that is skipped": Mistake(
        left_out("MaxPool_5a_3x3"), (("MaxPool_5a_3x3", "", "max_pool", "nothing"),)
    ),
    "a softmax over nothing": Mistake(
        other_operator("Predictions", "Sigmoid"),
        (("Predictions", "activation", "softmax", "sigmoid"),),
    ),
}

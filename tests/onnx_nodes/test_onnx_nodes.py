"""Our ops sit the examination that onnx sets: its own cases, on every backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from netspec import targets
from netspec.backends.onnx.emitting import OPSET
from netspec.ops.activation import Activation
from netspec.ops.base import Op
from netspec.ops.conv import SeparableConv
from netspec.ops.kinds import Pads, Pair
from netspec.ops.pool import AdaptiveAvgPool, Pool
from netspec.ops.table import OPS
from netspec.targets import Array
from onnx_nodes import page
from onnx_nodes.cases import Case, suite
from onnx_nodes.judging import DECIMALS, fault, value_by, value_by_reference
from onnx_nodes.outside import OUTSIDE
from onnx_nodes.reading import Call, Reading, Unsupported, from_map
from onnx_nodes.rules import RULES, read

PAGE = Path(__file__).parents[2] / "docs/onnx-nodes.md"
Run = Callable[[Reading], Array]


def by_backend(name: str) -> Run:
    return lambda reading: value_by(name, reading)


RUNS: Mapping[str, Run] = {
    "reference": value_by_reference,
    **{name: by_backend(name) for name in targets.BUNDLED},
}


@cache
def readings() -> Mapping[str, tuple[Case, Reading]]:
    """The cases that are read, by name."""
    found, _ = page.examined()
    return {case.name: (case, reading) for case, reading in found.items()}


@cache
def hand_made() -> Mapping[str, tuple[Case, Reading]]:
    """Nodes that the suites lack, judged by onnx's own reference implementation."""
    draw = np.random.default_rng(3)
    data = (6 * draw.normal(size=(2, 3, 4, 5))).astype(np.float32)
    pooled = data[:, :, :1, :1]
    bounds = [np.array(bound, np.float32) for bound in (0, 6)]
    cases = [
        made("Clip", [data, *bounds]),
        made("HardSigmoid", [data], alpha=1 / 6, beta=0.5),
        made("Squeeze", [pooled, np.array([2, -1])]),
        made("Mul", [data, np.array(0.17, np.float32)]),
    ]
    return {case.name: (case, read(case.call)) for case in cases}


def made(op_type: str, inputs: list[Any], **attributes: Any) -> Case:
    names = [f"i{index}" for index in range(len(inputs))]
    node = helper.make_node(op_type, names, ["y"], **attributes)
    feeds = dict(zip(names, inputs, strict=True))
    kinds = {name: helper.np_dtype_to_tensor_dtype(value.dtype) for name, value in feeds.items()}
    graph = helper.make_graph(
        [node],
        op_type,
        [helper.make_tensor_value_info(n, kinds[n], value.shape) for n, value in feeds.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    expected = ReferenceEvaluator(model).run(None, feeds)
    call = Call(node, OPSET, tuple(inputs))
    return Case(op_type, "hand-made", call, tuple(expected), rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("operator", RULES)
def test_every_case_that_is_read_gives_what_onnx_expects(operator: str, run: str) -> None:
    own = {
        name: (case, reading)
        for name, (case, reading) in {**readings(), **hand_made()}.items()
        if case.call.node.op_type == operator
    }
    assert own
    faults = {name: fault(RUNS[run](reading), case) for name, (case, reading) in own.items()}
    assert {name: found for name, found in faults.items() if found} == {}


def test_every_operator_has_a_rule_or_a_reason() -> None:
    met = {case.call.node.op_type for case in suite().cases}
    assert RULES.keys() & OUTSIDE.keys() == set()
    assert RULES.keys() | OUTSIDE.keys() == met


def test_the_examination_does_not_shrink() -> None:
    """The numbers of onnx 1.23.2; a rule that begins to refuse shows here."""
    assert len(suite().cases) == 1535
    assert len(readings()) == 141


def test_which_of_our_ops_no_case_examines() -> None:
    """ONNX has no such operator; lowering replaces the first two by others, which are met."""
    found = {**readings(), **hand_made()}.values()
    met: set[type[Op]] = {type(op) for _, reading in found for op in reading.ops}
    assert set(OPS.values()) - met == {Activation, SeparableConv, AdaptiveAvgPool}


def test_only_rounded_values_are_judged_as_rounded() -> None:
    for name, decimals in DECIMALS.items():
        case, _ = readings()[name]
        for value in (case.call.data, *case.expected):
            assert np.array_equal(value, value.round(decimals).astype(np.float32))


def test_the_page_is_current(golden: Callable[[Path, str], None]) -> None:
    golden(PAGE, page.page())


def with_fields(**changes: Any) -> Callable[[Reading], Reading]:
    """The reading, some fields of its op changed."""
    return lambda reading: replace(reading, ops=(replace(reading.ops[0], **changes),))


def with_weight(role: str, change: Callable[[Array], Array]) -> Callable[[Reading], Reading]:
    """The reading, one of its weights changed."""

    def planted(reading: Reading) -> Reading:
        return replace(reading, weights={**reading.weights, role: change(reading.weights[role])})

    return planted


def other_way_round(reading: Reading) -> Reading:
    """The reading, its padding at the opposite sides."""
    (op,) = reading.ops
    assert isinstance(op, Pool)
    top, bottom, left, right = op.pads
    return with_fields(padding=Pads(bottom, top, right, left))(reading)


MISTAKES: Mapping[str, tuple[str, Callable[[Reading], Reading]]] = {
    "epsilon": ("batchnorm_epsilon", with_fields(epsilon=0.001)),
    "gamma and beta": ("batchnorm_example", lambda r: replace(r, weights=swapped(r.weights))),
    "pads of height and width": (
        "conv_with_strides_and_asymmetric_padding",
        with_fields(padding=Pads(0, 0, 1, 1)),
    ),
    "pads of an average": ("averagepool_2d_same_lower", other_way_round),
    "pads of a maximum": ("maxpool_2d_same_upper", other_way_round),
    "divisor": ("averagepool_2d_precomputed_pads", with_fields(divisor="window")),
    "rounding": ("maxpool_2d_ceil", with_fields(rounding="floor")),
    "rounding past the padding": (
        "averagepool_2d_ceil_last_window_starts_on_pad",
        with_fields(divisor="inside"),
    ),
    "flipped kernel": ("Conv2d", with_weight("kernel", lambda kernel: kernel[::-1])),
    "dilation": ("Conv2d_dilated", with_fields(dilation=Pair(1, 1))),
    "groups": ("Conv2d_groups", with_weight("kernel", lambda kernel: kernel[..., ::-1])),
    "multiplier": (
        "Conv2d_depthwise_with_multiplier",
        with_weight("depthwise_kernel", lambda kernel: kernel[..., ::-1]),
    ),
    "alpha by the window": ("lrn", with_fields(alpha=0.0002)),
    "slope": ("leakyrelu", with_fields(slope=0.01)),
    "alpha of elu": ("elu", with_fields(alpha=1.0)),
    "form of gelu": ("gelu_tanh_2", with_fields(form="exact")),
    "order of a concat": (
        "concat_3d_axis_1",
        lambda r: replace(r, data=r.data[::-1]),
    ),
    "axis of a softmax": ("softmax_axis_1", lambda r: replace(r, data=(turned(r.data[0]),))),
    "value of a pad": ("constant_pad", with_fields(value=0.0)),
    "order of a flatten": ("flatten_axis1", lambda r: replace(r, restore=lambda value: value)),
    "beta of a gemm": ("gemm_beta", with_weight("bias", lambda bias: 2 * bias)),
    "transposed map": ("relu", lambda r: replace(r, restore=lambda value: value[:, ::-1])),
}


def swapped(weights: Mapping[str, Array]) -> Mapping[str, Array]:
    return {**weights, "gamma": weights["beta"], "beta": weights["gamma"]}


def turned(value: Array) -> Array:
    """The map as if its height were the channels, in one memory order."""
    return np.ascontiguousarray(from_map(value)).reshape(value.shape)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(mistake: str) -> None:
    name, plant = MISTAKES[mistake]
    case, reading = readings()[name]
    assert fault(value_by_reference(reading), case) == ""
    assert fault(value_by_reference(plant(reading)), case) != ""


@pytest.mark.parametrize(
    ("op_type", "change", "reason"),
    [
        ("LRN", {"size": 4}, "4 channels are no radius on either side"),
        ("Swish", {"alpha": 1.5}, "alpha is 1.5; our silu is without one"),
    ],
)
def test_what_no_case_of_onnx_s_asks_is_refused_with_its_reason(
    op_type: str, change: dict[str, Any], reason: str
) -> None:
    node = helper.make_node(op_type, ["x"], ["y"], **change)
    with pytest.raises(Unsupported, match=reason):
        read(Call(node, OPSET, (np.ones((1, 5, 2, 2), np.float32),)))

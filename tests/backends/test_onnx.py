"""The ONNX backend: every op against the reference, names, structure, files."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from corpus import ops
from corpus.joins import JOINS
from corpus.nets import Net

import netspec
from netspec.backends.onnx import BACKEND, emitting, storing
from netspec.backends.onnx.rules import RULES
from netspec.backends.onnx.site import Alias, Unsupported
from netspec.diagnostics import SpecError
from netspec.ir.graph import Graph
from netspec.ops.activation import Activation, Relu
from netspec.ops.conv import Conv, PointwiseConv, SeparableConv
from netspec.ops.pool import GlobalAvgPool
from netspec.ops.table import OPS
from netspec.reference import evaluate
from netspec.targets import Array, MissingExtra
from netspec.weights.initial import parity_weights

TOLERANCE = 5e-6

UNEVEN = "{top: 2, bottom: 1, left: 0, right: 1}"
CONV_BRANCH = "{c: [{c1: {op: conv, filters: 2, kernel: 1}}]}"
NO_AFFINE = "{op: batch_norm, scale: false, center: false, epsilon: 0.1}"
BARE_NORM = f"{{op: conv, filters: 4, kernel: 3, bias: true, activation: tanh, norm: {NO_AFFINE}}}"

# name: (input, the bodies of its steps)
CASES = {
    "conv": ("7x6x3", ["{op: conv, filters: 5, kernel: 3}"]),
    "conv-1-pixel": ("1x1x3", ["{op: conv, filters: 5, kernel: 1}"]),
    "conv-whole-map": ("4x5x3", ["{op: conv, filters: 2, kernel: [4, 5]}"]),
    "conv-flat-kernel": ("5x7x2", ["{op: conv, filters: 3, kernel: [1, 7], padding: same}"]),
    "conv-same-odd": ("7x9x3", ["{op: conv, filters: 4, kernel: 3, stride: 2, padding: same}"]),
    "conv-same-even": ("8x6x3", ["{op: conv, filters: 4, kernel: 3, stride: 2, padding: same}"]),
    "conv-even-kernel": ("7x6x3", ["{op: conv, filters: 4, kernel: [2, 4], padding: same}"]),
    "conv-stride-over-kernel": ("9x8x3", ["{op: conv, filters: 4, kernel: 1, stride: [3, 2]}"]),
    "conv-uneven-pads": (
        "5x6x3",
        ["{op: conv, filters: 4, kernel: 3, padding: {top: 2, bottom: 0, left: 1, right: 3}}"],
    ),
    "conv-dilated": (
        "9x11x3",
        ["{op: conv, filters: 4, kernel: [3, 2], dilation: [2, 3], padding: same}"],
    ),
    "conv-grouped": ("5x6x6", ["{op: conv, filters: 9, kernel: 3, groups: 3}"]),
    "conv-depthwise": ("5x6x4", ["{op: conv, filters: 8, kernel: 3, groups: 4, padding: same}"]),
    "conv-norm-relu": (
        "5x6x3",
        ["{op: conv, filters: 4, kernel: 3, norm: batch_norm, activation: relu}"],
    ),
    "conv-norm-bare": (
        "5x6x3",
        [
            BARE_NORM,
        ],
    ),
    "dense": ("1x1x5", ["{op: squeeze}", "{op: dense, filters: 3}"]),
    "dense-no-bias": ("1x1x5", ["{op: squeeze}", "{op: dense, filters: 3, bias: false}"]),
    "dense-norm": (
        "1x1x5",
        ["{op: squeeze}", "{op: dense, filters: 3, norm: batch_norm, activation: sigmoid}"],
    ),
    "max-pool": ("7x6x3", ["{op: max_pool, kernel: 3, stride: 2}"]),
    "max-pool-same": ("7x6x3", ["{op: max_pool, kernel: [3, 2], stride: 2, padding: same}"]),
    "max-pool-uneven": (
        "7x6x3",
        ["{op: max_pool, kernel: 4, padding: {top: 2, bottom: 0, left: 1, right: 2}}"],
    ),
    "max-pool-stride-over-kernel": ("9x8x3", ["{op: max_pool, kernel: 2, stride: [3, 4]}"]),
    "max-pool-1-pixel": ("1x1x3", ["{op: max_pool, kernel: 1, stride: 2}"]),
    "avg-pool": ("7x6x3", ["{op: avg_pool, kernel: 3, stride: 2}"]),
    "avg-pool-inside": ("8x7x3", ["{op: avg_pool, kernel: 3, stride: 2, padding: same}"]),
    "avg-pool-window": (
        "8x7x3",
        ["{op: avg_pool, kernel: 3, stride: 2, padding: same, divisor: window}"],
    ),
    "avg-pool-uneven-inside": (
        "8x7x3",
        [f"{{op: avg_pool, kernel: [4, 3], padding: {UNEVEN}}}"],
    ),
    "avg-pool-uneven-window": (
        "8x7x3",
        [f"{{op: avg_pool, kernel: [4, 3], divisor: window, padding: {UNEVEN}}}"],
    ),
    "avg-pool-stride-over-kernel": ("9x8x3", ["{op: avg_pool, kernel: 2, stride: 5}"]),
    "global-avg-pool": ("5x6x3", ["{op: global_avg_pool}"]),
    "global-avg-pool-1-pixel": ("1x1x3", ["{op: global_avg_pool}"]),
    "batch-norm": ("5x6x3", ["{op: batch_norm}"]),
    "batch-norm-plain": ("5x6x3", ["{op: batch_norm, scale: false, epsilon: 0.01}"]),
    "batch-norm-uncentered": ("5x6x3", ["{op: batch_norm, center: false}"]),
    "batch-norm-vector": ("2x3x3", ["{op: flatten}", "{op: batch_norm}"]),
    "relu": ("5x6x3", ["{op: relu}"]),
    "sigmoid": ("5x6x3", ["{op: sigmoid}"]),
    "tanh": ("5x6x3", ["{op: tanh}"]),
    "softmax-map": ("5x6x3", ["{op: softmax}"]),
    "softmax-vector": ("2x3x3", ["{op: flatten}", "{op: softmax}"]),
    "activation-none": ("5x6x3", ["{op: relu}", "{op: activation, function: none}"]),
    "concat": (
        "5x6x3",
        [f"{{op: concat, branches: [{{a: []}}, {{b: [{{b1: {{op: relu}}}}]}}, {CONV_BRANCH}]}}"],
    ),
    "concat-vectors": (
        "2x3x4",
        ["{op: flatten}", "{op: concat, branches: [{a: []}, {b: [{b1: {op: tanh}}]}]}"],
    ),
    "concat-one": ("5x6x3", ["{op: concat, branches: [{b: [{b1: {op: relu}}]}]}"]),
    "add": ("5x6x3", ["{op: add, branches: [{a: []}, {b: [{b1: {op: relu}}]}]}"]),
    "add-self": ("5x6x3", ["{op: add, branches: [{a: []}, {b: []}]}"]),
    "add-one": ("5x6x3", ["{op: add, branches: [{b: [{b1: {op: relu}}]}]}"]),
    "add-three": (
        "5x6x3",
        ["{op: add, branches: [{a: []}, {b: [{b1: {op: relu}}]}, {c: [{c1: {op: tanh}}]}]}"],
    ),
    "flatten": ("2x3x4", ["{op: flatten}"]),
    "flatten-1-pixel": ("1x1x4", ["{op: flatten}"]),
    "flatten-1-channel": ("2x3x1", ["{op: flatten}"]),
    "flatten-dense": ("2x3x4", ["{op: flatten}", "{op: dense, filters: 5}"]),
    "flatten-dropout-relu-dense": (
        "3x2x4",
        ["{op: flatten}", "{op: dropout, keep: 0.5}", "{op: relu}", "{op: dense, filters: 5}"],
    ),
    "flatten-softmax-dense": (
        "3x2x4",
        ["{op: flatten}", "{op: softmax}", "{op: dense, filters: 5}"],
    ),
    "flatten-shared": (
        "3x2x4",
        [
            "{op: flatten}",
            "{op: concat, branches: [{a: [{a1: {op: dense, filters: 3}}]}, {b: []}]}",
        ],
    ),
    "squeeze": ("1x1x4", ["{op: squeeze}"]),
    "dropout": ("5x6x3", ["{op: dropout, keep: 0.5}"]),
    "dropout-inside": (
        "5x6x3",
        ["{op: relu}", "{op: dropout, keep: 0.5}", "{op: conv, filters: 2, kernel: 1}"],
    ),
}


def net(folder: Path, size: str, steps: list[str], outputs: tuple[str, ...] = ()) -> netspec.Spec:
    """A net with these steps, called s0, s1, …; by default the last is the output."""
    height, width, channels = size.split("x")
    lines = [
        "netspec: 1",
        "name: Net",
        f"input: {{image: {{height: {height}, width: {width}, channels: {channels}}}}}",
        "steps:",
        *(f"  - s{index}: {step}" for index, step in enumerate(steps)),
        "outputs:",
        *(f"  {path}: {{}}" for path in outputs or (f"s{len(steps) - 1}",)),
    ]
    file = folder / "net.yaml"
    file.write_text("\n".join(lines) + "\n")
    return netspec.load(file)


def random_feeds(graph: Graph, batch: int = 3) -> dict[str, Array]:
    """Random values for the inputs of a graph."""
    draw = np.random.default_rng(7)
    return {
        value.name: draw.normal(size=(batch, *value.shape.dims)).astype(np.float32)
        for value in graph.inputs
    }


def error(value: Array, reference: Array) -> float:
    """Max|value - reference| over max|reference|."""
    assert value.shape == reference.shape
    assert value.dtype == np.float32
    assert np.isfinite(value).all()
    return float(np.abs(value - reference).max() / np.abs(reference).max())


def assert_agrees(graph: Graph, batch: int = 3) -> None:
    """The backend and the reference agree in every output, in written order."""
    assert BACKEND.unsupported(graph) == ()
    weights, feeds = parity_weights(graph, 5), random_feeds(graph, batch)
    values = BACKEND.run(graph, weights, feeds, "float32")
    reference = evaluate(graph, weights, feeds)
    assert list(values) == list(graph.outputs)
    errors = {path: error(value, reference[path]) for path, value in values.items()}
    assert {path: found for path, found in errors.items() if found > TOLERANCE} == {}


def op_types(model: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in model.graph.node)


def assert_sound(graph: Graph) -> onnx.ModelProto:
    """The live model passes the checker, names everything once, and types every tensor."""
    model = BACKEND.live(graph, parity_weights(graph, 5))
    typed = [*model.graph.input, *model.graph.output, *model.graph.value_info]
    names = [value.name for value in typed]
    made = [name for node in model.graph.node for name in node.output]
    assert sorted(names) == sorted({*made, *(value.name for value in model.graph.input)})
    assert len({node.name for node in model.graph.node}) == len(model.graph.node)
    assert {t.type.tensor_type.shape.dim[0].dim_param for t in typed} == {"batch"}
    inferred = onnx.shape_inference.infer_shapes(bare(model), strict_mode=True)
    found = {value.name: value.type for value in inferred.graph.value_info}
    stated = {value.name: value.type for value in model.graph.value_info}
    assert found == stated
    return model


def bare(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without our own shapes of intermediate tensors."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.value_info[:]
    return copy


@pytest.mark.parametrize("case", CASES)
def test_an_op_agrees_with_the_reference(case: str, tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES[case]).graph()
    assert_agrees(graph)
    assert_agrees(graph.with_outputs(graph.endpoints()), batch=1)


@pytest.mark.parametrize("case", CASES)
def test_a_step_cut_out_agrees_with_the_reference(case: str, tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES[case]).graph()
    for path in graph.steps:
        assert_agrees(graph.step(path), batch=2)


@pytest.mark.parametrize("case", CASES)
def test_a_model_is_sound(case: str, tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES[case]).graph()
    assert_sound(graph)
    assert_sound(graph.with_outputs(graph.endpoints()))


CORPUS: dict[str, Net] = {**ops.CASES, **JOINS}


@pytest.mark.parametrize("case", CORPUS)
def test_a_model_of_the_corpus_is_sound(case: str, tmp_path: Path) -> None:
    graph = CORPUS[case].graph(tmp_path)
    assert_sound(graph.with_outputs(graph.endpoints()))


@pytest.mark.parametrize("case", ["flatten", "flatten-1-pixel", "flatten-1-channel", "squeeze"])
def test_moving_values_changes_none(case: str, tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES[case]).graph()
    (feed,) = random_feeds(graph).values()
    value = BACKEND.run(graph, {}, {"image": feed}, "float32")["s0"]
    assert np.array_equal(value, feed.reshape(value.shape))


def test_every_op_has_a_rule_or_a_reason_and_a_case(tmp_path: Path) -> None:
    """Lowering replaces an activation by its function, a separable conv by its halves."""
    assert set(RULES) == {*OPS.values(), PointwiseConv} - {Activation, SeparableConv}
    graphs = [
        *(net(tmp_path, *case).graph() for case in CASES.values()),
        *(case.graph(tmp_path) for case in CORPUS.values()),
    ]
    met = {type(node.op) for graph in graphs for node in graph.nodes}
    assert met == {op for op, rule in RULES.items() if not isinstance(rule, Unsupported)}


def model_of(folder: Path, size: str, *bodies: str) -> onnx.ModelProto:
    graph = net(folder, size, list(bodies)).graph()
    return BACKEND.live(graph, parity_weights(graph, 5))


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


@pytest.mark.parametrize(
    ("body", "op_type", "expected"),
    [
        ("{op: leaky_relu, slope: 0.25}", "LeakyRelu", {"alpha": 0.25}),
        ("{op: elu}", "Elu", {"alpha": 1.0}),
        ("{op: gelu}", "Gelu", {"approximate": b"none"}),
        ("{op: gelu, form: tanh}", "Gelu", {"approximate": b"tanh"}),
        ("{op: hard_sigmoid}", "HardSigmoid", {"alpha": float(np.float32(1 / 6)), "beta": 0.5}),
        ("{op: hard_swish}", "HardSwish", {}),
        # alpha times the window's five channels, by which ONNX divides it
        (
            "{op: lrn, radius: 2, alpha: 0.25, beta: 0.75, bias: 2}",
            "LRN",
            {"size": 5, "alpha": 1.25, "beta": 0.75, "bias": 2.0},
        ),
        # three channels: two on either side are all there are
        (
            "{op: lrn, radius: 1000000, alpha: 0.25, beta: 0.75, bias: 2}",
            "LRN",
            {"size": 5, "alpha": 1.25, "beta": 0.75, "bias": 2.0},
        ),
    ],
    ids=str,
)
def test_every_attribute_is_written(
    body: str, op_type: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    (node,) = model_of(tmp_path, "5x6x3", body).graph.node
    assert (node.op_type, attributes(node)) == (op_type, expected)


@pytest.mark.parametrize(
    ("size", "grid", "window"),
    [
        ("8x6", "[4, 2]", [2, 3, 2, 3]),
        ("5x4", "1", [5, 4, 1, 1]),
        ("3x6", "[2, 6]", [2, 1, 1, 1]),  # cells of two rows each, which share the middle one
        ("7x6", "[3, 2]", [3, 3, 2, 3]),  # and here one of three
        ("7x10", "[3, 4]", None),
        ("1x6", "[2, 2]", None),
    ],
)
def test_an_adaptive_pool_is_an_ordinary_one_where_its_cells_are_alike(
    size: str, grid: str, window: list[int] | None, tmp_path: Path
) -> None:
    model = model_of(tmp_path, f"{size}x3", f"{{op: adaptive_avg_pool, size: {grid}}}")
    if window is None:
        assert op_types(model) == {"MatMul": 2}
        return
    (node,) = model.graph.node
    found = attributes(node)
    assert node.op_type == "AveragePool"
    assert [*found["kernel_shape"], *found["strides"]] == window
    assert found["pads"] == [0, 0, 0, 0]


def test_names_on_the_way_can_be_no_steps(tmp_path: Path) -> None:
    """A branch may have any name that a step may; none begins with a dot."""
    body = "{op: multiply, branches: [{a: []}, {b: {op: silu}}, {product: {op: relu6}}]}"
    model = model_of(tmp_path, "5x6x3", body)
    assert [(node.op_type, node.name, *node.input) for node in model.graph.node] == [
        ("Sigmoid", "s0/b/sigmoid", "image"),
        ("Mul", "s0/b", "image", "s0/b/sigmoid"),
        ("Clip", "s0/product", "image", "s0/product/min", "s0/product/max"),
        ("Mul", "s0/.2", "image", "s0/b"),
        ("Mul", "s0", "s0/.2", "s0/product"),
    ]


@pytest.mark.parametrize(
    ("case", "transposes"),
    [
        ("flatten", 1),
        ("flatten-1-pixel", 0),
        ("flatten-1-channel", 0),
        ("flatten-dense", 0),
        ("flatten-dropout-relu-dense", 0),
        ("flatten-softmax-dense", 1),
        ("flatten-shared", 1),
    ],
)
def test_a_flatten_is_transposed_only_where_its_order_is_seen(
    case: str, transposes: int, tmp_path: Path
) -> None:
    graph = net(tmp_path, *CASES[case]).graph()
    assert op_types(BACKEND.live(graph, parity_weights(graph, 5)))["Transpose"] == transposes


def test_dropout_leaves_no_trace(tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES["dropout-inside"]).graph()
    model = BACKEND.live(graph, parity_weights(graph, 5))
    assert [(n.name, *n.input, *n.output) for n in model.graph.node] == [
        ("s0", "image", "s0"),
        ("s2", "s0", "s2/kernel", "s2/bias", "s2"),
    ]
    seen = graph.with_outputs(["s1", "s2"])
    model = BACKEND.live(seen, parity_weights(graph, 5))
    assert [(n.op_type, *n.input[:1], *n.output) for n in model.graph.node] == [
        ("Relu", "image", "s0"),
        ("Identity", "s0", "s1"),
        ("Conv", "s1", "s2"),
    ]


def test_one_value_may_be_several_outputs(tmp_path: Path) -> None:
    block = "{steps: [{inner: {op: relu}}, {drop: {op: dropout, keep: 0.5}}]}"
    graph = net(tmp_path, "5x6x3", [block, "{op: activation, function: none}"]).graph()
    paths = ["s1", "s0", "s0/drop", "s0/inner", "image"]
    seen = graph.with_outputs(paths)
    assert_agrees(seen)
    assert [output.name for output in assert_sound_names(seen).graph.output] == paths


def assert_sound_names(graph: Graph) -> onnx.ModelProto:
    """The live model; each tensor is made once."""
    model = BACKEND.live(graph, parity_weights(graph, 5))
    made = [name for node in model.graph.node for name in node.output]
    assert len(made) == len(set(made))
    return model


def test_an_absent_gamma_is_ones_and_an_absent_beta_zeros(tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES["conv-norm-bare"]).graph()
    values = initializers(BACKEND.live(graph, parity_weights(graph, 5)))
    assert np.array_equal(values["s0/norm/gamma"], np.ones(4, np.float32))
    assert np.array_equal(values["s0/norm/beta"], np.zeros(4, np.float32))
    assert values["s0/kernel"].shape == (4, 3, 3, 3)


def initializers(model: onnx.ModelProto) -> dict[str, Array]:
    return {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}


def test_weights_may_be_float64(tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES["conv"]).graph()
    weights = {name: value.astype(np.float64) for name, value in parity_weights(graph, 5).items()}
    (kernel, _) = initializers(BACKEND.live(graph, weights)).values()
    assert kernel.dtype == np.float32


def test_without_weights_the_initialisers_draw(tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES["conv"]).graph()
    first, second = (initializers(BACKEND.live(graph, None)) for _ in range(2))
    assert (first["s0/kernel"] != second["s0/kernel"]).all()
    assert np.array_equal(first["s0/bias"], np.zeros(5, np.float32))


def test_float64_is_refused_because_onnxruntime_lacks_it(tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES["conv"]).graph()
    assert BACKEND.dtypes == {"float32"}
    with pytest.raises(ValueError, match="float64"):
        BACKEND.run(graph, parity_weights(graph, 5), random_feeds(graph), "float64")
    model = double_conv()
    with pytest.raises(Exception, match="Could not find an implementation for Conv"):
        onnxruntime.InferenceSession(model, quiet(), providers=["CPUExecutionProvider"])


def double_conv() -> bytes:
    double = onnx.TensorProto.DOUBLE
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("Conv", ["x", "w"], ["y"])],
            "double",
            [onnx.helper.make_tensor_value_info("x", double, [1, 1, 3, 3])],
            [onnx.helper.make_tensor_value_info("y", double, [1, 1, 1, 1])],
            [onnx.numpy_helper.from_array(np.ones((1, 1, 3, 3)), "w")],
        ),
        opset_imports=[onnx.helper.make_opsetid("", emitting.OPSET)],
        ir_version=emitting.IR_VERSION,
    )
    return model.SerializeToString()


def quiet() -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return options


def test_the_opset_is_the_newest_that_onnxruntime_runs(tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES["conv"]).graph()
    model = BACKEND.live(graph, parity_weights(graph, 5))
    assert [(o.domain, o.version) for o in model.opset_import] == [("", emitting.OPSET)]
    assert model.ir_version == onnx.helper.find_min_ir_version_for(list(model.opset_import))
    model.opset_import[0].version += 1
    with pytest.raises(Exception, match=f"is till opset {emitting.OPSET}"):
        onnxruntime.InferenceSession(
            model.SerializeToString(), quiet(), providers=["CPUExecutionProvider"]
        )


def test_an_op_without_a_rule_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = net(tmp_path, *CASES["conv"]).graph()
    monkeypatch.setattr(emitting, "RULES", {**RULES, Conv: Unsupported("it is a test")})
    (found,) = BACKEND.unsupported(graph)
    assert (found.code, found.step) == ("NS601", "s0")
    assert found.message == "onnx can't express conv exactly: it is a test"
    monkeypatch.setattr(emitting, "RULES", {op: r for op, r in RULES.items() if op is not Conv})
    (found,) = BACKEND.unsupported(graph)
    assert "no rule" in found.message


def test_a_missing_onnxruntime_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = net(tmp_path, *CASES["relu"]).graph()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"pip install 'netspec\[onnx\]'"):
        BACKEND.run(graph, {}, random_feeds(graph), "float32")
    BACKEND.live(graph, {})


def test_versions() -> None:
    versions = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    assert BACKEND.versions() == versions


def written(folder: Path, spec: netspec.Spec, name: str = "net.onnx") -> tuple[Path, ...]:
    graph = spec.graph()
    return BACKEND.write(graph, parity_weights(graph, 5), spec.hash, folder / name)


def test_a_written_file_is_whole_and_names_its_spec(tmp_path: Path) -> None:
    spec = net(tmp_path, *CASES["conv-norm-relu"])
    (file,) = written(tmp_path, spec)
    onnx.checker.check_model(str(file), full_check=True)
    model = onnx.load(str(file))
    assert {p.key: p.value for p in model.metadata_props} == {
        "netspec_version": netspec.__version__,
        "spec_hash": spec.hash,
    }
    assert (model.producer_name, model.producer_version) == ("netspec", netspec.__version__)
    assert tmp_path.name.encode() not in file.read_bytes()


def test_a_model_that_the_checker_refuses_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = net(tmp_path, *CASES["relu"])
    (tmp_path / "net.onnx").write_bytes(b"before")
    monkeypatch.setattr(emitting, "RULES", {**RULES, Relu: RULES[GlobalAvgPool]})
    with pytest.raises(onnx.shape_inference.InferenceError):
        written(tmp_path, spec)
    assert (tmp_path / "net.onnx").read_bytes() == b"before"


def test_a_weight_of_another_shape_is_refused(tmp_path: Path) -> None:
    graph = net(tmp_path, *CASES["conv"]).graph()
    weights = {**parity_weights(graph, 5), "s0/kernel": np.ones((2, 2, 3, 5), np.float32)}
    with pytest.raises(ValueError, match="s0/kernel has shape"):
        BACKEND.live(graph, weights)


WRITE = """
import sys, hashlib, pathlib, netspec
from netspec.backends.onnx import BACKEND
from netspec.weights.initial import parity_weights
spec = netspec.load(sys.argv[1])
graph = spec.graph()
out = pathlib.Path(sys.argv[2])
BACKEND.write(graph, parity_weights(graph, 5), spec.hash, out)
print(hashlib.sha256(out.read_bytes()).hexdigest())
"""


def test_the_same_input_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    spec = net(tmp_path, *CASES["flatten-dropout-relu-dense"])
    (file,) = written(tmp_path, spec)
    digests = [hashlib.sha256(file.read_bytes()).hexdigest()]
    for seed in ("0", "1"):
        command = [sys.executable, "-c", WRITE, tmp_path / "net.yaml", tmp_path / f"{seed}.onnx"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        digests.append(done.stdout.strip())
    assert len(set(digests)) == 1


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tensor of 64 bytes or more goes into a file of its own."""
    monkeypatch.setattr(storing, "PROTO_LIMIT", 100)
    monkeypatch.setattr(storing, "LARGE", 64)


@pytest.mark.usefixtures("small_limits")
def test_a_model_past_the_limit_keeps_its_large_tensors_beside_it(tmp_path: Path) -> None:
    first = "{op: conv, filters: 6, kernel: 3, norm: batch_norm}"
    spec = net(tmp_path, "5x6x3", [first, "{op: conv, filters: 7, kernel: 1}"])
    graph = spec.graph()
    file, beside = written(tmp_path, spec)
    assert written(tmp_path, spec) == (file, beside)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        ["net.yaml", file.name, beside.name]
    )
    onnx.checker.check_model(str(file), full_check=True)
    weights, feeds = parity_weights(graph, 5), random_feeds(graph)
    inside = initializers(storing.whole(emitting.emit(graph, weights, {})))
    outside = initializers(onnx.load(str(file)))
    assert {name: value.tobytes() for name, value in inside.items()} == {
        name: value.tobytes() for name, value in outside.items()
    }
    session = onnxruntime.InferenceSession(str(file), quiet(), providers=["CPUExecutionProvider"])
    (value,) = session.run(None, {"image": feeds["image"].transpose(0, 3, 1, 2)})
    assert error(value.transpose(0, 2, 3, 1), evaluate(graph, weights, feeds)["s1"]) <= TOLERANCE
    assert_agrees(graph)
    with pytest.raises(SpecError, match="2 GB of a protobuf"):
        BACKEND.live(graph, weights)


@pytest.mark.usefixtures("small_limits")
def test_an_unwritable_model_leaves_no_tensors_behind(tmp_path: Path) -> None:
    spec = net(tmp_path, "5x6x3", ["{op: conv, filters: 6, kernel: 3}"])
    (tmp_path / "net.onnx").mkdir()
    with pytest.raises(SpecError):
        written(tmp_path, spec)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.onnx", "net.yaml"]


@pytest.fixture(scope="module")
def inception() -> netspec.Spec:
    return netspec.load("inception_v3")


@pytest.fixture(scope="module")
def inception_weights(inception: netspec.Spec) -> Mapping[str, Array]:
    return parity_weights(inception.graph(), 5)


def test_inception_v3_has_the_paths_of_its_steps(
    inception: netspec.Spec, inception_weights: Mapping[str, Array]
) -> None:
    graph = inception.graph()
    model = BACKEND.live(graph, inception_weights)
    counts = op_types(model)
    assert counts["Transpose"] == counts["Identity"] == 0
    assert [value.name for value in model.graph.input] == ["image"]
    assert [value.name for value in model.graph.output] == ["Logits", "AuxLogits", "Predictions"]
    dims = [
        [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    ]
    assert dims == [["batch", 3, 299, 299], *[["batch", 1000]] * 3]
    names = {tensor.name for tensor in model.graph.initializer}
    assert {name for name, _ in graph.weights()} <= names
    assert "Mixed_5b/Branch_1/Conv2d_0b_5x5/kernel" in names
    passed = {n.name for n in graph.nodes if isinstance(RULES[type(n.op)], Alias)}
    assert [n.name for n in model.graph.node] == [
        n.name for n in graph.nodes if n.name not in passed
    ]


@pytest.mark.parametrize("batch", [1, 3])
def test_inception_v3_runs_at_any_batch(
    inception: netspec.Spec, inception_weights: Mapping[str, Array], batch: int
) -> None:
    graph = inception.graph()
    feeds = random_feeds(graph, batch)
    values = BACKEND.run(graph, inception_weights, feeds, "float32")
    reference = evaluate(graph, inception_weights, feeds)
    assert {path: error(value, reference[path]) <= TOLERANCE for path, value in values.items()} == {
        "Logits": True,
        "AuxLogits": True,
        "Predictions": True,
    }


@pytest.mark.parametrize(
    "setting",
    [
        {"num_classes": 10},
        {"aux": False, "depth_multiplier": 0.25},
        {"spatial_squeeze": False},
        {"prediction": "none"},
        {"prediction": "sigmoid", "dropout_keep": 0.5},
    ],
    ids=str,
)
def test_a_changed_inception_v3_agrees(setting: dict[str, Any]) -> None:
    small = {"depth_multiplier": 0.25, **setting}
    graph = netspec.load("inception_v3", set=small, input="107x139").graph()
    assert_agrees(graph, batch=2)
    assert_sound(graph)

"""ONNX files made to read other files, to fill memory or to mislead: each refused, and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from netspec.backends.onnx.emitting import IR_VERSION, OPSET
from netspec.cli.main import main

SPEC = """\
netspec: 1
name: Small
input: {image: {height: 6, width: 5, channels: 3}}
steps:
  - Conv: {op: conv, filters: 4, kernel: 3}
outputs: {Conv: {}}
"""
SECRET = b"the content of another file, which nobody may see" * 20
HUGE = 2**62


def kernel(**changes: object) -> TensorProto:
    """The conv's kernel, as a tensor of the file."""
    values = np.ones((4, 3, 3, 3), np.float32)
    tensor = numpy_helper.from_array(values, "w")
    for name, value in changes.items():
        if name == "dims":
            del tensor.dims[:]
            tensor.dims.extend(value)  # type: ignore[arg-type]
        else:
            setattr(tensor, name, value)
    return tensor


def outside(location: str, *, offset: int = 0, length: int = 432) -> TensorProto:
    """The kernel, its data in another file."""
    tensor = kernel()
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    told = {"location": location, "offset": str(offset), "length": str(length)}
    for key, value in told.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def conv(**attributes: object) -> NodeProto:
    return helper.make_node("Conv", ["x", "w"], ["y"], "the conv", **attributes)


def model(
    nodes: list[NodeProto], tensors: list[TensorProto], dims: tuple[object, ...] = ("n", 3, 6, 5)
) -> ModelProto:
    """A model of one image and one output, y."""
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        tensors,
    )
    opset = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)


def constant(name: str, values: object) -> TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def with_functions() -> ModelProto:
    made = model(
        [helper.make_node("Conv", ["x", "w"], ["y"], "the conv", domain="own")], [kernel()]
    )
    made.opset_import.add(domain="own", version=1)
    body = [helper.make_node("Conv", ["a", "b"], ["c"])]
    opset = [helper.make_opsetid("", OPSET)]
    made.functions.append(helper.make_function("own", "Conv", ["a", "b"], ["c"], body, opset))
    return made


def with_a_branch() -> ModelProto:
    body = helper.make_graph(
        [conv()], "body", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    )
    yes = numpy_helper.from_array(np.array(True), "yes")
    node = helper.make_node("If", ["yes"], ["y"], "the branch", then_branch=body, else_branch=body)
    return model([node], [kernel(), yes])


def expanding() -> ModelProto:
    """A constant that would fill memory as it is worked out."""
    nodes = [
        helper.make_node("Expand", ["one", "shape"], ["big"], "the bomb"),
        helper.make_node("Mul", ["x", "big"], ["y"]),
    ]
    one = numpy_helper.from_array(np.ones(1, np.float32), "one")
    return model(nodes, [one, constant("shape", [2**20, 2**20])])


def other_opset(version: int) -> ModelProto:
    made = model([conv()], [kernel()])
    made.opset_import[0].version = version
    return made


MODELS: Mapping[str, tuple[Callable[[], ModelProto], str]] = {
    "a kernel of another size than its bytes": (
        lambda: model([conv()], [kernel(dims=[400, 3, 3, 3])]),
        "`w` has 432 bytes for [400, 3, 3, 3]",
    ),
    "a kernel of absurd dimensions": (
        lambda: model([conv()], [kernel(dims=[HUGE, 3, 3, 3])]),
        "outside 0 to 2^31 - 1",
    ),
    "a kernel of negative dimensions": (
        lambda: model([conv()], [kernel(dims=[-4, -3, 3, 3])]),
        "outside 0 to 2^31 - 1",
    ),
    "a kernel of no type": (
        lambda: model([conv()], [kernel(data_type=999)]),
        "of a type that ONNX has not",
    ),
    "a kernel of doubles": (
        lambda: model([conv()], [numpy_helper.from_array(np.ones((4, 3, 3, 3)), "w")]),
        "its data are float64; ours are float32",
    ),
    "weights in another file": (
        lambda: model([conv()], [outside("weights.bin")]),
        "--beside reads them",
    ),
    "huge strides": (lambda: model([conv(strides=[HUGE, HUGE])], [kernel()]), ""),
    "a kernel that is said to be huge": (
        lambda: model([conv(kernel_shape=[HUGE, HUGE])], [kernel()]),
        "is not its kernel's",
    ),
    "a dilation past the map": (
        lambda: model([conv(dilations=[HUGE, 1])], [kernel()]),
        "does not fit",
    ),
    "negative pads": (
        lambda: model([conv(pads=[-1, 0, 0, 0])], [kernel()]),
        "where 4 numbers of at least 0 belong",
    ),
    "too few strides": (
        lambda: model([conv(strides=[1])], [kernel()]),
        "where 2 numbers of at least 1 belong",
    ),
    "no group": (lambda: model([conv(group=0)], [kernel()]), "in 0 groups"),
    "a cycle": (
        lambda: model(
            [
                helper.make_node("Add", ["x", "b"], ["a"], "first"),
                helper.make_node("Relu", ["a"], ["b"], "second"),
                helper.make_node("Conv", ["b", "w"], ["y"]),
            ],
            [kernel()],
        ),
        "node `first` (Add): it takes `b`, which nothing gives",
    ),
    "an operator that we have not": (
        lambda: model([helper.make_node("Det", ["x"], ["y"], "the odd one")], []),
        "node `the odd one` (Det): netspec has no such op",
    ),
    "a function of the model's own": (with_functions, "node `the conv` (Conv): netspec has no"),
    "a graph within a node": (with_a_branch, "node `the branch` (If)"),
    "an unknown attribute": (
        lambda: model([conv(__class__=1)], [kernel()]),
        "ONNX has no attribute `__class__` of it",
    ),
    "an attribute of another type": (
        lambda: model([conv(strides=2)], [kernel()]),
        "ONNX has no attribute `strides` of it",
    ),
    "a pool without a window": (
        lambda: model([helper.make_node("MaxPool", ["x"], ["y"])], []),
        "it has no kernel_shape",
    ),
    "a conv without a kernel": (
        lambda: model([helper.make_node("Conv", ["x"], ["y"])], []),
        "it has 1 inputs",
    ),
    "two tensors of one name": (
        lambda: model([conv()], [kernel(), kernel()]),
        "two tensors are called `w`",
    ),
    "a tensor that is made twice": (
        lambda: model([conv(), conv()], [kernel()]),
        "two tensors are called `y`",
    ),
    "a constant that grows": (expanding, "it would give 1,099,511,627,776 numbers"),
    "an image of unknown rank": (
        lambda: model([conv()], [kernel()], dims=("n", 3)),
        "no batch of float32 images",
    ),
    "an opset of the future": (lambda: other_opset(999), "its opset is 999"),
    "an opset of the past": (lambda: other_opset(1), "its opset is 1"),
    "an output that nothing gives": (
        lambda: model([helper.make_node("Conv", ["x", "w"], ["z"])], [kernel()]),
        "`y` is no value of the network",
    ),
    "a name for a terminal": (
        lambda: model([helper.make_node("Det", ["x"], ["y"], "\x1b[2Jgone")], []),
        "node `\ufffd[2Jgone`",
    ),
}


def matched(folder: Path, data: bytes, *options: str) -> int:
    """The exit status of a comparison with a file of these bytes."""
    (folder / "net.yaml").write_text(SPEC)
    (folder / "model.onnx").write_bytes(data)
    return main(["match", str(folder / "net.yaml"), str(folder / "model.onnx"), *options])


@pytest.mark.parametrize("name", MODELS)
def test_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, reason = MODELS[name]
    status = matched(tmp_path, make().SerializeToString())
    told = capsys.readouterr()
    if reason:
        assert status == 2
        assert reason in told.err
        assert "Traceback" not in told.err
    else:
        assert status in (0, 1)


def test_what_stands_for_a_model_and_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = model([conv()], [kernel()]).SerializeToString()
    for data in (b"", b"\x00" * 100, SECRET, whole[:-100], whole[:40], b"\x0a" + whole):
        assert matched(tmp_path, data) == 2
        told = capsys.readouterr().err
        assert "Traceback" not in told
        assert "another file" not in told


@pytest.mark.parametrize(
    ("location", "offset", "length", "reason"),
    [
        ("../secret", 0, 432, "not beside the file"),
        ("/etc/passwd", 0, 432, "not beside the file"),
        ("sub/weights.bin", 0, 432, "not beside the file"),
        ("..", 0, 432, "not beside the file"),
        ("", 0, 432, "not beside the file"),
        ("link", 0, 432, "can't be read"),
        ("pipe", 0, 432, "past the end"),
        ("nothing.bin", 0, 432, "can't be read"),
        ("weights.bin", 0, 2**40, "has 1,099,511,627,776 bytes"),
        ("weights.bin", 2**62, 432, "past the end"),
        ("weights.bin", -8, 432, "has 432 bytes"),
        ("weights.bin", 100, 432, "past the end"),
    ],
)
def test_weights_beside_the_file_and_nowhere_else(
    location: str,
    offset: int,
    length: int,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "sub").mkdir()
    (folder / "sub/weights.bin").write_bytes(bytes(432))
    (folder / "weights.bin").write_bytes(bytes(432))
    (folder / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe")
    data = model([conv()], [outside(location, offset=offset, length=length)]).SerializeToString()
    assert matched(folder, data, "--beside") == 2
    told = capsys.readouterr().err
    assert reason in told
    assert "which nobody may see" not in told


def test_weights_beside_the_file_are_read(tmp_path: Path) -> None:
    values = np.arange(108, dtype=np.float32).reshape(4, 3, 3, 3)
    (tmp_path / "weights.bin").write_bytes(b"12345678" + values.tobytes())
    data = model([conv()], [outside("weights.bin", offset=8)]).SerializeToString()
    assert matched(tmp_path, data, "--beside") == 0

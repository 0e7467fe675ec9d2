"""Keras's files as it has written them over the years: what is read under which name."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from netspec.cli.main import main
from netspec.diagnostics import SpecError
from netspec.weights import isolation
from netspec.weights.isolation import Contents

KERNEL, BIAS = np.full((3, 3, 2, 4), 2, np.float32), np.full(4, 3, np.float32)


def read(path: Path) -> Contents:
    return isolation.read(path, None, isolation.TYPES)


def test_a_layer_is_called_by_its_attribute_and_not_by_its_group(tmp_path: Path) -> None:
    """Groups count the layers in the order of the model's depth: another than that of names."""
    path = tmp_path / "w"
    with h5py.File(path, "w") as file:
        for group, name, value in (("conv2d", "conv2d_1", 1), ("conv2d_1", "conv2d", 2)):
            own = file.create_group(f"layers/{group}/vars")
            own.attrs["name"] = name
            own["0"] = np.full(3, value, np.float32)
    found = read(path).arrays
    assert {name: array[0] for name, array in found.items()} == {"conv2d_1/0": 1, "conv2d/0": 2}


def test_a_layer_without_that_attribute_keeps_a_name_that_nothing_matches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w"
    with h5py.File(path, "w") as file:
        file["layers/conv2d/vars/0"] = KERNEL
    assert list(read(path).listed) == ["layers/conv2d/0"]
    command = ["weights", "import", str(path), "--from", "keras", "--spec", "vgg16.keras"]
    assert main([*command, "-o", str(tmp_path / "out")]) == 2
    assert "does not name its layers" in capsys.readouterr().err


def test_two_layers_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w"
    with h5py.File(path, "w") as file:
        for group in ("conv2d", "conv2d_1"):
            own = file.create_group(f"layers/{group}/vars")
            own.attrs["name"] = "conv"
            own["0"] = BIAS
    with pytest.raises(SpecError, match="two of its tensors have one name"):
        read(path)


def older(path: Path, names: list[str], values: list[np.ndarray], within: str = "") -> None:
    """An `.h5` of one layer; `within` is the group that a whole model's weights are in."""
    with h5py.File(path, "w") as file:
        root = file.create_group(within) if within else file
        root.attrs["layer_names"] = np.array([b"conv", b"pool"])
        root.create_group("pool").attrs["weight_names"] = np.array([], "S1")
        layer = root.create_group("conv")
        layer.attrs["weight_names"] = np.array([name.encode() for name in names])
        for name, value in zip(names, values, strict=True):
            layer[name] = value


@pytest.mark.parametrize("within", ["", "model_weights"])
@pytest.mark.parametrize(
    ("names", "values"),
    [
        (["conv/kernel:0", "conv/bias:0"], [KERNEL, BIAS]),
        (["conv/bias", "conv/kernel"], [BIAS, KERNEL]),  # a role is known by its name
        (["conv_W_1:0", "conv_b_1:0"], [KERNEL, BIAS]),  # Keras 1: by its place
    ],
)
def test_weights_of_the_older_form_are_numbered_as_those_of_the_newer(
    names: list[str], values: list[np.ndarray], within: str, tmp_path: Path
) -> None:
    older(tmp_path / "w", names, values, within)
    found = read(tmp_path / "w").arrays
    assert np.array_equal(found["conv/0"], KERNEL)
    assert np.array_equal(found["conv/1"], BIAS)


def test_lists_that_were_split_are_read_together(tmp_path: Path) -> None:
    path = tmp_path / "w"
    older(path, ["conv/kernel:0"], [KERNEL])
    with h5py.File(path, "a") as file:
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = [b"pool"], [b"conv"]
    assert list(read(path).listed) == ["conv/0"]


def test_a_list_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w"
    older(path, ["conv/kernel:0"], [KERNEL])
    with h5py.File(path, "a") as file:
        file["conv"].attrs["weight_names"] = [b"conv/kernel:0", b"conv/bias:0"]
    with pytest.raises(SpecError, match="lists a weight that it does not hold"):
        read(path)


def test_bfloat16_is_told_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "w"
    with h5py.File(path, "w") as file:
        own = file.create_group("layers/conv2d/vars")
        own.attrs["name"] = "conv2d"
        own["0"] = BIAS
        own["0"].attrs["dtype"] = "bfloat16"
    found = isolation.read(path, None, isolation.NUMBERS)
    assert found.listed["conv2d/0"].dtype == "bfloat16"
    assert np.array_equal(found.arrays["conv2d/0"], BIAS)


def test_a_compressed_dataset_is_read_where_its_shape_is_known(tmp_path: Path) -> None:
    path = tmp_path / "w"
    with h5py.File(path, "w") as file:
        own = file.create_group("layers/conv2d/vars")
        own.attrs["name"] = "conv2d"
        own.create_dataset("0", data=np.zeros((1024, 1024), np.float32), compression="gzip")
    wanted = {"conv2d/0": [(1024, 1024)]}
    assert isolation.read(path, wanted, isolation.TYPES).arrays["conv2d/0"].shape == (1024, 1024)
    with pytest.raises(SpecError, match="holds far fewer"):
        read(path)

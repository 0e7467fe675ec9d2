"""Import and export, with files of safetensors in torchvision's layout: no framework is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from netspec.cli import porting
from netspec.cli.main import main
from netspec.weights import store
from netspec.weights.formats import FORMATS

Array = NDArray[np.float32]

SPEC = """\
netspec: 1
name: Small
params: {classes: 3, gamma: true}
input: {image: {height: 4, width: 5, channels: 2}}
steps:
  - Conv: {op: conv, filters: 4, kernel: [1, 2], norm: {op: batch_norm, scale: $gamma}}
  - Depthwise: {op: depthwise_conv, kernel: [2, 1], multiplier: 2}
  - Flatten: {op: flatten}
  - Logits: {op: dense, filters: $classes}
outputs: {Logits: {}}
"""
NAMES = """\
names: 1
modules:
  - Conv: {own: conv1, norm: bn1}
  - Depthwise: {own: dw}
  - Logits: {own: fc}
"""
MAP = (3, 4, 8)
"""What is flattened: height, width, channels."""


def numbers(*shape: int) -> Array:
    """Numbers of which each tells its place."""
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape) + 1


def state(**other: Array | None) -> dict[str, Array]:
    """A state_dict of the small network; `__` stands for a dot, nothing for a tensor left out."""
    found = {
        "conv1.weight": numbers(4, 2, 1, 2),
        "bn1.weight": numbers(4),
        "bn1.bias": numbers(4) / 2,
        "bn1.running_mean": numbers(4) / 3,
        "bn1.running_var": numbers(4) / 4,
        "bn1.num_batches_tracked": np.ones((1,), np.int64),
        "dw.weight": numbers(8, 1, 2, 1),
        "dw.bias": numbers(8),
        "fc.weight": numbers(3, 96),
        "fc.bias": numbers(3),
    }
    found |= {name.replace("__", "."): array for name, array in other.items()}
    return {name: array for name, array in found.items() if array is not None}


class Folder:
    """A folder with the small spec, its names and a file of another framework's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "small.yaml").write_text(SPEC)
        (path / "names.yaml").write_text(NAMES)
        self.options = ["--spec", str(path / "small.yaml"), "--names", str(path / "names.yaml")]

    def import_(self, tensors: Mapping[str, Array], *more: str) -> int:
        """Import these tensors into the file `out`; gives the exit status."""
        store.write(self.path / "theirs", tensors)
        command = ["weights", "import", str(self.path / "theirs"), "--from", "torchvision"]
        return main([*command, *self.options, "-o", str(self.path / "out"), *more])

    def export(self, *more: str) -> int:
        """Export the file `out` to `back.safetensors`; gives the exit status."""
        command = ["weights", "export", str(self.path / "out"), "--to", "torchvision"]
        out = str(self.path / "back.safetensors")
        return main([*command, *self.options, "-o", out, *more])

    @property
    def imported(self) -> dict[str, Array]:
        """What was imported."""
        return store.load(self.path / "out")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_every_tensor_is_placed_by_name_in_the_spec_s_layout(folder: Folder) -> None:
    theirs = state()
    assert folder.import_(theirs) == 0
    ours = folder.imported
    assert ours.keys() == {
        "Conv/kernel",
        *(f"Conv/norm/{role}" for role in ("gamma", "beta", "moving_mean", "moving_variance")),
        "Depthwise/depthwise_kernel",
        "Depthwise/bias",
        "Logits/kernel",
        "Logits/bias",
    }
    assert ours["Conv/kernel"][0, 1, 1, 3] == theirs["conv1.weight"][3, 1, 0, 1]
    assert ours["Depthwise/depthwise_kernel"][1, 0, 3, 1] == theirs["dw.weight"][7, 0, 1, 0]
    assert np.array_equal(ours["Conv/norm/moving_variance"], theirs["bn1.running_var"])
    height, width, channels = MAP
    row, column, channel, output = 2, 1, 5, 2
    here = (row * width + column) * channels + channel
    there = (channel * height + row) * width + column
    assert ours["Logits/kernel"][here, output] == theirs["fc.weight"][output, there]


def test_a_round_trip_keeps_every_bit(folder: Folder) -> None:
    odd = numbers(4)
    odd[0], odd[1] = -0.0, np.inf
    odd.view(np.uint32)[2] = 0x7FC0BEEF  # a NaN with something in it
    theirs = state(bn1__bias=odd, bn1__num_batches_tracked=None)
    assert folder.import_(theirs) == 0
    assert folder.export() == 0
    back, _ = store.load(folder.path / "back.safetensors")
    assert {n: a.tobytes() for n, a in back.items()} == {n: a.tobytes() for n, a in theirs.items()}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fc__bias": None}, "missing     fc.bias → Logits/bias [3]"),
        ({"extra__weight": numbers(2)}, "unknown     extra.weight [2]"),
        ({"dw__bias": numbers(4)}, "misshapen   dw.bias [4] → Depthwise/bias [8]"),
        # As many numbers as the right one has: it is the shape by name that counts.
        ({"fc__weight": numbers(96, 3)}, "misshapen   fc.weight [96, 3]"),
        ({"dw__bias": numbers(8).astype(np.float16)}, "it is float16"),
        ({"dw__bias": numbers(8).astype(np.int8)}, "it is int8"),
    ],
)
def test_nothing_is_ported_unless_all_is(
    change: dict[str, Array | None], told: str, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder.import_(state(**change)) == 2
    err = capsys.readouterr().err
    assert "error[NS605]" in err
    assert "nothing was ported" in err
    assert told in err
    assert not (folder.path / "out").exists()


def test_what_is_left_out_is_named(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    extra = state(extra__weight=numbers(2), extra__bias=numbers(2))
    assert folder.import_(extra, "--drop", "extra.w*") == 2
    assert "unknown     extra.bias" in capsys.readouterr().err
    assert folder.import_(extra, "--drop", "extra.*") == 0
    assert "dropped     extra.weight [2]   (as asked)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("glob", "told"),
    [("fc.*", "the spec has this tensor, and needs it"), ("exrta.*", "no tensor is called so")],
)
def test_a_glob_that_leaves_nothing_out_is_refused(
    glob: str, told: str, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = state(extra__weight=numbers(2))
    assert folder.import_(extra, "--drop", "extra.*", "--drop", glob) == 2
    err = capsys.readouterr().err
    assert f"`--drop {glob}` leaves nothing out" in err
    assert told in err
    assert not (folder.path / "out").exists()


def test_counters_are_told_and_not_placed(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder.import_(state()) == 0
    assert "unused      bn1.num_batches_tracked" in capsys.readouterr().out


def test_a_class_is_cut_when_that_is_asked_for(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    four = state(fc__weight=numbers(4, 96), fc__bias=numbers(4))
    assert folder.import_(four) == 2
    assert "--drop-class 0" in capsys.readouterr().err
    assert folder.import_(four, "--drop-class", "0") == 0
    assert (
        "cut         fc.bias [4] → Logits/bias [3]   (without class 0)" in capsys.readouterr().out
    )
    assert folder.imported["Logits/bias"].tolist() == [2, 3, 4]
    assert folder.import_(four, "--drop-class", "1") == 0
    assert folder.imported["Logits/bias"].tolist() == [1, 3, 4]
    assert folder.imported["Logits/kernel"][0].tolist() == four["fc.weight"][[0, 2, 3], 0].tolist()
    assert folder.import_(four, "--drop-class", "4") == 2
    assert "there is no such class" in capsys.readouterr().err


def test_a_class_to_cut_that_no_tensor_has_is_an_error(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder.import_(state(), "--drop-class", "0") == 2
    assert "no tensor has a class more" in capsys.readouterr().err


def test_gammas_of_ones_say_nothing_and_others_are_kept_or_refused(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    without = ("--set", "gamma=false")
    assert folder.import_(state(), *without) == 2
    assert "the spec's batch norm has no gamma" in capsys.readouterr().err
    assert folder.import_(state(bn1__weight=np.ones(4, np.float32)), *without) == 0
    assert "dropped     bn1.weight [4]   (a gamma of ones)" in capsys.readouterr().out
    assert "Conv/norm/gamma" not in folder.imported
    assert folder.export(*without) == 0
    assert store.load(folder.path / "back.safetensors")[0]["bn1.weight"].tolist() == [1] * 4


def test_a_format_without_gammas_gives_and_takes_ones(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.path / "names.yaml").write_text(f"{NAMES}gamma: false\n")
    assert folder.import_(state(bn1__weight=None)) == 0
    assert "synthesised Conv/norm/gamma [4]" in capsys.readouterr().out
    assert folder.imported["Conv/norm/gamma"].tolist() == [1] * 4
    assert folder.export() == 0
    assert "bn1.weight" not in store.load(folder.path / "back.safetensors")[0]
    other = folder.imported | {"Conv/norm/gamma": numbers(4)}
    store.save(folder.path / "out", other, "")
    assert folder.export() == 2
    assert "the format has no gamma, and this one is not 1" in capsys.readouterr().err


def test_a_step_that_the_map_does_not_name_is_missing(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.path / "names.yaml").write_text(NAMES.replace("  - Depthwise: {own: dw}\n", ""))
    assert folder.import_(state()) == 2
    err = capsys.readouterr().err
    assert "missing     Depthwise/bias [8]   (the map has no name for it)" in err
    assert "unknown     dw.bias" in err


def test_the_report_is_one_object(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.import_(state(), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert found["counts"] == {"placed": 6, "transposed": 3, "unused": 1}
    assert len(found["tensors"]) == 10
    kernel = next(t for t in found["tensors"] if t["name"] == "Logits/kernel")
    assert (kernel["fate"], kernel["stored"], kernel["note"]) == ("transposed", "fc.weight", "OI")
    assert (kernel["shape"], kernel["stored_shape"]) == ([96, 3], [3, 96])
    assert folder.import_(state(fc__bias=None), "--json") == 2
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["counts"]["missing"] == 1
    assert found["diagnostics"][0]["code"] == "NS605"


def test_what_is_read_is_not_written_over(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder.import_(state()) == 0
    before = (folder.path / "theirs").read_bytes()
    command = ["weights", "import", str(folder.path / "theirs"), "--from", "torchvision"]
    assert main([*command, *folder.options, "-o", str(folder.path / "theirs")]) == 2
    assert "NS606" in capsys.readouterr().err
    assert (folder.path / "theirs").read_bytes() == before


def test_show_tells_each_tensor_in_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = np.array([[1, 2], [3, np.nan]], np.float32)
    store.write(tmp_path / "w", {"a": values, "b": np.array([7], np.int32)})
    assert main(["weights", "show", str(tmp_path / "w"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["totals"] == {"tensors": 2, "numbers": 5}
    a, b = found["tensors"]
    assert (a["name"], a["dtype"], a["shape"], a["not_finite"]) == ("a", "float32", [2, 2], 1)
    assert (a["min"], a["max"], a["mean"]) == (1, 3, 2)
    assert a["std"] == pytest.approx((2 / 3) ** 0.5)
    assert (b["min"], b["std"]) == (7, 0)
    assert main(["weights", "show", str(tmp_path / "w")]) == 0
    assert "2 tensors, 5 numbers" in capsys.readouterr().out


def test_diff_tells_what_differs_and_by_how_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = {"same": numbers(3), "off": np.array([2, 4], np.float32), "zero": np.zeros(1, np.float32)}
    b = {"same": numbers(3), "off": np.array([2, 5], np.float32), "zero": -np.zeros(1, np.float32)}
    for name, arrays in (("a", a), ("b", b | {"new": numbers(1)}), ("a_again", a)):
        store.write(tmp_path / name, arrays)
    one, other, again = (str(tmp_path / name) for name in ("a", "b", "a_again"))
    assert main(["weights", "diff", one, again]) == 0
    assert "3 equal, 0 differ" in capsys.readouterr().out
    assert main(["weights", "diff", one, other, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["equal"], found["added"], found["removed"]) == (False, ["new"], [])
    off, zero = found["changed"]
    assert (off["name"], off["error"], off["largest"], off["differing"]) == ("off", 0.25, 1, 1)
    assert (zero["name"], zero["error"], zero["differing"]) == ("zero", 0, 1)  # -0.0 is another bit
    assert main(["weights", "diff", other, one]) == 1
    assert "removed  new" in capsys.readouterr().out


def test_diff_from_zeros_and_of_what_is_not_finite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nan = np.full(2, np.nan, np.float32)
    store.write(tmp_path / "a", {"nan": nan, "zero": np.zeros(2, np.float32)})
    store.write(tmp_path / "b", {"nan": numbers(2), "zero": numbers(2)})
    assert main(["weights", "diff", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    odd, zero = found["changed"]
    assert (odd["error"], odd["largest"], odd["differing"]) == (None, None, 2)
    assert (zero["error"], zero["largest"], zero["differing"]) == (None, 2, 2)
    assert main(["weights", "diff", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    out = capsys.readouterr().out
    assert "nan  2 numbers, not all finite" in out
    assert "zero  2 numbers, by up to 2" in out


def test_diff_of_other_shapes_and_types(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.write(tmp_path / "a", {"x": numbers(4), "y": numbers(2)})
    store.write(tmp_path / "b", {"x": numbers(2, 2), "y": numbers(2).astype(np.float64)})
    assert main(["weights", "diff", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    out = capsys.readouterr().out
    assert "differs  x  float32 [4] and float32 [2, 2]" in out
    assert "differs  y  float32 [2] and float64 [2]" in out


def test_the_command_names_every_format() -> None:
    assert tuple(porting.FORMATS.split("|")) == tuple(FORMATS)


def test_keras_reads_files_of_one_name_alone(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert folder.import_(state()) == 0
    command = ["weights", "export", str(folder.path / "out"), "--to", "keras", *folder.options]
    assert main([*command, "-o", str(folder.path / "small.h5")]) == 2
    assert "Keras reads files called .weights.h5" in capsys.readouterr().err


def test_what_can_t_be_compared_is_not_called_equal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        store.write(tmp_path / name, {"x": numbers(2).astype(np.complex64)})
    assert main(["weights", "diff", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert "is not read" in capsys.readouterr().out


def test_another_network_of_the_same_names_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """TF-slim's weights fit torchvision's ResNet by names and shapes, and compute other numbers."""
    store.write(tmp_path / "theirs", {"resnet_v1_50/logits/biases": numbers(1000)})
    command = ["weights", "import", str(tmp_path / "theirs"), "--from", "slim", "--spec"]
    note = "resnet50.slim is the network of TF-slim's weights; resnet50.torchvision may compute"
    for spec, told in (("resnet50.torchvision", True), ("resnet50.slim", False)):
        assert main([*command, spec, "-o", str(tmp_path / "out")]) == 2
        assert (note in capsys.readouterr().err) is told

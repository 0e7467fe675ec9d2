"""Files made to run code, to read other files, to fill memory: each refused, with its reason.

Every file is really made, and every refusal is a diagnostic: no traceback, nothing written.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import tempfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from netspec.cli.main import main

SPEC = """\
netspec: 1
name: Small
input: {image: {height: 8, width: 8, channels: 3}}
steps:
  - Conv: {op: conv, filters: 4, kernel: 3}
outputs: {Conv: {}}
"""
NAMES = "names: 1\nmodules:\n  - Conv: {own: conv2d}\n"
SECRET = b"the content of another file, which nobody may see" * 20


class Runs:
    """Unpickling it makes a file: the canary."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self._canary),)


def keras_file(file: Any, kernel: Any = None) -> h5py.Group:
    """A `.weights.h5` with the conv's bias and, if it is given, its kernel."""
    group = file.create_group("layers/conv2d/vars")
    group.attrs["name"] = "conv2d"
    group["1"] = np.ones(4, np.float32)
    if kernel is not None:
        group["0"] = kernel
    return group


def evil_zip(path: Path) -> None:
    torch.save({"conv2d.weight": Runs(path.with_name("canary"))}, path)


def evil_legacy(path: Path) -> None:
    torch.save(Runs(path.with_name("canary")), path, _use_new_zipfile_serialization=False)


def evil_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Runs(path.with_name("canary"))))


def whole_module(path: Path) -> None:
    torch.save(torch.nn.Conv2d(3, 4, 3), path)


def truncated_torch(path: Path) -> None:
    torch.save({"conv2d.weight": torch.ones(4, 3, 3, 3)}, path)
    path.write_bytes(path.read_bytes()[:-200])


def truncated_legacy(path: Path) -> None:
    state = {"conv2d.weight": torch.ones(4, 3, 3, 3)}
    torch.save(state, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-200])


def stretched_torch(path: Path) -> None:
    """A tensor of 2^40 numbers over a storage of one."""
    torch.save({"conv2d.weight": torch.ones(1).expand(1 << 40)}, path)


def compressed_torch(path: Path) -> None:
    held = BytesIO()
    torch.save({"conv2d.weight": torch.zeros(1 << 20)}, held)
    with zipfile.ZipFile(held) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for member in plain.namelist():
            out.writestr(member, plain.read(member))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("weights\n" * 10)


def half_a_header(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + bytes(100))


def external_dataset(path: Path) -> None:
    secret = path.with_name("secret")
    secret.write_bytes(SECRET)
    with h5py.File(path, "w") as file:
        group = keras_file(file)
        where = [(str(secret), 0, 4 * 108)]
        group.create_dataset("0", (3, 3, 3, 4), "f4", external=where)


def external_link(path: Path) -> None:
    with h5py.File(path.with_name("other.h5"), "w") as other:
        other["secret"] = np.ones((3, 3, 3, 4), np.float32)
    with h5py.File(path, "w") as file:
        keras_file(file)["0"] = h5py.ExternalLink("other.h5", "/secret")


def soft_link(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["elsewhere"] = np.ones((3, 3, 3, 4), np.float32)
        keras_file(file)["0"] = h5py.SoftLink("/elsewhere")


def virtual_dataset(path: Path) -> None:
    with h5py.File(path.with_name("other.h5"), "w") as other:
        other["secret"] = np.ones((3, 3, 3, 4), np.float32)
    layout = h5py.VirtualLayout((3, 3, 3, 4), "f4")
    layout[...] = h5py.VirtualSource(str(path.with_name("other.h5")), "secret", (3, 3, 3, 4))
    with h5py.File(path, "w") as file:
        keras_file(file).create_virtual_dataset("0", layout)


def cycle(path: Path) -> None:
    with h5py.File(path, "w") as file:
        keras_file(file, np.ones((3, 3, 3, 4), np.float32))
        file["layers/conv2d/again"] = file["layers"]


def cycle_to_the_root(path: Path) -> None:
    with h5py.File(path, "w") as file:
        keras_file(file, np.ones((3, 3, 3, 4), np.float32))
        file["layers/root"] = file["/"]


def one_dataset_twice(path: Path) -> None:
    with h5py.File(path, "w") as file:
        group = keras_file(file, np.ones((3, 3, 3, 4), np.float32))
        group["2"] = group["0"]


def nested_deeply(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("layers" + "/x" * 2_000)


def values_that_are_not_there(path: Path) -> None:
    """The right shape, and no bytes: HDF5 reads it as zeros."""
    with h5py.File(path, "w") as file:
        keras_file(file).create_dataset("0", (3, 3, 3, 4), "f4")


def four_tebibytes(path: Path) -> None:
    with h5py.File(path, "w") as file:
        keras_file(file).create_dataset("0", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024))


def truncated_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        keras_file(file, np.ones((3, 3, 3, 4), np.float32))
    path.write_bytes(path.read_bytes()[:-300])


def other_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["kernel"] = np.ones((3, 3, 3, 4), np.float32)


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(1 << 26))


def zip_that_lies(path: Path) -> None:
    """The member is longer than the directory says."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", bytes(1_000_000))
    data = path.read_bytes()
    small, large = struct.pack("<I", 100), struct.pack("<I", 1_000_000)
    path.write_bytes(data.replace(large * 2, large + small))


def member_twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("model.weights.h5", b"two")


def traversal(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../canary/model.weights.h5", b"x")


def duplicate_key(path: Path) -> None:
    one = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    header = f"{{{one},{one}}}".encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))


def checkpoint(path: Path) -> tuple[Path, Path]:
    """A real checkpoint; its index and its data."""
    from netspec import targets

    arrays = {"conv2d/weights": np.ones((3, 3, 3, 4), np.float32)}
    data, index = targets.writer("tensorflow")(path, arrays, ())
    return index, data


def truncated_index(path: Path) -> None:
    index, _ = checkpoint(path)
    whole = index.read_bytes()
    index.write_bytes(whole[: len(whole) // 3] + whole[-8:])  # it is known by how it ends


def checkpoint_without_data(path: Path) -> None:
    _, data = checkpoint(path)
    data.unlink()


def checkpoint_of_other_bytes(path: Path) -> None:
    """Values have checksums."""
    _, data = checkpoint(path)
    data.write_bytes(bytes(len(data.read_bytes())))


def no_tensors(path: Path) -> None:
    torch.save({}, path)


HOSTILE: dict[Callable[[Path], None], str] = {
    evil_zip: "objects that are no tensors",
    evil_legacy: "objects that are no tensors",
    evil_pickle: "objects that are no tensors",
    whole_module: "objects that are no tensors",
    truncated_torch: "cut short or malformed",
    truncated_legacy: "cut short",
    compressed_torch: "compressed",
    empty: "it is empty",
    text: "no file of weights",
    half_a_header: "cut short or malformed",
    external_dataset: "lie in another file",
    external_link: "a link to another place or file",
    soft_link: "a link to another place or file",
    virtual_dataset: "lie in another file",
    cycle: "in a circle",
    cycle_to_the_root: "in a circle",
    one_dataset_twice: "to one object twice",
    nested_deeply: "nested more than",
    values_that_are_not_there: "not in the file",
    truncated_hdf5: "cut short or malformed",
    other_hdf5: "not as Keras writes",
    zip_bomb: "unpacks to",
    zip_that_lies: "cut short or malformed",
    member_twice: "twice",
    traversal: "cut short or malformed",
    duplicate_key: "stands twice",
    no_tensors: "no tensors",
    truncated_index: "cut short or malformed",
    checkpoint_without_data: ".data-00000-of-00001 beside it",
    checkpoint_of_other_bytes: "TensorFlow can't read it",
}
MISFITS: dict[Callable[[Path], None], str] = {
    stretched_torch: "[1099511627776]",
    four_tebibytes: "[1048576, 1048576]",
}
"""Well-formed, and declaring far more than is there: what the spec expects is what is read."""
CHECKPOINTS = (truncated_index, checkpoint_without_data, checkpoint_of_other_bytes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SPEC)
    (tmp_path / "names.yaml").write_text(NAMES)
    return tmp_path


def import_(folder: Path, form: str) -> int:
    spec, names, out = (str(folder / name) for name in ("small.yaml", "names.yaml", "out"))
    options = ("--from", form, "--spec", spec, "--names", names, "-o", out)
    return main(["weights", "import", str(folder / "file"), *options])


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_a_hostile_file_is_refused_with_its_reason(
    make: Callable[[Path], None], folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make(folder / "file")
    before = sorted(folder.iterdir())
    form = "slim" if make in CHECKPOINTS else "keras"
    assert import_(folder, form) == 2
    out, err = capfd.readouterr()
    assert "error[NS604]" in err
    assert HOSTILE[make] in err
    assert "Traceback" not in out + err
    assert tempfile.gettempdir() not in err.replace(str(folder), "")
    assert sorted(folder.iterdir()) == before  # no canary, no output


@pytest.mark.parametrize("make", MISFITS, ids=lambda make: make.__name__)
def test_what_is_declared_is_judged_before_it_is_read(
    make: Callable[[Path], None], folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make(folder / "file")
    form = "torchvision" if "torch" in make.__name__ else "keras"
    assert import_(folder, form) == 2
    err = capfd.readouterr().err
    assert "error[NS605]" in err
    assert MISFITS[make] in err
    assert not (folder / "out").exists()
    assert main(["weights", "show", str(folder / "file")]) == 2
    assert "holds far fewer" in capfd.readouterr().err


def test_a_lambda_in_a_keras_archive_is_never_looked_at(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of the archive the weights alone are read; what its config says is nobody's matter."""
    held = BytesIO()
    with h5py.File(held, "w") as file:
        keras_file(file, np.ones((3, 3, 3, 4), np.float32))
    layer = {"class_name": "Lambda", "config": {"function": "os.mkdir"}}
    with zipfile.ZipFile(folder / "file", "w") as archive:
        archive.writestr("config.json", json.dumps(layer))
        archive.writestr("../../canary", b"x")
        archive.writestr("model.weights.h5", held.getvalue())
    assert import_(folder, "keras") == 0
    assert sorted(p.name for p in folder.iterdir()) == ["file", "names.yaml", "out", "small.yaml"]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "int8", "complex64"])
def test_other_types_are_refused_by_name(
    dtype: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kernel = torch.ones(4, 3, 3, 3).to(getattr(torch, dtype))
    torch.save({"conv2d.weight": kernel, "conv2d.bias": torch.ones(4)}, folder / "file")
    assert import_(folder, "torchvision") == 2
    err = capfd.readouterr().err
    assert f"it is {dtype}" in err
    assert "float32 and float64 are taken" in err
    assert not (folder / "out").exists()


def test_a_reader_that_dies_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from netspec.weights import isolation

    monkeypatch.setattr(isolation, "PROGRAM", "import os; os.kill(os.getpid(), 11)")
    torch.save({"conv2d.bias": torch.ones(4)}, folder / "file")
    assert import_(folder, "torchvision") == 2
    assert "stopped by SIGSEGV" in capfd.readouterr().err


def test_a_reader_that_never_ends_is_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from netspec.weights import isolation

    monkeypatch.setattr(isolation, "PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(isolation, "SECONDS", 1)
    torch.save({"conv2d.bias": torch.ones(4)}, folder / "file")
    assert import_(folder, "torchvision") == 2
    assert "more than 1 seconds" in capfd.readouterr().err

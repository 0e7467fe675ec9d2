"""Whole files with bytes changed, cut or put in: read or refused, and nothing else."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from netspec.diagnostics import SpecError
from netspec.weights import isolation

TENSORS = {f"layer_{n}.weight": torch.linspace(-1, 1, 108).reshape(4, 3, 3, 3) for n in range(3)}
TIMES = 3


def archive(path: Path) -> None:
    torch.save(TENSORS, path)


def legacy(path: Path) -> None:
    torch.save(TENSORS, path, _use_new_zipfile_serialization=False)


def hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for number in range(3):
            own = file.create_group(f"layers/conv2d_{number}/vars")
            own.attrs["name"] = f"conv2d_{number}"
            own["0"] = np.linspace(-1, 1, 108, dtype=np.float32).reshape(3, 3, 3, 4)


def keras_archive(path: Path) -> None:
    hdf5(path.with_name("inner"))
    with zipfile.ZipFile(path, "w") as whole:
        whole.write(path.with_name("inner"), "model.weights.h5")
    path.with_name("inner").unlink()


def mutated(data: bytes, draw: random.Random) -> bytes:
    """The bytes with some changed, most often near an end, or a stretch cut off or replaced."""
    changed = bytearray(data)
    place = draw.choice([draw.randrange(len(data)), draw.randrange(min(2048, len(data)))])
    kind = draw.randrange(3)
    if kind == 0:
        for _ in range(draw.choice([1, 4, 16])):
            changed[(place + draw.randrange(64)) % len(data)] = draw.randrange(256)
    elif kind == 1:
        del changed[max(place, 16) :]
    else:
        changed[place : place + draw.randrange(64)] = draw.randbytes(draw.randrange(64))
    return bytes(changed)


@pytest.mark.slow
@pytest.mark.parametrize("make", [archive, legacy, hdf5, keras_archive], ids=lambda m: m.__name__)
@pytest.mark.parametrize("seed", range(TIMES))
def test_a_mutated_file_is_read_or_refused(
    make: Callable[[Path], None], seed: int, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    make(file)
    if seed == 0:
        assert len(isolation.read(file, None, isolation.TYPES).arrays) == 3
    file.write_bytes(mutated(file.read_bytes(), random.Random(f"{make.__name__} {seed}")))
    try:
        isolation.read(file, None, isolation.TYPES)
    except SpecError as refused:
        (found,) = refused.diagnostics
        assert found.code == "NS604"
        assert "ended with status" not in found.message
    assert list(tmp_path.iterdir()) == [file]

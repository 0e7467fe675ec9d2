"""PyTorch's files: a state_dict in a zip archive, or in the older form. Nothing in them is run."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, is_zipfile

import torch

from netspec.weights.stored import Array, Malformed, Stored
from netspec.writing import write_bytes

PICKLE = "/data.pkl"
PICKLE_AT_MOST = 1 << 26
WRAPPED = ("state_dict", "model_state_dict")
"""Keys below which training scripts keep the weights."""


@contextmanager
def opened(path: Path) -> Iterator[Mapping[str, Stored]]:
    """The tensors of a state_dict, bare or below `state_dict`."""
    zipped = is_zipfile(path)
    if zipped:
        _require_plain(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError:
        reason = "it holds objects that are no tensors, which are never loaded"
        raise Malformed(f"{reason}, or is cut short") from None
    yield _tensors(found)


def _require_plain(path: Path) -> None:
    """Refuse archives that unpack to more than they hold: torch writes them uncompressed."""
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
    except (BadZipFile, NotImplementedError):
        raise Malformed("its zip archive is cut short or malformed") from None
    if any(member.compress_type != ZIP_STORED for member in members):
        raise Malformed("its archive is compressed, which PyTorch's files are not")
    if len({member.filename for member in members}) < len(members):
        raise Malformed("two members of its archive have one name")
    if sum(member.file_size for member in members) > path.stat().st_size:
        raise Malformed("its archive declares more than it holds")
    if any(m.filename.endswith(PICKLE) and m.file_size > PICKLE_AT_MOST for m in members):
        raise Malformed("its list of tensors is larger than 64 MiB")


def _tensors(found: Any) -> dict[str, Stored]:
    if isinstance(found, Mapping):
        wrapped = [found[key] for key in WRAPPED if isinstance(found.get(key), Mapping)]
        found = wrapped[0] if wrapped else found
    if not isinstance(found, Mapping):
        raise Malformed(f"it holds a {type(found).__name__}, not tensors by name")
    return {str(name): _stored(value) for name, value in found.items()}


def _stored(value: Any) -> Stored:
    if not isinstance(value, torch.Tensor):
        return Stored(f"a {type(value).__name__}", (), partial(_none, value))
    dtype = str(value.dtype).removeprefix("torch.")
    if value.layout != torch.strided or value.is_quantized:
        dtype = f"{value.layout} {dtype}".removeprefix("torch.")
    return Stored(dtype, tuple(value.shape), partial(_read, value))


def _read(value: torch.Tensor) -> Array:
    wide = value.float() if value.dtype == torch.bfloat16 else value
    array: Array = wide.detach().contiguous().numpy()
    return array


def _none(value: object) -> Array:
    raise Malformed(f"a {type(value).__name__} is no tensor")


def write(out: Path, arrays: Mapping[str, Array], _: Sequence[str]) -> tuple[Path, ...]:
    """A state_dict that `torch.load(…, weights_only=True)` reads, whole or not at all."""
    file = BytesIO()  # a path's name would be written into the archive
    torch.save({name: torch.from_numpy(array.copy()) for name, array in arrays.items()}, file)
    write_bytes(out, file.getvalue())
    return (out,)

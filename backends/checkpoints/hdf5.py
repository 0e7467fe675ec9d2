"""HDF5 without what reaches beyond the file or within it in circles.

Only hard links are followed, each object once; a dataset's bytes lie in the file itself. What is
meant by a group or dataset is its caller's matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import h5py
import numpy as np

from netspec.weights.stored import Array, Malformed, Stored

DEPTH_AT_MOST = 32
OBJECTS_AT_MOST = 200_000
ATTRIBUTE_BYTES = 1 << 24


@contextmanager
def opened_file(source: Any) -> Iterator[h5py.File]:
    """An HDF5 file by its path or from an open one, for reading alone."""
    try:
        with h5py.File(
            source, "r", **({} if hasattr(source, "read") else {"locking": False})
        ) as file:
            yield file
    except (OSError, KeyError, RuntimeError, UnicodeError):
        raise Malformed("its HDF5 is cut short or malformed") from None


class Walker:
    """Goes through a file by its hard links; every object may be met once."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def children(self, group: h5py.Group, depth: int = 0) -> Iterator[tuple[str, Any]]:
        """A group's members by name. Raises `Malformed` for what leads astray."""
        if depth > DEPTH_AT_MOST:
            raise Malformed(f"its groups are nested more than {DEPTH_AT_MOST} deep")
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise Malformed("it has a link to another place or file, which is not followed")
            child = group[name]
            if not isinstance(child, h5py.Group | h5py.Dataset):
                continue  # a named type
            self._meet(child)
            yield name, child

    def _meet(self, child: Any) -> None:
        address = h5py.h5o.get_info(child.id).addr
        if address in self._seen:
            raise Malformed("its hard links lead in a circle, or to one object twice")
        self._seen.add(address)
        if len(self._seen) > OBJECTS_AT_MOST:
            raise Malformed(f"it holds more than {OBJECTS_AT_MOST:,} objects")


def stored(dataset: h5py.Dataset) -> Stored:
    """A dataset as a tensor to be read. Raises `Malformed` where its bytes lie elsewhere."""
    if dataset.external or dataset.is_virtual:
        raise Malformed("a dataset's bytes lie in another file, which is not read")
    if dataset.shape is None:
        return Stored("nothing", (), _nothing)
    bfloat = text(dataset, "dtype") == "bfloat16"
    kind = dataset.dtype.kind
    name = dataset.dtype.newbyteorder("=").name if kind in "biufc" else "no numbers"
    return Stored("bfloat16" if bfloat else name, tuple(dataset.shape), partial(_read, dataset))


def _read(dataset: h5py.Dataset) -> Array:
    missing = dataset.id.get_storage_size() < dataset.nbytes
    if missing and not _filtered(dataset):
        raise Malformed("a dataset declares values that are not in the file")
    array: Array = np.asarray(dataset[()])
    return array.astype(np.float32) if text(dataset, "dtype") == "bfloat16" else array


def _filtered(dataset: h5py.Dataset) -> bool:
    """Whether it is compressed, so that fewer bytes may hold its values; not if it has none."""
    packed: bool = dataset.id.get_create_plist().get_nfilters() > 0
    return packed and bool(dataset.id.get_storage_size())


def _nothing() -> Array:
    raise Malformed("a dataset holds nothing")


def text(item: Any, name: str) -> str:
    """A short text attribute; empty if there is none."""
    value = attribute(item, name)
    value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return value if isinstance(value, str) else ""


def texts(item: Any, name: str) -> list[str]:
    """A list of texts in an attribute, or in the attributes that it was split into."""
    found = []
    names = [name] if name in item.attrs else []
    while f"{name}{len(names)}" in item.attrs and name not in names:
        names.append(f"{name}{len(names)}")
    for each in names:
        value = attribute(item, each)
        listed = value.tolist() if isinstance(value, np.ndarray) else [value]
        found += [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in listed]
    return found


def attribute(item: Any, name: str) -> Any:
    """An attribute's value, if it is not large; nothing if it is not there."""
    if name not in item.attrs:
        return None
    held = item.attrs.get_id(name)
    if held.get_type().get_size() * math.prod(held.shape) > ATTRIBUTE_BYTES:
        raise Malformed("an attribute is larger than 16 MiB")
    return item.attrs[name]

"""The canonical store: safetensors files of float32, the spec's hash in their metadata.

A file is not trusted. Its header is judged before a tensor is read, for what the format promises
and for what common readers let pass: duplicate keys, absurd dimensions.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.ir.graph import Graph
from netspec.limits import DEFAULT
from netspec.reading import files
from netspec.weights.fitting import Described, checked, require_fit
from netspec.writing import write_bytes

Array = NDArray[Any]
Metadata = dict[str, str]

HASH_KEY = "spec_hash"
METADATA_KEY = "__metadata__"
HEADER_AT_MOST = 1 << 24
RANK = 32
"""Dimensions of a tensor, at most."""
DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
    "C64": np.dtype("<c8"),
}
"""The format's types that numpy has; it lacks bfloat16 and the 8-bit floats."""

OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive, as PyTorch's and Keras's files are",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file",
    b"\x80": "a pickle",
}


class _Malformed(Exception):
    """The file breaks the format; the message says how."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A tensor as the header describes it; `begin` and `end` count bytes from the header's end."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def described(self) -> Described:
        known = DTYPES.get(self.dtype)
        return Described(known.name if known else self.dtype, self.shape)


def save(path: str | os.PathLike[str], weights: Mapping[str, Array], spec_hash: str) -> None:
    """Write float32 arrays, whole or not at all; equal weights and hash give equal bytes.

    Raises `SpecError` (NS606).
    """
    write_bytes(path, encoded(weights, spec_hash))


def write(out: Path, arrays: Mapping[str, Array], _: Sequence[str] = ()) -> tuple[Path, ...]:
    """Write another framework's tensors under its own names, as its libraries take them.

    Raises `SpecError` (NS606).
    """
    from safetensors.numpy import save as to_safetensors

    write_bytes(out, to_safetensors(dict(arrays), {"format": "pt"}))
    return (out,)


def encoded(weights: Mapping[str, Array], spec_hash: str) -> bytes:
    """The bytes that `save` writes, under these names."""
    from safetensors.numpy import save as to_safetensors

    arrays = {name: np.asarray(weights[name], "<f4", order="C") for name in sorted(weights)}
    return to_safetensors(arrays, {HASH_KEY: spec_hash})


def load(path: str | os.PathLike[str]) -> tuple[dict[str, Array], Metadata]:
    """All tensors of a file, as they stand in it, and its metadata. Raises `SpecError` (NS604)."""
    with opened(path) as file:
        entries, metadata = _header(file)
        return _tensors(file, entries), metadata


def listing(path: str | os.PathLike[str]) -> dict[str, Described]:
    """A file's tensors as its header declares them. Raises `SpecError` (NS604)."""
    with opened(path) as file:
        entries, _ = _header(file)
        return {entry.name: entry.described for entry in sorted(entries, key=lambda e: e.name)}


def load_some(path: str | os.PathLike[str], names: Collection[str]) -> dict[str, Array]:
    """The tensors of these names. Raises `SpecError` (NS604), for a name that is not there too."""
    with opened(path) as file:
        entries, _ = _header(file)
        start = file.tell()
        by_name = {entry.name: entry for entry in entries}
        found: dict[str, Array] = {}
        for name in names:
            if name not in by_name:
                raise _Malformed(f"{_quoted(name)} is not in it")
            file.seek(start)
            found |= _tensors(file, [by_name[name]])
        return found


def metadata_of(path: str | os.PathLike[str]) -> Metadata:
    """A file's metadata alone. Raises `SpecError` (NS604)."""
    with opened(path) as file:
        _, metadata = _header(file)
        return metadata


def load_for(
    graph: Graph,
    path: str | os.PathLike[str],
    beside: Callable[[Iterable[str]], Collection[str]] = lambda _: (),
) -> tuple[dict[str, NDArray[np.float32]], Metadata]:
    """A file's tensors as the graph's weights (see `fitting.checked`), and its metadata.

    Those that `beside` picks from the file's names are passed over. Raises `SpecError`: NS604 if
    the file is unreadable or malformed, NS605 if it does not fit, which its header tells before a
    tensor is read.
    """
    with opened(path) as file:
        entries, metadata = _header(file)
        over = beside(entry.name for entry in entries)
        own = [entry for entry in entries if entry.name not in over]
        described = {entry.name: entry.described for entry in own}
        require_fit(graph, described, files.printable_name(path))
        return checked(graph, _tensors(file, own)), metadata


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[BufferedReader]:
    """The regular file at the path, or behind a link; every failure becomes NS604."""
    name = files.printable_name(path)
    try:
        _require_regular(_status(path))  # before it is opened: opening a device may act on it
        with os.fdopen(os.open(path, files.FLAGS), "rb") as file:
            _require_regular(os.fstat(file.fileno()))
            yield file
    except OSError as error:
        reason = files.REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
        raise _fault(name, f"{name} can't be read: {reason}") from None
    except _Malformed as error:
        raise _fault(name, f"{name} is not a whole safetensors file: {error}") from None


def _status(path: str | os.PathLike[str]) -> os.stat_result:
    try:
        return Path(path).stat()
    except ValueError:  # a NUL or a lone surrogate in the name
        raise OSError(0, "no file has such a name") from None


def _require_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = files.KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise OSError(0, f"it is {kind}, not a file")


def _header(file: BufferedReader) -> tuple[list[_Entry], Metadata]:
    """The tensors in the order of their bytes, and the metadata."""
    size = os.fstat(file.fileno()).st_size
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if size < 8 or length > size - 8:
        kinds = (kind for magic, kind in OTHER_FORMATS.items() if start.startswith(magic))
        raise _Malformed(f"it is {next(kinds, 'of another format, or cut short')}")
    if length > HEADER_AT_MOST:
        raise _Malformed(f"its header of {length:,} bytes is over the limit of {HEADER_AT_MOST:,}")
    plain = _json(file.read(length))
    metadata = plain.pop(METADATA_KEY, {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise _Malformed("its metadata are not text by name")
    entries = [_entry(name, value) for name, value in plain.items()]
    entries.sort(key=lambda entry: (entry.begin, entry.end))
    _require_filled(entries, size - 8 - length)
    return entries, metadata


def _json(data: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(data.decode("utf-8"), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise _Malformed("its header is not JSON") from None
    if not isinstance(plain, dict):
        raise _Malformed("its header is not a JSON object")
    return plain


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Malformed(f"the key {_quoted(name)} stands twice in its header")
        found[name] = value
    return found


def _entry(name: str, value: Any) -> _Entry:
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data_offsets"}:
        raise _Malformed(f"{_quoted(name)} has not exactly dtype, shape and data_offsets")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not (
        isinstance(dtype, str)
        and _integers(shape, RANK)
        and _integers(offsets, 2)
        and len(offsets) == 2
    ):
        raise _Malformed(f"{_quoted(name)} has a dtype, shape or data_offsets of the wrong kind")
    if not all(1 <= size <= DEFAULT.dimension for size in shape):
        raise _Malformed(f"{_quoted(name)} has a dimension outside 1 to 2^31 - 1")
    begin, end = offsets
    entry = _Entry(name, dtype, tuple(shape), begin, end)
    known = DTYPES.get(dtype)
    if known and entry.end - entry.begin != math.prod(shape) * known.itemsize:
        raise _Malformed(f"{_quoted(name)} has a shape that its data_offsets don't hold")
    return entry


def _integers(value: Any, at_most: int) -> bool:
    if not isinstance(value, list) or len(value) > at_most:
        return False
    return all(type(item) is int for item in value)


def _require_filled(entries: Sequence[_Entry], size: int) -> None:
    """Tensors follow one another without gap or overlap, from the first byte to the last."""
    place = 0
    for entry in entries:
        if entry.begin != place or entry.end < entry.begin:
            raise _Malformed(f"the bytes of {_quoted(entry.name)} leave a gap or overlap others")
        place = entry.end
    if place != size:
        raise _Malformed(f"its tensors take {place:,} bytes, and {size:,} are there")


def _tensors(file: BufferedReader, entries: Sequence[_Entry]) -> dict[str, Array]:
    """The tensors by name, in the order of their names; the file stands at the header's end.

    `entries` are in the order of their bytes; what lies between them is passed over.
    """
    unknown = [entry for entry in entries if entry.dtype not in DTYPES]
    if unknown:
        raise _Malformed(f"{_quoted(unknown[0].name)} is {_quoted(unknown[0].dtype)}, unknown here")
    tensors = {}
    start = file.tell()
    for entry in entries:
        file.seek(start + entry.begin)
        data = bytearray(entry.end - entry.begin)
        if file.readinto(data) < len(data):
            raise _Malformed("it became shorter while it was read")
        tensors[entry.name] = np.frombuffer(data, DTYPES[entry.dtype]).reshape(entry.shape)
    return dict(sorted(tensors.items()))


def _quoted(text: str) -> str:
    return f"`{files.printable_name(text)[:120]}`"


def _fault(name: str, message: str) -> SpecError:
    return SpecError([Diagnostic("NS604", message, Span(Source(name, ""), 1, 1, 1, 1))])

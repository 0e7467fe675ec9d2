"""Tensors out of files that nobody vouches for, read by a process that can be stopped.

A file is recognised by how it begins, or ends, never by its name. What it declares is listed before
anything is read, and read only where its name, type and shape are wanted.
"""

from __future__ import annotations

import glob
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import netspec
from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.reading import files, paths
from netspec.targets import MissingExtra
from netspec.weights import store
from netspec.weights.fitting import Described
from netspec.weights.isolated import FAULT, LISTING, NO_ROOM, TENSORS, ZIP, Request
from netspec.weights.stored import Array
from netspec.writing import ANOTHER_FOLDER

Shapes = Mapping[str, Sequence[tuple[int, ...]]]
SECONDS = 600
"""For reading one file, of the clock and of the processor."""
TYPES = ("float32", "float64")
NUMBERS = (
    *TYPES,
    *("float16", "bfloat16", "bool"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
WIDEST = 8
EXPANSION = 4
"""Bytes that a file may declare for each that it holds, where no spec says what to expect."""

PROGRAM = """
import json, sys
request = json.load(sys.stdin)
sys.path[:] = request["sys_path"]
import netspec
netspec.__path__[:] = request["package"]
from netspec.weights.isolated import Request, serve
serve(Request(**request["request"]))
"""
SAFETENSORS = "safetensors"
ENVIRONMENT = {"HDF5_PLUGIN_PRELOAD": "::", "CUDA_VISIBLE_DEVICES": "-1"}
"""HDF5 loads no filters of others; a file is read without waking a GPU."""
BEGINNINGS = {
    b"PK\x03\x04": ZIP,
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"\x80": "torch",
}
TABLE_END = bytes.fromhex("57fb808b247547db")
"""The last bytes of a TensorFlow checkpoint's table."""
_SHARD = re.compile(r"\.data-[0-9]{5}-of-[0-9]{5}\Z")


@dataclass(frozen=True, slots=True)
class Contents:
    """All tensors of a file as it declares them, and those that were read, by name."""

    kind: str
    listed: Mapping[str, Described]
    arrays: Mapping[str, Array]


def read(path: str | os.PathLike[str], wanted: Shapes | None, types: Sequence[str]) -> Contents:
    """List a file's tensors, and read those of these names, shapes and types; all, with no names.

    Raises `SpecError` (NS604) for a file that can't be read, and `MissingExtra`.
    """
    name = files.printable_name(path)
    place = _place(path)
    kind = _kind(place, name)
    if kind == SAFETENSORS:
        return _safetensors(place, wanted, types)
    with workplace(name) as folder:
        linked = _linked(place, Path(folder), kind, name)
        request = Request(
            kind,
            str(linked),
            folder,
            None if wanted is None else {n: [list(s) for s in each] for n, each in wanted.items()},
            list(types),
            _bytes(place, wanted),
            _file_bytes(place),
            SECONDS,
        )
        run(request, name)
        return _contents(Path(folder), kind, name)


@contextmanager
def workplace(name: str) -> Iterator[str]:
    """A folder for what a reader leaves, gone afterwards. Raises `SpecError` (NS604)."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="netspec-")
    except OSError as error:
        reason = f"no folder for temporary files can be made: {error.strerror or error}"
        raise _fault(name, reason, ANOTHER_FOLDER) from None
    with folder as place:
        yield place


def _place(path: str | os.PathLike[str]) -> Path:
    """The file to look into: of a TensorFlow checkpoint of version 2 its index."""
    place = Path(path)
    index = place.with_name(f"{place.name}.index") if place.name else place
    return index if not paths.exists(place) and paths.is_file(index) else place


def _kind(place: Path, name: str) -> str:
    """What the file is, by its bytes. Raises `SpecError` (NS604)."""
    with store.opened(place) as file:
        start = file.read(9)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(TABLE_END)))
        end = file.read()
    if size == 0:
        raise _fault(name, "it is empty")
    if end == TABLE_END:
        return "tensorflow"
    # first, for the length that it begins with may look like anything
    if start[8:] == b"{" and int.from_bytes(start[:8], "little") <= size - 8:
        return SAFETENSORS
    for beginning, kind in BEGINNINGS.items():
        if start.startswith(beginning):
            return kind
    if shard := _SHARD.search(place.name):
        prefix = files.printable_name(place.name.removesuffix(shard[0]))
        raise _fault(name, f"it is a part of a checkpoint, which is named by its prefix: {prefix}")
    raise _fault(name, "it is cut short, or no file of weights that is known here")


def _linked(place: Path, folder: Path, kind: str, name: str) -> Path:
    """The file under a name that no reader takes for a pattern; of a checkpoint all its files."""
    target = paths.followed(place)
    if kind != "tensorflow" or target.suffix != ".index":
        (folder / "weights").symlink_to(target)
        return folder / "weights"
    prefix = place.name.removesuffix(".index")
    beside = place.absolute().parent
    found = [other for other in paths.names_in(beside) if other.startswith(prefix)]
    shards = [s for s in (other.removeprefix(prefix) for other in found) if _SHARD.fullmatch(s)]
    if not shards:
        missing = files.printable_name(f"{prefix}.data-00000-of-00001")
        raise _fault(name, f"its numbers are missing: there is no {missing} beside it")
    for shard in shards:
        (folder / f"weights{shard}").symlink_to(paths.followed(beside / f"{prefix}{shard}"))
    (folder / "weights.index").symlink_to(target)
    return folder / "weights"


def _bytes(place: Path, wanted: Shapes | None) -> int:
    """What all tensors that are read may take."""
    if wanted is None:
        return EXPANSION * _file_bytes(place) + (1 << 20)
    return sum(max(map(math.prod, shapes)) * WIDEST for shapes in wanted.values())


def _file_bytes(place: Path) -> int:
    """The size of the file, or of a checkpoint's files."""
    beside = [place]
    if place.suffix == ".index":
        beside += place.parent.glob(f"{glob.escape(place.stem)}.data-*")
    return sum(each.stat().st_size for each in beside)


def run(request: Request, name: str) -> None:
    """Let a process answer a request; `name` is the file's, for messages.

    Raises `SpecError` (NS604) and `MissingExtra`.
    """
    command = [sys.executable, "-P", "-c", PROGRAM]
    package = list(netspec.__path__)
    told = {"sys_path": sys.path, "package": package, "request": asdict(request)}
    try:
        done = subprocess.run(
            command,
            input=json.dumps(told).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
            cwd=request.folder,
            env=os.environ | ENVIRONMENT,
        )
    except subprocess.TimeoutExpired:
        raise _fault(name, f"reading it takes more than {SECONDS} seconds") from None
    if done.returncode == NO_ROOM:
        place = Path(request.folder).parent
        raise _fault(name, f"{place} has no room for its tensors", ANOTHER_FOLDER)
    if done.returncode < 0:
        number = -done.returncode
        known = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        raise _fault(name, f"its reader was stopped by {known}: it is malformed")
    fault = Path(request.folder, FAULT)
    if fault.is_file():
        told = json.loads(fault.read_text(encoding="utf-8"))
        if told["kind"] == "extra":
            raise MissingExtra(told["message"])
        raise _fault(name, files.printable_name(told["message"]))
    if done.returncode:
        raise _fault(name, f"its reader ended with status {done.returncode}")


def _contents(folder: Path, kind: str, name: str) -> Contents:
    """What the reader left; it is looked at as any file is, for the reader may be led astray."""
    listing = json.loads((folder / LISTING).read_text(encoding="utf-8"))
    listed = {str(n): Described(str(dtype), tuple(shape)) for n, dtype, shape in listing}
    if len(listed) != len(listing):
        raise _fault(name, "two of its tensors have one name")
    arrays, _ = store.load(folder / TENSORS)
    names = list(listed)
    return Contents(kind, listed, {names[int(key)]: array for key, array in arrays.items()})


def _safetensors(place: Path, wanted: Shapes | None, types: Sequence[str]) -> Contents:
    """Our own reader looks at the header first, and runs no library: it needs no process."""
    listed = store.listing(place)
    chosen = [
        name
        for name, (dtype, shape) in listed.items()
        if dtype in types and (wanted is None or shape in [tuple(s) for s in wanted.get(name, ())])
    ]
    return Contents(SAFETENSORS, listed, store.load_some(place, chosen))


def _fault(name: str, reason: str, *hints: str) -> SpecError:
    span = Span(Source(name, ""), 1, 1, 1, 1)
    return SpecError([Diagnostic("NS604", f"{name} can't be read: {reason}", span, hints=hints)])

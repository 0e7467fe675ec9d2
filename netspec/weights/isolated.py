"""The process that reads a file which nobody vouches for: it may die, and can't harm its parent.

It is started by `netspec.weights.isolation`, gets one JSON request on standard input, and leaves
in the folder that the request names `listing.json` and `tensors.safetensors`, or `fault.json`.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from netspec import targets
from netspec.weights.stored import Malformed, Stored

LISTING, TENSORS, FAULT = "listing.json", "tensors.safetensors", "fault.json"
ZIP = "zip"
KERAS_MEMBER = "model.weights.h5"
SPARE_BYTES = 1 << 30
"""Memory above three copies of all tensors and two of the file, for libraries' own work."""
NO_ROOM = 75
"""The exit status for a full disk, on which no fault can be written either."""
SMALL_BYTES = 1 << 20
"""What a listing may take."""
NAMES_AT_MOST = 100_000
NAME_LENGTH_AT_MOST = 1_000
FORBIDDEN = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "socket.connect",
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the process: what to read of which file, and within which bounds.

    `wanted` has the shapes in which a tensor is wanted, by name; nothing stands for all tensors.
    A whole `model` is read where it says how; see `netspec.matching.foreign`.
    """

    reader: str
    path: str
    folder: str
    wanted: Mapping[str, list[list[int]]] | None
    types: list[str]
    bytes: int
    file_bytes: int
    seconds: int
    model: Mapping[str, Any] | None = None


def serve(request: Request) -> None:
    """Answer a request: read what is wanted of a file, within limits."""
    try:
        (_read if request.model is None else _read_model)(request)
    except targets.MissingExtra as error:
        _refuse(request, "extra", str(error))
    except Malformed as error:
        _refuse(request, "malformed", str(error))
    except MemoryError:
        _refuse(request, "malformed", "reading it takes too much memory")
    except RecursionError:
        _refuse(request, "malformed", "it is nested too deeply")
    except Exception:  # noqa: BLE001 - whatever a library raises on bytes that it can't read
        _refuse(request, "malformed", "it is cut short or malformed")


def _read(request: Request) -> None:
    path = Path(request.path)
    reader = targets.reader(_zipped(path) if request.reader == ZIP else request.reader)
    sys.addaudithook(_watch)
    _limit(request)
    with reader(path) as stored:
        _answer(request, stored)


def _read_model(request: Request) -> None:
    """Leave a model as plain data, and its weights by their number there."""
    reader = targets.reader(request.reader)
    sys.addaudithook(_watch)
    _limit(request)
    plain, arrays = reader(Path(request.path), request.model)
    _leave(request, arrays, plain)


def _refuse(request: Request, kind: str, message: str) -> None:
    _write(Path(request.folder, FAULT), {"kind": kind, "message": message})


def _zipped(path: Path) -> str:
    """Whose zip archive it is."""
    try:
        with ZipFile(path) as archive:
            return "keras" if KERAS_MEMBER in archive.namelist() else "torch"
    except (BadZipFile, NotImplementedError):
        raise Malformed("its zip archive is cut short or malformed") from None


def _answer(request: Request, stored: Mapping[str, Stored]) -> None:
    """List all tensors; read those whose name, type and shape are wanted."""
    _require_sound(stored)
    chosen = {
        str(number): one
        for number, (name, one) in enumerate(stored.items())
        if one.dtype in request.types and _wanted(request, name, one)
    }
    size = sum(math.prod(one.shape) * _width(one) for one in chosen.values())
    if size > request.bytes:
        raise Malformed(f"it declares tensors of {size:,} bytes, and holds far fewer")
    listing = [[name, one.dtype, list(one.shape)] for name, one in stored.items()]
    _leave(request, {key: _array(one) for key, one in chosen.items()}, listing)


def _leave(request: Request, arrays: dict[str, np.ndarray[Any, Any]], listing: Any) -> None:
    """Write the answer. Ends the process where the disk has no room for it."""
    from safetensors.numpy import save_file

    try:
        save_file(arrays, Path(request.folder, TENSORS))
        _write(Path(request.folder, LISTING), listing)
    except Exception:
        needed = sum(array.nbytes for array in arrays.values()) + SMALL_BYTES
        if shutil.disk_usage(request.folder).free < needed:
            raise SystemExit(NO_ROOM) from None
        raise


def _wanted(request: Request, name: str, one: Stored) -> bool:
    return request.wanted is None or list(one.shape) in request.wanted.get(name, [])


def _width(one: Stored) -> int:
    return 4 if one.dtype == "bfloat16" else np.dtype(one.dtype).itemsize


def _array(one: Stored) -> np.ndarray[Any, Any]:
    array = np.ascontiguousarray(one.read()).reshape(one.shape)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _require_sound(stored: Iterable[str]) -> None:
    names = list(stored)
    if not names:
        raise Malformed("it holds no tensors")
    if len(names) > NAMES_AT_MOST:
        raise Malformed(f"it holds {len(names):,} tensors, more than {NAMES_AT_MOST:,}")
    if any(len(name) > NAME_LENGTH_AT_MOST for name in names):
        raise Malformed(f"a tensor's name is longer than {NAME_LENGTH_AT_MOST:,} characters")


def _limit(request: Request) -> None:
    """Bound memory, time and what can be written, from here on."""
    with suppress(ImportError, OSError, ValueError):  # not every system has all limits
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime) + 1
        end = spent + request.seconds
        written = request.bytes + SPARE_BYTES
        resource.setrlimit(resource.RLIMIT_CPU, (end, end + 5))
        resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        more = 3 * request.bytes + 2 * request.file_bytes + SPARE_BYTES
        memory = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _watch(event: str, _: tuple[Any, ...]) -> None:
    """Refuse what no reader needs: a process of its own, or the network."""
    if event in FORBIDDEN:
        raise Malformed("reading it would start a program or use the network")


def _write(path: Path, plain: Any) -> None:
    path.write_text(json.dumps(plain), encoding="utf-8")

"""The process that reads a file which nobody vouches for: it may die, and can't harm its parent.

It is started by `netspec.weights.isolation`, gets one JSON request on standard input, and leaves
in the folder that the request names `listing.json` and `tensors.safetensors`, or `fault.json`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
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


def serve(request: Mapping[str, Any]) -> None:
    """Answer a request: read what is wanted of a file, within limits."""
    folder = Path(request["folder"])
    try:
        path = Path(request["path"])
        reader = targets.reader(_zipped(path) if request["reader"] == ZIP else request["reader"])
        sys.addaudithook(_refuse)
        _limit(request["bytes"], request["file_bytes"], request["seconds"])
        with reader(path) as stored:
            _answer(
                folder, stored, request["wanted"], frozenset(request["types"]), request["bytes"]
            )
    except targets.MissingExtra as error:
        _write(folder / FAULT, {"kind": "extra", "message": str(error)})
    except Malformed as error:
        _write(folder / FAULT, {"kind": "malformed", "message": str(error)})
    except MemoryError:
        _write(folder / FAULT, {"kind": "malformed", "message": "reading it takes too much memory"})
    except RecursionError:
        _write(folder / FAULT, {"kind": "malformed", "message": "it is nested too deeply"})
    except Exception:  # noqa: BLE001 - whatever a library raises on bytes that it can't read
        message = "it is cut short or malformed"
        _write(folder / FAULT, {"kind": "malformed", "message": message})


def _zipped(path: Path) -> str:
    """Whose zip archive it is."""
    try:
        with ZipFile(path) as archive:
            return "keras" if KERAS_MEMBER in archive.namelist() else "torch"
    except (BadZipFile, NotImplementedError):
        raise Malformed("its zip archive is cut short or malformed") from None


def _answer(
    folder: Path,
    stored: Mapping[str, Stored],
    wanted: Mapping[str, list[list[int]]] | None,
    types: frozenset[str],
    at_most: int,
) -> None:
    """List all tensors; read those whose name, type and shape are wanted."""
    from safetensors.numpy import save_file

    _require_sound(stored)
    chosen = {
        str(number): one
        for number, (name, one) in enumerate(stored.items())
        if one.dtype in types and (wanted is None or list(one.shape) in wanted.get(name, []))
    }
    size = sum(math.prod(one.shape) * _width(one) for one in chosen.values())
    if size > at_most:
        raise Malformed(f"it declares tensors of {size:,} bytes, and holds far fewer")
    arrays = {key: _array(one) for key, one in chosen.items()}
    save_file(arrays, folder / TENSORS)
    listing = [[name, one.dtype, list(one.shape)] for name, one in stored.items()]
    _write(folder / LISTING, listing)


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


def _limit(size: int, file_size: int, seconds: int) -> None:
    """Bound memory, time and what can be written, from here on."""
    with suppress(ImportError, OSError, ValueError):  # not every system has all limits
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, spent + seconds + 5))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + SPARE_BYTES, size + SPARE_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        memory = pages * resource.getpagesize() + 3 * size + 2 * file_size + SPARE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    """What no reader needs: a process of its own, or the network."""
    if event in FORBIDDEN:
        raise Malformed("reading it would start a program or use the network")


def _write(path: Path, plain: Any) -> None:
    path.write_text(json.dumps(plain), encoding="utf-8")

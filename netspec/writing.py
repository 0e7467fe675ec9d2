"""Files that appear whole or not at all, whatever interrupts the writing."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.reading import files, paths

KINDS = {**files.KINDS, stat.S_IFLNK: "a symbolic link"}
REASONS = {
    **files.REASONS,
    errno.ENOENT: "its folder does not exist",
    errno.EEXIST: "it exists already, and nothing is written over",
}
ANOTHER_FOLDER = "the environment variable TMPDIR names another folder for temporary files"
PREFIX, SUFFIX = ".netspec-", ".part"
CREATE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
LEFTOVER = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file, whole or not at all; see `replacing`."""
    with replacing(path) as file:
        file.write(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8, its line ends as they are, whole or not at all; see `replacing`."""
    write_bytes(path, text.encode("utf-8"))


def write_new(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8 where nothing is yet, whole or not at all.

    Raises `SpecError` (NS606), also where something came to be there meanwhile.
    """
    target = Path(path)
    with explained(path):
        require_free(target)
        with _temporary(target) as (file, temporary):
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
            _take(target, temporary)
            _sync(target.parent)


def require_free(path: str | os.PathLike[str]) -> None:
    """Refuse a path at which something is, before any work is done for it.

    Raises `SpecError` (NS606).
    """
    with explained(path):
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def require_folder(path: str | os.PathLike[str]) -> None:
    """Refuse a path whose folder does not exist, before any work is done for it.

    Raises `SpecError` (NS606).
    """
    if not paths.is_folder(Path(path).parent):
        message = f"{files.printable_name(path)} can't be written: its folder does not exist"
        raise SpecError([Diagnostic("NS606", message, hints=("make the folder first",))])


def require_apart(out: str | os.PathLike[str], read: Iterable[str | os.PathLike[str]]) -> None:
    """Refuse to write over what is read: the path itself, or weights in the folder that it names.

    Raises `SpecError` (NS606).
    """
    target = paths.followed(out)
    for source in map(Path, read):
        place = paths.followed(source)
        if target == place or (target == place.parent and place.suffix == ".safetensors"):
            message = f"{files.printable_name(out)} would be written over {source}, which is read"
            raise SpecError([Diagnostic("NS606", message, hints=("choose another output",))])


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file that takes the path's place when the block has ended well.

    It is written in the same folder, synced and renamed, with the permissions that the umask gives;
    if anything fails it is removed, and what stood at the path is untouched. The path names a
    regular file that may be written, or nothing yet. A directory, a device and a pipe are refused,
    and so is a symbolic link: to replace it and to replace what it points at would both surprise.
    Raises `SpecError` (NS606), for an `OSError` in the block too.
    """
    target = Path(path)
    with explained(path):
        _require_replaceable(target)
        with _temporary(target) as (file, temporary):
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(target)
            _sync(target.parent)


@contextmanager
def scratch(out: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary folder for what is made on the way to `out`, gone afterwards.

    Raises `SpecError` (NS606), for an `OSError` in the block too: the folder has no room, or can't
    be made.
    """
    import tempfile  # slow to load, rarely needed

    try:
        with tempfile.TemporaryDirectory(prefix="netspec-") as folder:
            yield Path(folder)
    except OSError as error:
        reason = f"the folder for temporary files can't hold it: {error.strerror or error}"
        message = f"{files.printable_name(out)} can't be written: {reason}"
        raise SpecError([Diagnostic("NS606", message, hints=(ANOTHER_FOLDER,))]) from None


@contextmanager
def explained(path: str | os.PathLike[str]) -> Iterator[None]:
    """Raise `SpecError` (NS606) in place of an `OSError`, with the path and the reason."""
    try:
        yield
    except OSError as error:
        reason = REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
        name = files.printable_name(path)
        span = Span(Source(name, ""), 1, 1, 1, 1)
        diagnostic = Diagnostic("NS606", f"{name} can't be written: {reason}", span)
        raise SpecError([diagnostic]) from None


def _require_replaceable(target: Path) -> None:
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    except ValueError:  # a NUL or a lone surrogate
        raise OSError(0, "no file has such a name") from None
    if not stat.S_ISREG(mode):
        kind = KINDS.get(stat.S_IFMT(mode), "something else")
        raise OSError(0, f"it is {kind}, not a file")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextmanager
def _temporary(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file beside the target, locked while it is open; gone afterwards, unless renamed."""
    _remove_leftovers(target.parent)
    descriptor, temporary = _create(target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, temporary
    finally:
        temporary.unlink(missing_ok=True)


def _take(target: Path, temporary: Path) -> None:
    """Give the temporary file a second name, which only a free name can become."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # a disk without such names: what comes to be there right now is lost
        require_free(target)
        temporary.rename(target)


def _create(folder: Path) -> tuple[int, Path]:
    while True:
        temporary = folder / f"{PREFIX}{os.urandom(8).hex()}{SUFFIX}"
        descriptor = os.open(temporary, CREATE, 0o666)
        _lock(descriptor, wait=True)
        if os.fstat(descriptor).st_nlink:
            return descriptor, temporary
        os.close(descriptor)  # another run took it for a leftover before it was locked


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed runs left: temporary files that nobody holds locked."""
    with contextlib.suppress(OSError):
        for leftover in list(folder.glob(f"{PREFIX}*{SUFFIX}")):
            with contextlib.suppress(OSError):
                _remove_unlocked(leftover)


def _remove_unlocked(leftover: Path) -> None:
    descriptor = os.open(leftover, LEFTOVER)
    try:
        if _lock(descriptor, wait=False):
            leftover.unlink()
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, wait: bool) -> bool:
    """Whether this run holds the file now; never so where the system has no such locks."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except (ImportError, OSError):
        return False
    return True


def _sync(folder: Path) -> None:
    """Make a rename last through a power cut, where the system syncs folders."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

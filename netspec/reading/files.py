"""Reading a file that may be anything: it never blocks, and never reads more than it may keep."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence

from netspec.diagnostics import Diagnostic, Source, Span, SpecError
from netspec.limits import Limits

KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
REASONS = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file: a part of its path is not a directory",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.ELOOP: "its symbolic links form a loop",
    errno.ENAMETOOLONG: "the name is too long",
}
FLAGS = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):  # not every system has all
    FLAGS |= getattr(os, _flag, 0)
CHUNK = 1 << 18


def read_bytes(path: str | os.PathLike[str], limits: Limits, limit: str = "file_bytes") -> bytes:
    """The bytes of a regular file, or a link to one; NS101 if unreadable, NS102 if larger.

    `limit` names the limit that it is held to.
    """
    name = printable_name(path)
    try:
        _require_regular(os.stat(path), name)  # before it is opened: opening a device may act on it
        descriptor = os.open(path, FLAGS)
        try:
            return _read(descriptor, name, limits, limit)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(name, error) from None
    except ValueError:  # a NUL or a lone surrogate in the name
        raise _fault("NS101", name, f"{name} can't be read: no file has such a name") from None


def read_beneath(folder: str | os.PathLike[str], parts: Sequence[str], limits: Limits) -> bytes:
    """The bytes of a regular file below a folder, reached without any symbolic link.

    `parts` are the names on the way, as the folders list them. `SpecError` as from `read_bytes`.
    """
    name = printable_name(os.path.normpath(os.path.join(folder, *parts)))
    opened: list[int] = []
    try:
        opened.append(os.open(folder, FLAGS))
        for part in parts:
            _require_own(opened[-1], part, name)
            # again without following: the name may have come to be a link
            opened.append(os.open(part, FLAGS | os.O_NOFOLLOW, dir_fd=opened[-1]))
        return _read(opened[-1], name, limits)
    except OSError as error:
        raise _unreadable(name, error) from None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _require_own(folder: int, part: str, name: str) -> None:
    """Refuse what the folder lists by another spelling, and what is a link or nothing to read."""
    listed = os.listdir(folder)
    if part not in listed:
        alike = [other for other in listed if other.lower() == part.lower()]
        reason = f"it is spelt {printable_name(alike[0])}" if alike else REASONS[errno.ENOENT]
        raise _fault("NS101", name, f"{name} can't be read: {reason}")
    status = os.stat(part, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        raise _fault("NS119", name, f"{name} is behind a symbolic link, which is not followed")
    if not stat.S_ISDIR(status.st_mode):
        _require_regular(status, name)


def printable_name(path: str | os.PathLike[str]) -> str:
    """The path as messages show it, what a terminal would act on replaced."""
    return "".join(char if char.isprintable() else "\ufffd" for char in os.fspath(path))


def _read(descriptor: int, name: str, limits: Limits, limit: str = "file_bytes") -> bytes:
    at_most: int = getattr(limits, limit)
    status = os.fstat(descriptor)
    _require_regular(status, name)  # again: the path may have come to name another file
    data = bytearray()
    if status.st_size <= at_most:
        while chunk := os.read(descriptor, min(CHUNK, at_most + 1 - len(data))):
            data += chunk
    if max(status.st_size, len(data)) > at_most:
        hints = limits.hints(limit, status.st_size)
        raise _fault("NS102", name, f"{name} is larger than {at_most:,} bytes", hints)
    return bytes(data)


def _unreadable(name: str, error: OSError) -> SpecError:
    reason = REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
    return _fault("NS101", name, f"{name} can't be read: {reason}")


def _require_regular(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise _fault("NS101", name, f"{name} can't be read: it is {kind}, not a file")


def _fault(code: str, name: str, message: str, hints: tuple[str, ...] = ()) -> SpecError:
    span = Span(Source(name, ""), 1, 1, 1, 1)
    return SpecError([Diagnostic(code, message, span, hints=hints)])

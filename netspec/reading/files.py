"""Reading a file that may be anything: it never blocks, and never reads more than it may keep."""

from __future__ import annotations

import errno
import os
import stat

from netspec.diagnostics import Diagnostic, Source, Span, SpecError

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


def read_bytes(path: str | os.PathLike[str], at_most: int) -> bytes:
    """The bytes of a regular file, or a link to one; NS101 if unreadable, NS102 if larger."""
    name = printable_name(path)
    try:
        _require_regular(os.stat(path), name)  # before it is opened: opening a device may act on it
        descriptor = os.open(path, FLAGS)
        try:
            return _read(descriptor, name, at_most)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
        raise _fault("NS101", name, f"{name} can't be read: {reason}") from None
    except ValueError:  # a NUL or a lone surrogate in the name
        raise _fault("NS101", name, f"{name} can't be read: no file has such a name") from None


def printable_name(path: str | os.PathLike[str]) -> str:
    """The path as messages show it, what a terminal would act on replaced."""
    return "".join(char if char.isprintable() else "\ufffd" for char in os.fspath(path))


def _read(descriptor: int, name: str, at_most: int) -> bytes:
    status = os.fstat(descriptor)
    _require_regular(status, name)  # again: the path may have come to name another file
    data = bytearray()
    if status.st_size <= at_most:
        while chunk := os.read(descriptor, min(CHUNK, at_most + 1 - len(data))):
            data += chunk
    if max(status.st_size, len(data)) > at_most:
        raise _fault("NS102", name, f"{name} is larger than {at_most:,} bytes")
    return bytes(data)


def _require_regular(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise _fault("NS101", name, f"{name} can't be read: it is {kind}, not a file")


def _fault(code: str, name: str, message: str) -> SpecError:
    return SpecError([Diagnostic(code, message, Span(Source(name, ""), 1, 1, 1, 1))])

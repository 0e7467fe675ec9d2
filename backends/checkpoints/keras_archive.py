"""Keras's `.keras`, a zip archive, of which the weights alone are read: never the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from netspec.backends.checkpoints import keras_hdf5
from netspec.weights.isolated import KERAS_MEMBER as MEMBER
from netspec.weights.stored import Malformed, Stored

BYTES_AT_MOST = 1 << 34
RATIO_AT_MOST = 20
"""Weights hardly compress; what unpacks to much more is made to fill the disk."""


@contextmanager
def opened(path: Path) -> Iterator[Mapping[str, Stored]]:
    """The tensors of an archive's weights."""
    try:
        with ZipFile(path) as archive:
            members = [each for each in archive.infolist() if each.filename == MEMBER]
            data = _unpacked(archive, members)
    except (BadZipFile, NotImplementedError, EOFError, RuntimeError):
        raise Malformed("its zip archive is cut short or malformed") from None
    with keras_hdf5.opened(data) as stored:
        yield stored


def _unpacked(archive: ZipFile, members: list[ZipInfo]) -> BytesIO:
    """The one member that is ever read, in memory, where it has no path to escape by."""
    if len(members) > 1:
        raise Malformed(f"it holds {MEMBER} twice")
    (member,) = members
    if member.file_size > min(BYTES_AT_MOST, RATIO_AT_MOST * max(1, member.compress_size)):
        raise Malformed(f"its {MEMBER} unpacks to {member.file_size:,} bytes")
    with archive.open(member) as file:
        data = file.read(member.file_size + 1)
    if len(data) != member.file_size:
        raise Malformed(f"its {MEMBER} is not of the size that it declares")
    return BytesIO(data)

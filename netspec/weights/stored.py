"""A tensor of a file before it is read, and what a reader of files offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

Array = NDArray[Any]


class Malformed(Exception):
    """The file is not what it says it is, or asks for what is never done; the message says how."""


class Stored(NamedTuple):
    """A tensor as the file declares it; nothing of it is read before `read` is called.

    `dtype` is numpy's name of the type, or what the file calls a type that numpy lacks; bfloat16
    is read as float32, which holds its every value.
    """

    dtype: str
    shape: tuple[int, ...]
    read: Callable[[], Array]


Reader = Callable[[Path], AbstractContextManager[Mapping[str, Stored]]]
"""Opens a file, gives its tensors by name, and closes it. Raises `Malformed`."""

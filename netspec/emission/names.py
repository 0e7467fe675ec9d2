"""Names in emitted code: close to the spec's, and never one that already means something."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Container
from itertools import chain, count
from typing import Final

PYTHON: Final = frozenset(keyword.kwlist) | frozenset(dir(builtins))
"""What no emitted code gives another meaning to."""


def camel(path: str) -> str:
    """`mixed_35` or `Mixed_7b/Branch_1/Concat` as a class: `Mixed35`, `Mixed7bBranch1Concat`."""
    words = re.split(r"[/_]+", path)
    return "".join(word[:1].upper() + word[1:] for word in words)


def snake(path: str) -> str:
    """`Mixed_7b/Branch_1` or `InceptionV3` as a function or variable: `mixed_7b_branch_1`."""
    return re.sub(r"[/_]+", "_", path).lower()


def snake_words(name: str) -> str:
    """A name in camel case as a function: `InceptionV3` is `inception_v3`."""
    return snake(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))


def free(name: str, taken: Container[str]) -> str:
    """The name, with an underscore behind it if it is taken: `x_`, as in `class_`."""
    return name if name not in taken else numbered(f"{name.rstrip('_')}_", taken)


def numbered(name: str, taken: Container[str], separator: str = "_") -> str:
    """The name, with the first number behind it that makes it one of its own: `x_2`."""
    stem = name.rstrip("_") + separator
    others = (f"{stem}{number}" for number in count(2))
    return next(n for n in chain((name,), others) if n not in taken)

"""A network so small that its figures are arithmetic, and what a sweep of it must find."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from netspec.diagnostics import SpecError

SMALL = """\
netspec: 1
name: Small
params: {width: 8, kernel: 3, rate: 0.5, mode: {type: string, values: [same, valid], default: same}}
input: {image: {height: 8, width: 8, channels: 3}}
steps:
  - Conv: {op: conv, filters: "${max(width, 4)}", kernel: $kernel, padding: $mode}
  - Drop: {op: dropout, keep: $rate}
outputs: {Drop: {}}
"""


def params(width: int, kernel: int = 3) -> int:
    """A kernel of kernel x kernel x 3 and a bias for each filter; fewer than 4 are not built."""
    return (kernel * kernel * 3 + 1) * max(width, 4)


def macs(width: int, kernel: int = 3) -> int:
    """A multiplication for each number of the kernel at each of 8 x 8 pixels."""
    return 64 * kernel * kernel * 3 * max(width, 4)


def small(folder: Path) -> str:
    """The file of the network, in a folder."""
    path = folder / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return str(path)


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON Lines; none where there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def refused(error: pytest.ExceptionInfo[SpecError]) -> str:
    """All that a refusal says."""
    return str(error.value)


def codes(error: pytest.ExceptionInfo[SpecError]) -> set[str]:
    """The codes of a refusal."""
    return {diagnostic.code for diagnostic in error.value.diagnostics}


def distinct(values: Iterable[Any]) -> bool:
    """Whether no value stands twice."""
    listed = list(values)
    return len(set(listed)) == len(listed)

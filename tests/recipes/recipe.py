"""Follows a recipe of CONTRIBUTING.md in a copy of the checkout.

A block of a recipe begins with a line that says where it goes: `# FILE` makes a new file,
`# FILE, at the end` adds to one, and `before` or `in place of` with a text in backquotes mean the
one line of the file that begins so, white space aside.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
COPIED = ("netspec", "backends", "specs", "tests", "docs")
FILES = ("pyproject.toml", "CONTRIBUTING.md", "README.md", "LICENSE", "cli.py")
_FENCED = re.compile(r"^(`{3,})\w+\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"# ([\w/.]+)(?:, (at the end|before|in place of)(?: `([^`]+)`)?)?\n")


class Block(NamedTuple):
    """What goes into a file: as a new one, or at the place that `how` and `start` tell."""

    file: str
    how: str
    start: str
    text: str


def blocks(title: str, page: str) -> Iterator[Block]:
    """The blocks of one recipe that say where they go."""
    _, *parts = re.split(r"^### ", page, flags=re.MULTILINE)
    (part,) = (p for p in parts if p.startswith(f"{title}\n"))
    for _, block in _FENCED.findall(part):
        if place := _PLACE.match(block):
            file, how, start = place.groups(default="")
            yield Block(file, how, start, block[place.end() :])


def copied(folder: Path) -> Path:
    """A copy of the checkout; beside it stands the package as an install has it."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    installed = _installed(folder) / "netspec"
    installed.mkdir(parents=True)
    for source in (*(folder / "netspec").iterdir(), folder / "backends", folder / "specs"):
        (installed / source.name).symlink_to(source)
    return folder


def _installed(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-installed")


def follow(block: Block, folder: Path) -> None:
    """Do what the block says; an `AssertionError` where it can't be done to the letter."""
    file = folder / block.file
    if not block.how:
        assert not file.exists(), f"{block.file} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
        return
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    first, behind = len(lines), len(lines)
    if block.start:
        found = [i for i, line in enumerate(lines) if line.strip().startswith(block.start)]
        assert len(found) == 1, f"{block.start!r} begins {len(found)} lines of {block.file}"
        first, behind = found[0], found[0] + (block.how == "in place of")
    file.write_text("".join((*lines[:first], block.text, *lines[behind:])), encoding="utf-8")


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, with its package."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(_installed(folder)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run some of the copy's tests."""
    return python(folder, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)

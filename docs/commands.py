"""Runs the commands that a page shows, and compares or rewrites what it prints below them.

A ```console block holds lines `$ command` and what the command prints. A ```yaml block whose first
line is a comment with a file's name, `# net.yaml`, is that file for the commands below it. A page's
commands run in its order in one empty folder. A line `…` of a block stands for any lines; a block
that prints nothing is run, and what it prints is not compared. An error of rounding such as
`3.2e-07`, which differs between machines, stands for any below 1e-5.
"""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from netspec.cli.main import main

_BLOCK = re.compile(r"^```(console|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.yaml)\n")
_COMMENT = re.compile(r" +# .*$")
ANY = "…"
ROUNDING = r"\b[0-9]\.[0-9]e-(?:0[6-9]|1[0-9])\b"


class Shown(NamedTuple):
    """One command of a page: the block it stands in, its line, and what is printed below it."""

    block: str
    line: str
    printed: str

    @property
    def words(self) -> list[str]:
        """The command without its comment."""
        return shlex.split(_COMMENT.sub("", self.line))


def commands_of(block: str) -> list[Shown]:
    """The commands of a console block, in order."""
    _, *parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    split = (part.partition("\n") for part in parts)
    return [Shown(block, line, printed) for line, _, printed in split]


def walk(text: str, folder: Path) -> Iterator[Shown]:
    """A page's commands, each once the files that stand above it are in the folder."""
    for kind, block in _BLOCK.findall(text):
        if kind == "console":
            yield from commands_of(block)
        elif named := _FILE.match(block):
            file = folder / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block, encoding="utf-8")


def run(words: list[str], folder: Path) -> str:
    """What a command prints, on both streams; `>` sends its standard output to a file."""
    words, target = (words[:-2], words[-1]) if words[-2:-1] == [">"] else (words, "")
    out, both = io.StringIO(), io.StringIO()
    with chdir(folder):
        if words[0] == "netspec":
            with redirect_stdout(out if target else both), redirect_stderr(both):
                main(words[1:])
        else:
            out.write(_outside(words))
        if target:
            Path(target).write_text(out.getvalue(), encoding="utf-8")
    return both.getvalue().replace("\r\n", "\n")  # CSV ends its lines so; a page does not


def _outside(words: list[str]) -> str:
    """What a Python one-liner prints: the only other program that pages call."""
    assert words[0] == "python", f"a page runs `{words[0]}`"
    done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=True)
    return done.stdout


def agrees(shown: str, printed: str) -> bool:
    """Whether what a page shows is what is printed, but for what may stand for something else."""
    pieces = re.split(rf"^ *{ANY}\n", shown, flags=re.MULTILINE)
    pattern = r"(?:.*\n)*?".join(map(_exactly, pieces))
    return re.fullmatch(pattern, printed) is not None


def _exactly(text: str) -> str:
    """The pattern of a text whose errors of rounding may be others."""
    return ROUNDING.join(map(re.escape, re.split(ROUNDING, text)))


def compared(page: str, folder: Path, passed_by: frozenset[str] = frozenset()) -> str:
    """The page as it should be; the page itself where all that it shows is what is printed.

    Commands of netspec that are `passed_by` are not run.
    """
    found = page
    for shown in walk(page, folder):
        if shown.words[0] not in ("netspec", "python") or shown.words[1] in passed_by:
            continue
        printed = run(shown.words, folder)
        silent = not any(other.printed for other in commands_of(shown.block))
        if not silent and not agrees(shown.printed, printed):
            old, new = f"$ {shown.line}\n{shown.printed}", f"$ {shown.line}\n{printed}"
            found = found.replace(old, new, 1)
    return found

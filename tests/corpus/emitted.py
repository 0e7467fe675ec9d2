"""Runs emitted source, in this process and in one that has no netspec."""

from __future__ import annotations

import ast
import subprocess
import sys
import types
from collections.abc import Mapping
from pathlib import Path

WITHOUT_NETSPEC = """
import runpy, sys
class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"netspec", "backends"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refusal())
for file in sys.argv[1:]:
    runpy.run_path(file, run_name="__main__")
assert "netspec" not in sys.modules
"""


def module(text: str, name: str = "emitted") -> types.ModuleType:
    """The emitted module, executed."""
    made = types.ModuleType(name)
    made.__file__ = "model.py"
    sys.modules[name] = made
    exec(compile(text, "model.py", "exec", dont_inherit=True), made.__dict__)
    return made


def self_test(*files: Path) -> str:
    """What `python model.py` prints for each, in one process where netspec can't be imported."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", WITHOUT_NETSPEC, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        cwd=files[0].parent,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def definitions(text: str) -> list[str]:
    """The names of the module's classes and functions, in order."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    return [node.name for node in ast.parse(text).body if isinstance(node, kinds)]


def parameters(text: str, name: str) -> list[str]:
    """The parameters of a function, or of a class's constructor without `self`."""
    (found,) = (n for n in ast.parse(text).body if getattr(n, "name", "") == name)
    if isinstance(found, ast.ClassDef):
        (found,) = (n for n in found.body if getattr(n, "name", "") == "__init__")
    assert isinstance(found, ast.FunctionDef)
    given = [a.arg for a in (*found.args.args, *found.args.kwonlyargs)]
    return [a for a in given if a != "self"]


def complaints(texts: Mapping[str, str], folder: Path) -> str:
    """What `ruff format` at netspec's width and `ruff check` with its own rules would change."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return _ruff(folder, "format", "--diff", "--line-length", "100") + _ruff(folder, "check")


def _ruff(folder: Path, command: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", command, "--isolated", "--quiet", *options, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout

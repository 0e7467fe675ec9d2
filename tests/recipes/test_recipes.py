"""Each recipe of CONTRIBUTING.md, followed to the letter, passes what it says will judge it."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from recipes import recipe
from recipes.recipe import Block, blocks, follow

pytestmark = pytest.mark.slow
PAGE = (recipe.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SMALL = """\
netspec: 1
name: Small
input: {image: {height: 5, width: 6, channels: 3}}
steps:
  - Conv: {op: conv, filters: 4, kernel: 3}
outputs: {Conv: {}}
"""
CONTRACT = "tests/backends/test_contract.py"
RULED = "rule_or_a_reason"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return recipe.copied(tmp_path / "checkout")


def cooked(title: str, copy: Path, *, without: str = "") -> None:
    """Follow a recipe but for one file; what it touches is formatted, and passes lint."""
    found = [block for block in blocks(title, PAGE) if block.file != without]
    assert found
    for block in found:
        follow(block, copy)
    touched = sorted({block.file for block in found if block.file.endswith(".py")})
    for command in (("format",), ("check",)) if touched else ():
        done = recipe.python(copy, "-m", "ruff", *command, *touched)
        assert done.returncode == 0, done.stdout


def passed(done: CompletedProcess[str]) -> bool:
    assert "no tests ran" not in done.stdout, done.stdout
    return done.returncode == 0


def require(done: CompletedProcess[str]) -> None:
    assert passed(done), f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"


def test_an_op(copy: Path) -> None:
    cooked("An op", copy)
    require(recipe.pytest(copy, CONTRACT, "-k", f"softsign or {RULED}"))
    require(recipe.pytest(copy, "tests/unit/test_literate.py", "-k", "softsign"))
    done = recipe.python(copy, "docs/generate.py")
    assert done.returncode == 0, done.stderr
    assert "## `softsign`" in (copy / "docs/ops.md").read_text(encoding="utf-8")


def test_an_op_that_a_backend_lacks(copy: Path) -> None:
    cooked("An op", copy, without="backends/onnx/rules.py")
    done = recipe.pytest(copy, CONTRACT, "-k", RULED)
    assert not passed(done)
    assert "onnx can't express softsign exactly: the onnx backend has no rule" in done.stdout


def test_a_backend(copy: Path) -> None:
    cooked("A backend", copy)
    require(recipe.pytest(copy, CONTRACT, "-k", "plain"))
    require(recipe.pytest(copy, "tests/unit/test_packaging.py", "-k", "wheel_holds"))
    (copy / "small.yaml").write_text(SMALL, encoding="utf-8")
    done = recipe.python(copy, "cli.py", "parity", "small.yaml", "--backends", "plain")
    assert done.returncode == 0, done.stderr
    assert "plain" in done.stdout


def test_a_pass(copy: Path) -> None:
    cooked("A pass", copy)
    require(recipe.pytest(copy, "tests/unit/passes"))


def test_a_pass_without_cases(copy: Path) -> None:
    cooked("A pass", copy, without="tests/passes/drop_dropout.md")
    done = recipe.pytest(copy, "tests/unit/passes")
    assert not passed(done)
    assert "drop_dropout has no case" in done.stdout


def test_an_architecture(copy: Path) -> None:
    cooked("An architecture", copy)
    done = recipe.python(copy, "cli.py", "check", "lenet5")
    assert done.returncode == 0, done.stderr
    assert "61,706 parameters" in done.stdout
    require(recipe.pytest(copy, "tests/zoo", "-k", "lenet5"))


def test_an_architecture_without_figures(copy: Path) -> None:
    cooked("An architecture", copy, without="tests/zoo/lenet.yaml")
    assert not passed(recipe.pytest(copy, "tests/zoo", "-k", "has_figures"))


def test_a_block_that_has_no_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "table.py").write_text("one\ntwo\n  two\n", encoding="utf-8")
    for start, count in (("two", 2), ("three", 0)):
        with pytest.raises(AssertionError, match=f"begins {count} lines"):
            follow(Block("table.py", "before", start, "new\n"), tmp_path)
    follow(Block("table.py", "before", "one", "new\n"), tmp_path)
    follow(Block("table.py", "in place of", "one", "1\n"), tmp_path)
    follow(Block("table.py", "at the end", "", "end\n"), tmp_path)
    assert (tmp_path / "table.py").read_text(encoding="utf-8") == "new\n1\ntwo\n  two\nend\n"
    with pytest.raises(AssertionError, match="is there already"):
        follow(Block("table.py", "", "", "new\n"), tmp_path)

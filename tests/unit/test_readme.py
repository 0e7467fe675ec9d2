"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import commands
import pytest

from netspec import bundled
from netspec.cli.main import main
from netspec.cli.running import cli

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ").partition(" #")[0].partition(" > ")[0]
    for block in BLOCKS
    for line in block.splitlines()
    if line.startswith("$ netspec ")
]
QUICK = [c for c in COMMANDS if shlex.split(c)[1] in ("show", "expand")]


def test_every_command_exists() -> None:
    assert len(COMMANDS) > 5
    for command in COMMANDS:
        name, *options = [word for word in shlex.split(command)[1:] if not word[0].isdigit()]
        known = {option for p in cli.commands[name].params for option in p.opts}
        assert {option for option in options if option.startswith("-")} <= known, command


@pytest.mark.parametrize("command", QUICK)
def test_commands_run(command: str) -> None:
    assert main(shlex.split(command)[1:]) == 0


def test_the_error_is_a_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = bundled.specs()["inception_v3"].read_text()
    old = "kernel: 5}"
    assert text.count(old) == 1
    Path("my.yaml").write_text(text.replace(old, "kernel: 5, stride: 2}"))
    assert main(["check", "my.yaml"]) == 2
    printed = capsys.readouterr().err.strip()
    assert f"$ netspec check my.yaml\n{printed}\n```" in README


@pytest.fixture
def narrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the variant that is shown, where the test runs."""
    monkeypatch.chdir(tmp_path)
    (text,) = re.findall(r"```yaml\n# narrow.yaml\n(.*?)```", README, re.DOTALL)
    Path("narrow.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize("words", ["explain narrow.yaml", "diff inception_v3 narrow.yaml"])
def test_a_variant_is_told_as_shown(words: str, narrow: Path) -> None:
    shown = [one for block in BLOCKS for one in commands.commands_of(block)]
    (found,) = (one for one in shown if one.line.startswith(f"netspec {words}"))
    assert commands.agrees(found.printed, commands.run(found.words, narrow))


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    root = Path(__file__).parents[2]
    assert "make test" in README
    makefile = (root / "Makefile").read_text()
    assert re.search(r"^check: .*\btest\b", makefile, re.MULTILINE)
    assert "make check" in (root / ".ci" / "run").read_text()

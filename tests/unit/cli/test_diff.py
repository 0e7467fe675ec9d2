"""The command `diff`: formats, settings, gates, exit statuses, mistakes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from netspec.cli.main import main

Run = Callable[..., tuple[int, str, str]]

NET = """\
netspec: 1
name: Net
params: {wide: 4}
input: {image: {height: 8, width: 8, channels: 3}}
steps:
  - One: {op: conv, filters: $wide, kernel: 3, padding: same}
  - Two: {op: conv, filters: 4, kernel: 1}
  - Out: {op: softmax}
outputs: {Out: {}}
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder with two specs, a.yaml and b.yaml."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(NET)
    Path("b.yaml").write_text(NET.replace("kernel: 1}", "kernel: 1, activation: relu}"))

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(("diff", *arguments))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_two_files(run: Run) -> None:
    status, out, _ = run("a.yaml", "b.yaml")
    assert status == 0
    assert out.startswith("a.yaml → b.yaml: 1 step changed\n")
    assert "  the step, b.yaml:7\n    activation  none → relu: Two\n" in out
    assert "\x1b" not in out


def test_a_file_and_itself(run: Run) -> None:
    status, out, _ = run("a.yaml", "a.yaml")
    assert status == 0
    assert re.fullmatch(r"a\.yaml is the same network \(spec hash [0-9a-f]{12}\)\n", out)


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        (("a.yaml", "--set", "wide=6"), "a.yaml → a.yaml with wide=6: 1 step changed"),
        (("a.yaml", "--set-b", "wide=6"), "a.yaml → a.yaml with wide=6: 1 step changed"),
        (("a.yaml", "--set-a", "wide=6"), "a.yaml with wide=6 → a.yaml: 1 step changed"),
        (("a.yaml", "b.yaml", "--set", "wide=6"), "a.yaml → b.yaml: 1 step changed"),
        (
            ("a.yaml", "b.yaml", "--set", "wide=6", "--set-b", "wide=7"),
            "a.yaml → b.yaml with wide=7: 2 steps changed",
        ),
        (("a.yaml", "--input", "9x9"), "a.yaml → a.yaml with input 9x9: the same steps"),
        (
            ("a.yaml", "a.yaml", "--input", "9x9", "--input-a", "8x8"),
            "a.yaml with input 8x8 → a.yaml with input 9x9: the same steps",
        ),
    ],
)
def test_what_is_set_goes_where_it_says(arguments: tuple[str, ...], title: str, run: Run) -> None:
    status, out, _ = run(*arguments)
    assert status == 0
    assert out.splitlines()[0] == title


@pytest.mark.parametrize(
    ("gates", "status"),
    [
        (("params > 1.05x",), 0),
        (("changed > 0",), 1),
        (("macs > 1x", "added > 0"), 0),
        (("macs > 1x", "changed == 1"), 1),
    ],
)
def test_gates_set_the_exit_status(gates: tuple[str, ...], status: int, run: Run) -> None:
    options = [word for text in gates for word in ("--fail-if", text)]
    found, out, _ = run("a.yaml", "b.yaml", *options)
    assert found == status
    for text in gates:
        assert re.search(
            rf"^(passes|fails): {re.escape(text)} (holds|does not hold)   \(", out, re.MULTILINE
        )
    found, out, _ = run("a.yaml", "b.yaml", *options, "--json")
    assert found == status
    assert [g["condition"] for g in json.loads(out)["gates"]] == list(gates)
    assert any(g["failed"] for g in json.loads(out)["gates"]) is bool(status)


def test_json_has_the_keys_that_tools_rely_on(run: Run) -> None:
    for option in (("--json",), ("--format", "json")):
        status, out, _ = run("a.yaml", "b.yaml", *option)
        plain = json.loads(out)
        assert status == 0
        assert plain["added"] == plain["removed"] == []
        (change,) = plain["changed"]
        assert {k: change[k] for k in ("path", "field", "a", "b", "line", "follows")} == {
            "path": "Two",
            "field": "activation",
            "a": "none",
            "b": "relu",
            "line": 7,
            "follows": False,
        }
        kernels = 3 * 3 * 3 * 4 + 4 + 4 * 4 + 4
        assert plain["totals"]["params"] == [kernels, kernels]
        assert len(plain["totals"]["macs"]) == 2
        assert plain["equal"] is False
        assert plain["a"]["spec_hash"] != plain["b"]["spec_hash"]


def test_annotations_stand_at_the_lines_of_the_file(run: Run) -> None:
    status, out, _ = run("a.yaml", "b.yaml", "--format", "github", "--fail-if", "changed > 0")
    assert status == 1
    lines = out.splitlines()
    assert lines[0] == (
        "::warning file=b.yaml,line=7,title=netspec diff::activation: none → relu: Two"
    )
    assert lines[-1].startswith("::error file=b.yaml,line=1,title=netspec diff::fails: changed > 0")
    assert all(re.fullmatch(r"::(warning|notice|error) [^:]+::.*", line) for line in lines)


def test_annotations_are_escaped(run: Run) -> None:
    Path("a,b:c%.yaml").write_text(NET.replace("filters: 4,", "filters: 5,"))
    _, out, _ = run("a.yaml", "a,b:c%.yaml", "--format", "github")
    assert "file=a%2Cb%3Ac%25.yaml,line=7," in out
    assert "%0A" in out  # a text of several lines
    assert "%25)" in out  # its percentages


def test_a_removed_step_is_annotated_in_the_first_file(run: Run) -> None:
    Path("c.yaml").write_text(NET.replace("  - Two: {op: conv, filters: 4, kernel: 1}\n", ""))
    _, out, _ = run("a.yaml", "c.yaml", "--format", "github")
    assert "::warning file=a.yaml,line=7,title=netspec diff::removed: Two: conv" in out


def test_markdown_has_tables(run: Run) -> None:
    _, out, _ = run("a.yaml", "--set", "wide=6", "--format", "markdown", "--fail-if", "macs > 1x")
    assert "| parameters | " in out
    assert "❌ fails: macs \\> 1x" in out
    tables = [line for line in out.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {5, 7}


def test_what_is_wrong_with_both_files_is_told_with_its_places(run: Run) -> None:
    Path("bad.yaml").write_text(NET.replace("kernel: 1", "kernel: 0"))
    Path("worse.yaml").write_text(NET.replace("softmax", "softmaxx"))
    status, _, err = run("bad.yaml", "worse.yaml")
    assert status == 2
    assert "bad.yaml:7:41: error[NS204]" in err
    assert "worse.yaml:8:15: error[NS205]" in err
    status, out, _ = run("bad.yaml", "worse.yaml", "--format", "json")
    assert status == 2
    assert len(json.loads(out)["diagnostics"]) == 2
    status, out, _ = run("bad.yaml", "worse.yaml", "--format", "github")
    assert status == 2
    assert "::error file=bad.yaml,line=7,title=netspec diff::NS204" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("a.yaml",),
        (),
        ("a.yaml", "missing.yaml"),
        ("a.yaml", "."),
        ("a.yaml", "b.yaml", "--fail-if", "macs >"),
        ("a.yaml", "b.yaml", "--fail-if", "nothing > 1"),
        ("a.yaml", "b.yaml", "--fail-if", "macs + 1"),
        ("a.yaml", "b.yaml", "--format", "xml"),
        ("a.yaml", "b.yaml", "--depth", "0"),
        ("a.yaml", "b.yaml", "--set-b", "nosuch=1"),
        ("a.yaml", "--input", "0x0"),
        ("a.yaml", "b.yaml", "c.yaml"),
    ],
)
def test_mistakes_have_status_two_and_no_traceback(arguments: tuple[str, ...], run: Run) -> None:
    status, _, err = run(*arguments)
    assert status == 2
    assert err
    assert "Traceback" not in err


def test_levels_of_the_table(run: Run) -> None:
    status, out, _ = run("vgg16", "vgg19", "--depth", "2")
    assert status == 0
    assert re.search(r"^  \+   conv3_4 +56x56x256 +\+590 k", out, re.MULTILINE)


def test_names_that_no_terminal_should_see(run: Run) -> None:
    name = os.fsdecode(b"a\xff\x1b.yaml")
    Path(name).write_text(NET)
    for form in ("text", "markdown", "github", "json"):
        status, out, err = run(name, "b.yaml", "--format", form)
        assert (status, err) == (0, "")
        assert "\x1b" not in out
        out.encode()


def test_annotations_in_a_folder_that_is_gone(run: Run, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    status, out, _ = run("vgg16", "vgg19", "--format", "github")
    assert status == 0
    assert "::warning file=" in out


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="a terminal of Unix")
@pytest.mark.parametrize(
    ("no_color", "kind", "coloured"),
    [("", "xterm", True), ("1", "xterm", False), ("", "dumb", False)],
)
def test_a_terminal_gets_colours_unless_told_otherwise(
    no_color: str, kind: str, coloured: bool
) -> None:
    terminal, end = os.openpty()
    command = [sys.executable, "-P", "-m", "netspec.cli.main", "diff", "vgg16", "vgg19"]
    environment = {**os.environ, "NO_COLOR": no_color, "TERM": kind}
    with subprocess.Popen(command, stdout=end, env=environment) as process:
        os.close(end)
        shown = b""
        with suppress(OSError):  # Linux's word for the end
            while some := os.read(terminal, 4096):
                shown += some
        assert process.wait(60) == 0
    os.close(terminal)
    assert b"conv3_4" in shown
    assert (b"\x1b[32m" in shown) is coloured


def test_annotations_say_what_the_text_says(run: Run) -> None:
    Path("b.yaml").write_text(NET.replace("{Out: {}}", "{Out: {}, Two: {loss_weight: 0.5}}"))
    _, told, _ = run("a.yaml", "b.yaml")
    _, annotated, _ = run("a.yaml", "b.yaml", "--format", "github")
    change = "outputs.Two: none → {loss_weight: 0.5}"
    assert change in told
    assert f"::{change}\n" in annotated


def test_a_fault_of_both_is_told_once(run: Run) -> None:
    for arguments in (("nosuch", "nosuch"), ("a.yaml", "b.yaml", "--set", "wide=x")):
        status, _, err = run(*arguments)
        assert status == 2
        assert err.count("error[") == 1

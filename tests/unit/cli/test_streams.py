"""Commands whose streams are full, closed or a terminal, or that are interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec import loading, targets
from netspec.cli.main import main
from netspec.cli.options import TARGETS

COMMAND = f"{sys.executable} -P -m netspec.cli.main"
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
CRASH = """
import sys, netspec.loading as loading
from netspec.cli.main import main
def broken(*_): raise RuntimeError("planted\\nand told at length")
loading.from_documents = broken
sys.exit(main(sys.argv[1:]))
"""


def shell(command: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, shell=True, capture_output=True, text=True, timeout=60, check=False, **more
    )


def crash(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", CRASH, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@FULL
@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "--version",
        "check --help",
        "list",
        "schema",
        "completion zsh",
        "explain NS403",
        "check inception_v3 --json",
        "show nowhere.yaml --json",
    ],
)
def test_a_full_output(arguments: str) -> None:
    done = shell(f"{COMMAND} {arguments} >/dev/full")
    assert done.returncode == 2
    assert "NS606" in done.stderr or "NS101" in done.stderr
    assert "Traceback" not in done.stderr


@FULL
def test_full_standard_error_spoils_no_answer() -> None:
    done = shell(f"{COMMAND} check nowhere.yaml --json 2>/dev/full")
    assert done.returncode == 2
    assert json.loads(done.stdout)["diagnostics"][0]["code"] == "NS101"


@POSIX
@pytest.mark.parametrize("arguments", ["--help", "schema", "show inception_v3 --json"])
def test_a_reader_that_never_reads(arguments: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [*COMMAND.split(), *arguments.split()]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@POSIX
def test_closed_streams() -> None:
    done = shell(f"{COMMAND} list >&-")
    assert (done.returncode, done.stderr) == (2, "netspec: standard output is closed\n")
    assert shell(f"{COMMAND} check nowhere.yaml 2>&-").returncode == 2
    assert json.loads(shell(f"{COMMAND} check nowhere.yaml --json 2>&- <&-").stdout)["ok"] is False


@POSIX
@pytest.mark.parametrize("delay", [0.0, 0.1, 0.2])
def test_an_interrupt_while_modules_load(delay: float) -> None:
    script = (
        "import sys; import netspec.cli.main as m; opened = m._open_streams;"
        "m._open_streams = lambda: (opened(), print('ready', flush=True));"
        "sys.exit(m.main(['show', 'inception_v3']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode in (0, 130)  # it may have been faster
    assert "Traceback" not in err


def test_our_fault_has_its_status_with_a_traceback_too() -> None:
    brief = crash("show", "inception_v3")
    assert brief.returncode == 4
    assert "RuntimeError: planted\n" in brief.stderr
    assert "at length" not in brief.stderr
    full = crash("show", "inception_v3", "--json", NETSPEC_TRACEBACK="1")
    assert full.returncode == 4
    assert "Traceback" in full.stderr
    assert json.loads(full.stdout)["diagnostics"][0]["code"] == "NS502"


@pytest.mark.parametrize(
    "arguments",
    [("nonsense", "--json"), ("show", "x.yaml", "--nonsense", "--json"), ("build", "x", "--json")],
)
def test_usage_is_told_in_json_too(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert answer["ok"] is False
    assert answer["message"]
    assert "Usage:" in err


def test_what_frameworks_print_stays_off_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = loading.from_documents

    def talkative(*arguments: Any) -> netspec.Spec:
        print("a word from a framework")
        return right(*arguments)

    monkeypatch.setattr("netspec.loading.from_documents", talkative)
    assert main(["check", "inception_v3", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["ok"] is True
    assert "a word from a framework" in err


def test_tables_fit_a_terminal() -> None:
    summary = netspec.load("inception_v3").summary()
    whole = summary.table()
    assert "rec. field" in whole
    assert summary.table(200) == whole
    for width in (78, 80, 90):
        lines = summary.table(width).splitlines()
        assert max(map(len, lines)) <= width
        assert "rec. field" not in lines[2]
        assert "27,143,152" in "\n".join(lines)


def test_the_targets_of_help_pages_are_the_bundled_ones() -> None:
    assert tuple(targets.BUNDLED) == TARGETS


@POSIX
@pytest.mark.parametrize(
    ("words", "expected"), [("netspec par", "parity"), ("netspec check incep", "inception_v3")]
)
def test_the_completion_of_a_word(words: str, expected: str) -> None:
    environment = {
        "_NETSPEC_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = shell(COMMAND, env=os.environ | environment)
    assert done.returncode == 0
    assert f"plain,{expected}\n" in done.stdout


ARROWS = {"": "vgg16 → vgg19: ", "ascii": "vgg16 ? vgg19: "}


@pytest.mark.parametrize("asked", ARROWS)
def test_no_encoding_is_too_small(asked: str) -> None:
    """A pipe gets UTF-8 in a locale of ASCII letters, too."""
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "netspec.cli.main", "diff", "vgg16", "vgg19"],
        env={**os.environ, **locale, "PYTHONIOENCODING": asked},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8").startswith(ARROWS[asked])

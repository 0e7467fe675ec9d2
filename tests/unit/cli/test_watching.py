"""`netspec watch`: what is told when a file is saved, in a process of its own, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from interruptible import netspec

from netspec.cli.main import main
from netspec.watching import marks

NET = """\
netspec: 1
name: Net
input: {image: {height: 8, width: 8, channels: 3}}
steps:
  - Conv: {op: conv, filters: 4, kernel: 3}
outputs: {Conv: {}}
"""


@contextmanager
def watching(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A watch of net.yaml in the folder; it is stopped at the end."""
    command = netspec("watch", "net.yaml", *arguments)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True) as process:
        late = threading.Timer(60, process.kill)
        late.start()
        try:
            yield process
        finally:
            late.cancel()
            process.kill()


def looked(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next object that it prints."""
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def test_each_save_is_told_with_what_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(NET)
    with watching(tmp_path, "--json", "-o", "net.svg") as process:
        first = looked(process)
        assert first["ok"]
        assert first["diff"] is None
        assert first["figures"]["params"] == 3 * 3 * 3 * 4 + 4
        file.write_text(NET.replace("kernel: 3", "kernel: 30"))
        wrong = looked(process)
        assert [each["code"] for each in wrong["diagnostics"]] == ["NS401"]
        file.write_text(NET.replace("filters: 4", "filters: 5"))
        mended = looked(process)
        assert mended["figures"]["params"] == 3 * 3 * 3 * 5 + 5
        assert [(c["path"], c["field"], c["a"], c["b"]) for c in mended["diff"]["changed"]] == [
            ("Conv", "filters", 4, 5)
        ]
        assert "~ changed" in (tmp_path / "net.svg").read_text()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130


def test_a_picture_that_is_too_large_does_not_end_it(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(NET)
    with watching(tmp_path, "--json", "-o", "net.svg") as process:
        assert looked(process)["ok"]
        drawn = (tmp_path / "net.svg").read_bytes()
        step = '  - "S{n}": {op: activation, function: $f, for: {n: 1..6000, f: [%s]}}\n'
        names = ", ".join(["relu", "tanh"] * 3000)
        file.write_text(NET.replace("outputs", step % names + "outputs"))
        assert looked(process)["ok"]
        assert (tmp_path / "net.svg").read_bytes() == drawn
        file.write_text(NET)
        assert looked(process)["ok"]
        assert process.poll() is None


def test_a_base_is_watched_too(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(NET)
    (tmp_path / "net.yaml").write_text("netspec: 1\nextends: base.yaml\n")
    with watching(tmp_path, "--json", "--against", "base.yaml") as process:
        assert looked(process)["diff"] is None
        (tmp_path / "base.yaml").write_text(NET.replace("filters: 4", "filters: 6"))
        told = looked(process)
        assert told["diff"]["totals"]["params"] == [27 * 4 + 4, 27 * 6 + 6]


def test_what_comes_with_netspec_is_not_watched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "inception_v3"]) == 2
    assert "netspec new my --from inception_v3" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["nosuch.yaml", ".", "/dev/zero", "*.yaml"])
def test_what_is_no_file_is_refused(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", path]) == 2
    assert "NS101" in capsys.readouterr().err


def test_a_file_that_is_rewritten_alike_in_size_is_another(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    before = marks([str(file), str(tmp_path / "missing")])
    assert before[str(tmp_path / "missing")] is None
    (tmp_path / "b").write_text("two")
    (tmp_path / "b").replace(file)
    assert marks([str(file)])[str(file)] != before[str(file)]


@pytest.mark.parametrize("out", ["net.png", "-", "net"])
def test_a_picture_that_is_no_svg_is_refused(
    out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.yaml").write_text(NET)
    assert main(("watch", str(tmp_path / "net.yaml"), "-o", out)) == 2
    assert "-o" in capsys.readouterr().err

"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from netspec.diagnostics import SpecError
from netspec.writing import replacing, scratch, write_bytes, write_new, write_text


def refused(path: str | Path) -> str:
    with pytest.raises(SpecError) as caught:
        write_bytes(path, b"new")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "NS606"
    return diagnostic.message


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    write_bytes(path, b"old")
    write_bytes(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["out.bin"]


def test_text_is_utf8_with_its_line_ends_kept(tmp_path: Path) -> None:
    write_text(tmp_path / "out.txt", "ä\r\nb\n")
    assert (tmp_path / "out.txt").read_bytes() == b"\xc3\xa4\r\nb\n"


def test_a_new_file_is_whole_and_alone(tmp_path: Path) -> None:
    write_new(tmp_path / "new.txt", "ä\n")
    assert (tmp_path / "new.txt").read_bytes() == b"\xc3\xa4\n"
    assert names(tmp_path) == ["new.txt"]
    assert (tmp_path / "new.txt").stat().st_nlink == 1


def test_a_new_file_takes_no_other_s_place(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_text("old")
    with pytest.raises(SpecError, match="exists already"):
        write_new(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["old.txt"]


@pytest.mark.parametrize("links", [True, False])
def test_of_many_runs_one_makes_the_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """Where the disk has no hard links, a run that comes later is refused as well."""

    def no_links(path: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", no_links)

    def make(number: int) -> bool:
        try:
            write_new(tmp_path / "new.txt", str(number))
        except SpecError:
            return False
        return True

    with ThreadPoolExecutor(8 if links else 1) as pool:
        made = [number for number, done in enumerate(pool.map(make, range(16))) if done]
    assert [(tmp_path / "new.txt").read_text()] == list(map(str, made))
    assert names(tmp_path) == ["new.txt"]


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_permissions_are_the_umasks(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_bytes(tmp_path / "out", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o666 & ~mask


def test_a_failure_in_the_block_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def fail(kind: type[BaseException]) -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise kind

    for kind in (ValueError, KeyboardInterrupt, SystemExit, MemoryError):
        with pytest.raises(kind):
            fail(kind)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


def test_an_oserror_in_the_block_is_one_of_writing(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="No space left"), replacing(tmp_path / "out"):
        raise OSError(28, "No space left on device")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.mkdir(), "it is a directory, not a file"),
        (os.mkfifo, "it is a pipe, not a file"),
        (lambda path: path.symlink_to("elsewhere"), "it is a symbolic link, not a file"),
        (lambda path: path.symlink_to("/dev/full"), "it is a symbolic link, not a file"),
    ],
)
def test_targets_that_are_no_file_stay_as_they_are(tmp_path: Path, make: Any, reason: str) -> None:
    path = tmp_path / "out"
    make(path)
    before = path.lstat()
    assert refused(path) == f"{path} can't be written: {reason}"
    assert path.lstat() == before
    assert names(tmp_path) == ["out"]


def test_other_paths_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    reasons = {
        tmp_path / "missing" / "out": "its folder does not exist",
        tmp_path / "file" / "out": "a part of its path is not a directory",
        tmp_path / ("x" * 300): "the name is too long",
        "/dev/full": "it is a device, not a file",
        "": "it is a directory, not a file",
        "/": "it is a directory, not a file",
        "a\0b": "no file has such a name",
        "\ud800": "no file has such a name",
    }
    for path, reason in reasons.items():
        assert reason in refused(path), path
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_permissions_are_respected(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "out"
    path.parent.mkdir()
    path.write_bytes(b"old")
    path.chmod(0o444)
    assert "permission is denied" in refused(path)
    path.chmod(0o644)
    path.parent.chmod(0o555)
    assert "permission is denied" in refused(path)
    path.parent.chmod(0o755)
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write a read-only file by accident")
def test_root_replaces_a_read_only_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(0o444)
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def run(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


FULL = """
import resource, sys
from netspec.diagnostics import SpecError
from netspec.writing import write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    write_bytes(sys.argv[1], bytes(1 << 21))
except SpecError as error:
    print(error.diagnostics[0].code)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit to hit")
def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with run(FULL, path) as process:
        assert process.communicate(timeout=60)[0] == "NS606\n"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


STUCK = """
import sys, time
from netspec.writing import replacing
with replacing(sys.argv[1]) as file:
    file.write(b"half"); file.flush()
    print("ready", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_run_leaves_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with run(STUCK, path) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        write_bytes(tmp_path / "other", b"")
        assert len(names(tmp_path)) == 3, "a run that goes on keeps its temporary file"
        process.send_signal(signal.SIGKILL)
    assert path.read_bytes() == b"old"
    assert len(names(tmp_path)) == 3
    write_bytes(path, b"new")
    assert names(tmp_path) == ["other", "out"]


def test_writers_and_readers_at_once_see_whole_files_alone(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"0" * 50_000)
    deadline = time.monotonic() + 1
    faults: list[object] = []

    def write(digit: bytes) -> None:
        while time.monotonic() < deadline:
            write_bytes(path, digit * 50_000)

    def read() -> None:
        while time.monotonic() < deadline:
            content = path.read_bytes()
            if len(content) != 50_000 or len(set(content)) != 1:
                faults.append(content)

    jobs: list[Any] = [(write, b"%d" % digit) for digit in range(4)] + [(read,), (read,)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(*job) for job in jobs]
    for future in futures:
        future.result()
    assert faults == []
    assert names(tmp_path) == ["out"]


def test_a_folder_for_temporary_files_without_room(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as raised, scratch(tmp_path / "model") as folder:
        _fill(folder)
    (found,) = raised.value.diagnostics
    assert found.code == "NS606"
    assert "model can't be written: the folder for temporary files can't hold it" in found.message
    assert "TMPDIR" in found.hints[0]
    assert not folder.exists()


def _fill(folder: Path) -> None:
    assert folder.is_dir()
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_no_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(SpecError, match="can't hold it"), scratch(tmp_path / "model"):
        pytest.fail("there is no such folder")

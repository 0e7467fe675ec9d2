"""A sweep that is killed and taken up again, until it is done: no row is lost, none doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest
from interruptible import netspec

from sweeping.nets import distinct, lines_of, small

FILES = ("journal.jsonl", "left_out.jsonl")
COUNT = 40 * 4 * 5
KILLS = 8


def command(spec: str, out: Path, jobs: int) -> list[str]:
    values = ("width=1..40", "kernel=1,3,5,7", "rate=0.1..0.5/0.1")
    limits = ("--where", "params < 3000", "--jobs", str(jobs), "-o", str(out))
    return netspec("sweep", spec, *values, *limits)


def whole_lines(out: Path) -> int:
    """The lines that a sweep has written so far, whatever piece stands behind them."""
    return sum((out / name).read_bytes().count(b"\n") for name in FILES if (out / name).exists())


def killed_at(lines: int, spec: str, out: Path, jobs: int) -> bool:
    """Run a sweep until its files have so many lines, and kill it with all of its processes.

    False where it ended before.
    """
    with subprocess.Popen(
        command(spec, out, jobs), start_new_session=True, stdout=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            if whole_lines(out) >= lines:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return process.returncode == -signal.SIGKILL
            time.sleep(0.002)
        assert process.returncode == 0
        return False


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_no_row_is_lost_and_none_doubled(jobs: int, tmp_path: Path) -> None:
    spec, random = small(tmp_path), Random(jobs)
    out, whole = tmp_path / "killed", tmp_path / "whole"
    subprocess.run(command(spec, whole, 1), check=True, stdout=subprocess.DEVNULL)

    moments = sorted(random.sample(range(COUNT - 20), KILLS))
    kills = sum(killed_at(lines, spec, out, jobs) for lines in moments)
    assert kills == KILLS
    assert 0 < whole_lines(out) < COUNT
    torn = out / FILES[0]
    torn.write_bytes(torn.read_bytes()[:-7])  # as a power cut leaves it
    subprocess.run(command(spec, out, jobs), check=True, stdout=subprocess.DEVNULL)

    rows, left = (lines_of(out / name) for name in FILES)
    assert distinct(row["spec_hash"] for row in rows)
    assert len(rows) + len(left) == COUNT
    assert distinct(str(sorted(line["set"].items())) for line in (*rows, *left))
    for name in FILES:
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def alive(session: int) -> list[str]:
    """The processes of a session that are not dead."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of_session, *_ = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(of_session) == session and state not in "ZX":
            found.append(stat.parent.name)
    return found


def begun(spec: str, out: Path) -> subprocess.Popen[bytes]:
    """A sweep in a session of its own that has written some lines."""
    process = subprocess.Popen(
        command(spec, out, 2),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while whole_lines(out) < 10:
        assert process.poll() is None
        time.sleep(0.002)
    return process


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_are_gone_with_the_process_that_they_work_for(
    how: signal.Signals, tmp_path: Path
) -> None:
    with begun(small(tmp_path), tmp_path / "out") as process:
        assert len(alive(process.pid)) == 3
        os.kill(process.pid, how)
        process.wait()
        patience = time.monotonic() + 20
        while alive(process.pid):
            assert time.monotonic() < patience
            time.sleep(0.01)


@pytest.mark.slow
def test_an_interruption_says_how_to_go_on(tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "out"
    with begun(spec, out) as process:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, said = process.communicate()
        assert process.returncode == 130
    assert b"the same command again goes on from there" in said
    assert b"Traceback" not in said
    before = whole_lines(out)
    assert all(line.get("set") for name in FILES for line in lines_of(out / name))
    subprocess.run(command(spec, out, 2), check=True, stdout=subprocess.DEVNULL)
    assert before < whole_lines(out) == COUNT

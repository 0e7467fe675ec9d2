"""How files that nobody vouches for are read: what is opened, what is read, what is bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from netspec.cli.main import main
from netspec.diagnostics import SpecError
from netspec.weights import isolated, isolation, store
from netspec.weights.isolated import Request
from netspec.weights.stored import Malformed, Stored


def request(folder: Path, **other: object) -> Request:
    plain: dict[str, object] = {
        "reader": "hdf5",
        "path": str(folder / "w"),
        "folder": str(folder),
        "wanted": None,
        "types": ["float32"],
        "bytes": 1000,
        "file_bytes": 1000,
        "seconds": 10,
    }
    return Request(**(plain | other))  # type: ignore[arg-type]


def unread() -> np.ndarray:
    raise AssertionError("a tensor that is not wanted was read")


def ones(*shape: int) -> Callable[[], np.ndarray]:
    return lambda: np.ones(shape, np.float32)


def test_a_tensor_is_read_only_where_name_type_and_shape_are_wanted(tmp_path: Path) -> None:
    there = {
        "right": Stored("float32", (2,), ones(2)),
        "long": Stored("float32", (1 << 40,), unread),
        "half": Stored("float16", (2,), unread),
        "other": Stored("float32", (2,), unread),
    }
    wanted = {"right": [[3], [2]], "long": [[2]], "half": [[2]]}
    isolated._answer(request(tmp_path, wanted=wanted), there)
    arrays, _ = store.load(tmp_path / "tensors.safetensors")
    assert list(arrays) == ["0"]
    listing = json.loads((tmp_path / "listing.json").read_text())
    assert listing[1] == ["long", "float32", [1 << 40]]
    assert [name for name, *_ in listing] == list(there)


def test_tensors_of_more_bytes_than_may_be_are_not_read(tmp_path: Path) -> None:
    there = {"a": Stored("float32", (1000,), unread)}
    with pytest.raises(Malformed, match="4,000 bytes"):
        isolated._answer(request(tmp_path), there)


@pytest.mark.parametrize(("free", "status"), [(1000, isolated.NO_ROOM), (1 << 40, None)])
def test_a_full_disk_is_told_from_a_malformed_file(
    free: int, status: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.numpy.save_file", fail)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(OSError if status is None else SystemExit) as ended:
        isolated._answer(request(tmp_path), {"a": Stored("float32", (2,), ones(2))})
    assert getattr(ended.value, "code", None) == status


def test_no_room_for_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "PROGRAM", f"raise SystemExit({isolated.NO_ROOM})")
    with pytest.raises(SpecError, match=r"w.pth can't be read: .* has no room") as refused:
        isolation.run(request(tmp_path), "w.pth")
    assert str(tmp_path.parent) in str(refused.value)
    assert "TMPDIR" in refused.value.diagnostics[0].hints[0]


def test_no_folder_for_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.TemporaryDirectory", fail)
    (tmp_path / "w.pth").write_bytes(b"\x80\x02.")
    with pytest.raises(SpecError, match=r"w.pth can't be read: no folder .* No usable temporary"):
        isolation.read(tmp_path / "w.pth", None, ["float32"])


@pytest.mark.parametrize("names", [[], ["x" * 1001], [str(n) for n in range(100_001)]])
def test_a_listing_is_bounded(names: list[str], tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        isolated._answer(
            request(tmp_path), {name: Stored("float32", (1,), unread) for name in names}
        )


@pytest.mark.parametrize("event", ["os.system", "subprocess.Popen", "socket.connect", "os.fork"])
def test_a_reader_starts_nothing_and_calls_nobody(event: str) -> None:
    with pytest.raises(Malformed):
        isolated._watch(event, ())
    isolated._watch("open", ())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bound memory by other means")
def test_a_reader_s_memory_is_bounded(tmp_path: Path) -> None:
    program = (
        "from netspec.weights import isolated as i\n"
        f"i._limit(i.Request('', '', {str(tmp_path)!r}, None, [], 1000, 1000, 10))\n"
        "try: bytearray(1 << 32)\n"
        "except MemoryError: print('bounded')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "bounded\n"


def test_what_is_no_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    told = {"none": "no such file", ".": "a directory", "pipe": "a pipe", "empty": "it is empty"}
    for name, reason in told.items():
        assert main(["weights", "show", str(tmp_path / name)]) == 2
        err = capsys.readouterr().err
        assert "error[NS604]" in err
        assert reason in err


def test_a_checkpoint_is_named_by_its_prefix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = tmp_path / "model.ckpt.data-00000-of-00001"
    part.write_bytes(bytes(100))
    assert main(["weights", "show", str(part)]) == 2
    assert "named by its prefix: model.ckpt" in capsys.readouterr().err


def test_safetensors_are_known_whatever_their_length_begins_with(tmp_path: Path) -> None:
    """The length of a header may look like the first byte of a pickle."""
    for extra in range(300):
        store.write(tmp_path / "w", {"a" * (1 + extra): np.ones(1, np.float32)})
        assert isolation.read(tmp_path / "w", None, isolation.TYPES).kind == "safetensors"


def test_a_missing_package_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "h5py.py").write_text("raise ModuleNotFoundError('no h5py', name='h5py')")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "w").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    assert main(["weights", "show", str(tmp_path / "w")]) == 3
    assert "pip install 'netspec[keras]'" in capsys.readouterr().err


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "w").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(SpecError, match="cut short or malformed"):
        isolation.read(tmp_path / "w", None, isolation.TYPES)
    assert [path.name for path in tmp_path.iterdir()] == ["w"]

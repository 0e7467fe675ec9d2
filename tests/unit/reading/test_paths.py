"""Questions about paths: a path that can't be looked at is answered, not raised for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netspec.reading import paths


def hidden(folder: Path) -> Iterator[str]:
    """Paths at which nothing can be seen."""
    (folder / "loop").symlink_to("loop")
    (folder / "file").write_text("")
    yield str(folder / "missing")
    yield str(folder / "loop")
    yield str(folder / "file" / "below")
    yield str(folder / ("x" * 300))
    yield str(folder / ("x" * 300) / "below")
    yield ""
    yield "a\0b"
    yield "\ud800"


def test_what_can_not_be_looked_at_is_not_there(tmp_path: Path) -> None:
    for path in hidden(tmp_path):
        assert not paths.is_file(path), path
        assert not paths.is_folder(path), path
        assert not paths.exists(path), path
        assert paths.size(path) == 0, path
        assert paths.names_in(path) == () or path == "", path
        assert paths.followed(path).name == path.rpartition("/")[2] or path == "", path


def test_a_folder_that_may_not_be_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(path: object, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", path)

    for function in ("stat", "lstat", "listdir"):
        monkeypatch.setattr(os, function, deny)
    assert not paths.is_file(tmp_path)
    assert not paths.is_folder(tmp_path)
    assert not paths.exists(tmp_path)
    assert paths.names_in(tmp_path) == ()
    assert paths.followed("here") == Path.cwd() / "here"


def test_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("four")
    (tmp_path / "link").symlink_to("file")
    assert paths.is_file(file)
    assert paths.is_file(tmp_path / "link")
    assert not paths.is_file(tmp_path)
    assert paths.is_folder(tmp_path)
    assert not paths.is_folder(file)
    assert paths.exists(file)
    assert paths.size(tmp_path / "link") == 4
    assert paths.size(tmp_path) == 0
    assert paths.followed(tmp_path / "link") == paths.followed(file)
    assert paths.names_in(tmp_path) == ("file", "link")

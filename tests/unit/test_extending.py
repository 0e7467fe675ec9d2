"""What an overlay may extend: bundled specs, and files below its own folder by plain paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from texts import HEAD

import netspec
from netspec.diagnostics import Diagnostic, Source, SpecError
from netspec.extending import OVERLAYS_AT_MOST, with_bases
from netspec.loading import from_document
from netspec.reading.reader import read_file, read_text

BASE = f"{HEAD}steps:\n  - Conv: {{op: conv, filters: 4, kernel: 3}}\noutputs: {{Conv: {{}}}}\n"
SECRET = "root: the content of another file\n"


def overlay(base: str) -> str:
    return f"netspec: 1\nextends: {base}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a base, and beside it one whose file is nobody's business."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text(SECRET)
    here = tmp_path / "here"
    (here / "nets" / "deep").mkdir(parents=True)
    (here / "base.yaml").write_text(BASE)
    (here / "nets" / "deep" / "base.yaml").write_text(BASE)
    (here / "nets" / "over.yaml").write_text(overlay("deep/base.yaml"))
    (here / "notes.txt").write_text(SECRET)
    (here / "folder.yaml").mkdir()
    (here / "link.yaml").symlink_to(tmp_path / "outside" / "secret.yaml")
    (here / "inner.yaml").symlink_to("base.yaml")
    (here / "linked").symlink_to(tmp_path / "outside")
    os.mkfifo(here / "pipe.yaml")
    return here


def fault_of(folder: Path, base: str) -> Diagnostic:
    (folder / "over.yaml").write_text(overlay(base))
    with pytest.raises(SpecError) as caught:
        netspec.load(folder / "over.yaml")
    (fault,) = caught.value.diagnostics
    assert "content of another file" not in str(caught.value)
    return fault


@pytest.mark.parametrize(
    "base", ["base.yaml", "nets/deep/base.yaml", "nets/over.yaml", "inception_v3"]
)
def test_what_may_be_extended(base: str, folder: Path) -> None:
    (folder / "over.yaml").write_text(overlay(base))
    names = [read.source.name for read in netspec.load(folder / "over.yaml").documents]
    assert names[0] == str(folder / "over.yaml")
    assert len(names) == (3 if base == "nets/over.yaml" else 2)
    if "/" in base:
        assert names[1] == str(folder / base)


def test_a_path_is_relative_to_the_overlay_not_to_where_we_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert netspec.load("nets/over.yaml").documents[1].source.name == "nets/deep/base.yaml"
    monkeypatch.chdir(folder / "nets")
    assert netspec.load("over.yaml").documents[1].source.name == "deep/base.yaml"


@pytest.mark.parametrize(
    ("base", "code", "told"),
    [
        ("/etc/passwd", "NS119", "starts at the overlay's own folder"),
        ("/etc/hosts.yaml", "NS119", "starts at the overlay's own folder"),
        ("~/base.yaml", "NS119", "starts at the overlay's own folder"),
        ("C:/base.yaml", "NS119", "starts at the overlay's own folder"),
        ("'nets\\deep\\base.yaml'", "NS119", "starts at the overlay's own folder"),
        ("https://example.org/base.yaml", "NS119", "starts at the overlay's own folder"),
        ("../outside/secret.yaml", "NS119", "stays in the overlay's own folder"),
        ("nets/../../outside/secret.yaml", "NS119", "stays in the overlay's own folder"),
        ("nets/../base.yaml", "NS119", "stays in the overlay's own folder"),
        ("nets//deep/base.yaml", "NS119", "without empty parts and `.`: nets/deep/base.yaml"),
        ("./base.yaml", "NS119", "without empty parts"),
        ("nets/deep", "NS119", "ends in .yaml"),
        ("nets/notes.txt", "NS119", "ends in .yaml"),
        ("link.yaml", "NS119", "symbolic link"),
        ("inner.yaml", "NS119", "symbolic link"),
        ("linked/secret.yaml", "NS119", "symbolic link"),
        ("Base.yaml", "NS101", "it is spelt base.yaml"),
        ("Nets/deep/base.yaml", "NS101", "it is spelt nets"),
        ("none.yaml", "NS101", "no such file"),
        ("base.yaml/x.yaml", "NS101", "not a directory"),
        ("folder.yaml", "NS101", "a directory"),
        ("pipe.yaml", "NS101", "a pipe"),
        ("notes.txt", "NS101", "no bundled spec"),
        ("inception_v33", "NS101", "no bundled spec"),
        ("over.yaml", "NS120", "over.yaml → "),
    ],
)
def test_what_may_not_be_extended(base: str, code: str, told: str, folder: Path) -> None:
    fault = fault_of(folder, base)
    assert fault.code == code
    assert told in fault.message
    assert fault.span is not None
    assert str(fault.span) == f"{folder / 'over.yaml'}:2:10"


def test_a_cycle_of_three(folder: Path) -> None:
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        (folder / f"{name}.yaml").write_text(overlay(f"{base}.yaml"))
    fault = fault_of(folder, "a.yaml")
    assert fault.code == "NS120"
    assert fault.message.count("→") == 3


def test_overlays_stand_on_one_another_to_a_depth(folder: Path) -> None:
    for depth in range(OVERLAYS_AT_MOST):
        base = f"o{depth - 1}.yaml" if depth else "base.yaml"
        (folder / f"o{depth}.yaml").write_text(overlay(base))
    assert len(netspec.load(folder / f"o{OVERLAYS_AT_MOST - 1}.yaml").documents) == 9
    assert fault_of(folder, f"o{OVERLAYS_AT_MOST - 1}.yaml").code == "NS116"


def test_a_link_that_is_put_in_place_while_we_look_is_not_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is listed as a file; when it is opened it has come to be a link."""
    base = folder / "base.yaml"
    right = os.stat

    def swapped(path: object, **kwargs: object) -> os.stat_result:
        status = right(path, **kwargs)  # type: ignore[call-overload]
        if path == "base.yaml" and not base.is_symlink():
            base.unlink()
            base.symlink_to(folder.parent / "outside" / "secret.yaml")
        return status  # type: ignore[no-any-return]

    monkeypatch.setattr("netspec.reading.files.os.stat", swapped)
    assert fault_of(folder, "base.yaml").code == "NS101"


def test_a_text_that_lies_in_no_file_extends_bundled_specs_alone() -> None:
    spec = from_document(read_text(Source("text", overlay("inception_v3"))))
    assert spec.name == "InceptionV3"
    with pytest.raises(SpecError) as caught:
        with_bases(read_text(Source("text", overlay("base.yaml"))))
    assert [d.code for d in caught.value.diagnostics] == ["NS119"]


def test_an_output_is_never_written_over_a_base(folder: Path) -> None:
    (folder / "over.yaml").write_text(overlay("base.yaml"))
    with pytest.raises(SpecError) as caught:
        netspec.load(folder / "over.yaml").write("onnx", folder / "base.yaml")
    assert [d.code for d in caught.value.diagnostics] == ["NS606"]
    assert read_file(folder / "base.yaml").root.plain == read_text(Source("", BASE)).root.plain

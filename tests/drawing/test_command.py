"""`netspec draw`: its files, its formats, its refusals."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from netspec.cli import drawing
from netspec.cli.drawing import FORMATS
from netspec.cli.main import main
from netspec.drawing import raster
from netspec.drawing.heat import MEASURES
from netspec.drawing.pictures import CHOICES, TEXTS

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; gives exit status, standard output and standard error."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = main([str(word) for word in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_every_format_by_its_suffix(run: Run, tmp_path: Path) -> None:
    files = [tmp_path / f"net.{name}" for name in FORMATS]
    status, out, _ = run("draw", "nin", *(word for file in files for word in ("-o", file)))
    assert status == 0
    assert [line.split(" (")[0] for line in out.splitlines()] == [f"wrote {f}" for f in files]
    svg, png, mmd, dot = (file.read_bytes() for file in files)
    assert svg.startswith(b"<svg ")
    assert mmd.startswith(b"---\n")
    assert dot.startswith(b'digraph "NIN" {')
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG\r\n")
    assert f'width="{width // 2}" height="{height // 2}"' in svg.decode()


def test_without_a_file_the_picture_is_printed(run: Run) -> None:
    assert run("draw", "nin")[1].startswith("<svg ")
    assert run("draw", "nin", "--format", "mmd")[1].startswith("---\n")
    assert run("draw", "nin", "-o", "-", "--format", "dot")[1].startswith("digraph ")


def test_the_printed_picture_is_the_written_one(run: Run, tmp_path: Path) -> None:
    run("draw", "inception_v3", "-o", tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == run("draw", "inception_v3")[1]


def test_a_printed_picture_stands_alone_on_standard_output(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.mmd"
    status, out, err = run("draw", "nin", "-o", file, "-o", "-")
    assert (status, out) == (0, run("draw", "nin")[1])
    assert err.startswith(f"wrote {file}")


def test_json_tells_the_files(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    status, out, _ = run("draw", "nin", "-o", file, "--json")
    told = json.loads(out)
    size = file.stat().st_size
    assert (status, told["ok"]) == (0, True)
    assert told["files"] == [{"path": str(file), "format": "svg", "bytes": size}]
    assert json.loads(run("draw", "nin", "--json")[1])["text"].startswith("<svg ")


def test_two_specs_are_compared(run: Run) -> None:
    _, out, _ = run("draw", "inception_v3", "inception_v3.torchvision")
    assert "inception_v3 → inception_v3.torchvision" in out
    _, other, _ = run("draw", "inception_v3.torchvision", "--against", "inception_v3")
    assert other == out
    _, own, _ = run("draw", "nin", "--against", "nin", "--set", "num_classes=10")
    assert "was 1×1 conv, 1000" in own
    assert "changes of nin" in own


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nin", "-o", "net.jpg"), "names no format"),
        (("nin", "-o", "net"), "names no format"),
        (("nin", "--format", "png"), "a PNG is written to a file"),
        (("nin", "-o", "-", "-o", "-"), "standard output takes one picture"),
        (("nin", "--format", "gif"), "is not one of"),
        (("nin", "--heat", "latency"), "is not one of"),
        (("nin", "--depth", "0"), "0 is not in the range"),
        (("nin", "--columns", "x"), "is not a valid integer"),
        (("nin", "--zoom", "nan", "-o", "a.png"), "range"),
        (("nin", "--fold", "Nothing"), "no block is called like `Nothing`"),
        (("nin", "vgg16", "--against", "resnet50"), "not both"),
        (("nin", "vgg16", "--heat", "macs"), "colours show --heat or changes, not both"),
        (("nin", "-o", "no/such/folder/a.svg"), "its folder does not exist"),
        (("nin", "-o", "."), "names no format"),
        (("nothing_like_it",), "NS101"),
        (("nin", "nothing_like_it"), "NS101"),
        (("nin", "-o", "a.png", "--zoom", "20", "--direction", "right"), "NS641"),
    ],
    ids=str,
)
def test_mistakes_are_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(raster, "PIXELS_AT_MOST", 10**6)
    status, out, err = run("draw", *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_spec_is_not_written_over(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.svg"
    spec.write_bytes((Path(__file__).parents[2] / "specs" / "nin.yaml").read_bytes())
    status, _, err = run("draw", spec, "-o", spec)
    assert status == 2
    assert "NS606" in err
    assert spec.read_text(encoding="utf-8").startswith("#")


def test_a_missing_renderer_has_its_own_status(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    status, _, err = run("draw", "nin", "-o", tmp_path / "a.png")
    assert status == 3
    assert "pip install 'netspec[png]'" in err


def test_a_machine_without_fonts_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{}</svg>'
    monkeypatch.setattr(raster, "PROBE", (nothing, "<g/>"))
    status, _, err = run("draw", "nin", "-o", tmp_path / "a.png")
    assert status == 2
    assert "NS642" in err


def test_the_command_offers_what_there_is() -> None:
    assert set(FORMATS) == {*TEXTS, "png"}
    assert set(CHOICES["heat"]) == {"", *MEASURES}
    offered = {option.name: option.type for option in drawing.draw.params}
    for name, choices in CHOICES.items():
        kind = offered[name]
        assert isinstance(kind, click.Choice)
        assert tuple(kind.choices) == tuple(filter(None, choices))


@pytest.mark.slow
def test_a_closed_pipe_is_no_fault() -> None:
    command = f"{sys.executable} -P -m netspec.cli.main draw inception_v3 | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == "<svg xmlns"
    assert done.stderr == ""

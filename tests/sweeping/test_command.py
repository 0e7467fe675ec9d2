"""`netspec sweep`: what it prints, its JSON, its status, its files."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

import netspec
from netspec.cli.main import main
from netspec.cli.progress import steady_progress
from netspec.cli.sweeping import ENGINES, MOST
from netspec.sweeping import sweep
from sweeping.nets import lines_of, macs, params, small

Run = Callable[..., tuple[int, str, str]]
FILES = ["journal.jsonl", "left_out.jsonl", "table.csv", "pareto.svg", "pareto.png"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command on the small network; gives exit status and what both streams got."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(["sweep", *words])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_a_sweep_from_the_command_line(run: Run, tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    status, printed, said = run(
        *(spec, "width=4,8,16", "kernel=1..3/2", "--where", "params < 300"),
        *("--sort", "macs:max", "--pareto", "macs,params:max", "-o", str(out)),
    )
    assert (status, said) == (0, "")
    lines = printed.splitlines()
    assert lines[0].split() == ["width", "kernel", "params", "macs"]
    assert lines[1].split() == ["8", "3", f"{params(8)}", f"{macs(8):,}"]
    assert "5 measured, 1 left out by --where" in lines
    assert sorted(p.name for p in out.iterdir()) == sorted([*FILES, "sweep.json", ".lock"])
    with (out / "table.csv").open(encoding="utf-8") as file:
        assert [int(row["params"]) for row in csv.DictReader(file)] == [
            params(w, k) for w in (4, 8, 16) for k in (1, 3) if params(w, k) < 300
        ]
    assert (out / "pareto.png").read_bytes().startswith(b"\x89PNG")
    ElementTree.parse(out / "pareto.svg")


def test_json(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    words = (small(tmp_path), "width=2,4,8", "kernel=9,1", "mode=valid", "--json", "-o", str(out))
    status, printed, _ = run(*words)
    found = json.loads(printed)
    assert status == 0
    counts = {"rows": 2, "where": 0, "same": 1, "invalid": 3, "failed": 0, "known": 0}
    assert found["counts"] == counts
    assert found["faults"] == {"NS401": 3}
    assert found["best"]["params"] == params(2, 1)
    assert found["pareto"] == [
        {"name": "params", "better": "min"},
        {"name": "macs", "better": "min"},
    ]
    assert found["front"] == [found["best"]]
    assert [Path(name).name for name in found["files"]] == FILES


def test_the_same_rows_give_the_same_files(run: Run, tmp_path: Path) -> None:
    spec = small(tmp_path)
    for name in ("one", "two"):
        run(spec, "width=4..16", "kernel=1,3", "-o", str(tmp_path / name))
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_report_runs_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    run(spec, "width=4..16", "-o", str(out))
    monkeypatch.setattr("netspec.sweeping.engines.measured", None)
    before = {name: (out / name).read_bytes() for name in FILES}
    for name in FILES[2:]:
        (out / name).unlink()
    status, printed, _ = run("--report", str(out), "--top", "2")
    assert status == 0
    assert printed.splitlines()[3] == "… and 11 more"
    assert {name: (out / name).read_bytes() for name in FILES} == before
    status, printed, _ = run("--report", str(out), "--pareto", "macs,params:max", "--json")
    assert len(json.loads(printed)["front"]) == 13
    assert (out / "pareto.svg").read_bytes() != before["pareto.svg"]


def test_a_report_of_a_sweep_under_way(run: Run, tmp_path: Path) -> None:
    """It shows what there is, and touches no journal: not even a line that is half written."""
    spec, out = small(tmp_path), tmp_path / "runs"
    seen: list[int] = []

    def meanwhile(what: str, done: int, total: int) -> None:
        if done == 3:
            journal = out / FILES[0]
            whole = journal.read_bytes()
            journal.write_bytes(whole + b'{"spec_hash": "12')
            status, printed, _ = run("--report", str(out), "--json")
            seen.append(json.loads(printed)["counts"]["rows"])
            assert status == 0
            assert journal.read_bytes() == whole + b'{"spec_hash": "12'
            journal.write_bytes(whole)

    netspec.sweep(spec, {"width": "4..9"}, out=out, progress=meanwhile)
    assert seen == [3]


def test_a_report_of_no_sweep(run: Run, tmp_path: Path) -> None:
    assert run("--report", str(tmp_path))[0] == 2
    assert run("--report", str(tmp_path / "none"))[0] == 2
    assert run(small(tmp_path), "--report", str(tmp_path))[0] == 2


def test_a_dry_run_measures_next_to_nothing(run: Run, tmp_path: Path) -> None:
    words = (small(tmp_path), "width=1..300", "kernel=1..300", "--dry-run")
    status, printed, _ = run(*words, "-o", str(tmp_path / "runs"))
    assert status == 0
    assert printed.startswith("90,000 variants\n")
    assert "width=1 kernel=1\n" in printed
    assert "on one core" in printed
    assert not (tmp_path / "runs").exists()
    found = json.loads(run(*words, "--json")[1])
    assert found["variants"] == 90_000
    assert found["first"][1]["set"] == {"width": 1, "kernel": 2}


def test_without_the_extra_of_plots(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    out = tmp_path / "runs"
    status, printed, said = run(small(tmp_path), "width=4,8", "-o", str(out))
    assert status == 0
    assert "pip install 'netspec[plots]'" in said
    assert "2 measured" in printed
    assert not (out / "pareto.svg").exists()


def test_without_a_folder_nothing_is_kept(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = small(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    status, printed, _ = run(spec, "width=4,8")
    assert status == 0
    assert "2 measured" in printed
    assert sorted(tmp_path.iterdir()) == before


def test_a_glob_of_specs(run: Run) -> None:
    status, printed, _ = run("vgg1[69]", "num_classes=10,1000", "--json")
    assert status == 0
    assert json.loads(printed)["counts"]["rows"] == 4


def test_a_glob_of_files_and_one_that_meets_nothing(run: Run, tmp_path: Path) -> None:
    small(tmp_path)
    status, printed, _ = run(str(tmp_path / "*.yaml"), "width=4,8", "--json")
    assert status == 0
    assert json.loads(printed)["counts"]["rows"] == 2
    status, _, err = run("vgq1*", "num_classes=10")
    assert status == 2
    assert "no bundled spec is called like `vgq1*`" in err


def test_a_list_a_zip_and_a_draw(run: Run, tmp_path: Path) -> None:
    spec = small(tmp_path)
    listed = tmp_path / "list.csv"
    listed.write_text("width,kernel\n4,1\n8,3\n", encoding="utf-8")
    for words in (("--list", str(listed)), ("width=4,8", "kernel=1,3", "--zip")):
        out = tmp_path / f"runs{len(words)}"
        assert run(spec, *words, "-o", str(out))[0] == 0
        rows = [row["params"] for row in lines_of(out / FILES[0])]
        assert rows == [params(4, 1), params(8, 3)]
    status, printed, _ = run(spec, "width=4..99", "rate=0.1..0.9", "--random", "7", "--json")
    assert status == 0
    assert json.loads(printed)["counts"]["rows"] == 7


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("width=4",),
        ("none.yaml", "width=4"),
        ("{}", "width=4", "width=8"),
        ("{}", "width=4", "--set", "width=8"),
        ("{}", "input=8x8", "--input", "9x9"),
        ("{}", "width=4", "--sort", "weight", "-o", "runs"),
        ("{}", "width=4", "--pareto", "params,weight", "-o", "runs"),
        ("{}", "width=4", "--list", "missing.yaml"),
        ("{}", "width=4", "--list", "."),
        ("{}", "width=4", "--random", "0"),
        ("{}", "width=4", "--engine", "slurm"),
        ("{}", "width=4", "--most", "0"),
        ("{}", "width=nan"),
        ("{}", "width=1e999"),
        ("{}", "width=\udcff"),
        ("{}", "width=4", "-o", "small.yaml"),
        ("{}", "width=4", "-o", "none/runs"),
    ],
)
def test_hostile_words(
    words: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = small(tmp_path)
    monkeypatch.chdir(tmp_path)
    status, printed, said = run(*(spec if word == "{}" else word for word in words), "--json")
    assert status == 2
    assert not (tmp_path / "runs").exists()
    assert json.loads(printed)["ok"] is False
    assert said
    assert "Traceback" not in said


def test_nothing_is_a_network(run: Run, tmp_path: Path) -> None:
    status, _, said = run(small(tmp_path), "kernel=9,10", "mode=valid", "-o", str(tmp_path / "o"))
    assert status == 2
    assert "NS653" in said
    assert "NS401: 2 variants" in said


def test_one_number_stands_in_two_places() -> None:
    assert MOST == sweep.MOST
    assert ENGINES == sweep.ENGINES


def test_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with steady_progress(every=0.0) as tell:
        tell("measuring", 3, 1000)
    assert capsys.readouterr().err == "measuring: 3 of 1,000\n"
    with steady_progress() as tell:
        tell("measuring", 3, 1000)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--address", "first:6379"), "add --engine ray"),
        (("-o", "-"), "is ./-"),
        (("--pareto", "params"), "weighs two"),
        (("--pareto", "params,params:max"), "weighs two"),
    ],
)
def test_no_option_is_passed_over(
    words: tuple[str, ...], said: str, run: Run, tmp_path: Path
) -> None:
    status, _, err = run(small(tmp_path), "width=4,8", *words)
    assert status == 2
    assert said in err


def test_a_report_has_one_folder_and_two_columns(run: Run, tmp_path: Path) -> None:
    out = str(tmp_path / "runs")
    assert run(small(tmp_path), "width=4,8", "-o", out)[0] == 0
    for words in (("-o", str(tmp_path / "other")), ("--pareto", "params")):
        status, printed, _ = run("--report", out, *words)
        assert (status, printed) == (2, "")


def test_settings_are_shown_as_they_are_written(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    vary = "Conv.activation=none,{op: leaky_relu, slope: 0.2}"
    _, printed, _ = run(small(tmp_path), vary, "Conv.bias=true,false", "-o", str(out))
    assert "{op: leaky_relu, slope: 0.2}" in printed
    with (out / "table.csv").open(encoding="utf-8") as file:
        written = {(row["Conv.activation"], row["Conv.bias"]) for row in csv.DictReader(file)}
    activations = ("none", "{op: leaky_relu, slope: 0.2}")
    assert written == {(a, b) for a in activations for b in ("true", "false")}

"""A whole sweep in this process: its rows against arithmetic, its folder, what it refuses."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec import measures
from netspec.diagnostics import SpecError
from netspec.sweeping import sweep as sweeping
from netspec.sweeping.engines import Done, Work
from netspec.sweeping.points import Point
from netspec.sweeping.variants import Base
from sweeping.nets import SMALL, codes, distinct, lines_of, macs, params, refused, small

GRID = {"width": [2, 4, 8, 16], "kernel": [1, 3, 5]}
ROWS, LEFT = "journal.jsonl", "left_out.jsonl"


def test_rows_by_arithmetic(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    result = netspec.sweep(small(tmp_path), GRID, where="macs <= 30000", out=out)
    wanted = {
        (w, k): (params(w, k), macs(w, k))
        for w in GRID["width"]
        for k in GRID["kernel"]
        if macs(w, k) <= 30_000
    }
    built = {figures: given for given, figures in reversed(wanted.items())}  # the first of equals
    rows = {tuple(r["set"].values()): (r["params"], r["macs"]) for r in lines_of(out / ROWS)}
    assert rows == {given: figures for figures, given in built.items()}
    assert [*rows] == [given for given in wanted if given in rows]  # in the grid's order
    assert result.rows == tuple(lines_of(out / ROWS))
    same, left = len(wanted) - len(rows), 12 - len(wanted)
    assert result.counts == {"rows": len(rows), "same": same, "where": left}


def test_the_hash_of_a_row_is_its_network_s(tmp_path: Path) -> None:
    spec = small(tmp_path)
    for row in netspec.sweep(spec, {"width": [4, 8], "input": ["8x8", "9x10"]}).rows:
        given = dict(row["set"])
        size = given.pop("input")
        assert row["spec_hash"] == netspec.load(spec, set=given, input=size).hash


def test_what_is_left_out_is_told_with_why(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    vary = {"width": [2, 4, 64], "kernel": [3, 9], "mode": ["valid"]}
    result = netspec.sweep(small(tmp_path), vary, where="params < 1000", out=out)
    told = {tuple(r["set"].values())[:2]: r["because"] for r in lines_of(out / LEFT)}
    assert told == {
        (4, 3): "same",
        (64, 3): "where",
        (2, 9): "invalid",
        (4, 9): "invalid",
        (64, 9): "invalid",
    }
    (left,) = (r for r in lines_of(out / LEFT) if r["because"] == "where")
    assert left["params"] == params(64)
    assert [fault.code for fault in result.faults] == ["NS401"] * 3
    assert "NS401: 3 variants" in "\n".join(result.notes())
    invalid = next(r for r in lines_of(out / LEFT) if r["because"] == "invalid")
    assert invalid["code"] == "NS401"
    assert "9x9 does not fit" in invalid["message"]
    assert "small.yaml" in invalid["place"]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    """The points that are measured, from now on."""
    found: list[Point] = []
    plain = Work.outcome

    def outcome(self: Work, point: Point) -> Any:
        found.append(point)
        return plain(self, point)

    monkeypatch.setattr(Work, "outcome", outcome)
    return found


def test_what_is_known_is_not_measured_again(tmp_path: Path, counted: list[Point]) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    netspec.sweep(spec, GRID, where="params < 300", out=out)
    before = {name: (out / name).read_bytes() for name in (ROWS, LEFT)}
    assert len(counted) == 12
    again = netspec.sweep(spec, GRID, where="params < 300", out=out)
    assert len(counted) == 12
    assert again.counts["known"] == 12
    assert {name: (out / name).read_bytes() for name in (ROWS, LEFT)} == before
    netspec.sweep(spec, {**GRID, "width": [2, 4, 8, 16, 32]}, where="params < 300", out=out)
    assert len(counted) == 15


def test_settings_that_break_the_condition_alone_are_not_even_made(
    tmp_path: Path, counted: list[Point]
) -> None:
    result = netspec.sweep(small(tmp_path), GRID, where="width * kernel <= 8")
    assert all(p.set["width"] * p.set["kernel"] <= 8 for p in counted)  # type: ignore[operator]
    assert result.counts["where"] == sum(w * k > 8 for w in GRID["width"] for k in GRID["kernel"])


def test_another_condition_moves_rows(tmp_path: Path, counted: list[Point]) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    vary = {"width": [4, 8, 16]}
    netspec.sweep(spec, vary, where="params < 300", out=out)
    assert [r["set"]["width"] for r in lines_of(out / ROWS)] == [4, 8]
    netspec.sweep(spec, vary, where="params > 200", out=out)
    assert [r["set"]["width"] for r in lines_of(out / ROWS)] == [8, 16]
    assert [r["set"]["width"] for r in lines_of(out / LEFT)] == [4]
    netspec.sweep(spec, vary, out=out)
    assert [r["set"]["width"] for r in lines_of(out / ROWS)] == [4, 8, 16]
    assert lines_of(out / LEFT) == []
    assert len(counted) == 3


def test_rows_of_other_values_stay(tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    netspec.sweep(spec, {"width": [4, 8]}, where="params < 120", measure=("params",), out=out)
    second = netspec.sweep(spec, {"width": [16]}, where="macs > 1", measure=("macs",), out=out)
    assert [row["set"]["width"] for row in second.rows] == [16]
    assert [r["set"]["width"] for r in lines_of(out / ROWS)] == [16, 4]
    assert [(r["set"]["width"], r["because"]) for r in lines_of(out / LEFT)] == [(8, "where")]


def test_more_figures_complete_rows(tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    netspec.sweep(spec, {"width": [4, 8]}, measure=("params",), out=out)
    assert all("macs" not in row for row in lines_of(out / ROWS))
    netspec.sweep(spec, {"width": [4, 8]}, measure=tuple(measures.MEASURES), out=out)
    rows = lines_of(out / ROWS)
    assert len(rows) == 2
    for row in rows:
        graph = netspec.load(spec, set=row["set"]).graph()
        assert {n: row[n] for n in measures.MEASURES} == measures.measures(graph)


@pytest.mark.parametrize("cut", [1, 20, 10_000])
@pytest.mark.parametrize("name", [ROWS, LEFT])
def test_a_torn_line_is_mended(name: str, cut: int, tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    netspec.sweep(spec, GRID, where="params < 300", out=out)
    before = {name: (out / name).read_bytes() for name in (ROWS, LEFT)}
    (out / name).write_bytes(before[name][:-cut])
    result = netspec.sweep(spec, GRID, where="params < 300", out=out)
    assert {name: (out / name).read_bytes() for name in (ROWS, LEFT)} == before
    assert distinct(row["spec_hash"] for row in result.rows)


@pytest.mark.parametrize("line", ["{}", "[1]", "half a li", '{"set": 3}', "\xff", '{"set": {}}'])
def test_a_line_that_is_no_row(line: str, tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    netspec.sweep(spec, GRID, out=out)
    whole = (out / ROWS).read_text(encoding="utf-8")
    (out / ROWS).write_bytes(f"{line}\n{whole}".encode("latin-1"))
    with pytest.raises(SpecError) as error:
        netspec.sweep(spec, GRID, out=out)
    assert codes(error) == {"NS652"}
    assert f"{ROWS}:1:1" in refused(error)
    assert (out / ROWS).read_bytes().endswith(whole.encode())


EDITED = SMALL.replace("kernel: 3,", "kernel: 5,")
OTHERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "edited": lambda path: path.write_text(EDITED) and {},
    "set": lambda path: {"set": {"rate": 0.25}},
    "input": lambda path: {"input": "16x16"},
}


@pytest.mark.parametrize("how", OTHERS)
def test_a_folder_of_another_sweep(how: str, tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    netspec.sweep(spec, {"width": [4]}, out=out)
    before = (out / ROWS).read_bytes()
    more = OTHERS[how](Path(spec))
    with pytest.raises(SpecError) as error:
        netspec.sweep(spec, {"width": [4]}, out=out, **more)
    assert codes(error) == {"NS652"}
    assert "folder of its own" in refused(error)
    assert (out / ROWS).read_bytes() == before


def test_a_comment_makes_no_other_spec(tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    netspec.sweep(spec, {"width": [4]}, out=out)
    Path(spec).write_text(f"# as published\n{SMALL}", encoding="utf-8")
    assert netspec.sweep(spec, {"width": [4]}, out=out).counts["known"] == 1


def test_specs_side_by_side(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(EDITED, encoding="utf-8")
    specs = [small(tmp_path), str(other)]
    result = netspec.sweep(specs, {"width": [4, 8]})
    assert [row["params"] for row in result.rows] == [
        *(params(4), params(8)),
        *(params(4, 5), params(8, 5)),
    ]
    assert [row["spec"] for row in result.rows] == [specs[0]] * 2 + [specs[1]] * 2
    assert "spec" in result.table().splitlines()[0]


def test_two_sweeps_in_one_folder_at_once(tmp_path: Path) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"

    def meanwhile(what: str, done: int, total: int) -> None:
        with pytest.raises(SpecError) as error:
            netspec.sweep(spec, {"width": [8]}, out=out)
        assert codes(error) == {"NS652"}
        assert "another sweep is at work" in refused(error)

    netspec.sweep(spec, {"width": [4]}, out=out, progress=meanwhile)
    netspec.sweep(spec, {"width": [8]}, out=out)


def test_a_folder_that_can_be_none(tmp_path: Path) -> None:
    spec = small(tmp_path)
    for out in (tmp_path / "none" / "runs", Path(spec)):
        with pytest.raises(SpecError) as error:
            netspec.sweep(spec, {"width": [4]}, out=out)
        assert codes(error) == {"NS606"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"vary": {"widht": [4]}}, "NS312"),
        ({"vary": {"width": ["wide"]}}, "NS314"),
        ({"vary": {"width": [4, 8, 1.5]}}, "NS314"),
        ({"vary": {"Conf.filters": [4]}}, "NS316"),
        ({"vary": {"Conv.filters": [4, 0]}}, "NS204"),
        ({"vary": {"Conv.filtres": [4]}}, "NS202"),
        ({"vary": {"input": ["large"]}}, "NS208"),
        ({"vary": {"width": [4]}, "where": "param < 3"}, "NS304"),
        ({"vary": {"width": [4]}, "where": "params <"}, "NS307"),
        ({"vary": {"width": [4]}, "where": "params"}, "NS308"),
        ({"vary": {"width": [4]}, "measure": ("weight",)}, "NS208"),
        ({"vary": {"width": [4]}, "measure": ()}, "NS208"),
        ({"vary": {"width": [4]}, "measure": ("latency:caffe",)}, "NS602"),
        ({"vary": {"width": "1..1000"}, "most": 999}, "NS651"),
        ({"vary": {"width": [4]}, "tune": 3}, "NS208"),
        ({"vary": {"width": [4]}, "tune": 3, "random": 3, "maximize": "macs"}, "NS208"),
        ({"vary": {"width": [4]}, "maximize": "macs"}, "NS208"),
        ({"vary": {"width": [4]}, "settings": [{"width": 4}]}, "NS208"),
        ({"vary": {"width": [4]}, "set": {"width": 8}}, "NS208"),
    ],
)
def test_what_is_refused_before_any_work(
    more: dict[str, Any], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "Run", None)
    with pytest.raises(SpecError) as error:
        netspec.sweep(small(tmp_path), out=tmp_path / "runs", **more)
    assert codes(error) == {code}


def test_a_value_is_refused_once(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        netspec.sweep(small(tmp_path), {"width": ["a", "b"], "kernel": [1, 3, "c"]})
    assert len(error.value.diagnostics) == 2


def test_a_key_that_another_s_value_brings_is_not_refused(tmp_path: Path) -> None:
    path = tmp_path / "heads.yaml"
    path.write_text(
        SMALL.replace("params: {", "params: {more: false, ").replace(
            "outputs:", "  - More: {when: $more, op: conv, filters: 2, kernel: 1}\noutputs:"
        ),
        encoding="utf-8",
    )
    vary = {"more": [True, False], "More.filters": [2, 4]}
    result = netspec.sweep(str(path), vary)
    assert result.counts["rows"] >= 2


def test_a_fault_of_ours_costs_one_variant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Base.spec

    def spec(self: Base, given: dict[str, Any]) -> Any:
        if given.get("width") == 8 and given.get("kernel") == 3:
            raise KeyError("ours")
        return plain(self, given)

    out, vary = tmp_path / "runs", {"width": [4, 8], "kernel": [1, 3]}
    monkeypatch.setattr(Base, "spec", spec)
    monkeypatch.setattr("netspec.sweeping.fitting.require_fitting", lambda asked: None)
    result = netspec.sweep(small(tmp_path), vary, out=out)
    assert result.counts == {"rows": 3, "failed": 1}
    assert [r["message"] for r in lines_of(out / LEFT)] == ["KeyError: 'ours'"]
    monkeypatch.undo()  # what failed is tried again
    assert netspec.sweep(small(tmp_path), vary, out=out).counts == {"rows": 4, "known": 3}
    assert lines_of(out / LEFT) == []


class Stopped(Exception):
    """An engine's end in the middle of its work."""


class Halfway:
    """An engine that breaks off."""

    def __init__(self, after: int) -> None:
        self.after = after

    def run(self, work: Work, points: Any) -> Any:
        for number, point in enumerate(points):
            if number == self.after:
                raise Stopped
            yield Done(point, work.outcome(point))


@pytest.mark.parametrize("after", range(0, 12, 2))
def test_however_it_ends_what_was_measured_is_kept(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, out = small(tmp_path), tmp_path / "runs"
    whole = netspec.sweep(spec, GRID, where="params < 300", out=tmp_path / "whole")
    monkeypatch.setattr(sweeping, "local_engine", lambda jobs, count: Halfway(after))
    with pytest.raises(Stopped):
        netspec.sweep(spec, GRID, where="params < 300", out=out)
    assert len(lines_of(out / ROWS)) + len(lines_of(out / LEFT)) == after if after else True
    monkeypatch.undo()
    again = netspec.sweep(spec, GRID, where="params < 300", out=out)
    assert again.rows == whole.rows
    assert again.counts.get("known", 0) == after
    for name in (ROWS, LEFT):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_csv_holds_all(tmp_path: Path) -> None:
    result = netspec.sweep(small(tmp_path), {"width": [4, 8], "mode": ["same"]})
    rows = list(csv.DictReader(io.StringIO(result.to_csv())))
    assert [int(row["width"]) for row in rows] == [4, 8]
    assert [int(row["params"]) for row in rows] == [params(4), params(8)]
    assert [row["spec_hash"] for row in rows] == [row["spec_hash"] for row in result.rows]
    assert rows[0]["mode"] == "same"


def test_tables(tmp_path: Path) -> None:
    result = netspec.sweep(small(tmp_path), {"width": [8, 4, 16]}).sorted("width:max")
    lines = result.table(2).splitlines()
    assert lines[0].split() == ["width", "params", "macs"]
    assert lines[1].split() == ["16", f"{params(16)}", f"{macs(16):,}"]
    assert lines[3] == "… and 1 more"
    assert "<td" in result._repr_html_()
    assert result.best("params") == result.rows[2]
    assert len(result.front("params,macs")) == 1
    with pytest.raises(SpecError):
        result.sorted("weight")


def test_a_table_fits_a_terminal_as_far_as_can_be() -> None:
    result = netspec.sweep("inception_v1", {"Mixed_3*/Branch_1/*.filters": [64, 96]})
    wide, narrow = result.table(width=200), result.table(width=40)
    assert "Mixed_3*/Branch_1/*.filters" in wide
    assert narrow.splitlines()[0].split() == ["*.filters", "params", "macs"]
    assert max(map(len, narrow.splitlines())) <= 40


def test_a_field_s_values_in_a_table_that_is_html(tmp_path: Path) -> None:
    result = netspec.sweep(small(tmp_path), {"Conv.norm": ["none", {"op": "batch_norm"}]})
    assert len(result) == 2
    assert "<td" in result._repr_html_()
    assert result.table()


def test_what_a_folder_is_of(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    netspec.sweep(small(tmp_path), {"width": [4]}, where="params > 1", out=out)
    about = json.loads((out / "sweep.json").read_text(encoding="utf-8"))
    assert about["where"] == "params > 1"
    assert about["measure"] == ["params", "macs"]
    assert about["environment"]["netspec"] == netspec.__version__

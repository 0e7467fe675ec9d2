"""The table of a network: its figures, its layout on terminals, CSV and notebooks."""

from __future__ import annotations

import csv
import io
import json
import time
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import netspec
from netspec.amounts import size
from netspec.cli.inspecting import COUNTERS
from netspec.cli.main import main
from netspec.counting.tools import TOOLS
from netspec.summary import Summary
from netspec.summary_text import CSV_HEADER

NET = """
netspec: 1
name: Small
input: {image: {height: 9, width: 12, channels: 3}}
steps:
  - A: {op: conv, filters: 4, kernel: [3, 5], stride: [2, 1], activation: relu}
  - B:
      op: concat
      branches:
        - L:
            - P: {op: max_pool, kernel: 2, stride: 2}
        - R:
            - C: {op: conv, filters: 2, kernel: 2, stride: 2}
  - F: {op: flatten}
  - D: {op: dense, filters: 5}
outputs: {D: {}}
"""


@pytest.fixture
def summary(tmp_path: Path) -> Summary:
    (tmp_path / "small.yaml").write_text(NET)
    return netspec.load(tmp_path / "small.yaml").summary()


def test_each_step_has_its_figures(summary: Summary) -> None:
    rows = {row.path: row.to_json() for row in summary.rows}
    assert rows["A"] == {
        "path": "A",
        "op": "conv",
        "window": "3x5/2x1",
        "output": [4, 8, 4],
        "params": 3 * 5 * 3 * 4 + 4,
        "macs": 4 * 8 * 4 * 3 * 5 * 3,
        "memory": 4 * (4 * 8 * 4),
        "receptive_field": [3, 5],
        "stride": [2, 1],
    }
    assert rows["B"]["memory"] == 4 * (2 * 4 * 6)
    assert rows["B/L/P"]["receptive_field"] == [3 + 1 * 2, 5 + 1 * 1]
    assert rows["B/L/P"]["stride"] == [4, 2]
    assert rows["B/R"]["memory"] == 0  # its value is its last step's
    assert rows["D"]["receptive_field"] is rows["D"]["stride"] is None


def test_columns_add_up_at_every_depth(summary: Summary) -> None:
    whole = netspec.load("inception_resnet_v2").summary()
    for levels in (1, 2, 3, 99, 10**30):
        folded = whole.folded(levels)
        assert folded.total == whole.total
        assert folded.memory == whole.memory
        assert max(row.level for row in folded.rows) < levels
    assert summary.folded(1).rows[1].memory == 4 * (2 * 2 * 4 * 6)


def test_totals_are_told(summary: Summary) -> None:
    answer = summary.to_json()
    values = (4 * 8 * 4, 2 * 4 * 4, 2 * 4 * 2, 2 * 4 * 6, 2 * 4 * 6, 5)
    assert answer["memory"] == 4 * sum(values)
    assert answer["peak"] == 4 * (9 * 12 * 3 + 4 * 8 * 4)
    assert f"{size(4 * sum(values))} of values" in summary.table()


def test_csv_is_read_back(summary: Summary) -> None:
    text = netspec.load("inception_v3").summary().csv()
    assert text.endswith("\r\n")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == CSV_HEADER
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert sum(int(row["params"]) for row in named) == 27_143_152
    assert sum(int(row["macs"]) for row in named) == 5_718_899_296
    assert named[0]["kernel_stride_height"] == "2"
    assert "Mixed_5b/Branch_1/Conv2d_0b_5x5" in {row["path"] for row in named}
    logits = next(row for row in named if row["path"] == "Predictions")
    assert (logits["output_height"], logits["output_channels"]) == ("", "1000")
    cells = next(csv.DictReader(io.StringIO(summary.csv(), newline="")))
    assert (cells["kernel_height"], cells["kernel_width"]) == ("3", "5")
    assert (cells["kernel_stride_height"], cells["stride_width"]) == ("2", "1")


def test_csv_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "inception_v3", "--csv", "--depth", "1"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [row["path"] for row in rows][-1] == "AuxLogits"
    assert sum(int(row["params"]) for row in rows) == 27_143_152
    assert main(["show", "inception_v3", "--csv", "--json"]) == 2


LONG = f"""
netspec: 1
name: Long
input: {{image: {{height: 64, width: 64, channels: 3}}}}
steps:
  - {"A_very_long_name_of_a_step_that_goes_on_and_on_for_sixty_columns"[:63]}: {{op: identity}}
outputs: {{{"A_very_long_name_of_a_step_that_goes_on_and_on_for_sixty_columns"[:63]}: {{}}}}
"""


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 120])
def test_the_table_fits_its_terminal(width: int, tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(LONG)
    for spec in ("inception_v3", tmp_path / "long.yaml"):
        lines = netspec.load(spec).summary().table(width).splitlines()
        longest = max(map(len, lines))
        assert longest <= width or width < 60  # a name, a shape and two costs need room


def test_the_least_useful_columns_go_first() -> None:
    shown = netspec.load("inception_v3").summary().folded(1)
    heads = [shown.table(width).splitlines()[2].split() for width in (110, 97, 85, 77, 70, 60)]
    assert heads[0][-3:] == ["rec.", "field", "stride"]
    for before, after in pairwise(heads):
        assert set(after) <= set(before)
    assert heads[-1] == ["step", "output", "params", "MACs"]


def test_nothing_is_cut_where_no_terminal_is(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(LONG)
    assert "…" not in netspec.load(tmp_path / "long.yaml").summary().table()
    assert "…" in netspec.load(tmp_path / "long.yaml").summary().table(60)


class _Tags(HTMLParser):
    """What is open, and the text of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.styles.append(dict(attrs).get("style") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_notebook_s_page_is_whole_and_has_no_colours_of_its_own() -> None:
    """Text and ground are the page's, light or dark; what is drawn over them lets them through."""
    page = netspec.load("inception_v3")._repr_html_()
    tags = _Tags()
    tags.feed(page)
    assert not tags.open
    assert "<details" in page
    for style in tags.styles:
        assert "color:" not in style.replace("background-color:", "color:")
        assert "#" not in style
    assert "<script" not in page
    assert "http" not in page


def test_counters_are_the_tools() -> None:
    assert tuple(TOOLS) == COUNTERS


def test_another_tool_s_rule_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "inception_v3", "--count-like", "torch", "--depth", "1"]) == 0
    out = capsys.readouterr().out
    assert "counted as torch.utils.flop_counter.FlopCounterMode does" in out.splitlines()[0]
    assert "FLOPs" in out.splitlines()[2]
    assert f"{2 * 5_718_899_296:,} FLOPs" in out
    assert "torch counts no operation of: 96 batch_norm (BatchNorm2d)" in out
    assert main(["show", "inception_v3", "--count-like", "thop", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["count_like"]["unit"] == "MACs"
    assert answer["count_like"]["left_out"]["concat (a function)"] == 15
    assert answer["macs"] == sum(row["macs"] for row in answer["layers"])
    with pytest.raises(ValueError, match="fvcore, thop, torchinfo, torch"):
        netspec.load("inception_v3").summary("flops")


def test_a_table_of_thousands_of_steps_is_quick(tmp_path: Path) -> None:
    steps = "".join(
        f"  - B{i}: {{op: concat, branches: [{{L: [{{C: {{op: conv, filters: 2, kernel: 1}}}}]}},"
        f" {{R: [{{C: {{op: conv, filters: 2, kernel: 1}}}}]}}]}}\n"
        for i in range(400)
    )
    head = "netspec: 1\nname: Many\ninput: {image: {height: 9, width: 9, channels: 4}}\nsteps:\n"
    (tmp_path / "many.yaml").write_text(f"{head}{steps}outputs: {{B399: {{}}}}\n")
    spec = netspec.load(tmp_path / "many.yaml")
    spec.graph()
    start = time.perf_counter()
    summary = spec.summary()
    assert len(summary.table(100).splitlines()) > 2000
    assert summary.csv()
    assert spec._repr_html_()
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("levels", [0, -1])
def test_at_least_one_level_is_kept(levels: int, summary: Summary) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        summary.folded(levels)

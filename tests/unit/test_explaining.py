"""`netspec explain SPEC PATH`: every field with its value, and what gave it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from texts import HEAD

from netspec.cli.main import main
from netspec.ops.conv import Conv
from netspec.ops.table import OPS

BASE = f"""{HEAD}
params: {{wide: 4}}
defaults:
  conv: {{padding: same, activation: relu}}
templates:
  pair:
    params: {{n: int}}
    steps:
      - A: {{op: conv, filters: $n, kernel: [3, 3]}}
      - B: {{op: relu}}
steps:
  - Stem: {{op: conv, filters: $wide, kernel: 3, stride: 2}}
  - Pair: {{use: pair, with: {{n: 5}}}}
outputs: {{Pair: {{}}}}
"""
OVER = """netspec: 1
extends: base.yaml
defaults: {conv: {activation: tanh}}
patch:
  - {at: Pair/A, set: {kernel: 1}}
"""


@pytest.fixture
def explain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE)
    Path("over.yaml").write_text(OVER)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["explain", *arguments])
        return status, *capsys.readouterr()

    return run


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def fields(answer: str) -> dict[str, dict[str, Any]]:
    return {field["field"]: field for field in json.loads(answer)["fields"]}


def test_every_field_is_told_with_its_giver(explain: Any) -> None:
    status, out, _ = explain("over.yaml", "Pair/A", "--set", "Pair/A.bias=false", "--json")
    assert status == 0
    found = fields(out)
    assert list(found) == list(Conv.options())
    kept = {name: (field["value"], field["by"]) for name, field in found.items()}
    assert kept["kernel"] == (1, "patch")
    assert kept["filters"] == (5, "step")
    assert kept["bias"] == (False, "set")
    assert kept["activation"] == ("tanh", "defaults")
    assert kept["padding"] == (0, "defaults")
    assert kept["stride"] == (1, "op")
    assert kept["norm"] == ("none", "op")


def test_every_place_is_the_line_that_wrote_it(explain: Any) -> None:
    found = fields(explain("over.yaml", "Pair/A", "--set", "Pair/A.bias=false", "--json")[1])
    places = {name: (field["file"], field["line"]) for name, field in found.items()}
    assert places["kernel"] == ("over.yaml", line_of(OVER, "at: Pair/A"))
    assert places["filters"] == ("base.yaml", line_of(BASE, "- A:"))
    assert places["bias"] == ("--set Pair/A.bias", 1)
    assert places["activation"] == ("over.yaml", line_of(OVER, "tanh"))
    assert places["padding"] == ("base.yaml", line_of(BASE, "padding: same"))
    assert places["stride"] == (None, None)
    assert found["filters"]["written"] == "$n"
    assert found["padding"]["written"] == "same"
    assert found["kernel"]["written"] is None


def test_the_text_names_the_template_the_use_and_the_files(explain: Any) -> None:
    status, out, _ = explain("over.yaml", "Pair/A")
    assert status == 0
    assert out.startswith("Pair/A: conv, 4x4x5, of Stem\n")
    defined, used = line_of(BASE, "  pair:"), line_of(BASE, "use: pair")
    assert f"in template pair (base.yaml:{defined}), used at base.yaml:{used}" in out
    rows = {line.split()[0]: line for line in out.splitlines() if line and line[0].islower()}
    assert rows["kernel"].endswith(f"patch, line {line_of(OVER, 'at: Pair/A')}")
    filters = f"template pair, base.yaml:{line_of(BASE, '- A:')}, written $n"
    assert rows["filters"].endswith(filters)
    assert rows["stride"].endswith("the default of conv")


def test_a_block_tells_its_template_and_steps(explain: Any) -> None:
    _, out, _ = explain("base.yaml", "Pair", "--json")
    told = json.loads(out)
    assert (told["op"], told["template"], told["arguments"]) == (None, "pair", {"n": 5})
    assert told["steps"] == ["Pair/A", "Pair/B"]
    assert told["fields"] == []


def test_every_step_of_inception_v3_can_be_explained(explain: Any) -> None:
    for path, op in (("Mixed_6e/Branch_2/Conv2d_0c_1x7", "conv"), ("MaxPool_3a_3x3", "max_pool")):
        status, out, _ = explain("inception_v3", path, "--json")
        assert status == 0
        assert list(fields(out)) == list(OPS[op].options())


def test_a_path_that_is_not_there(explain: Any) -> None:
    status, out, err = explain("base.yaml", "Pair/C")
    assert (status, out) == (2, "")
    assert "NS306" in err
    assert "nearest: Pair/A" in err


def test_a_spec_without_a_path(explain: Any) -> None:
    status, _, err = explain("base.yaml")
    assert status == 2
    assert "netspec explain base.yaml PATH" in err


def test_a_field_is_told_with_the_template_whose_body_has_it(explain: Any) -> None:
    nested = f"""{HEAD}
templates:
  inner: {{params: {{n: int}}, op: conv, filters: $n, kernel: 1}}
  outer:
    steps: [{{A: {{use: inner, with: {{n: 3}}}}}}, {{B: {{op: conv, filters: 2, kernel: 1}}}}]
steps: [{{One: {{use: inner, with: {{n: 2}}}}}}, {{Two: {{use: outer}}}}]
outputs: {{Two: {{}}}}
"""
    Path("nested.yaml").write_text(nested)
    told = {path: explain("nested.yaml", path)[1] for path in ("One", "Two/A", "Two/B")}
    inner = f"template inner, line {line_of(nested, '  inner:')}, written $n"
    assert inner in told["One"]
    assert inner in told["Two/A"]
    assert f"template outer, line {line_of(nested, '    steps:')}" in told["Two/B"]

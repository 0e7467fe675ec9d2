"""What is better: the front against its definition, on numbers drawn."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from netspec.diagnostics import SpecError
from netspec.sweeping.objectives import Objective, front, ordered, parse_all

KNOWN = ("params", "macs", "rf", "width")


def rows(count: int, seed: int, levels: int) -> list[dict[str, Any]]:
    """Rows with figures of so many levels: few make many equal."""
    random = Random(seed)
    return [
        {
            "spec_hash": str(i),
            "set": {"width": i},
            **{n: random.randrange(levels) for n in KNOWN[:3]},
        }
        for i in range(count)
    ]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [4, 1000])
@pytest.mark.parametrize("by", ["params,macs", "macs,params:max", "params,macs,rf", "rf,width:max"])
def test_the_front_is_what_no_other_row_beats(by: str, levels: int, seed: int) -> None:
    found = rows(60, seed, levels)
    signs = [-1 if o.way == "max" else 1 for o in parse_all(by, KNOWN)]

    def judged(row: dict[str, Any]) -> list[float]:
        names = [part.partition(":")[0] for part in by.split(",")]
        return [s * row.get(n, row["set"].get(n)) for s, n in zip(signs, names, strict=True)]

    def beaten(row: dict[str, Any]) -> bool:
        own = judged(row)
        others = map(judged, found)
        return any(all(a <= b for a, b in zip(o, own, strict=True)) and o != own for o in others)

    kept = {row["spec_hash"] for row in found if not beaten(row)}
    assert {row["spec_hash"] for row in front(found, parse_all(by, KNOWN))} == kept


def test_which_way_is_better() -> None:
    assert Objective.parse("macs", KNOWN).way == "min"
    assert Objective.parse("rf", KNOWN).way == "max"
    assert Objective.parse("rf:min", KNOWN).way == "min"
    latency = Objective.parse("latency:onnx:max", ["latency:onnx"])
    assert (latency.name, latency.way) == ("latency:onnx", "max")
    assert Objective.parse("latency:onnx", ["latency:onnx"]).way == "min"


def test_rows_without_the_figure_come_last() -> None:
    found = [{"set": {}, "macs": None}, {"set": {}, "macs": 2}, {"set": {}, "macs": 1}]
    by = Objective("macs", "min")
    assert [row["macs"] for row in ordered(found, by)] == [1, 2, None]
    assert [row["macs"] for row in front(found, [by])] == [1]


def test_a_column_that_is_none() -> None:
    with pytest.raises(SpecError, match="did you mean macs"):
        Objective.parse("mac", KNOWN)

"""Variants chosen by what others came to: deterministic, within the condition, resumable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.diagnostics import SpecError
from netspec.targets import MissingExtra
from sweeping.nets import codes, lines_of, small

SPACE = {"width": "4..64", "kernel": [1, 3, 5, 7], "mode": ["same", "valid"]}
WHERE = "macs < 400000"


def tuned(spec: str, wanted: int = 30, seed: int = 0, **more: Any) -> netspec.SweepResult:
    aim = {"maximize": "params"} if "minimize" not in more else {}
    return netspec.sweep(spec, SPACE, tune=wanted, seed=seed, where=WHERE, **aim, **more)


def test_so_many_variants_that_hold(tmp_path: Path) -> None:
    result = tuned(small(tmp_path))
    assert len(result) == 30
    assert all(row["macs"] < 400_000 for row in result.rows)
    assert len({row["spec_hash"] for row in result.rows}) == 30
    best = max(row["params"] for row in result.rows)
    assert result.best()["params"] == best  # type: ignore[index]
    assert f"{best:,}" in result.sorted().table(1)
    assert result.best("params")["params"] < best  # type: ignore[index]


def test_it_is_better_than_chance(tmp_path: Path) -> None:
    """The best of thirty chosen ones, against that of thirty drawn ones, over several seeds."""
    spec, wins = small(tmp_path), 0
    for seed in range(5):
        chosen = max(row["params"] for row in tuned(spec, seed=seed).rows)
        drawn = netspec.sweep(spec, SPACE, random=30, seed=seed, where=WHERE).rows
        wins += chosen >= max(row["params"] for row in drawn)
    assert wins >= 4


def test_the_same_seed_chooses_the_same(tmp_path: Path) -> None:
    spec = small(tmp_path)
    assert tuned(spec, seed=1).rows == tuned(spec, seed=1).rows
    assert tuned(spec, seed=1).rows != tuned(spec, seed=2).rows


def test_it_goes_on_from_the_journal_as_it_would_have(tmp_path: Path) -> None:
    spec, out, whole = small(tmp_path), tmp_path / "out", tmp_path / "whole"
    tuned(spec, out=whole)
    tuned(spec, 12, out=out)
    assert len(lines_of(out / "journal.jsonl")) == 12
    again = tuned(spec, out=out)
    assert again.counts["known"] > 0
    assert (out / "journal.jsonl").read_bytes() == (whole / "journal.jsonl").read_bytes()


def test_a_space_that_is_small_is_walked_through(tmp_path: Path) -> None:
    space = {"width": [4, 8, 16], "mode": ["same"]}
    result = netspec.sweep(small(tmp_path), space, tune=50, minimize="params")
    assert sorted(row["set"]["width"] for row in result.rows) == [4, 8, 16]


def test_a_condition_that_nothing_holds_ends(tmp_path: Path) -> None:
    result = netspec.sweep(small(tmp_path), SPACE, tune=3, minimize="macs", where="macs < 0")
    assert len(result) == 0
    assert result.counts["where"] > 3


def test_numbers_between_two(tmp_path: Path) -> None:
    space = {"rate": "0.1..0.9", "width": "4..64/log"}
    result = netspec.sweep(small(tmp_path), space, tune=15, maximize="rate / width")
    assert len(result) == 15
    assert all(0.1 <= row["set"]["rate"] <= 0.9 for row in result.rows)


@pytest.mark.parametrize("aim", ["weight", "params <", "params < 3"])
def test_an_aim_that_is_none(aim: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as error:
        netspec.sweep(small(tmp_path), SPACE, tune=3, maximize=aim)
    assert codes(error) <= {"NS304", "NS307", "NS308"}


def test_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtra, match=r"pip install 'netspec\[tune\]'"):
        tuned(small(tmp_path))

"""What `KEY=VALUES` says."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from netspec.diagnostics import SpecError
from netspec.sweeping.axes import Interval, Stepped, from_text, from_values
from sweeping.nets import refused


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("0.5,0.75,1", [0.5, 0.75, 1]),
        ("96..192/32", [96, 128, 160, 192]),
        ("96..190/32", [96, 128, 160]),
        ("1..5", [1, 2, 3, 4, 5]),
        ("-2..2/2", [-2, 0, 2]),
        ("3..3", [3]),
        ("0.1..0.7/0.2", [0.1, 0.3, 0.5, 0.7]),
        ("1e-3..3e-3/1e-3", [0.001, 0.002, 0.003]),
        ("1..2/0.5", [1.0, 1.5, 2.0]),
        ("8,16..32/8,64", [8, 16, 24, 32, 64]),
        ("true,false", [True, False]),
        ("same,valid", ["same", "valid"]),
        ("same, valid", ["same", "valid"]),
        ("'1','a,b'", ["1", "a,b"]),
        ("[1, 7],[7, 1],3", [[1, 7], [7, 1], 3]),
        ("{op: batch_norm, scale: false},none", [{"op": "batch_norm", "scale": False}, "none"]),
        ("224x224,299x299", ["224x224", "299x299"]),
        ("2,2,4,2", [2, 4]),
        ("1,1.0,true", [1, 1.0, True]),
        ("1e-3", [0.001]),
    ],
)
def test_values(written: str, values: list[Any]) -> None:
    found = list(from_text(f"key={written}").finite)
    assert [(type(v), v) for v in found] == [(type(v), v) for v in values]


def test_the_key_ends_at_the_first_sign_of_equality() -> None:
    axis = from_text("Mixed_6*/Branch_[01]/*.norm={op: batch_norm},none")
    assert axis.key == "Mixed_6*/Branch_[01]/*.norm"
    assert from_text("mode='a=b'").finite == ("a=b",)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("key", "KEY=VALUES"),
        ("=1,2", "KEY=VALUES"),
        ("key=", "no value"),
        ("key=1,,2", "a value is missing"),
        ("key=5..1", "write 1..5"),
        ("key=1..5/0", "above 0"),
        ("key=1..5/-1", "above 0"),
        ("key=0..1/log", "above 0"),
        ("key=0.1..0.9,2", "stands alone"),
        ("key=1..1000000000000000000000", "more than"),
        ("key=1,2..3000000", "more than 1,000,000"),
        ("key=[1", "NS1"),
    ],
)
def test_what_is_no_value(written: str, said: str) -> None:
    with pytest.raises(SpecError) as error:
        from_text(written)
    assert said in refused(error)


def test_a_long_range_is_not_written_out() -> None:
    values = from_text("key=1..1000000000000").finite
    assert isinstance(values, Stepped)
    assert len(values) == 10**12
    assert values[999_999_999_999] == 10**12


def test_any_number_between_two() -> None:
    axis = from_text("key=0.1..0.5")
    assert axis.values == Interval(0.1, 0.5)
    random = Random(1)
    drawn = [axis.values.drawn(random) for _ in range(500)]
    assert all(isinstance(value, float) and 0.1 <= value <= 0.5 for value in drawn)
    assert np.mean(np.array(drawn) < 0.3) == pytest.approx(0.5, abs=0.1)
    with pytest.raises(SpecError, match=r"0\.1\.\.0\.5/0\.1"):
        _ = axis.finite


def test_as_many_small_as_large() -> None:
    values = from_text("key=1e-4..1/log").values
    assert isinstance(values, Interval)
    random = Random(1)
    drawn = np.array([values.drawn(random) for _ in range(500)])
    assert np.mean(drawn < 1e-2) == pytest.approx(0.5, abs=0.1)
    whole = from_text("key=1..1024/log").values
    assert isinstance(whole, Interval)
    counts = [whole.drawn(random) for _ in range(500)]
    assert all(isinstance(count, int) and 1 <= count <= 1024 for count in counts)


def test_values_of_a_python_caller() -> None:
    assert from_values("key", [1, 0.5]).finite == (1, 0.5)
    assert from_values("key", np.array([1, 2])).finite == (1, 2)
    assert from_values("key", range(3)).finite == (0, 1, 2)
    assert from_values("key", 7).finite == (7,)
    assert from_values("key", {"op": "relu"}).finite == ({"op": "relu"},)
    assert list(from_values("key", "8..16/8").finite) == [8, 16]


@pytest.mark.parametrize("values", [[], [float("nan")], [object()], [{1: 2}]])
def test_values_that_no_spec_can_hold(values: Any) -> None:
    with pytest.raises(SpecError):
        from_values("key", values)

"""Which variants a sweep is of."""

from __future__ import annotations

from itertools import islice

import pytest

from netspec.diagnostics import SpecError
from netspec.sweeping.axes import from_text
from netspec.sweeping.points import Drawn, Grid, Listed, Zipped, require_at_most
from sweeping.nets import codes, distinct, refused

AXES = [from_text("a=1,2,3"), from_text("b=x,y")]


def test_a_grid_has_every_combination_the_last_key_fastest() -> None:
    grid = Grid(["net"], AXES)
    found = [tuple(point.set.values()) for point in grid.points()]
    assert found == [(1, "x"), (1, "y"), (2, "x"), (2, "y"), (3, "x"), (3, "y")]
    assert grid.count == 6


def test_a_grid_of_two_specs_and_of_none_but_the_spec() -> None:
    assert [p.spec for p in Grid(["one", "two"], [AXES[1]]).points()] == ["one"] * 2 + ["two"] * 2
    assert [(p.spec, p.set) for p in Grid(["one"], []).points()] == [("one", {})]


def test_a_huge_grid_is_never_made() -> None:
    grid = Grid(["net"], [from_text("a=1..1000000"), from_text("b=1..1000000")])
    assert grid.count == 10**12
    assert [tuple(p.set.values()) for p in islice(grid.points(), 2)] == [(1, 1), (1, 2)]
    with pytest.raises(SpecError) as error:
        require_at_most(grid, 100_000)
    assert codes(error) == {"NS651"}
    assert "1,000,000,000,000 variants" in refused(error)
    assert "--most" in refused(error)


def test_values_side_by_side() -> None:
    zipped = Zipped(["net"], [from_text("a=1,2"), from_text("b=x,y")])
    assert [tuple(p.set.values()) for p in zipped.points()] == [(1, "x"), (2, "y")]
    with pytest.raises(SpecError, match="a has 3, b has 2"):
        Zipped(["net"], AXES)


def test_a_list() -> None:
    listed = Listed(["net"], [{"a": 1}, {"b": 2}])
    assert [p.set for p in listed.points()] == [{"a": 1}, {"b": 2}]


def test_points_by_chance_are_each_of_the_grid_s_and_none_twice() -> None:
    axes = [from_text("a=1..10"), from_text("b=1..10")]
    drawn = Drawn(["net"], axes, 60, seed=3)
    found = [point.key for point in drawn.points()]
    assert len(found) == 60
    assert distinct(found)
    assert set(found) <= {point.key for point in Grid(["net"], axes).points()}
    assert found == [point.key for point in drawn.points()]
    assert found != [point.key for point in Drawn(["net"], axes, 60, seed=4).points()]


def test_more_points_begin_with_the_fewer_ones() -> None:
    axes = [from_text("a=1..1000000"), from_text("b=0.1..0.9")]
    few = [point.key for point in Drawn(["net"], axes, 10, seed=3).points()]
    many = [point.key for point in Drawn(["net"], axes, 40, seed=3).points()]
    assert many[:10] == few


def test_no_more_points_than_there_are() -> None:
    drawn = Drawn(["net"], AXES, 100)
    assert drawn.count == 6
    assert {p.key for p in drawn.points()} == {p.key for p in Grid(["net"], AXES).points()}


def test_points_are_told_apart_by_type() -> None:
    points = Grid(["net"], [from_text("a=1,1.0,true,'1'")]).points()
    assert distinct(point.key for point in points)

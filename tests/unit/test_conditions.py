"""Conditions and quantities over figures: what they say, and where they are wrong."""

from __future__ import annotations

import pytest

from netspec.conditions import Condition, Quantity
from netspec.diagnostics import SpecError
from netspec.measures import MEASURES

FIGURES = {"params": 19_000_000, "macs": 4_100_000_000, "rf": 927}


def _condition(text: str) -> Condition:
    return Condition.parse(text, FIGURES, "--where")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("params < 20e6", True),
        ("params < 20e6 and macs < 4e9", False),
        ("params < 20e6 and not macs < 4e9", True),
        ("macs / params > 200 or rf >= 928", True),
        ("(params if rf > 1000 else macs) > 1e9", True),
        ("params == 19000000", True),
    ],
)
def test_a_condition_is_an_expression_of_the_language(text: str, expected: bool) -> None:
    assert _condition(text).holds(FIGURES) is expected


def test_a_quantity_is_a_number() -> None:
    quantity = Quantity.parse("2 * macs / params", FIGURES, "--maximize")
    assert quantity.value({"params": 4, "macs": 10}) == 5
    assert quantity.names == {"params", "macs"}


@pytest.mark.parametrize(
    ("text", "code", "column", "says"),
    [
        ("params < 20e6 and mac < 4e9", "NS304", 19, "did you mean macs?"),
        ("flops < 1", "NS304", 1, "there are params, macs, rf"),
        ("params <", "NS307", 9, "a value is missing here"),
        ("", "NS307", 1, "a value is missing here"),
        ("params < 20M", "NS307", 10, "'20M' is not a number"),
        ("__import__('os')", "NS307", 1, "is not a name"),
        ("params.real", "NS307", 7, "params"),
        ("(" * 60 + "1" + ")" * 60, "NS309", 21, "nested"),
    ],
)
def test_what_can_t_be_read_is_told_with_its_place(
    text: str, code: str, column: int, says: str
) -> None:
    with pytest.raises(SpecError) as caught:
        _condition(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert diagnostic.span is not None
    assert (diagnostic.span.source.name, diagnostic.span.column) == ("--where", column)
    assert says in str(diagnostic)


@pytest.mark.parametrize(
    "text", ["params", "params + 1", "params and macs > 1", "1 / (rf - 927) > 0"]
)
def test_a_condition_without_an_answer_is_refused(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        _condition(text).holds(FIGURES)
    assert caught.value.diagnostics[0].code == "NS308"


def test_a_quantity_that_is_no_number_is_refused() -> None:
    with pytest.raises(SpecError, match="a quantity is a number"):
        Quantity.parse("params < 3", FIGURES, "--maximize").value(FIGURES)


def test_measures_are_names_of_the_language() -> None:
    """So that any of them can stand in a condition."""
    for name in MEASURES:
        assert Condition.parse(f"{name} > 0", MEASURES, "--where").names == {name}

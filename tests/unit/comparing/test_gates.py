"""Conditions that fail a comparison: what they say in full, and where they are wrong."""

from __future__ import annotations

import pytest
from texts import load_text, small

from netspec.comparing.difference import compare
from netspec.comparing.gates import NAMES, figures, gate
from netspec.diagnostics import SpecError
from netspec.measures import MEASURES

VALUES = dict.fromkeys(NAMES, 100) | {"macs": 105, "params": 94, "added": 2, "removed": 0}
"""Each figure is 100 in A; B has 5 % more MACs and 6 % fewer parameters."""


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("macs > 1.04x", True),
        ("macs > 1.05x", False),
        ("macs >= 1.05x", True),
        ("macs > 1.06x", False),
        ("macs > +4%", True),
        ("macs > +5%", False),
        ("macs > +4.9 %", True),
        ("params < -5%", True),
        ("params < -7%", False),
        ("macs == 1x", False),
        ("rf != 1x", False),
        ("params > 1.5x or macs>1.01x", True),
        ("macs > before.macs + 4", True),
        ("macs > macs_before + 5", False),
        ("macs - before.macs > 4 and not params > before.params", True),
        ("added + removed > 1", True),
        ("removed > 0", False),
        ("macs % 2 == 1", True),
        ("(macs > 1.04x) == true", True),
        ("macs > 5 % 3 + 104", False),
    ],
)
def test_a_gate_holds_of_figures(text: str, holds: bool) -> None:
    assert gate(text).judged(VALUES).failed is holds


@pytest.mark.parametrize("text", ["macs > 5%", "macs > 5 %", "(macs) > +5%"])
def test_a_percentage_that_is_none_says_how_it_is_written(text: str) -> None:
    with pytest.raises(SpecError, match=r"macs > \+5%"):
        gate(text)


@pytest.mark.parametrize(
    ("text", "code", "column", "marked"),
    [
        ("macs > 1.05x and mac < 3", "NS304", 18, "mac"),
        ("flops > 1.05x", "NS304", 1, "flops"),
        ("macs > 1.05x and before.mac < 1", "NS304", 18, "before.mac"),
        ("macs > +5% and", "NS307", 15, ""),
        ("1.05x < macs", "NS307", 1, "1.05"),
        ("macs > 1.05x)", "NS307", 13, ")"),
        ("", "NS307", 1, ""),
    ],
)
def test_a_fault_is_marked_in_what_was_written(
    text: str, code: str, column: int, marked: str
) -> None:
    with pytest.raises(SpecError) as caught:
        gate(text)
    (found,) = caught.value.diagnostics
    assert found.span is not None
    assert (found.code, found.span.column) == (code, column)
    assert found.span.source.text == text
    assert text[column - 1 : found.span.end_column - 1] == marked


@pytest.mark.parametrize("text", ["macs", "params + 1", "1.5", "macs / 0 > 1"])
def test_a_gate_without_a_verdict_is_a_mistake(text: str) -> None:
    with pytest.raises(SpecError):
        gate(text).judged(VALUES)


def test_a_verdict_tells_the_figures() -> None:
    verdict = gate("macs > 1.04x").judged(VALUES)
    assert str(verdict) == "fails: macs > 1.04x holds   (macs = 105, macs_before = 100)"


def test_the_figures_are_those_of_both_networks() -> None:
    one, other = (
        load_text(small(f"  - A: {{op: conv, filters: {n}, kernel: 1}}\n")) for n in (2, 3)
    )
    found = figures(compare(one, other))
    assert set(found) == set(NAMES)
    assert (found["params_before"], found["params"]) == (3 * 2 + 2, 3 * 3 + 3)
    assert (found["macs_before"], found["macs"]) == (64 * 3 * 2, 64 * 3 * 3)
    assert (found["changed"], found["added"]) == (1, 0)
    assert set(MEASURES) < set(found)

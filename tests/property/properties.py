"""The properties by name: the cases that are drawn, what must hold for each, how many to try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from netspec.ir.graph import Graph
from property import agreement, comparing, cutting, language, mutations, networks, pictures


@dataclass(frozen=True)
class Property:
    """`check` raises where a case shows that it does not hold; else it gives the graph, if any.

    `few` cases are tried in every run of the tests; `share` is the part of a long search that is
    spent on it. Every case has a `text`.
    """

    cases: st.SearchStrategy[Any]
    check: Callable[[Any], Graph | None]
    few: int
    share: int = 1


LANGUAGE = {
    "printed": Property(networks.specs(), language.printed_and_read, few=100),
    "spelling": Property(language.respelt(), language.spelt_alike, few=60),
    "spoilt": Property(mutations.spoilt(), language.refused_or_accepted, few=200, share=2),
    "cut": Property(cutting.cuts(), cutting.cut_alike, few=100),
    "compared": Property(comparing.twos(), comparing.compared, few=150),
    "drawn": Property(networks.specs(), pictures.drawn_well, few=60),
    "changes": Property(comparing.twos(), pictures.changes_drawn_well, few=40),
    "commands": Property(language.commands(), language.answered, few=40),
}
BACKENDS = {
    "numbers": Property(networks.specs(), agreement.computed_alike, few=45, share=5),
    "shapes": Property(networks.specs(), agreement.shaped_alike, few=20, share=2),
    "source": Property(networks.specs(), agreement.sources_alike, few=20, share=2),
    "built": Property(mutations.altered(), agreement.built_or_unsupported, few=40, share=2),
}
PROPERTIES = {**LANGUAGE, **BACKENDS}

LONG = settings(
    database=None,
    deadline=None,
    derandomize=False,
    report_multiple_bugs=False,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
"""Of a search: its seed alone decides what is drawn."""
SHORT = settings(LONG, derandomize=True)
"""Of the tests: the same cases in every run."""

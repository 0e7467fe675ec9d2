"""The properties of the language hold for a few cases, the same in every run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from property.properties import LANGUAGE, SHORT


@pytest.mark.parametrize("name", LANGUAGE)
def test_property(name: str) -> None:
    tried = LANGUAGE[name]

    @settings(SHORT, max_examples=tried.few)
    @given(tried.cases)
    def holds(case: object) -> None:
        tried.check(case)

    holds()

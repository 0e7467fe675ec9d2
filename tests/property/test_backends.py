"""The properties of the backends hold for a few cases, the same in every run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from property.properties import BACKENDS, SHORT


@pytest.mark.parametrize("name", BACKENDS)
def test_property(name: str) -> None:
    tried = BACKENDS[name]

    @settings(SHORT, max_examples=tried.few)
    @given(tried.cases)
    def holds(case: object) -> None:
        tried.check(case)

    holds()

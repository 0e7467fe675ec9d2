"""The examples in docstrings are run, and give what stands below them."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import netspec

OF_THE_CORE = [
    module.name
    for module in pkgutil.walk_packages(netspec.__path__, "netspec.")
    if not module.name.startswith("netspec.backends")
]


def examples() -> Iterator[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in OF_THE_CORE:
        yield from (found for found in finder.find(importlib.import_module(name)) if found.examples)


@pytest.mark.parametrize("example", [*examples()], ids=lambda example: example.name)
def test_an_example_gives_what_it_shows(example: doctest.DocTest) -> None:
    told: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(example, out=told.append).failed == 0, told

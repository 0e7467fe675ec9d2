"""A package of many modules says in its docstring which is for what, and leaves none out."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

MAPPED = ("comparing", "drawing", "sweeping", "transfer")


@pytest.mark.parametrize("name", MAPPED)
def test_a_package_names_each_of_its_modules(name: str) -> None:
    package = importlib.import_module(f"netspec.{name}")
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert set(re.findall(r"`(\w+)`", package.__doc__ or "")) == modules

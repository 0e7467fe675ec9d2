"""Nothing overlaps or is cut, no line meets what is not its own: bundled specs in every style."""

from __future__ import annotations

import functools

import pytest

import netspec
from drawing.geometry import crossings, faults
from netspec import bundled
from netspec.drawing.pictures import Style, scene_of, sheet_of
from netspec.spec import Spec

STYLES = {
    "default": Style(),
    "overview": Style(depth=1),
    "branches": Style(depth=2),
    "open": Style(depth=64, unrolled=True),
    "right": Style(direction="right"),
    "right-overview": Style(direction="right", depth=1, columns=2),
    "named": Style(names="all", shapes="all"),
    "one-column": Style(columns=1),
    "heat": Style(heat="macs"),
}
NAMES = sorted(bundled.specs())


@functools.cache
def loaded(name: str) -> Spec:
    return netspec.load(name)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", NAMES)
def test_a_bundled_spec_is_laid_out_well(name: str, style: str) -> None:
    look = STYLES[style]
    assert faults(sheet_of(scene_of(loaded(name), look), look)) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_lines_of_a_bundled_spec_cross(name: str) -> None:
    assert crossings(sheet_of(scene_of(loaded(name), Style()), Style()).layout) == 0

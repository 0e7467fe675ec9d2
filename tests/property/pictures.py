"""What pictures promise of every network, and of every two: nothing overlaps or is cut."""

from __future__ import annotations

from drawing.geometry import faults
from texts import load_text

from netspec.diagnostics import SpecError
from netspec.drawing.comparison import scene_of_changes
from netspec.drawing.pictures import Style, scene_of, sheet_of
from netspec.drawing.scene import Scene
from netspec.ir.graph import Graph
from netspec.spec import Spec
from property.comparing import Two
from property.networks import Drawn

STYLES = (
    Style(),
    Style(depth=1),
    Style(direction="right"),
    Style(names="all", shapes="all"),
    Style(depth=2, direction="right", columns=1),
)


def drawn_well(case: Drawn) -> Graph | None:
    """In every direction, at every depth."""
    spec = load_text(case.text)
    judge(spec)
    return spec.graph()


def judge(spec: Spec) -> None:
    """Raise for what is wrong with any picture of a spec."""
    for style in STYLES:
        _judge(scene_of(spec, style), style)


def changes_drawn_well(case: Two) -> Graph | None:
    """Both ways; an edited spec may be none."""
    try:
        one, other = load_text(case.one), load_text(case.other)
    except SpecError:
        return None
    for style in STYLES:
        _judge(scene_of_changes(one, other, style), style)
        _judge(scene_of_changes(other, one, style), style)
    return other.graph()


def _judge(scene: Scene, style: Style) -> None:
    found = faults(sheet_of(scene, style))
    assert not found, found[0]

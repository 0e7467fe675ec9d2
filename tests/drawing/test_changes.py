"""Pictures of what makes one spec of another: each step marked, nothing misplaced."""

from __future__ import annotations

import re

import pytest
from texts import load_text

import netspec
from drawing.geometry import faults
from netspec import bundled
from netspec.drawing.comparison import scene_of_changes
from netspec.drawing.pictures import Style, sheet_of
from netspec.drawing.scene import Box, Form, Mark, Scene

HEAD = "netspec: 1\nname: Net\ninput: {image: {height: 8, width: 8, channels: 4}}\n"
DIALECTS = sorted(name for name in bundled.specs() if "." in name)


def boxes(scene: Scene) -> dict[str, Box]:
    return {box.path: box for box in scene.body.boxes()}


def changed(before: str, after: str) -> dict[str, Box]:
    earlier, later = (
        load_text(f"{HEAD}steps: [{steps}]\noutputs: {{Z: {{}}}}\n") for steps in (before, after)
    )
    scene = scene_of_changes(earlier, later, Style())
    assert faults(sheet_of(scene, Style())) == []
    return boxes(scene)


def marks(found: dict[str, Box]) -> dict[str, Mark]:
    return {path: box.mark for path, box in found.items() if box.mark is not Mark.SAME}


CONV = "A: {op: conv, filters: 4, kernel: 3, padding: same}"
END = "Z: {op: relu}"


def test_nothing_is_marked_where_nothing_has_changed() -> None:
    assert marks(changed(f"{CONV}, {END}", f"{CONV}, {END}")) == {}


def test_an_added_step_is_marked() -> None:
    found = changed(f"{CONV}, {END}", f"{CONV}, N: {{op: tanh}}, {END}")
    assert marks(found) == {"N": Mark.ADDED}
    assert found["Z"].takes == ("N",)


def test_a_removed_step_stands_where_it_was() -> None:
    found = changed(f"{CONV}, N: {{op: tanh}}, {END}", f"{CONV}, {END}")
    assert marks(found) == {"−N": Mark.REMOVED}
    assert found["−N"].takes == ("A",)
    assert found["Z"].takes == ("A", "−N")


def test_a_removed_last_step_feeds_nobody() -> None:
    found = changed(
        f"{CONV}, B: {{steps: [C: {{op: relu}}, N: {{op: tanh}}]}}, {END}",
        f"{CONV}, B: {{steps: [C: {{op: relu}}]}}, {END}",
    )
    assert marks(found) == {"−B/N": Mark.REMOVED}
    assert found["Z"].takes == ("B/C",)


def test_a_changed_step_says_what_it_was() -> None:
    found = changed(f"{CONV}, {END}", f"{CONV.replace('kernel: 3', 'kernel: 5')}, {END}")
    assert marks(found) == {"A": Mark.CHANGED}
    assert (found["A"].title, found["A"].note) == ("5×5 conv, 4", "was 3×3 conv, 4")


def test_a_field_that_no_title_shows_is_named() -> None:
    found = changed(f"{CONV}, {END}", f"{CONV.replace('same', 'valid')}, {END}")
    assert found["A"].note == "padding same → valid"


def test_a_step_of_another_family_is_removed_and_added() -> None:
    found = changed(f"{CONV}, {END}", f"A: {{op: max_pool, kernel: 3, padding: same}}, {END}")
    assert marks(found) == {"A": Mark.ADDED, "−A": Mark.REMOVED}


def test_a_removed_branch_is_a_branch() -> None:
    join = "J: {op: concat, branches: [P: {op: relu}, Q: {op: tanh}]}"
    found = changed(f"{join}, {END}", f"J: {{op: concat, branches: [P: {{op: relu}}]}}, {END}")
    assert marks(found)["−J/Q"] is Mark.REMOVED
    assert set(found["J"].takes) == {"J/P", "−J/Q"}


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("direction", ["down", "right"])
def test_dialects_are_drawn_well_both_ways(name: str, direction: str) -> None:
    pair = [netspec.load(found) for found in (name.partition(".")[0], name)]
    for earlier, later in (pair, pair[::-1]):
        for depth in (None, 64):
            style = Style(direction=direction, depth=depth)
            assert faults(sheet_of(scene_of_changes(earlier, later, style), style)) == []


def test_quite_other_networks_are_drawn_too() -> None:
    names = ["vgg16", "resnet50", "inception_v1", "nin_cifar10"]
    for first, second in zip(names, names[1:] + names[:1], strict=True):
        scene = scene_of_changes(netspec.load(first), netspec.load(second), Style())
        assert faults(sheet_of(scene, Style())) == []


def test_added_and_removed_change_places_with_the_specs() -> None:
    slim, plain = netspec.load("inception_v1.slim"), netspec.load("inception_v1")
    one, other = (
        [box.mark for box in boxes(scene_of_changes(*pair, Style(depth=64))).values()]
        for pair in ((plain, slim), (slim, plain))
    )
    assert one.count(Mark.REMOVED) == other.count(Mark.ADDED) > 0
    assert one.count(Mark.ADDED) == other.count(Mark.REMOVED)


def test_blocks_without_a_change_are_folded() -> None:
    earlier, later = netspec.load("inception_v3"), netspec.load("inception_v3.torchvision")
    found = boxes(scene_of_changes(earlier, later, Style()))
    assert found["Mixed_5b"].form is Form.STACK
    opened = boxes(scene_of_changes(earlier, later, Style(opened=("Mixed_5b",))))
    assert opened["Mixed_5b"].form is Form.BAR


def test_signs_say_without_colour_what_colours_say() -> None:
    text = netspec.load("inception_v1.slim").svg(against=netspec.load("inception_v1"))
    assert re.search(r">− LRN<", text)
    assert re.search(r">~ 3×3 conv, 32<", text)
    assert "stroke-dasharray" in text

"""What a picture shows: what is folded, what is drawn once, what is written on it."""

from __future__ import annotations

import pytest
from texts import load_text

import netspec
from netspec.diagnostics import SpecError
from netspec.drawing.labels import span_of
from netspec.drawing.pictures import AT_MOST, READABLE, Style, scene_of
from netspec.drawing.scene import Box, Form, Group, Scene

HEAD = "netspec: 1\nname: Net\ninput: {image: {height: 8, width: 8, channels: 4}}\n"


def drawn(text: str, **style: object) -> Scene:
    return scene_of(load_text(HEAD + text), Style(**style))  # type: ignore[arg-type]


def boxes(scene: Scene) -> dict[str, Box]:
    return {box.path: box for box in scene.body.boxes()}


def groups(group: Group) -> dict[str, Group]:
    found = {}
    for item in group.items:
        if isinstance(item, Group):
            found |= {item.path: item, **groups(item)}
    return found


def test_equal_blocks_behind_each_other_are_drawn_once() -> None:
    scene = scene_of(netspec.load("inception_v4"), Style())
    runs = {g.title: g.repeats for g in groups(scene.body).values() if g.repeats > 1}
    # figure 9 of the paper: 4 x Inception-A, 7 x B, 3 x C
    assert runs == {"Mixed_5b–e": 4, "Mixed_6b–h": 7, "Mixed_7b–d": 3}


def test_the_residual_blocks_are_those_of_the_paper_s_code() -> None:
    scene = scene_of(netspec.load("inception_resnet_v2"), Style())
    assert [g.repeats for g in groups(scene.body).values() if g.repeats > 1] == [10, 20, 9]


def test_unrolled_every_block_is_drawn() -> None:
    spec = netspec.load("inception_v4")
    steps = sum(step.op is not None for step in spec.tree.walk())
    scene = scene_of(spec, Style(unrolled=True))
    assert len(boxes(scene)) == steps + 1  # and the input
    assert not any(group.repeats > 1 for group in groups(scene.body).values())


def test_a_run_ends_where_somebody_else_takes_what_is_within() -> None:
    steps = "steps:\n" + "".join(f"  - B{n}: {{use: t}}\n" for n in range(5))
    text = "templates: {t: {steps: [A: {op: relu}, C: {op: tanh}]}}\n" + steps
    once = drawn(text + "outputs: {B4: {}}\n")
    assert {g.path: g.repeats for g in groups(once.body).values()} == {"B0": 5}
    parted = drawn(text + "heads: [H: {op: relu, from: B1}]\noutputs: {B4: {}, H: {}}\n")
    assert {g.path: g.repeats for g in groups(parted.body).values()} == {"B0": 2, "B2": 3}


def test_single_steps_are_drawn_once_from_four_on() -> None:
    text = "steps: ['C{i}': {op: conv, filters: 4, kernel: 1, for: {i: 1..N}}]\noutputs: {CN: {}}\n"
    three, four = (drawn(text.replace("N", n)) for n in "34")
    assert len(boxes(three)) == 4
    assert boxes(four)["C1"].repeats == 4
    assert boxes(four)["C1"].form is Form.STACK


def test_a_depth_folds_what_is_below() -> None:
    scene = scene_of(netspec.load("inception_v3"), Style(depth=1))
    found = boxes(scene)
    assert {path for path in found if "/" in path} == set()
    assert found["Mixed_5b"].form is Form.STACK
    assert found["Mixed_5b"].note == "mixed_35"
    assert found["AuxLogits"].takes == ("Mixed_6e",)


def test_globs_open_and_fold() -> None:
    spec = netspec.load("inception_v3")
    opened = boxes(scene_of(spec, Style(depth=1, opened=("Mixed_5b",))))
    assert "Mixed_5b/Branch_1" in opened  # its branches, each folded
    assert "Mixed_5c" in opened
    folded = boxes(scene_of(spec, Style(folded=("Mixed_6*",))))
    assert {"Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6e"} <= set(folded)
    assert "Mixed_5b/Branch_0/Conv2d_0a_1x1" in folded


def test_a_glob_that_no_block_matches_is_told() -> None:
    with pytest.raises(SpecError) as caught:
        scene_of(netspec.load("inception_v3"), Style(folded=("Mixed_5z",)))
    (found,) = caught.value.diagnostics
    assert found.code == "NS306"
    assert any("Mixed_5" in hint for hint in found.hints)


def test_an_identity_is_a_line() -> None:
    scene = drawn(
        "steps:\n  - In: {op: identity}\n  - C: {op: conv, filters: 4, kernel: 1}\n"
        "  - Add: {op: add, from: [In, C]}\noutputs: {Add: {}}\n"
    )
    found = boxes(scene)
    assert set(found) == {"image", "C", "Add"}
    assert found["Add"].takes == ("image", "C")
    assert found["Add"].form is Form.KNOT


@pytest.mark.parametrize(
    ("step", "title"),
    [
        ("{op: conv, filters: 8, kernel: 3}", "3×3 conv, 8"),
        ("{op: conv, filters: 8, kernel: [1, 7], stride: 2, padding: same}", "1×7 conv, 8, /2"),
        ("{op: conv, filters: 8, kernel: 1, groups: 4}", "1×1 conv, 8, 4 groups"),
        ("{op: conv, filters: 8, kernel: 3, dilation: [2, 1]}", "3×3 conv, 8, dilation 2×1"),
        ("{op: depthwise_conv, kernel: 3, multiplier: 2}", "3×3 depthwise conv, ×2"),
        ("{op: max_pool, kernel: 2, stride: 2}", "2×2 max pool, /2"),
        ("{op: scale, factor: 0.17}", "× 0.17"),
        ("{op: dropout, keep: 0.8}", "dropout, keep 0.8"),
        ("{op: activation, function: tanh}", "tanh"),
        ("{op: activation, function: none}", "identity"),
        ("{op: global_avg_pool}", "global avg pool"),
    ],
)
def test_an_op_is_named_as_papers_do(step: str, title: str) -> None:
    assert boxes(drawn(f"steps: [S: {step}]\noutputs: {{S: {{}}}}\n"))["S"].title == title


def test_what_most_convolutions_have_is_said_once() -> None:
    scene = scene_of(netspec.load("resnet50"), Style())
    assert scene.notes == ("conv = convolution, batch norm, ReLU",)
    found = boxes(scene)
    assert found["block1/unit_1/conv1"].title == "1×1 conv, 64"
    assert found["block1/unit_1/conv3"].title == "1×1 conv, 256, linear"


def test_a_run_of_blocks_adds_their_costs_up() -> None:
    spec = netspec.load("inception_v4")
    found = boxes(scene_of(spec, Style(heat="params")))
    # four times 1 x 1 x 384 x 96 weights, each with 96 shifts
    assert found["Mixed_5b/Branch_0/Conv2d_0a_1x1"].amount == 4 * (384 * 96 + 96)
    assert sum(box.amount for box in found.values()) == spec.summary().total.trainable


def test_folding_keeps_the_costs() -> None:
    spec = netspec.load("inception_resnet_v2")
    total = spec.summary().total.macs
    for depth in (1, 2, 3, 64):
        scene = scene_of(spec, Style(heat="macs", depth=depth))
        assert sum(box.amount for box in scene.body.boxes()) == total


def test_a_spec_too_long_to_read_is_folded_by_itself() -> None:
    block = "{use: t, with: {f: 1}}"
    steps = "".join(f"  - B{n}: {block.replace('1', str(1 + n % 2))}\n" for n in range(100))
    conv = "{op: conv, filters: $f, kernel: 1}"
    body = f"templates: {{t: {{params: {{f: int}}, steps: [A: {{op: relu}}, C: {conv}]}}}}"
    scene = drawn(f"{body}\nsteps:\n{steps}outputs: {{B99: {{}}}}\n")
    assert len(boxes(scene)) == 101 <= READABLE


def test_too_many_boxes_are_refused() -> None:
    kinds = ("relu", "tanh")
    steps = "".join(f"  - S{n}: {{op: {kinds[n % 2]}}}\n" for n in range(AT_MOST + 1))
    with pytest.raises(SpecError) as caught:
        drawn(f"steps:\n{steps}outputs: {{S0: {{}}}}\n")
    assert [found.code for found in caught.value.diagnostics] == ["NS641"]


def test_ten_thousand_equal_layers_are_one_box() -> None:
    scene = drawn("steps: ['S{i}': {op: relu, for: {i: 1..9999}}]\noutputs: {S9999: {}}\n")
    assert boxes(scene)["S1"].repeats == 9999


@pytest.mark.parametrize(
    ("names", "span"),
    [
        (("Mixed_5b", "Mixed_5e"), "Mixed_5b–e"),
        (("unit_2", "unit_12"), "unit_2–12"),
        (("a", "b"), "a–b"),
        (("stem", "tail"), "stem–tail"),
    ],
)
def test_a_run_is_called_by_its_first_and_last(names: tuple[str, ...], span: str) -> None:
    assert span_of(names) == span

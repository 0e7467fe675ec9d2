"""What differs is found, told with what made it so, and counted; edits are made here."""

from __future__ import annotations

import json

import pytest
from texts import HEAD, load_text, small

from netspec import load
from netspec.bundled import specs
from netspec.comparing.difference import Difference, compare
from netspec.comparing.fields import EFFECTS, Effect
from netspec.comparing.grouping import groups
from netspec.comparing.telling import told
from netspec.ops.table import OPS

DIALECTS = [name for name in specs() if "." in name]


def between(one: str, other: str) -> Difference:
    """The difference of two texts."""
    return compare(load_text(one), load_text(other))


def fields(found: Difference) -> list[tuple[str, str, object, object]]:
    """Path, field and both values of every change."""
    return [(e.b.path, e.change.field, e.change.a, e.change.b) for e in found.changed]


def causes(found: Difference) -> dict[str, str]:
    """What made each field differ, and the line; `follows` where nothing of its own did."""
    return {
        f"{e.b.path}.{e.change.field}": (
            f"{e.cause.by}:{e.cause.span.line if e.cause.span else ''}" if e.cause else "follows"
        )
        for e in found.changed
    }


CONV = "  - A: {op: conv, filters: 4, kernel: 3%s}\n"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (", stride: 1", ", stride: 2", [("stride", 1, 2)]),
        (", kernel: 3", ", kernel: [3, 1]", [("kernel", 3, [3, 1])]),
        (", padding: same", ", padding: valid", [("padding", 1, 0)]),
        (", padding: 1", ", padding: same", []),
        (", activation: relu", ", activation: none", [("activation", "relu", "none")]),
        (
            ", norm: {op: batch_norm, epsilon: 0.001}",
            ", norm: {op: batch_norm, epsilon: 0.00001}",
            [("norm.epsilon", 0.001, 1e-05)],
        ),
        (
            ", kernel_init: {op: normal, stddev: 0.1}",
            ", kernel_init: {op: normal, stddev: 0.2}",
            [("kernel_init.stddev", 0.1, 0.2)],
        ),
        (", bias: true", ", bias: false", [("bias", True, False)]),
        (", dilation: 1", ", groups: 1", []),
    ],
)
def test_a_field_is_told_with_both_values(
    one: str, other: str, expected: list[tuple[str, object, object]]
) -> None:
    lines = [
        small(CONV.replace(", kernel: 3", "" if "kernel:" in m else ", kernel: 3") % m)
        for m in (one, other)
    ]
    found = between(*lines)
    assert fields(found) == [("A", *each) for each in expected]
    assert found.equal is (expected == [])


def test_a_norm_that_comes_takes_the_bias_along() -> None:
    found = between(small(CONV % ""), small(CONV % ", norm: batch_norm"))
    assert causes(found) == {"A.norm": "step:5", "A.bias": "follows"}
    assert "bias  true → false" in told(found).partition("Follows from these")[2]


def test_pads_follow_a_kernel_and_words_tell_what_they_stand_for() -> None:
    same = ", padding: same"
    kernel = between(small(CONV % same), small((CONV % same).replace("kernel: 3", "kernel: 5")))
    assert causes(kernel) == {"A.kernel": "step:5", "A.padding": "follows"}
    words = between(small(CONV % same), small(CONV % ", padding: valid"))
    assert "padding  same → valid (1 → 0): A" in told(words)


BASE = """\
netspec: 1
name: Base
params: {wide: 8, keep: 0.5, aux: true}
input: {image: {height: 16, width: 16, channels: 3}}
defaults:
  conv: {padding: same, weight_decay: 0.1, width: {multiplier: 1, minimum: 1}}
templates:
  unit:
    params: {mid: int}
    steps:
      - c1: {op: conv, filters: $mid, kernel: 3}
      - c2: {op: conv, filters: $wide, kernel: 1}
steps:
  - u1: {use: unit, with: {mid: 4}}
  - u2: {use: unit, with: {mid: 6}}
  - Drop: {op: dropout, keep: $keep}
  - A: {op: conv, filters: 10, kernel: 1}
outputs: {A: {}}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("weight_decay: 0.1", "weight_decay: 0.2", {"defaults:6"}),
        ("keep: 0.5", "keep: 0.6", {"parameter:3"}),
        ("wide: 8", "wide: 9", {"parameter:3"}),
        ("{mid: 6}", "{mid: 7}", {"argument:15"}),
        ("multiplier: 1,", "multiplier: 2,", {"defaults:6"}),
        ("filters: $mid, kernel: 3", "filters: $mid, kernel: 5", {"template:11", "follows"}),
        ("filters: 10, kernel: 1", "filters: 11, kernel: 1", {"step:17"}),
    ],
)
def test_a_cause_is_the_place_that_was_edited(old: str, new: str, expected: set[str]) -> None:
    assert old in BASE
    found = between(BASE, BASE.replace(old, new))
    assert set(causes(found).values()) == expected
    (group,) = [g for g in groups(found.changed) if g.cause is not None]
    assert len(group.spans) == 1


SPOKEN = """\
netspec: 1
name: Spoken
params: {wide: 8}
functions:
  some: {params: [n], value: "${n * wide}"}
  more: {params: [n], value: "${some(n) + 1}"}
input: {image: {height: 16, width: 16, channels: 3}}
steps:
  - One: {op: conv, filters: $more(2), kernel: "${min(3, in.height)}"}
  - "L{n}": {op: conv, for: {n: [1, 2], f: [4, 5]}, filters: $f, kernel: 1}
outputs: {L2: {}}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("wide: 8", "wide: 9", {"One.filters": "parameter:3"}),
        ("n * wide", "n + wide", {"One.filters": "function:5"}),
        ("+ 1", "+ 2", {"One.filters": "function:6"}),
        ("f: [4, 5]", "f: [4, 6]", {"L2.filters": "step:10"}),
        ("height: 16", "height: 2", {"One.kernel": "follows"}),
        ("$more(2)", "$more(3)", {"One.filters": "step:9"}),
    ],
)
def test_what_an_expression_speaks_of_is_its_cause(
    old: str, new: str, expected: dict[str, str]
) -> None:
    assert old in SPOKEN
    one = SPOKEN.replace("width: 16", "width: 20")
    other = one.replace(old, new)
    assert causes(between(one, other)) == expected


def test_one_name_in_another_file_means_another_thing() -> None:
    over = (
        "netspec: 1\nextends: inception_v3\nparams: {mid: {default: 96}}\npatch:\n"
        "  - {at: 'Mixed_6[cd]/Branch_1/Conv2d_0a_1x1', set: {filters: $mid}}\n"
    )
    found = compare(load("inception_v3"), load_text(over))
    own = {key: value for key, value in causes(found).items() if value != "follows"}
    assert own == {f"Mixed_6{m}/Branch_1/Conv2d_0a_1x1.filters": "patch:5" for m in "cd"}
    assert "160 → 96: 2 steps, Mixed_6[cd]/Branch_1/Conv2d_0a_1x1" in told(found)


def test_settings_are_causes_too() -> None:
    found = compare(load_text(BASE), load_text(BASE, {"u1/c1.kernel": 1, "keep": 0.75}))
    by = {
        f"{e.b.path}.{e.change.field}": e.cause and (e.cause.by, e.cause.what)
        for e in found.changed
    }
    assert by == {
        "u1/c1.kernel": ("set", "set u1/c1.kernel"),
        "u1/c1.padding": None,
        "Drop.keep": ("parameter", "keep"),
    }


def test_many_steps_of_one_cause_are_told_once() -> None:
    found = load("inception_v3").diff(
        load("inception_v3", set={"depth_multiplier": 0.5, "dropout_keep": 0.5})
    )
    told_groups = [(g.field, len(g.paths)) for g in groups(found.changed) if g.cause]
    normed = [s for s in load("inception_v3").tree.walk() if getattr(s.op, "norm", None)]
    assert told_groups == [("filters", len(normed)), ("keep", 1)]
    text = told(found)
    assert text.count("parameter depth_multiplier 1 → 0.5") == 1
    assert "every conv with a norm" in text


def test_costs_of_a_step_are_those_of_arithmetic() -> None:
    one, other = (small(f"  - A: {{op: conv, filters: {n}, kernel: 3}}\n") for n in (4, 6))
    found = between(one, other)
    area, kernel = 6 * 6, 3 * 3 * 3
    assert found.totals["params"] == (kernel * 4 + 4, kernel * 6 + 6)
    assert found.totals["macs"] == (area * kernel * 4, area * kernel * 6)
    (step,) = found.to_json()["steps"]
    assert step["output"] == [[6, 6, 4], [6, 6, 6]]
    assert step["memory"] == [4 * area * 4, 4 * area * 6]
    assert step["rf"] == [[3, 3], [3, 3]]


def test_shapes_that_only_follow_are_told_apart() -> None:
    steps = (
        "  - One: {op: conv, filters: %d, kernel: 1}\n  - Two: {op: relu}\n"
        "  - A: {op: conv, filters: 3, kernel: 1}\n"
    )
    found = between(small(steps % 4), small(steps % 5))
    follows = {step["path"]: step["follows"] for step in found.to_json()["steps"]}
    assert follows == {"One": False, "Two": True, "A": True}
    follow = told(found).partition("Follows from these\n")[2].splitlines()[0]
    assert follow == "  the shape of Two, 8x8x4 → 8x8x5"


def test_what_is_within_a_step_is_summed() -> None:
    found = compare(load("inception_v3"), load("inception_v3.torchvision"))
    rows = {row["path"]: row for row in found.to_json()["steps"]}
    before, after = rows["Mixed_5b"]["params"]
    gammas = 64 + 48 + 64 + 64 + 96 + 96 + 32  # a gamma for each filter of the block
    assert after - before == gammas
    tops = [row for path, row in rows.items() if "/" not in path]
    assert sum(b - a for a, b in (row["params"] for row in tops)) == (
        found.totals["params"][1] - found.totals["params"][0]
    )


def test_what_stands_outside_the_steps() -> None:
    one = small(CONV % "", outputs="{A: {loss_weight: 0.5}}", before="about: {year: 2000}\n")
    other = one.replace("0.5", "0.25").replace("2000", "2001").replace("height: 8", "height: 9")
    other = other.replace("name: Small", "name: Other")
    found = between(one, other)
    assert {(e.field, e.a, e.b, e.counted) for e in found.outside} == {
        ("input.height", 8, 9, True),
        ("outputs.A.loss_weight", 0.5, 0.25, True),
        ("name", "Small", "Other", False),
        ("about.year", 2000, 2001, False),
    }
    text = told(found)
    assert "name: Small → Other" in text


def test_one_network_under_two_names_is_the_same() -> None:
    one = small(CONV % "")
    found = between(one, one.replace("name: Small", "name: Other"))
    assert found.equal
    assert "the same network" in told(found)
    assert "name: Small → Other" in told(found)


def test_an_output_of_a_renamed_step_is_the_same_output() -> None:
    one = small(CONV % "")
    found = between(one, one.replace("A:", "B:"))
    assert [(r.a and r.a.path, r.b and r.b.path) for r in found.renamed] == [("A", "B")]
    assert found.outside == ()


def test_what_a_step_takes() -> None:
    steps = (
        "  - X: {op: relu}\n  - Y: {op: sigmoid}\n"
        "  - Z: {op: tanh, from: %s}\n  - A: {op: add, from: [Z, Y]}\n"
    )
    found = between(small(steps % "X"), small(steps % "Y"))
    assert fields(found) == [("Z", "from", ["X"], ["Y"])]
    renamed = between(small(steps % "X"), small((steps % "X").replace("X", "W")))
    assert fields(renamed) == []


def test_a_from_that_goes_without_saying_makes_no_other_network() -> None:
    steps = "  - X: {op: relu}\n  - A: {op: sigmoid%s}\n"
    found = between(small(steps % ""), small(steps % ", from: X"))
    assert fields(found) == []
    assert told(found).startswith("spec → spec: the same steps, written otherwise\n")


def test_a_step_replaced_at_its_path() -> None:
    found = between(
        small("  - B: {op: relu}\n  - A: {op: tanh}\n"),
        small("  - B: {op: max_pool, kernel: 1}\n  - A: {op: tanh}\n"),
    )
    assert found.replaced == {"B"}
    assert "~ B: relu → max_pool {kernel: 1}" in told(found)


MOOT = [
    ("avg_pool, kernel: 2, stride: 2", "divisor: window", "nothing is padded"),
    ("max_pool, kernel: 2, stride: 2", "rounding: ceil", "no window hangs over the end"),
    (
        "conv, filters: 2, kernel: 1, bias: false",
        "bias_init: {op: constant, value: 1}",
        "there is no bias",
    ),
]


@pytest.mark.parametrize(("body", "more", "why"), MOOT)
def test_a_field_on_which_nothing_depends_is_told_as_such(body: str, more: str, why: str) -> None:
    one, other = (small(f"  - A: {{op: {b}}}\n") for b in (body, f"{body}, {more}"))
    found = between(one, other)
    assert [each.effect for each in found.changed] == [Effect.NOTHING]
    assert why in told(found)


def test_two_ways_to_write_a_function_compute_the_same() -> None:
    one, other = (
        small(f"  - A: {{op: {body}}}\n") for body in ("activation, function: softmax", "softmax")
    )
    found = between(one, other)
    assert {each.effect for each in found.changed if each.change.field == "op"} == {Effect.NOTHING}
    assert "both compute the same" in told(found)


@pytest.mark.parametrize(
    "body",
    [
        "avg_pool, kernel: 3, stride: 2, padding: 1@divisor: window",
        "max_pool, kernel: 3, stride: 2@rounding: ceil",
        "conv, filters: 2, kernel: 1@bias_init: {op: constant, value: 1}",
    ],
)
def test_and_one_that_counts_is_not(body: str) -> None:
    one, _, more = body.partition("@")
    found = between(*(small(f"  - A: {{op: {b}}}\n") for b in (one, f"{one}, {more}")))
    assert Effect.NOTHING not in [each.effect for each in found.changed]


def test_every_field_has_an_effect_that_somebody_chose() -> None:
    """A new field that only training or first values see belongs in `EFFECTS`."""
    hints = ("train", "first values", "initial", "probability that a value is kept")
    for op in OPS.values():
        for name, option in op.options().items():
            if any(hint in option.doc.lower() for hint in hints):
                assert name in EFFECTS, (op.name, name)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_told_by_its_own_file(name: str) -> None:
    base = name.partition(".")[0]
    found = load(base).diff(load(name))
    if found.equal:
        return
    text = told(found)
    assert f"{base} → {name}" in text
    assert f"{name}.yaml:" in text or f"{base}." in text
    assert max(map(len, text.splitlines())) < 500
    json.dumps(found.to_json())


@pytest.mark.parametrize("name", DIALECTS)
def test_nothing_is_told_of_a_network_and_itself(name: str) -> None:
    found = load(name).diff(load(name))
    assert found.equal
    assert (found.changed, found.outside, found.renamed) == ((), (), ())
    assert set(found.counts.values()) == {0}
    assert all(a == b for a, b in found.totals.values())


def test_a_difference_either_way_is_one_difference() -> None:
    one, other = load("resnet50"), load("resnet50_v2")
    there, back = one.diff(other), other.diff(one)
    assert {s.path for s in there.alignment.added} == {s.path for s in back.alignment.removed}
    assert {(a, b) for a, b in there.totals.values()} == {(b, a) for a, b in back.totals.values()}


def test_a_long_list_is_cut_and_says_so() -> None:
    def chain(least: int) -> str:
        steps = (
            f"  - s{i}: {{op: conv, filters: 4, kernel: 1, dilation: {i % 200 + least}}}\n"
            for i in range(300)
        )
        return f"{HEAD}steps:\n{''.join(steps)}outputs: {{s299: {{}}}}\n"

    text = told(between(chain(1), chain(2)))
    assert "more lines; --json tells all" in text
    assert len(text.splitlines()) < 200

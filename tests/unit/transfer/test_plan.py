"""What is carried keeps its meaning: proved by the outputs, of whole numbers and so to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np
import pytest
from numpy.typing import NDArray
from texts import load_text, small

from netspec import load
from netspec.bundled import specs
from netspec.diagnostics import SpecError
from netspec.reference import evaluate
from netspec.spec import Spec
from netspec.transfer.channels import matched
from netspec.transfer.plan import Plan, plan
from netspec.transfer.rules import Wishes
from netspec.weights.fitting import checked
from netspec.weights.initial import init_weights, parity_weights

Arrays = dict[str, NDArray[np.float32]]


def whole(spec: Spec, seed: int = 0) -> Arrays:
    """Small whole numbers for every weight, of which sums are exact; variances are positive."""
    draw = np.random.default_rng(seed)
    found: Arrays = {}
    for name, weight in spec.graph().weights():
        low = 1 if name.endswith("moving_variance") else -2
        found[name] = draw.integers(low, 3, weight.shape).astype(np.float32)
    return found


def image(spec: Spec) -> Mapping[str, NDArray[np.float64]]:
    """Two images of small whole numbers."""
    size = spec.tree.input
    shape = (2, size.height, size.width, size.channels)
    numbers = np.random.default_rng(5).integers(-3, 4, shape).astype(np.float64)
    return {spec.tree.input_name: numbers}


def outputs(spec: Spec, weights: Arrays, *paths: str) -> dict[str, NDArray[np.float64]]:
    """The values of the declared outputs, or of these steps."""
    graph = spec.graph().with_outputs(paths) if paths else spec.graph()
    return evaluate(graph, weights, image(spec))


AS_IT_IS = Wishes()


def carried(a: Spec, b: Spec, old: Arrays, wishes: Wishes = AS_IT_IS) -> tuple[Plan, Arrays]:
    """The plan and B's weights, which fit."""
    found = plan(a, b, wishes)
    weights = found.applied(old)
    return found, checked(b.graph(), weights)


def fates(found: Plan) -> dict[str, str]:
    """The fate of each tensor."""
    return {move.tensor.name: move.fate for move in found.moves}


def why(found: Plan) -> dict[str, str]:
    """What is said of each tensor that is not kept."""
    return {move.tensor.name: move.why for move in found.moves if move.why}


def same(a: Spec, b: Spec, old: Arrays, new: Arrays) -> None:
    """Both networks give equal outputs to the bit, under their own names."""
    ours, theirs = outputs(a, old), outputs(b, new)
    for mine, other in zip(ours.values(), theirs.values(), strict=True):
        np.testing.assert_array_equal(mine, other)
        assert np.ptp(mine) > 0


def joined(*branches: str, then: str = "", filters: int = 5) -> str:
    """A join of branches before a conv."""
    lines = "".join(f"        - {branch}\n" for branch in branches)
    return small(
        f"  - J:\n      op: concat\n      branches:\n{lines}{then}"
        f"  - A: {{op: conv, filters: {filters}, kernel: 1}}\n"
    )


X = "x: {op: conv, filters: 2, kernel: 3, padding: 1, activation: relu}"
Y = "y: {op: conv, filters: 3, kernel: 1}"
Z = "z: {op: max_pool, kernel: 3, padding: 1}"


def test_an_equal_network_keeps_every_bit() -> None:
    a = load_text(joined(X, Y, Z))
    old = whole(a)
    found, new = carried(a, load_text(joined(X, Y, Z)), old)
    assert set(fates(found).values()) == {"kept"}
    assert found.unused == ()
    assert all((new[name] == value).all() for name, value in old.items())


@pytest.mark.parametrize(
    "then",
    [
        "",
        "  - R: {op: relu}\n",
        "  - N: {op: batch_norm, epsilon: 1}\n  - P: {op: max_pool, kernel: 2}\n",
        "  - D: {op: depthwise_conv, kernel: 3, multiplier: 2}\n",
        "  - S: {op: separable_conv, filters: 7, kernel: 3}\n",
        "  - E: {op: identity}\n  - O: {op: sigmoid}\n  - Sum: {op: add, from: [E, O]}\n",
    ],
)
def test_branches_in_another_order_permute_what_takes_them(then: str) -> None:
    a, b = load_text(joined(X, Y, Z, then=then)), load_text(joined(Z, Y, X, then=then))
    old = whole(a)
    found, new = carried(a, b, old)
    assert "kept" not in {fate for name, fate in fates(found).items() if name == "A/kernel"} or then
    assert not {"fresh", "sliced", "widened"} & set(fates(found).values())
    ours, theirs = outputs(a, old), outputs(b, new)
    np.testing.assert_allclose(ours["A"], theirs["A"], rtol=1e-12, atol=1e-12)
    assert np.ptp(ours["A"]) > 0


def test_a_removed_branch_takes_exactly_its_inputs_along() -> None:
    a, b = load_text(joined(X, Y, Z)), load_text(joined(X, Z))
    old = whole(a)
    old["A/kernel"][:, :, 2:5, :] = 0  # what Y's three channels are multiplied by
    found, new = carried(a, b, old)
    assert fates(found)["A/kernel"] == "sliced"
    assert why(found)["A/kernel"] == "inputs 5 of 8"
    assert sorted(t.name for t in found.unused) == ["J/y/bias", "J/y/kernel"]
    np.testing.assert_array_equal(new["A/kernel"], np.delete(old["A/kernel"], [2, 3, 4], axis=2))
    same(a, b, old, new)


def test_an_added_branch_changes_nothing_at_first() -> None:
    a, b = load_text(joined(X, Z)), load_text(joined(X, Y, Z))
    old = whole(a)
    found, new = carried(a, b, old)
    assert fates(found)["A/kernel"] == "widened"
    assert why(found)["A/kernel"] == "3 new inputs zero"
    assert fates(found)["J/y/kernel"] == "fresh"
    same(a, b, old, new)
    _, drawn = carried(a, b, old, Wishes(new_inputs="fresh"))
    own = init_weights(b.graph(), 0)["A/kernel"]
    np.testing.assert_array_equal(drawn["A/kernel"][:, :, 2:5], own[:, :, 2:5])
    np.testing.assert_array_equal(drawn["A/kernel"][:, :, :2], old["A/kernel"][:, :, :2])


def chain(middle: int, last: int = 4, more: str = "") -> str:
    """Three convs, the middle one of that many filters."""
    return small(
        f"  - One: {{op: conv, filters: {middle}, kernel: 3{more}}}\n"
        "  - Relu: {op: relu}\n"
        f"  - Two: {{op: conv, filters: {last}, kernel: 3}}\n"
        "  - A: {op: conv, filters: 3, kernel: 1}\n"
    )


def test_wider_keeps_the_function_exactly() -> None:
    a, b = load_text(chain(4)), load_text(chain(7, 6))
    old = whole(a)
    found, new = carried(a, b, old)
    assert fates(found)["One/kernel"] == fates(found)["Two/kernel"] == "widened"
    assert why(found)["Two/kernel"] == "3 new inputs zero, 2 new outputs fresh"
    same(a, b, old, new)


def test_narrower_keeps_the_first_channels_on_both_sides() -> None:
    a, b = load_text(chain(6)), load_text(chain(4))
    old = whole(a)
    old["Two/kernel"][:, :, 4:] = 0
    found, new = carried(a, b, old)
    assert why(found)["One/kernel"] == "outputs 4 of 6"
    assert why(found)["Two/kernel"] == "inputs 4 of 6"
    np.testing.assert_array_equal(new["One/bias"], old["One/bias"][:4])
    same(a, b, old, new)


def test_renamed_steps_keep_everything() -> None:
    text = (
        "netspec: 1\nextends: inception_v3\nparams: {aux: false}\npatch:\n"
        "  - {at: Mixed_5b, rename: Block1}\n"
        "  - {at: Mixed_6c/Branch_2, rename: Long}\n"
    )
    a, b = load("inception_v3", set={"aux": False}), load_text(text)
    found = plan(a, b)
    assert set(fates(found).values()) == {"kept"}
    assert found.unused == ()
    sources = {m.tensor.name: m.made.source.name for m in found.moves if m.made}
    assert (
        sources["Block1/Branch_0/Conv2d_0a_1x1/kernel"] == "Mixed_5b/Branch_0/Conv2d_0a_1x1/kernel"
    )


def test_a_kernel_in_the_middle_of_zeros_computes_the_same() -> None:
    a = load_text(chain(4, more=", padding: same"))
    b = load_text(
        chain(4, more=", padding: same").replace(
            "filters: 4, kernel: 3, p", "filters: 4, kernel: 5, p"
        )
    )
    old = whole(a)
    found, new = carried(a, b, old)
    assert why(found)["One/kernel"] == "the middle of 3x3 in zeros for 5x5"
    same(a, b, old, new)
    back, again = carried(b, a, new)
    assert fates(back)["One/kernel"] == "sliced"
    np.testing.assert_array_equal(again["One/kernel"], old["One/kernel"])


def test_kernels_without_a_common_middle_are_fresh_with_what_follows_them() -> None:
    one = small("  - A: {op: conv, filters: 3, kernel: 3, norm: batch_norm}\n")
    a, b = load_text(one), load_text(one.replace("kernel: 3", "kernel: 4"))
    found = plan(a, b)
    assert set(fates(found).values()) == {"fresh"}
    assert why(found)["A/kernel"] == "a kernel of 4x4 has no common middle with 3x3"
    assert why(found)["A/norm/beta"] == "its kernel is fresh"
    asked = plan(a, b, Wishes(sliced=("A",)))
    assert fates(asked)["A/kernel"] == "widened"
    assert fates(asked)["A/norm/beta"] == "kept"


def test_other_classes_are_fresh_unless_asked() -> None:
    a, b = load("vgg16"), load("vgg16", set={"num_classes": 10})
    found = fates(plan(a, b))
    assert {name for name, fate in found.items() if fate != "kept"} == {
        "Logits/fc8/kernel",
        "Logits/fc8/bias",
    }
    assert found["Logits/fc8/kernel"] == "fresh"
    assert why(plan(a, b))["Logits/fc8/kernel"] == "10 classes, where A has 1,000"
    assert fates(plan(a, b, Wishes(sliced=("Logits",))))["Logits/fc8/kernel"] == "sliced"


def test_what_is_asked_to_be_fresh_is() -> None:
    a = load_text(chain(4))
    found = plan(a, a, Wishes(fresh=("Two/kernel",)))
    assert {n for n, fate in fates(found).items() if fate == "fresh"} == {"Two/kernel", "Two/bias"}
    assert [t.name for t in found.unused] == ["Two/kernel", "Two/bias"]


def flat(first: int, second: int, *, swap: bool = False) -> str:
    """Two branches, flattened into a dense kernel."""
    names = [("x", first), ("y", second)]
    lines = "".join(
        f"        - {n}: {{op: conv, filters: {c}, kernel: 3}}\n"
        for n, c in (reversed(names) if swap else names)
    )
    return small(
        f"  - J:\n      op: concat\n      branches:\n{lines}"
        "  - Flat: {op: flatten}\n  - Drop: {op: dropout, keep: 0.5}\n"
        "  - A: {op: dense, filters: 4}\n"
    )


def test_a_flattened_map_is_cut_pixel_by_pixel() -> None:
    a = load_text(flat(3, 2))
    old = whole(a)
    b = load_text(flat(3, 2, swap=True))
    found, new = carried(a, b, old)
    assert fates(found)["A/kernel"] == "reordered"
    same(a, b, old, new)
    wider = load_text(flat(5, 2))
    found, new = carried(a, wider, old)
    assert why(found)["A/kernel"] == f"{6 * 6 * 2} new inputs zero"
    same(a, wider, old, new)
    rows = old["A/kernel"].reshape(6, 6, 5, 4).copy()
    rows[:, :, 2] = 0
    narrower = load_text(flat(2, 2))
    cut, new = carried(a, narrower, {**old, "A/kernel": rows.reshape(-1, 4)})
    assert why(cut)["A/kernel"] == f"inputs {6 * 6 * 4} of {6 * 6 * 5}"
    same(a, narrower, {**old, "A/kernel": rows.reshape(-1, 4)}, new)


def summed(*names: str) -> str:
    """A concat of some convs, and the sum of it with a conv of as many channels."""
    counts = {"x": 2, "y": 2, "z": 3}
    total = sum(counts[name] for name in names)
    return small(
        "  - x: {op: conv, filters: 2, kernel: 1}\n"
        "  - y: {op: conv, from: x, filters: 2, kernel: 1}\n"
        "  - z: {op: conv, from: x, filters: 3, kernel: 1}\n"
        f"  - w: {{op: conv, from: x, filters: {total}, kernel: 1}}\n"
        f"  - c: {{op: concat, from: [{', '.join(names)}]}}\n"
        "  - s: {op: add, from: [w, c]}\n"
        "  - A: {op: conv, filters: 4, kernel: 1}\n"
    )


def test_a_sum_ties_a_kernel_to_the_channels_of_a_concat() -> None:
    a, b = load_text(summed("x", "y", "z")), load_text(summed("z", "x"))
    old = whole(a)
    old["A/kernel"][:, :, 2:4] = 0  # y is used by nothing but the sum
    found, new = carried(a, b, old)
    assert why(found)["w/kernel"] == "outputs 5 of 7"
    order = [4, 5, 6, 0, 1]  # z, then x
    np.testing.assert_array_equal(new["w/kernel"], old["w/kernel"][..., order])
    same(a, b, old, new)


@pytest.mark.parametrize(
    ("before", "after", "fate"), [(2, 1, "widened"), (1, 2, "sliced"), (2, 2, "kept")]
)
def test_groups(before: int, after: int, fate: str) -> None:
    def grouped(groups: int) -> str:
        return small(
            "  - One: {op: conv, filters: 4, kernel: 1}\n"
            f"  - A: {{op: conv, filters: 6, kernel: 3, groups: {groups}}}\n"
        )

    a, b = load_text(grouped(before)), load_text(grouped(after))
    old = whole(a)
    if (before, after) == (1, 2):  # leave connections within groups alone
        old["A/kernel"][:, :, 2:, :3] = 0
        old["A/kernel"][:, :, :2, 3:] = 0
    found, new = carried(a, b, old)
    assert fates(found)["A/kernel"] == fate
    same(a, b, old, new)


def test_a_dense_kernel_and_a_1x1_conv_are_one() -> None:
    head = "  - P: {op: global_avg_pool}\n"
    a = load_text(small(f"{head}  - S: {{op: squeeze}}\n  - A: {{op: dense, filters: 4}}\n"))
    b = load_text(small(f"{head}  - A: {{op: conv, filters: 4, kernel: 1}}\n"))
    old = whole(a)
    found, new = carried(a, b, old)
    assert fates(found) == {"A/kernel": "kept", "A/bias": "kept"}
    ours, theirs = outputs(a, old)["A"], outputs(b, new)["A"]
    np.testing.assert_array_equal(ours, theirs[:, 0, 0])


def test_a_step_put_between_leaves_the_kernel_behind_it() -> None:
    first, last = (
        "  - One: {op: conv, filters: 4, kernel: 1}\n",
        "  - A: {op: conv, filters: 3, kernel: 1}\n",
    )
    new = "  - New: {op: conv, filters: 4, kernel: 3, norm: batch_norm}\n"
    a, b = load_text(small(first + last)), load_text(small(first + new + last))
    found = fates(plan(a, b))
    assert found["A/kernel"] == found["One/kernel"] == "kept"
    assert found["New/kernel"] == found["New/norm/beta"] == "fresh"


@pytest.mark.parametrize("glob", ["O[mn]e", "O?e", "One/", "*/kernel", "One/k*l"])
def test_a_glob_means_a_tensor_or_a_step_as_globs_of_patches_do(glob: str) -> None:
    a = load_text(chain(4))
    assert fates(plan(a, a, Wishes(fresh=(glob,))))["One/kernel"] == "fresh"


@pytest.mark.parametrize("glob", ["Three", "*/kernel/x", "One/kernels"])
def test_a_glob_that_means_nothing_is_a_mistake(glob: str) -> None:
    a = load_text(chain(4))
    for wishes in (Wishes(fresh=(glob,)), Wishes(sliced=(glob,))):
        with pytest.raises(SpecError, match="means no tensor of B"):
            plan(a, a, wishes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("inception_v3", "inception_v3.torchvision"),
        ("inception_v3.torchvision", "inception_v3"),
        ("resnet50", "resnet50.slim"),
    ],
)
def test_a_dialect_takes_all_that_its_base_has(one: str, other: str) -> None:
    a, b = load(one), load(other)
    old = parity_weights(a.graph(), 3)
    found, new = carried(a, b, old)
    taken = sum(move.taken for move in found.moves)
    total = sum(prod(w.shape) for _, w in b.graph().weights())
    assert taken == total - sum(m.numbers for m in found.moves if "has none" in m.why)
    kernels = [move for move in found.moves if move.tensor.is_kernel and move.fate == "kept"]
    for move in kernels[::20]:
        assert move.made is not None
        np.testing.assert_array_equal(
            new[move.tensor.name].reshape(-1), old[move.made.source.name].reshape(-1)
        )


def test_half_the_width_of_inception_fits_and_all_of_it_is_old() -> None:
    a, b = load("inception_v3"), load("inception_v3", set={"depth_multiplier": 0.5})
    old = parity_weights(a.graph(), 3)
    found, new = carried(a, b, old)
    assert set(fates(found).values()) == {"kept", "sliced"}
    assert sum(move.taken for move in found.moves) == sum(value.size for value in new.values())
    # Mixed_5c takes 256 channels of A in branches of 64, 64, 96 and 32, of which a half each stays
    starts = [(0, 32), (64, 32), (128, 48), (224, 16)]
    expected = [i for start, count in starts for i in range(start, start + count)]
    name = "Mixed_5c/Branch_0/Conv2d_0a_1x1/kernel"
    np.testing.assert_array_equal(new[name], old[name][:, :, expected, :32])


def test_there_and_back_loses_nothing_of_a_wider_network() -> None:
    a, b = (load("inception_v3", set={"depth_multiplier": width}) for width in (0.25, 0.375))
    old = parity_weights(a.graph(), 3)
    _, wide = carried(a, b, old)
    _, again = carried(b, a, wide)
    assert all((again[name] == value).all() for name, value in old.items())


def test_matched_by_its_definition() -> None:
    draw = np.random.default_rng(1)
    for _ in range(50):
        wanted, there = (draw.integers(0, 6, draw.integers(0, 12)) for _ in range(2))
        left = [*enumerate(there.tolist())]
        expected = []
        for label in wanted.tolist():
            place = next((each for each in left if each[1] == label), None)
            expected.append(place[0] if place else -1)
            if place:
                left.remove(place)
        assert matched(wanted, there).tolist() == expected


def test_channels_without_end_are_refused_before_memory_is_taken() -> None:
    doubled = "".join(
        f"  - c{i}: {{op: concat, from: [{last}, {last}]}}\n"
        for i, last in enumerate(["image", *(f"c{i}" for i in range(25))])
    )
    text = small(f"{doubled}  - G: {{op: batch_norm}}\n  - A: {{op: relu}}\n").replace(
        "height: 8, width: 8", "height: 1, width: 1"
    )
    a = load_text(text)
    with pytest.raises(SpecError, match="too many to follow"):
        plan(a, a)


def test_a_long_chain_of_joins_is_followed_without_calls_within_calls() -> None:
    steps = "".join(
        f"  - k{i}: {{op: conv, filters: 2, kernel: 1}}\n"
        f"  - c{i}: {{op: concat, from: [{last}, k{i}]}}\n"
        for i, last in enumerate(["image", *(f"c{i}" for i in range(299))])
    )
    a = load_text(small(f"{steps}  - A: {{op: conv, filters: 2, kernel: 1}}\n"))
    assert set(fates(plan(a, a)).values()) == {"kept"}


def test_the_pixels_of_a_map_of_another_size_are_other_pixels() -> None:
    a, b = load("vgg16"), load("vgg16", input="256x256")
    found = plan(a, b)
    assert why(found)["fc6/kernel"] == "it takes nothing that A's took"
    assert {name for name, fate in fates(found).items() if fate != "kept"} == {
        "fc6/kernel",
        "fc6/bias",
    }


def test_an_image_of_more_channels_has_the_same_first_ones() -> None:
    a = load_text(chain(4))
    b = load_text(chain(4).replace("channels: 3", "channels: 5"))
    old = whole(a)
    found, new = carried(a, b, old)
    assert why(found) == {"One/kernel": "2 new inputs zero"}
    np.testing.assert_array_equal(new["One/kernel"][:, :, :3], old["One/kernel"])
    assert not new["One/kernel"][:, :, 3:].any()


@pytest.mark.slow
@pytest.mark.parametrize("name", list(specs()))
def test_every_bundled_network_keeps_all_of_itself_and_fits_its_dialects(name: str) -> None:
    a = load(name)
    found = plan(a, a)
    assert set(fates(found).values()) == {"kept"}
    assert found.unused == ()
    base = load(name.partition(".")[0])
    for one, other in ((a, base), (base, a)):
        for move in plan(one, other).moves:
            assert move.taken <= move.numbers
            if move.made is not None:
                axes = [len(axis.indices) for axis in move.made.cut.axes]
                groups = move.made.groups[1]
                assert prod(axes) == move.numbers * groups
                assert move.taken <= prod(move.made.source.weight.shape)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("inception_v3", {"depth_multiplier": 1.25}),
        ("inception_v3", {"Mixed_5c/Branch_2/Conv2d_0b_3x3.filters": 120}),
        ("resnet50", {"block1/unit_2/conv2.kernel": 5, "block1/unit_2/conv2.padding": 2}),
        ("resnet50", {"block*/unit_*/conv2.filters": 600}),
        ("inception_v4", {"depth_multiplier": 1.1}),
    ],
)
def test_a_network_that_only_grew_computes_what_it_did(name: str, edit: dict[str, float]) -> None:
    own: dict[str, float] = {"aux": False} if name.startswith("inception_v3") else {}
    a = load(name, set=own, input=(96, 96))
    b = load(name, set={**own, **edit}, input=(96, 96))
    old = parity_weights(a.graph(), 7)
    found, new = carried(a, b, old)
    assert "sliced" not in fates(found).values()
    assert "widened" in fates(found).values()
    ours, theirs = outputs(a, old, "Logits")["Logits"], outputs(b, new, "Logits")["Logits"]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    assert np.ptp(ours) > 0

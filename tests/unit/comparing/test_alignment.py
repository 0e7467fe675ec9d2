"""Steps keep their partners through edits that are known, for they are made here."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise

import pytest
from texts import HEAD, load_text, small

from netspec import load
from netspec.comparing.alignment import Alignment, Row, align
from netspec.comparing.ordering import in_order
from netspec.language.tree import Step

PAIRS = [
    ("inception_v3", "inception_v3.torchvision"),
    ("inception_v3", "inception_v1"),
    ("inception_v3", "inception_v4"),
    ("inception_v1", "inception_v1.slim"),
    ("inception_resnet_v1", "inception_resnet_v2"),
    ("resnet50", "resnet50_v2"),
    ("resnet50", "resnet50.slim"),
    ("vgg16", "vgg19"),
    ("alexnet", "nin"),
]


def edited(patches: str, more: str = "") -> Alignment:
    """Inception V3 beside itself with patches."""
    text = f"netspec: 1\nextends: inception_v3\n{more}patch:\n{patches}"
    return align(load("inception_v3").tree, load_text(text).tree)


def path_of(row: Row) -> str:
    """The path in A, or else in B."""
    step = row.a or row.b
    assert step is not None
    return step.path


def told(found: Alignment) -> list[str]:
    """What is not the same path in its place, a line each."""
    marks = {"removed": "-", "added": "+", "renamed": "~", "same path": "="}
    rows = [row for row in found.rows if row.how != "same path" or row.moved]
    return [
        " ".join(
            (
                marks[row.how],
                *(step.path for step in (row.a, row.b) if step),
                *(["moved"] if row.moved else []),
            )
        )
        for row in rows
    ]


def outermost(lines: list[str]) -> list[str]:
    """Lines of steps at the top alone."""
    return [line for line in lines if "/" not in line]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_every_step_of_both_stands_in_it_once_and_b_in_its_order(one: str, other: str) -> None:
    a, b = load(one).tree, load(other).tree
    for found, here, there in ((align(a, b), a, b), (align(b, a), b, a)):
        ours = [row.a.path for row in found.rows if row.a]
        theirs = [row.b.path for row in found.rows if row.b]
        assert sorted(ours) == sorted(step.path for step in here.walk())
        assert theirs == [step.path for step in there.walk()]
        assert all(row.a or row.b for row in found.rows)
        still = [row.a for row in found.rows if row.a and not row.moved]
        assert _siblings_in_order(still, [step.path for step in here.walk()])


def _siblings_in_order(steps: list[Step], written: list[str]) -> bool:
    place = {path: index for index, path in enumerate(written)}
    last: dict[str, int] = {}
    for step in steps:
        within = step.path.rpartition("/")[0]
        if last.get(within, -1) > place[step.path]:
            return False
        last[within] = place[step.path]
    return True


@pytest.mark.parametrize("name", ["inception_v3", "inception_resnet_v2", "resnet50_v2"])
def test_a_network_beside_itself_is_all_pairs(name: str) -> None:
    found = align(load(name).tree, load(name, set={"num_classes": 7}).tree)
    assert {(row.how, row.moved) for row in found.rows} == {("same path", False)}


def test_a_changed_field_everywhere_parts_nothing() -> None:
    found = align(load("inception_v3").tree, load("inception_v3", set={"depth_multiplier": 2}).tree)
    assert {(row.how, row.moved) for row in found.rows} == {("same path", False)}


def test_a_block_inserted_in_the_middle_is_all_that_is_added() -> None:
    found = edited(
        "  - {at: Mixed_6b, insert_after: [{Mixed_6b2: {use: mixed_17, with: {mid: 160}}}]}\n"
    )
    assert outermost(told(found)) == ["+ Mixed_6b2"]
    assert found.removed == ()
    assert {step.path.partition("/")[0] for step in found.added} == {"Mixed_6b2"}


UNITS = """\
templates:
  unit:
    params: {mid: int}
    steps:
      - c: {op: conv, filters: $mid, kernel: 3, padding: same}
      - d: {op: conv, filters: 8, kernel: 1}
"""


def test_a_block_inserted_by_its_loop_shifts_the_names_behind_it() -> None:
    def loop(*mids: int) -> str:
        names = [f"u{index}" for index in range(1, len(mids) + 1)]
        step = f"{{use: unit, for: {{n: {names}, mid: {list(mids)}}}, with: {{mid: $mid}}}}"
        return small(f'  - "{{n}}": {step}\n  - A: {{op: softmax}}\n', before=UNITS)

    found = align(load_text(loop(4, 5, 6, 7)).tree, load_text(loop(4, 9, 5, 6, 7)).tree)
    assert outermost(told(found)) == ["+ u2", "~ u2 u3", "~ u3 u4", "~ u4 u5"]
    assert found.removed == ()


def test_a_renamed_block_takes_what_it_holds_along() -> None:
    found = edited("  - {at: Mixed_5b, rename: Block1}\n")
    lines = told(found)
    inside = [step.path for step in load("inception_v3").tree.walk() if "Mixed_5b/" in step.path]
    assert outermost(lines) == ["~ Mixed_5b Block1"]
    assert lines[1:] == [f"~ {p} {p.replace('Mixed_5b', 'Block1')}" for p in inside]


def test_a_renamed_block_is_found_though_all_of_it_changed() -> None:
    found = edited(
        "  - {at: Mixed_5b, rename: Block1}\n",
        "defaults: {conv: {norm: {op: batch_norm, epsilon: 0.1}, weight_decay: 0}}\n",
    )
    assert outermost(told(found)) == ["~ Mixed_5b Block1"]
    assert (found.removed, found.added) == ((), ())


def test_a_renamed_branch_and_a_renamed_leaf() -> None:
    found = edited(
        "  - {at: Mixed_6c/Branch_2, rename: Long}\n"
        "  - {at: Mixed_7a/Branch_0/Conv2d_1a_3x3, rename: Shrink}\n"
        "  - {at: Mixed_5d/Branch_1/Conv2d_0b_5x5, set: {kernel: 3}}\n"
        "  - {at: Mixed_5d/Branch_1/Conv2d_0b_5x5, rename: Conv2d_0b_3x3}\n"
    )
    lines = told(found)
    assert lines[0] == "~ Mixed_5d/Branch_1/Conv2d_0b_5x5 Mixed_5d/Branch_1/Conv2d_0b_3x3"
    assert lines[1] == "~ Mixed_6c/Branch_2 Mixed_6c/Long"
    assert lines[-1] == "~ Mixed_7a/Branch_0/Conv2d_1a_3x3 Mixed_7a/Branch_0/Shrink"
    assert (found.removed, found.added) == ((), ())


@pytest.mark.parametrize("more", ["", "defaults: {conv: {weight_decay: 0.5}}\n"])
def test_a_branch_removed_so_that_others_shift(more: str) -> None:
    steps = "\n".join(
        f"          - c{i}: {{op: conv, filters: {f}, kernel: {k}, padding: same}}"
        for i, (f, k) in enumerate([(64, 1), (96, 3), (96, 3)])
    )
    branches = {
        "one": "          - a: {op: conv, filters: 48, kernel: 1}\n"
        "          - b: {op: conv, filters: 64, kernel: 5, padding: same}",
        "two": steps,
        "three": "          - p: {op: avg_pool, kernel: 3, padding: same}\n"
        "          - q: {op: conv, filters: 32, kernel: 1}",
    }

    def spec(*kept: str, top: str = "") -> str:
        body = "".join(f"        - Branch_{i}:\n{branches[k]}\n" for i, k in enumerate(kept))
        return small(f"  - A:\n      op: concat\n      branches:\n{body}", before=top)

    a, b = load_text(spec("one", "two", "three")), load_text(spec("two", "three", top=more))
    found = align(a.tree, b.tree)
    assert told(found) == [
        "- A/Branch_0",
        "- A/Branch_0/a",
        "- A/Branch_0/b",
        "~ A/Branch_1 A/Branch_0",
        "~ A/Branch_1/c0 A/Branch_0/c0",
        "~ A/Branch_1/c1 A/Branch_0/c1",
        "~ A/Branch_1/c2 A/Branch_0/c2",
        "~ A/Branch_2 A/Branch_1",
        "~ A/Branch_2/p A/Branch_1/p",
        "~ A/Branch_2/q A/Branch_1/q",
    ]


def branches(*bodies: tuple[str, str]) -> str:
    """A join of branches, each a name and the filters of its one conv."""
    lines = "".join(
        f"        - {name}: {{op: conv, filters: {n}, kernel: 1}}\n" for name, n in bodies
    )
    return small(f"  - A:\n      op: concat\n      branches:\n{lines}")


def test_branches_in_another_order_have_moved() -> None:
    a = load_text(branches(("x", "1"), ("y", "2"), ("z", "3")))
    b = load_text(branches(("z", "3"), ("x", "1"), ("y", "2")))
    assert told(align(a.tree, b.tree)) == ["= A/z A/z moved"]


def test_names_go_before_structure_for_a_leaf_with_other_filters() -> None:
    a = load_text(branches(("x", "1"), ("y", "2")))
    b = load_text(branches(("x", "2"), ("y", "1")))
    assert told(align(a.tree, b.tree)) == []


def test_steps_wrapped_in_a_new_block_are_the_same_steps() -> None:
    lines = [f"- c{i}: {{op: conv, filters: {i + 1}, kernel: 3}}\n" for i in range(3)]
    flat = small("".join(f"  {line}" for line in (*lines, "- A: {op: softmax}\n")))
    stem = "".join(f"        {line}" for line in lines[:2])
    wrapped = f"  - Stem:\n      steps:\n{stem}  {lines[2]}  - A: {{op: softmax}}\n"
    there = load_text(small(wrapped)).tree
    found = align(load_text(flat).tree, there)
    assert told(found) == ["+ Stem", "~ c0 Stem/c0 moved", "~ c1 Stem/c1 moved"]
    assert told(align(there, load_text(flat).tree)) == [
        "- Stem",
        "~ Stem/c0 c0 moved",
        "~ Stem/c1 c1 moved",
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("op: max_pool, kernel: 2", "op: avg_pool, kernel: 2", []),
        ("op: conv, filters: 3, kernel: 1", "op: depthwise_conv, kernel: 3", []),
        ("op: relu", "op: sigmoid", []),
        ("op: relu", "op: batch_norm", ["- B", "+ B"]),
        ("op: identity", "op: max_pool, kernel: 1", ["- B", "+ B"]),
        ("op: conv, filters: 3, kernel: 1", "op: max_pool, kernel: 1", ["- B", "+ B"]),
    ],
)
def test_an_op_of_another_family_is_another_step(one: str, other: str, expected: list[str]) -> None:
    a, b = (load_text(small(f"  - B: {{{body}}}\n  - A: {{op: relu}}\n")) for body in (one, other))
    assert told(align(a.tree, b.tree)) == expected


def test_a_block_and_a_leaf_are_no_pair_and_a_branch_of_one_step_is_found() -> None:
    leaf = "        - x: {op: conv, filters: 5, kernel: 3}\n"
    block = "        - x:\n            - only: {op: conv, filters: 5, kernel: 3}\n"
    rest = "        - y: {op: conv, filters: 6, kernel: 3}\n"
    a, b = (
        load_text(small(f"  - A:\n      op: concat\n      branches:\n{body}{rest}"))
        for body in (block, leaf)
    )
    assert told(align(a.tree, b.tree)) == ["- A/x", "~ A/x/only A/x moved"]


def test_a_step_alone_between_partners_is_found_by_its_op() -> None:
    text = (
        "netspec: 1\nextends: vgg16\npatch:\n"
        "  - {at: conv4, rename: four}\n"
        "  - {at: conv4/conv4_1, rename: first}\n"
        "  - {at: conv4/conv4_2, set: {filters: 100, kernel: 5, padding: 2}}\n"
        "  - {at: conv4/conv4_2, rename: second}\n"
    )
    found = align(load("vgg16").tree, load_text(text).tree)
    assert told(found) == [
        "~ conv4 four",
        "~ conv4/conv4_1 four/first",
        "~ conv4/conv4_2 four/second",
        "~ conv4/conv4_3 four/conv4_3",
    ]


def test_pools_that_share_nothing_but_their_op_are_no_pair() -> None:
    found = align(load("inception_v3").tree, load("vgg16").tree)
    assert [line for line in told(found) if line.startswith("~")] == []


def test_a_removed_step_stands_behind_the_one_that_it_followed() -> None:
    found = edited(
        "  - {at: MaxPool_3a_3x3, remove: true}\n"
        "  - {at: Conv2d_1a_3x3, remove: true}\n"
        "  - {at: Mixed_5c, remove: true}\n",
        "params: {aux: false}\n",
    )
    order = [path_of(row) for row in found.rows if "/" not in path_of(row)]
    tree = load("inception_v3").tree
    assert order == [step.path for step in (*tree.steps, *tree.heads)]


def test_what_is_run_before_changes_nothing() -> None:
    code = (
        "import netspec; from netspec.comparing.alignment import align;"
        "a, b = netspec.load('inception_v3'), netspec.load('inception_v1');"
        "print([(r.a and r.a.path, r.b and r.b.path, r.moved) for r in align(a.tree, b.tree).rows])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def chain(names: list[str], filters: list[int], size: int = 1) -> str:
    """A long chain of convs, in blocks of that many."""
    parts = []
    for index, (name, count) in enumerate(zip(names, filters, strict=True)):
        if size > 1 and index % size == 0:
            parts.append(f"  - {name}x:\n      steps:\n")
        indent = "        " if size > 1 else "  "
        parts.append(f"{indent}- {name}: {{op: conv, filters: {count}, kernel: 1}}\n")
    last = f"{names[-size]}x" if size > 1 else names[-1]
    return f"{HEAD}steps:\n{''.join(parts)}outputs: {{{last}: {{}}}}\n"


LONG = 6_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ours", "theirs", "size", "pairs"),
    [
        (("c", 5, 5), ("c", 5, 5), 1, LONG),  # equal
        (("c", 5, 5), ("c", 7, 7), 1, LONG),  # every step changed
        (("c", 5, 5), ("d", 5, 5), 1, LONG),  # every step renamed
        (("c", 13, 5), ("d", 7, 3), 1, 1),  # nothing in common, one list
        (("c", 13, 5), ("d", 7, 3), 100, 60),  # and 60 blocks against 60
    ],
)
def test_time_is_near_linear_on_what_is_large_and_hostile(
    ours: tuple[str, int, int], theirs: tuple[str, int, int], size: int, pairs: int
) -> None:
    trees = []
    for letter, modulus, step in (ours, theirs):
        filters = [index * step % modulus + 1 for index in range(LONG)]
        names = [f"{letter}{index}" for index in range(LONG)]
        trees.append(load_text(chain(names, filters, size)).tree)
    start = time.perf_counter()
    found = align(*trees)
    assert time.perf_counter() - start < 10
    assert len(list(found.pairs)) >= pairs


def test_a_longest_rising_run() -> None:
    numbers = [(index * 37) % 101 for index in range(101)]
    kept = in_order(numbers)
    assert kept == sorted(kept)
    assert all(numbers[i] < numbers[j] for i, j in pairwise(kept))
    assert len(kept) == _longest(numbers)


def _longest(numbers: list[int]) -> int:
    """The same length, by the definition."""
    best: Counter[int] = Counter()
    for index, number in enumerate(numbers):
        best[index] = 1 + max((best[j] for j in range(index) if numbers[j] < number), default=0)
    return max(best.values())

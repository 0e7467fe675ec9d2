"""The page of bundled networks says what the specs say."""

from __future__ import annotations

import json

import pytest
import zoo_page

from netspec import bundled, catalogue

LINES = "\n".join(zoo_page.zoo_page()).splitlines()
CHANGES = {
    # by hand from the files
    "resnet50.torchvision": [
        ("`block[234]/unit_1/conv1`", "stride `1` (was `2`)"),
        ("`block[234]/unit_1/conv2`", "stride `2` (was `1`)"),
    ],
    "resnet50.slim": [
        ("parameter `spatial_squeeze`", "new, `true`"),
        ("template `bottleneck`", "written anew"),
        ("`Logits/squeeze`", "removed"),
        ("`block1/unit_3`", "stride `2` (was `1`)"),
        ("`block[234]/unit_1`", "stride `1` (was `2`)"),
    ],
    "alexnet.slim": [
        ("`input`", "224x224x3 (was `227x227x3`)"),
        ("every `max_pool`", "`{rounding: floor}`"),
        ("`conv[45]`", "groups `1` (was `2`)"),
    ],
    "alexnet.torchvision": [
        ("`flatten`", "before it `{avgpool: {op: adaptive_avg_pool, size: 6}}`"),
    ],
    "vgg19": [("parameter `convs`", "`4` (was `3`)")],
    "vgg19.keras": [("parameter `convs`", "`4` (was `3`)")],
    "vgg16": [],
}


@pytest.mark.parametrize("entry", tuple(catalogue.entries()), ids=lambda entry: entry.name)
def test_every_spec_has_its_row_and_its_section(entry: catalogue.Entry) -> None:
    level = "###" if entry.base else "##"
    assert LINES.count(f"{level} {entry.name}") == 1
    (row,) = (line for line in LINES if line.startswith("|") and f"[{entry.name}](#" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:4] == [
        str(entry.about.year),
        f"{entry.cost.trainable:,}",
        f"{entry.cost.macs:,}",
    ]


def test_no_section_is_of_a_spec_that_is_not_there() -> None:
    headings = [line.lstrip("# ") for line in LINES if line.startswith("##")]
    assert headings == ["Proofs", *bundled.specs()]


def test_every_proof_has_its_row() -> None:
    stored = json.loads(zoo_page.PROOFS.read_text(encoding="utf-8"))["proofs"].values()
    section = LINES[LINES.index("## Proofs") : LINES.index(f"## {next(iter(bundled.specs()))}")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section]
    found = {(row[0], row[1]): row for row in rows if len(row) == 8}
    for proof in stored:
        row = found[proof["network"], proof["implementation"]]
        assert row[3:5] == [proof["input"], ", ".join(proof["endpoints"])]
        assert list(map(float, row[5:])) == [proof["errors"][t] for t in ("torch", "keras", "onnx")]
    assert len(found) == len(stored) + len(["the heads", "the line beneath"])


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("saved.weights.h5", ".weights.h5"),
        ("older.pth", ".pth (older)"),
        ("v2.ckpt", ".ckpt (v2)"),
    ],
)
def test_a_file_is_told_by_its_ending(file: str, kind: str) -> None:
    assert zoo_page._kind(file) == kind


@pytest.mark.parametrize("name", CHANGES)
def test_what_an_overlay_changes(name: str) -> None:
    found = list(zoo_page._changes(name))
    assert [row for row in CHANGES[name] if row not in found] == []
    assert bool(found) == bool(CHANGES[name])


def test_a_list_in_a_comment_stands_apart_from_prose() -> None:
    told = ["Of this:", "  - one", "    and more;", "  - two.", "The same: three."]
    assert list(zoo_page._apart(told)) == [told[0], "", *told[1:4], "", told[4]]

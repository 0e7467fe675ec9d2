"""Numbered layers: where a file's numbers begin."""

from __future__ import annotations

import pytest

from netspec.weights.numbering import renumbered
from netspec.weights.plan import Tensor

FAMILIES = ("conv2d", "batch_normalization")


def plan(*names: str) -> tuple[Tensor, ...]:
    return tuple(Tensor(f"ours/{name}", (1,), name, (1,), (1,)) for name in names)


OURS = plan("conv2d/0", "conv2d_1/0", "conv2d_2/0", "batch_normalization/0", "predictions/0")


def names(*listed: str) -> list[str]:
    found, _ = renumbered(OURS, listed, FAMILIES)
    return [tensor.stored for tensor in found]


def test_a_family_that_begins_elsewhere_is_followed() -> None:
    theirs = ("conv2d_5/0", "conv2d_4/0", "conv2d_6/0", "batch_normalization/0", "predictions/0")
    found, notes = renumbered(OURS, theirs, FAMILIES)
    moved = ["conv2d_4/0", "conv2d_5/0", "conv2d_6/0", "batch_normalization/0", "predictions/0"]
    assert [tensor.stored for tensor in found] == moved
    assert [tensor.name for tensor in found] == [tensor.name for tensor in OURS]
    assert notes == ("layers are numbered from conv2d_4 on",)


@pytest.mark.parametrize(
    "theirs",
    [
        ("conv2d/0", "conv2d_1/0", "conv2d_2/0"),  # as ours
        ("conv2d_4/0", "conv2d_5/0"),  # one too few
        ("conv2d_4/0", "conv2d_5/0", "conv2d_7/0"),  # a gap
        ("conv2d_4/0", "conv2d_5/0", "conv2d_6/0", "conv2d_7/0"),  # one too many
        ("conv2d_04/0", "conv2d_05/0", "conv2d_06/0"),  # no such numbers
        (),
    ],
)
def test_anything_else_is_left_to_the_report(theirs: tuple[str, ...]) -> None:
    assert names(*theirs) == [tensor.stored for tensor in OURS]

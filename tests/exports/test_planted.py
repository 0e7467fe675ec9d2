"""Each mistake that is planted in an exported network is named at its step, and nothing else is."""

from __future__ import annotations

import pytest

import netspec
from exports.planted import MISTAKES, Mistake
from netspec.backends.onnx.reading.model import read
from netspec.ir.shapes import Map
from netspec.matching.match import Matching, match

SIZE = {"num_classes": 10, "aux": False, "depth_multiplier": 0.25}


@pytest.fixture(scope="module")
def spec() -> netspec.Spec:
    return netspec.load("inception_v3", set=SIZE, input=(107, 139))


def compared(spec: netspec.Spec, mistake: Mistake | None) -> Matching:
    model = spec.to("onnx", seed=0)
    if mistake:
        mistake.plant(model)
    found = read(model, Map(107, 139, 3))
    return match(spec.graph(), found.graph, found.weights)


def test_without_a_mistake_they_are_equal(spec: netspec.Spec) -> None:
    assert compared(spec, None).equal


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_at_its_step(name: str, spec: netspec.Spec) -> None:
    mistake = MISTAKES[name]
    found = compared(spec, mistake)
    told = [(each.step, each.field, each.here, each.there) for each in found.differences]
    assert sorted(told) == sorted(mistake.told)
    for each in found.differences:
        assert each.origin is not None
        assert each.origin.span.source.name.endswith("inception_v3.yaml")
        line = each.origin.span.source.line(each.origin.span.line)
        assert each.step.rpartition("/")[2] in line or "Mixed" in each.step

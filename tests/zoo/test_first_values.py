"""First values that an implementation draws in a way of its own."""

from __future__ import annotations

import math

import pytest

from netspec.loading import load
from netspec.ops.initializers import TRUNCATED_STDDEV, VarianceScaling

SLIM = {
    "inception_v1.slim": "Logits/Conv2d_0c_1x1",
    "inception_v2": "Conv2d_2c_3x3",
    "inception_v4": "Conv2d_1a_3x3",
    "resnet50.slim": "block1/unit_1/conv2",
    "resnet50_v2.slim": "block1/unit_1/conv2",
}


@pytest.mark.parametrize("name", SLIM)
def test_slim_truncates_a_normal_of_its_own_deviation(name: str) -> None:
    """tf_slim/layers/initializers.py: truncated_normal of stddev sqrt(1.3 * factor / n), factor 2.

    Ours is divided by the deviation that truncation leaves; n is the kernel's fan-in.
    """
    weight = dict(load(name).graph().weights())[f"{SLIM[name]}/kernel"]
    assert isinstance(weight.initializer, VarianceScaling)
    assert weight.initializer.distribution == "truncated_normal"
    before = weight.initializer.stddev(weight.fans) / TRUNCATED_STDDEV
    n = math.prod(weight.shape[:-1])
    assert before == pytest.approx(math.sqrt(1.3 * 2.0 / n), rel=1e-7)

"""Inception V3's weights by netspec's names, written down a second time to hold the peers to."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from peers.peer import Array

STEM = "Conv2d_1a_3x3 Conv2d_2a_3x3 Conv2d_2b_3x3 Conv2d_3b_1x1 Conv2d_4a_3x3"
MIXED_35 = """
    Branch_0/Conv2d_0a_1x1
    Branch_1/Conv2d_0a_1x1 Branch_1/Conv2d_0b_5x5
    Branch_2/Conv2d_0a_1x1 Branch_2/Conv2d_0b_3x3 Branch_2/Conv2d_0c_3x3
    Branch_3/Conv2d_0b_1x1"""
MIXED_6A = """
    Branch_0/Conv2d_1a_3x3
    Branch_1/Conv2d_0a_1x1 Branch_1/Conv2d_0b_3x3 Branch_1/Conv2d_1a_3x3"""
MIXED_17 = """
    Branch_0/Conv2d_0a_1x1
    Branch_1/Conv2d_0a_1x1 Branch_1/Conv2d_0b_1x7 Branch_1/Conv2d_0c_7x1
    Branch_2/Conv2d_0a_1x1 Branch_2/Conv2d_0b_7x1 Branch_2/Conv2d_0c_1x7
    Branch_2/Conv2d_0d_7x1 Branch_2/Conv2d_0e_1x7
    Branch_3/Conv2d_0b_1x1"""
MIXED_7A = """
    Branch_0/Conv2d_0a_1x1 Branch_0/Conv2d_1a_3x3
    Branch_1/Conv2d_0a_1x1 Branch_1/Conv2d_0b_1x7 Branch_1/Conv2d_0c_7x1 Branch_1/Conv2d_1a_3x3"""
MIXED_8 = """
    Branch_0/Conv2d_0a_1x1
    Branch_1/Conv2d_0a_1x1 Branch_1/Concat/Conv2d_0b_1x3 Branch_1/Concat/Conv2d_0c_3x1
    Branch_2/Conv2d_0a_1x1 Branch_2/Conv2d_0b_3x3
    Branch_2/Concat/Conv2d_0c_1x3 Branch_2/Concat/Conv2d_0d_3x1
    Branch_3/Conv2d_0b_1x1"""

BLOCKS = {
    **dict.fromkeys(("Mixed_5b", "Mixed_5c", "Mixed_5d"), MIXED_35),
    "Mixed_6a": MIXED_6A,
    **dict.fromkeys(("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"), MIXED_17),
    "Mixed_7a": MIXED_7A,
    **dict.fromkeys(("Mixed_7b", "Mixed_7c"), MIXED_8),
}

TRUNK = (
    *STEM.split(),
    *(f"{block}/{conv}" for block, convs in BLOCKS.items() for conv in convs.split()),
)
"""The 94 normalised convs of the trunk, in the order TF-slim and Keras create them."""
LOGITS = "Logits/Conv2d_1c_1x1"
AUX = ("AuxLogits/Conv2d_1b_1x1", "AuxLogits/Conv2d_2a_5x5")
AUX_LOGITS = "AuxLogits/Conv2d_2b_1x1"

NORMALISED = ("kernel", "norm/beta", "norm/moving_mean", "norm/moving_variance")
BIASED = ("kernel", "bias")

# facts/architectures.md section 3, at 1000 classes and 299x299.
TRUNK_PARAMETERS = 23_817_352 - 2049 * 1000
WITH_AUX_PARAMETERS = 27_143_152 - 2049 * 1000 - 769 * 1000
AUX_KERNEL = "AuxLogits/Conv2d_2a_5x5/kernel"


def check_without_aux(weights: Mapping[str, Array]) -> None:
    """Raise ValueError unless these are exactly the weights of a V3 with no auxiliary head."""
    _check_names(weights, TRUNK, (LOGITS,))
    _check_kernels(weights)
    classes = len(weights[f"{LOGITS}/bias"])
    _check_count(weights, TRUNK_PARAMETERS + 2049 * classes)


def check_with_aux(weights: Mapping[str, Array]) -> None:
    """Raise ValueError unless these are exactly the weights of a V3 with its auxiliary head.

    Below 299x299 the 5x5 kernel of the head may be smaller; its name stays.
    """
    _check_names(weights, TRUNK + AUX, (LOGITS, AUX_LOGITS))
    _check_kernels(weights)
    classes = len(weights[f"{LOGITS}/bias"])
    shrunk = 5 * 5 * 128 * 768 - weights[AUX_KERNEL].size
    _check_count(weights, WITH_AUX_PARAMETERS + (2049 + 769) * classes - shrunk)


def _check_names(
    weights: Mapping[str, Array], normalised: tuple[str, ...], biased: tuple[str, ...]
) -> None:
    expected = {f"{path}/{leaf}" for path in normalised for leaf in NORMALISED}
    expected |= {f"{path}/{leaf}" for path in biased for leaf in BIASED}
    if weights.keys() != expected:
        missing, left_over = expected - weights.keys(), weights.keys() - expected
        raise ValueError(f"missing {sorted(missing)}, left over {sorted(left_over)}")


def _check_kernels(weights: Mapping[str, Array]) -> None:
    """Hold each kernel's height and width to its name, and its outputs to its other weights."""
    for name, kernel in weights.items():
        path, _, leaf = name.rpartition("/")
        if leaf != "kernel":
            continue
        size = tuple(int(edge) for edge in re.findall(r"\d+", path.rpartition("_")[2]))
        if kernel.shape[:2] != size and name != AUX_KERNEL:
            raise ValueError(f"{name} is {kernel.shape}")
        for other in (*NORMALISED[1:], "bias"):
            vector = weights.get(f"{path}/{other}")
            if vector is not None and vector.shape != kernel.shape[3:]:
                raise ValueError(f"{path}/{other} is {vector.shape}, the kernel {kernel.shape}")


def _check_count(weights: Mapping[str, Array], expected: int) -> None:
    trainable = [name for name in weights if "/moving_" not in name]
    found = sum(math.prod(weights[name].shape) for name in trainable)
    if found != expected:
        raise ValueError(f"{found:,} trainable parameters, expected {expected:,}")

"""Kernels of convs with groups as those of convs without: zeros between the groups."""

from __future__ import annotations

import numpy as np

from netspec.transfer.tensors import Array


def spread(kernel: Array, groups: int) -> Array:
    """A kernel (height, width, in / groups, out) as (height, width, in, out)."""
    if groups == 1:
        return kernel
    height, width, seen, outputs = kernel.shape
    full = np.zeros((height, width, seen * groups, outputs), kernel.dtype)
    for group, columns in enumerate(np.split(np.arange(outputs), groups)):
        full[:, :, group * seen : (group + 1) * seen, columns] = kernel[..., columns]
    return full


def gathered(full: Array, groups: int) -> Array:
    """The inverse: what each group sees, all else left out."""
    if groups == 1:
        return full
    rows = np.split(full, groups, axis=2)
    return np.concatenate(
        [np.split(part, groups, axis=3)[group] for group, part in enumerate(rows)], axis=3
    )

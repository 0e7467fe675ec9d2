"""Seeded weights and images, drawn so that no endpoint degenerates (DESIGN section 9)."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from peers.peer import Array, Job

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def _kernel(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return random.normal(0.0, np.sqrt(2.0 / np.prod(shape[:-1])), shape)


def _small(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return random.uniform(-0.1, 0.1, shape)


def _variance(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return random.uniform(0.5, 1.5, shape)


DRAWS: dict[str, Draw] = {
    "kernel": _kernel,
    "bias": _small,
    "beta": _small,
    "moving_mean": _small,
    "moving_variance": _variance,
}


def weight(name: str, shape: tuple[int, ...], seed: int) -> Array:
    """Return the weight of that canonical name, equal in all peers: keyed by (seed, name)."""
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return DRAWS[name.rpartition("/")[2]](random, shape).astype(np.float32)


def images(job: Job) -> Array:
    """Return NHWC images in [-1, 1]: a gradient of its own direction and tint each, and noise.

    Pure noise would leave all images alike after global average pooling.
    """
    random = np.random.default_rng([job.seed, 1])
    rows = np.linspace(-1.0, 1.0, job.height)[None, :, None, None]
    columns = np.linspace(-1.0, 1.0, job.width)[None, None, :, None]
    down, across, tint = random.uniform(-0.25, 0.25, (3, job.batch, 1, 1, 3))
    noise = random.uniform(-0.25, 0.25, (job.batch, job.height, job.width, 3))
    drawn: Array = (down * rows + across * columns + tint + noise).astype(np.float32)
    return drawn

"""What a peer implementation hands over, and how it is run in a process of its own.

A peer is another author's build of a bundled network: it gets seeded weights, runs once on seeded
images, and says what came out. TF-slim needs the legacy Keras switch and Keras 3 must not see it,
so every peer is a script that writes an .npz file; `run` starts it and reads the file back.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float32]]

# Reproducible on any machine: a GPU would compute float32 convolutions in TF32.
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}


@dataclass(frozen=True)
class Peer:
    """Weights by netspec's names and layouts, images, and the endpoints' values on the images.

    All arrays are float32; images and spatial endpoints are NHWC, class scores (N, classes).
    Raises ValueError for values that could not tell a right network from a wrong one: not
    finite, constant, or (for softmax outputs) one-hot.
    """

    name: str
    weights: dict[str, Array]
    endpoints: dict[str, Array]
    images: Array

    def __post_init__(self) -> None:
        """Refuse values against which a comparison would prove nothing."""
        for name, value in [*self.weights.items(), *self.endpoints.items(), ("image", self.images)]:
            if value.dtype != np.float32 or not np.isfinite(value).all():
                raise ValueError(f"{self.name}: {name} is {value.dtype} or not finite")
        for name, value in self.endpoints.items():
            flat = value.reshape(len(value), -1)
            if np.ptp(flat, axis=1).min() < 1e-3 * np.abs(flat).max():
                raise ValueError(f"{self.name}: {name} is constant within an image")
            if np.abs(flat[0] - flat[1]).max() < 1e-3 * np.abs(flat).max():
                raise ValueError(f"{self.name}: {name} is the same for all images")
            if name == "Predictions" and flat.max() > 0.99:
                raise ValueError(f"{self.name}: {name} is one-hot")


@dataclass(frozen=True)
class Job:
    """What to build and what to run it on."""

    height: int = 299
    width: int = 299
    classes: int = 1000
    batch: int = 2
    seed: int = 0


def save(peer: Peer, path: Path) -> None:
    """Write the peer as an .npz file that `read` turns back into an equal one."""
    arrays = {f"weights:{name}": value for name, value in peer.weights.items()}
    arrays |= {f"endpoints:{name}": value for name, value in peer.endpoints.items()}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, name=np.array(peer.name), images=peer.images, **arrays)


def read(path: Path) -> Peer:
    """Return the peer that `save` wrote."""
    groups: dict[str, dict[str, Array]] = {"weights": {}, "endpoints": {}}
    with np.load(path, allow_pickle=False) as stored:
        for key in stored.files:
            group, separator, name = key.partition(":")
            if separator:
                groups[group][name] = stored[key]
        return Peer(name=str(stored["name"]), images=stored["images"], **groups)


def run(script: Path, out: Path, job: Job) -> Peer:
    """Run a peer's script in a process of its own, writing to `out`; return what it wrote.

    Raises RuntimeError with the end of the script's stderr when it fails.
    """
    options = [f"--{field}={value}" for field, value in vars(job).items()]
    command = [sys.executable, str(script), str(out), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script.name} failed ({done.returncode}):\n{done.stderr[-4000:]}")
    return read(out)


def main(build: Callable[[Job], Peer], environment: Mapping[str, str]) -> None:
    """Serve a peer's command line, `SCRIPT OUT.npz [--height N] …`; the framework loads after."""
    parser = argparse.ArgumentParser(description=build.__doc__)
    parser.add_argument("out", type=Path)
    for field, default in vars(Job()).items():
        parser.add_argument(f"--{field}", type=int, default=default)
    options = vars(parser.parse_args())
    out = options.pop("out")
    os.environ.update({**ENVIRONMENT, **environment})
    save(build(Job(**options)), out)

"""Networks of other authors with random weights, saved by their own means: the judges of ports.

A script builds one network, gives every variable a seeded value (batch norm statistics too) or
loads a file strictly, saves it as its users do, and runs it once: `run` starts it and reads the
endpoints back. Nothing here
knows netspec's names.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from peers.peer import ENVIRONMENT, Array, Job, Peer

ENDPOINTS = "endpoints.npz"
IN_ALL_FORMS = ("inception_v3", "inception_v4", "inception_resnet_v2")
"""Networks that are saved in every form of file that their framework has; others in the usual."""


@dataclass(frozen=True)
class Saved:
    """A folder with a network's files, and what the network made of the images."""

    folder: Path
    images: Array
    endpoints: dict[str, Array]


def drawn(role: str, shape: tuple[int, ...], fan_in: int, random: np.random.Generator) -> Array:
    """Values of a weight: kernels by fan-in, everything else about where training leaves it."""
    if role == "kernel":
        values = random.normal(0.0, np.sqrt(2.0 / fan_in), shape)
    elif role in ("gamma", "variance"):
        values = random.uniform(0.7, 1.3, shape)
    else:
        values = random.uniform(-0.1, 0.1, shape)
    return np.asarray(values, np.float32)


def run(script: Path, network: str, folder: Path, job: Job, load: Path | None = None) -> Saved:
    """Run a script in a process of its own, on drawn weights or on those of a file.

    Raises RuntimeError with its stderr when it fails.
    """
    options = [f"--{field}={value}" for field, value in vars(job).items()]
    options += [] if load is None else [f"--load={load}"]
    command = [sys.executable, str(script), network, str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script.name} failed ({done.returncode}):\n{done.stderr[-4000:]}")
    with np.load(folder / ENDPOINTS, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    images = arrays.pop("images")
    Peer(network, {}, arrays, images)  # refuses values that would prove nothing
    return Saved(folder, images, arrays)


def main(
    build: Callable[[str, Path, Job, Path | None], tuple[Array, dict[str, Array]]],
    environment: Mapping[str, str],
) -> None:
    """Serve a script's command line, `SCRIPT NETWORK FOLDER [--height N] …`."""
    parser = argparse.ArgumentParser(description=build.__doc__)
    parser.add_argument("network")
    parser.add_argument("folder", type=Path)
    for field, default in vars(Job()).items():
        parser.add_argument(f"--{field}", type=int, default=default)
    parser.add_argument("--load", type=Path)
    options = vars(parser.parse_args())
    network, folder, load = (options.pop(name) for name in ("network", "folder", "load"))
    os.environ.update({**ENVIRONMENT, **environment})
    images, endpoints = build(network, folder, Job(**options), load)
    np.savez(folder / ENDPOINTS, images=images, **endpoints)

"""Weights of other authors' own networks, imported by our command, give their numbers everywhere.

Each network is built by its authors' code with random weights and statistics, and saved by their
own means; that every tensor is placed holds our maps to the real names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from peers import saved
from peers.peer import Job, Peer
from peers.running import RUNNERS

import netspec
from netspec.cli.main import main
from netspec.weights import store

PEERS = Path(saved.__file__).parent
TOLERANCE = 5e-6


SMALL = Job(height=224, width=224, classes=16)


@dataclass(frozen=True)
class Port:
    """A network of a framework, its files, and the spec that is to compute its numbers."""

    form: str
    network: str
    spec: str
    files: tuple[str, ...]
    job: Job = SMALL
    settings: tuple[str, ...] = ()

    @property
    def options(self) -> list[str]:
        """What the command is told of the spec."""
        sets = (f"num_classes={self.job.classes}", *self.settings)
        size = ["--input", f"{self.job.height}x{self.job.width}"]
        return ["--spec", self.spec, *size, *(each for s in sets for each in ("--set", s))]

    def load(self) -> netspec.Spec:
        """The spec as the command has it."""
        told = dict(each.split("=") for each in self.settings)
        values: dict[str, object] = {name: value == "true" for name, value in told.items()}
        size = (self.job.height, self.job.width)
        return netspec.load(self.spec, set={"num_classes": self.job.classes, **values}, input=size)


SLIM = ("v2.ckpt", "v1.ckpt")
KERAS = ("saved.weights.h5", "saved.keras", "saved.h5")
TORCH = ("saved.pth", "older.pth", "saved.safetensors")
V3 = Job(classes=16)
PORTS = (
    Port("slim", "inception_v3", "inception_v3", SLIM, V3),
    Port("keras", "inception_v3", "inception_v3.keras", KERAS, V3),
    Port("torchvision", "inception_v3", "inception_v3.torchvision", TORCH, V3),
    Port("slim", "inception_v1", "inception_v1.slim", SLIM[:1]),
    Port("torchvision", "inception_v1", "inception_v1.torchvision", TORCH[:1]),
    Port("slim", "inception_v2", "inception_v2", SLIM[:1]),
    Port("slim", "resnet50", "resnet50.slim", SLIM[:1]),
    Port("keras", "resnet50", "resnet50.keras", KERAS[:1]),
    Port("torchvision", "resnet50", "resnet50.torchvision", TORCH[:1]),
    Port("slim", "resnet50_v2", "resnet50_v2.slim", SLIM[:1]),
    Port("keras", "resnet50_v2", "resnet50_v2.keras", KERAS[:1]),
    Port("slim", "alexnet", "alexnet.slim", SLIM[:1]),
    Port("torchvision", "alexnet", "alexnet.torchvision", TORCH[:1]),
    Port("slim", "vgg16", "vgg16.slim", SLIM[:1]),
    # a map of 2x2 leaves fc6 small
    Port("keras", "vgg16", "vgg16.keras", KERAS[:1], Job(height=64, width=64, classes=16)),
    Port("torchvision", "vgg16", "vgg16.torchvision", TORCH[:1]),
)


@pytest.mark.slow
@pytest.mark.parametrize("port", PORTS, ids=lambda port: f"{port.form}-{port.network}")
def test_imported_weights_give_the_peer_s_numbers(port: Port, tmp_path: Path) -> None:
    """The error, max|found - peer's| / max|peer's|, stays within float32's at every endpoint."""
    peer = saved.run(PEERS / f"{port.form}_saved.py", port.network, tmp_path, port.job)
    imported = []
    for file in port.files:
        out = tmp_path / f"{file}.safetensors"
        command = ["weights", "import", str(tmp_path / file), "--from", port.form]
        assert main([*command, *port.options, "-o", str(out)]) == 0
        imported.append(store.load(out)[0])
    for other in imported[1:]:
        assert all(np.array_equal(other[name], imported[0][name]) for name in imported[0])
    spec, names = port.load(), list(peer.endpoints)
    own = Peer(port.network, imported[0], peer.endpoints, peer.images)
    for target, run in RUNNERS.items():
        found = run(spec, own, names)
        for name in names:
            expected = peer.endpoints[name]
            assert found[name].shape == expected.shape, name
            error = np.abs(found[name] - expected).max() / np.abs(expected).max()
            print(f"{port.form} {port.network} {target} {name}: {error:.1e}")
            assert error <= TOLERANCE, f"{target}, {name}: {error:.1e}"


# As small as each network takes; TF-slim's auxiliary head then has a kernel of 1x1, and its name.
TINY = Job(height=139, width=107, classes=16)
EXPORTS = (
    replace(PORTS[0], job=TINY),
    replace(PORTS[1], job=TINY),
    PORTS[2],
    *(replace(p, job=replace(TINY, height=64, width=96)) for p in PORTS if p.network == "resnet50"),
)
EXPORTED = {"slim": "exported.ckpt", "keras": "exported.weights.h5", "torchvision": "exported.pth"}


@pytest.mark.slow
@pytest.mark.parametrize("port", EXPORTS, ids=lambda port: f"{port.form}-{port.network}")
def test_exported_weights_are_what_was_imported_bit_for_bit(port: Port, tmp_path: Path) -> None:
    """The peer's own network loads our file strictly, and saves what it saved before."""
    script, job = PEERS / f"{port.form}_saved.py", port.job
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    before = saved.run(script, port.network, first, job)
    stored, exported = tmp_path / "w.safetensors", tmp_path / EXPORTED[port.form]
    command = ["weights", "import", str(first / port.files[0]), "--from", port.form]
    assert main([*command, *port.options, "-o", str(stored)]) == 0
    command = ["weights", "export", str(stored), "--to", port.form]
    assert main([*command, *port.options, "-o", str(exported)]) == 0
    after = saved.run(script, port.network, second, job, exported)
    for name, value in before.endpoints.items():
        assert np.array_equal(after.endpoints[name], value), name
    assert main(["weights", "diff", *(str(f / port.files[0]) for f in (first, second))]) == 0

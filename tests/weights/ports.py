"""Ports of other authors' own networks: how each is imported and exported, and what must hold.

Each network is built by its authors' code with random weights and statistics, and saved by their
own means; that every tensor is placed holds our maps to the real names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from peers import saved
from peers.peer import Array, Job, Peer
from peers.running import RUNNERS

import netspec
from netspec.cli.main import main
from netspec.weights import store
from weights import proofs

PEERS = Path(saved.__file__).parent
TOLERANCE = 5e-6

LARGE = Job(classes=16)
USUAL = Job(height=224, width=224, classes=16)
SMALL = Job(height=139, width=107, classes=16)
SMALLEST = Job(height=75, width=107, classes=16)
"""The last map is 1x2: all that networks of 299x299 take."""
TINY = Job(height=64, width=96, classes=16)

Record = Callable[[str, proofs.Row], None]
"""Holds the table of proofs to what a proof, by name, has compared and measured."""


@dataclass(frozen=True)
class Port:
    """A network of a framework, its files, and the spec that is to compute its numbers."""

    form: str
    network: str
    spec: str
    files: tuple[str, ...]
    """What it saves; all must hold the same weights."""
    exported: str
    job: Job = USUAL
    restated: bool = False
    """Whether the network is ours, of the framework's layers: its package has none."""

    @property
    def name(self) -> str:
        """What its proof is called."""
        return f"{self.form}-{self.network}"

    def row(self, endpoints: Sequence[str], errors: Mapping[str, float]) -> proofs.Row:
        """What the table of proofs says of it."""
        return {
            "network": self.spec,
            "implementation": f"{self.form}, stated anew" if self.restated else self.form,
            "files": list(self.files),
            "input": f"{self.job.height}x{self.job.width}",
            "endpoints": list(endpoints),
            "errors": proofs.rounded(errors),
        }

    @property
    def options(self) -> list[str]:
        """What the command is told of the spec."""
        size, classes = f"{self.job.height}x{self.job.width}", f"num_classes={self.job.classes}"
        return ["--spec", self.spec, "--input", size, "--set", classes]

    def load(self) -> netspec.Spec:
        """The spec as the command has it."""
        size = (self.job.height, self.job.width)
        return netspec.load(self.spec, set={"num_classes": self.job.classes}, input=size)


def assert_import_gives_the_peer_s_numbers(port: Port, tmp_path: Path, record: Record) -> None:
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
    errors = {}
    for target, run in RUNNERS.items():
        found = run(spec, own, names)
        each = {name: _error(found[name], peer.endpoints[name]) for name in names}
        print(f"{port.name} {target}:", *(f"{name} {error:.1e}" for name, error in each.items()))
        assert all(error <= TOLERANCE for error in each.values()), f"{target}: {each}"
        errors[target] = max(each.values())
    record(port.name, port.row(names, errors))


def _error(found: Array, expected: Array) -> float:
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def assert_export_is_the_import_bit_for_bit(port: Port, tmp_path: Path) -> None:
    """The peer's own network loads our file strictly, and saves what it saved before."""
    script, job = PEERS / f"{port.form}_saved.py", port.job
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    before = saved.run(script, port.network, first, job)
    stored, exported = tmp_path / "w.safetensors", tmp_path / port.exported
    command = ["weights", "import", str(first / port.files[0]), "--from", port.form]
    assert main([*command, *port.options, "-o", str(stored)]) == 0
    command = ["weights", "export", str(stored), "--to", port.form]
    assert main([*command, *port.options, "-o", str(exported)]) == 0
    after = saved.run(script, port.network, second, job, exported)
    for name, value in before.endpoints.items():
        assert np.array_equal(after.endpoints[name], value), name
    assert main(["weights", "diff", *(str(f / port.files[0]) for f in (first, second))]) == 0

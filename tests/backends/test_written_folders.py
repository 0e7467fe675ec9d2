"""Written folders: the same bytes for the same network, and models that need no netspec."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.hostile import HOSTILE
from corpus.joins import JOINS
from corpus.nets import Net, images, weights
from corpus.ops import CONVS, OTHERS, POOLS
from netspec import targets

CASES: dict[str, Net] = {
    **{name: JOINS[name] for name in ("head", "residual", "nested", "unused-steps", "identity")},
    **{name: POOLS[name] for name in ("max-pool-uneven", "avg-pool-uneven-inside")},
    **{name: CONVS[name] for name in ("conv-dilated-2-norm", "conv-uneven-pads", "conv-depthwise")},
    **{name: OTHERS[name] for name in ("batch-norm-vector", "flatten-dropout-relu-dense")},
    "trailing-underscores": HOSTILE["trailing-underscores"],
}

LOAD = """
import sys
import keras, numpy
for folder in sys.argv[1:]:
    model = keras.models.load_model(folder + "/out/model.keras")
    values = model(numpy.load(folder + "/image.npy"), training=False)
    named = {path.replace("/", "~"): numpy.asarray(value) for path, value in values.items()}
    numpy.savez(folder + "/values.npz", **named)
assert "netspec" not in sys.modules
"""

WRITE = """
import sys
from pathlib import Path
import netspec
from netspec import targets
from netspec.weights.initial import parity_weights
for target, file, out in zip(sys.argv[1::3], sys.argv[2::3], sys.argv[3::3]):
    spec = netspec.load(file)
    graph = spec.graph()
    targets.backend(target).write(graph, parity_weights(graph, 5), spec.hash, Path(out))
"""


def run(script: str, *arguments: object) -> None:
    """The script in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_keras_opens_a_written_model_without_netspec(tmp_path: Path) -> None:
    backend = targets.backend("keras")
    wanted: dict[str, dict[str, Any]] = {}
    for case, net in CASES.items():
        folder = tmp_path / case
        folder.mkdir()
        graph = net.graph(folder)
        feeds, values = images(graph), weights(graph)
        backend.write(graph, values, "0" * 64, folder / "out")
        np.save(folder / "image.npy", *feeds.values())
        wanted[case] = backend.run(graph, values, feeds, "float32")
    run(LOAD, *(tmp_path / case for case in CASES))
    for case, values in wanted.items():
        found = np.load(tmp_path / case / "values.npz")
        assert [path.replace("~", "/") for path in found] == list(values)
        for path, value in values.items():
            assert np.allclose(found[path.replace("/", "~")], value, rtol=0, atol=1e-6), case


@pytest.mark.parametrize("case", ["head", "residual", "trailing-underscores"])
def test_a_second_write_gives_the_same_bytes(case: str, tmp_path: Path) -> None:
    spec = CASES[case].spec(tmp_path)
    graph = spec.graph()
    jobs: list[object] = []
    for name in ("torch", "keras"):
        backend = targets.backend(name)
        for folder in ("first", "second"):
            backend.write(graph, weights(graph), spec.hash, tmp_path / name / folder)
        jobs += [name, tmp_path / "net.yaml", tmp_path / name / "third"]
    run(WRITE, *jobs)
    for name, files in (("torch", 2), ("keras", 3)):
        first, second, third = (contents(tmp_path / name / f) for f in ("first", "second", "third"))
        assert len(first) == files
        assert first == second
        assert first == third

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
from corpus.ops import CONVS, DEPTHWISE, FUNCTIONS, OTHERS, POOLS

from netspec import targets

CASES: dict[str, Net] = {
    **{name: JOINS[name] for name in ("head", "residual", "nested", "unused-steps", "identity")},
    **{name: POOLS[name] for name in ("max-pool-uneven", "avg-pool-uneven-inside")},
    **{name: CONVS[name] for name in ("conv-dilated-2-norm", "conv-uneven-pads", "conv-depthwise")},
    **{name: OTHERS[name] for name in ("batch-norm-vector", "flatten-dropout-relu-dense")},
    **{name: OTHERS[name] for name in ("lrn", "lrn-few-channels", "lrn-1-channel", *FUNCTIONS)},
    **{name: OTHERS[name] for name in ("pad-value", "pad-uneven", "scale", "scale-vector")},
    **{name: OTHERS[name] for name in ("gelu-vector", "gelu-tanh-vector", "leaky-relu-vector")},
    **{name: net for name, net in POOLS.items() if "ceil" in name or "adaptive" in name},
    **DEPTHWISE,
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_second_write_gives_the_same_bytes(tmp_path: Path) -> None:
    folders: list[Path] = []
    jobs: list[object] = []
    for case in ("head", "residual", "trailing-underscores"):
        file = tmp_path / case / "net.yaml"
        file.parent.mkdir()
        spec = CASES[case].spec(file.parent)
        graph = spec.graph()
        for name in ("torch", "keras"):
            folder = file.parent / name
            for time in ("first", "second"):
                targets.backend(name).write(
                    graph, weights(graph), spec.hash, folder.with_suffix(f".{time}")
                )
            jobs += [name, file, folder.with_suffix(".third")]
            folders.append(folder)
    run(WRITE, *jobs)
    for folder in folders:
        first, second, third = (
            contents(folder.with_suffix(f".{time}")) for time in ("first", "second", "third")
        )
        assert len(first) == {"torch": 2, "keras": 3}[folder.name]
        assert first == second == third

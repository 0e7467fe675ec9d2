"""The folder that `build --to keras` writes."""

from __future__ import annotations

import io
import json
import re
import zipfile
from operator import itemgetter
from pathlib import Path

from safetensors.numpy import save

from netspec.backends.keras import live, source
from netspec.backends.keras.plain import PLAIN
from netspec.folders import write_folder
from netspec.ir.graph import Graph
from netspec.targets import Weights
from netspec.writing import scratch

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every member of the archive, so that the same model gives the same bytes."""


def write(graph: Graph, weights: Weights, spec_hash: str, out: Path) -> tuple[Path, ...]:
    """`model.py`, `weights.safetensors`, `model.keras` in the folder, each whole or not at all."""
    kept = {name: weights[name] for name, _ in sorted(graph.weights(), key=itemgetter(0))}
    stored = save(kept, metadata={"spec_hash": spec_hash})
    files = {
        "model.py": source.text(graph).encode(),
        "weights.safetensors": stored,
        "model.keras": _archive(graph, weights, out),
    }
    return write_folder(out, files)


def _archive(graph: Graph, weights: Weights, out: Path) -> bytes:
    """The model as a .keras file that plain Keras opens, without netspec's own layers."""
    model = live.build(graph, weights, callables=PLAIN)
    with scratch(out) as folder:
        path = folder / "model.keras"
        model.save(path)
        return _normalised(path)


def _normalised(path: Path) -> bytes:
    """The archive without the time and the memory addresses of its making."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as kept, zipfile.ZipFile(made, "w") as archive:
        for name in sorted(kept.namelist()):
            data = _CLEANED.get(name, bytes)(kept.read(name))
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return made.getvalue()


def _without_date(metadata: bytes) -> bytes:
    return json.dumps({**json.loads(metadata), "date_saved": "1980-01-01@00:00:00"}).encode()


def _renumbered(config: bytes) -> bytes:
    """The config with its shared objects, which Keras names by their addresses, counted from 1."""
    seen: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f'"shared_object_id": {seen.setdefault(found[1], len(seen) + 1)}'

    return re.sub(r'"shared_object_id": (\d+)', number, config.decode()).encode()


_CLEANED = {"metadata.json": _without_date, "config.json": _renumbered}

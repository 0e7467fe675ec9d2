"""A model of another tool's, read by a process that can be stopped: its graph and its weights."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, Origin, Source, Span, SpecError
from netspec.ir import plain
from netspec.ir.graph import Graph
from netspec.ir.shapes import Map
from netspec.ir.verify import InvalidGraph, verify
from netspec.reading import files, paths
from netspec.weights import isolation, store
from netspec.weights.isolated import LISTING, TENSORS, Request

Array = NDArray[Any]
Arrays = dict[str, Array]

ModelReader = Callable[[Path, Mapping[str, Any]], tuple[dict[str, Any], Arrays]]
"""Reads a model: what it is as plain data, and its weights by their number there.

The data hold `graph` (see `netspec.ir.plain`), `weights`: for each, in order, its name, the tensors
of the file that it came from and whether its numbers were moved, and `tensors`: the shape of each
tensor of the file; or else `foreign`: why it is none of our graphs.
"""

EXPANSION = 4
"""Bytes of weights that may come of each byte of a file."""


@dataclass(frozen=True)
class ForeignModel:
    """A model in our ops. `sources` names the file's tensors that each weight came from."""

    file: str
    graph: Graph
    weights: Mapping[str, Array]
    sources: Mapping[str, tuple[str, ...]]
    moved: frozenset[str]
    """Weights whose numbers stand in another order than in the file."""
    tensors: Mapping[str, tuple[int, ...]]
    """The shape of each tensor of the file that weights came from."""


def read_model(
    path: str | os.PathLike[str], like: Map | None, *, kind: str = "onnx", beside: bool = False
) -> ForeignModel:
    """The model in a file; with `beside`, its weights may lie in files beside it.

    What it leaves open of its image's size is that of `like`. Raises `SpecError`: NS604 for a file
    that can't be read, NS631 naming the node that is none of our ops; and `MissingExtra`.
    """
    name = files.printable_name(path)
    with store.opened(path) as file:
        size = file.seek(0, os.SEEK_END)
    place = Path(path).absolute()
    if beside:
        size += sum(paths.size(place.parent / each) for each in paths.names_in(place.parent))
    model = {"like": None if like is None else like.dims, "beside": beside}
    with isolation.workplace(name) as folder:
        more = EXPANSION * size + (1 << 20)
        seconds = isolation.SECONDS
        request = Request(kind, str(place), folder, None, [], more, size, seconds, model)
        isolation.run(request, name)
        listing = json.loads((Path(folder) / LISTING).read_text(encoding="utf-8"))
        arrays, _ = store.load(Path(folder) / TENSORS)
    span = Span(Source(name, ""), 1, 1, 1, 1)
    if "foreign" in listing:
        message = files.printable_name(str(listing["foreign"]))
        raise SpecError([Diagnostic("NS631", message, span)])
    return _checked(name, span, listing, arrays)


def _checked(name: str, span: Span, listing: Mapping[str, Any], arrays: Arrays) -> ForeignModel:
    """The answer, looked at as any file is: its reader may have been led astray."""
    try:
        graph = verify(plain.from_plain(listing["graph"], Origin(span)))
        rows = list(enumerate(listing["weights"]))
        weights = {str(key): arrays[str(number)] for number, (key, _, _) in rows}
        shapes = {key: weight.shape for key, weight in graph.weights()}
        if {key: value.shape for key, value in weights.items()} != shapes:
            raise InvalidGraph("its weights are not those of its graph")
        return ForeignModel(
            name,
            graph,
            weights,
            {str(key): tuple(map(str, sources)) for _, (key, sources, _) in rows},
            frozenset(str(key) for _, (key, _, moved) in rows if moved),
            {str(key): tuple(map(int, dims)) for key, dims in listing["tensors"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, InvalidGraph) as error:
        message = f"{name} can't be read: its reader was led astray ({type(error).__name__})"
        raise SpecError([Diagnostic("NS604", message, span)]) from None

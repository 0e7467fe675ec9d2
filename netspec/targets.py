"""The backends by name, loaded when asked for: the only dynamic import there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from netspec.diagnostics import Diagnostic, SpecError
from netspec.ir.graph import Graph
from netspec.suggestions import did_you_mean

BUNDLED = {
    "torch": "netspec.backends.torch:BACKEND",
    "keras": "netspec.backends.keras:BACKEND",
    "onnx": "netspec.backends.onnx:BACKEND",
}
ENTRY_POINTS = "netspec.backends"

Array = NDArray[Any]
Weights = Mapping[str, Array]
"""Arrays by canonical name, in the canonical layout."""
Run = Callable[[Mapping[str, Array]], dict[str, Array]]
"""From feeds to the value of each output, as `Backend.run` has them."""


class MissingExtra(Exception):
    """A backend's framework is not installed; the message has the command that installs it."""


class Backend(Protocol):
    """What a backend offers. Graphs come verified; `weights` hold every weight of the graph."""

    name: str
    dtypes: frozenset[str]
    """The precisions in which `run` works: float32, float64."""

    def unsupported(self, graph: Graph) -> tuple[Diagnostic, ...]:
        """What the backend can't do exactly in this graph, each with its reason (NS601)."""

    def live(self, graph: Graph, weights: Weights | None) -> Any:
        """The live model in float32; without weights the framework's own generator draws them."""

    def run(
        self, graph: Graph, weights: Weights, feeds: Mapping[str, Array], dtype: str
    ) -> dict[str, Array]:
        """The value of each output, for inference.

        Feeds and values: (batch, height, width, channels) or (batch, channels), of that dtype.
        """

    def runner(self, graph: Graph, weights: Weights, dtype: str) -> Run:
        """`run` for many feeds: the model is built once."""

    def write(self, graph: Graph, weights: Weights, spec_hash: str, out: Path) -> tuple[Path, ...]:
        """Write the artefact, whole or not at all; gives the files written."""

    def versions(self) -> Mapping[str, str]:
        """The versions of what it runs on."""


class SourceBackend(Backend, Protocol):
    """A backend that prints standalone source as well."""

    def source(self, graph: Graph) -> str:
        """The text of a module that builds the network without netspec."""


def names() -> tuple[str, ...]:
    """The names of all backends, the bundled ones first."""
    return tuple(dict.fromkeys((*BUNDLED, *_outside())))


def backend(name: str) -> Any:
    """The backend of that name; raises `SpecError` (NS602) or `MissingExtra`."""
    place = BUNDLED.get(name) or _outside().get(name)
    if place is None:
        known = names()
        hints = did_you_mean(name, known) or (f"backends: {', '.join(known)}",)
        raise SpecError([Diagnostic("NS602", f"there is no backend `{name[:40]}`", hints=hints)])
    module, _, attribute = place.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "netspec":
            raise
        message = f"{name} needs the package {error.name}: pip install 'netspec[{name}]'"
        raise MissingExtra(message) from error


def installed(name: str) -> Any:
    """The backend of that name once all that it runs on is there. Raises as `backend` does."""
    found = backend(name)
    found.versions()
    return found


def first_installed() -> Any:
    """The first bundled backend that is installed. Raises `MissingExtra` where none is."""
    for name in BUNDLED:
        with suppress(MissingExtra):
            return installed(name)
    raise MissingExtra("no backend is installed: pip install 'netspec[onnx]', or torch, or keras")


def require_supported(backend: Backend, graph: Graph) -> None:
    """Raise `SpecError` (NS601) for what the backend can't do exactly in this graph."""
    if unsupported := backend.unsupported(graph):
        raise SpecError(unsupported)


def _outside() -> dict[str, str]:
    from importlib.metadata import entry_points  # slow to load, rarely needed

    return {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}

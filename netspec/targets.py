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
READERS = {
    "tensorflow": "netspec.backends.checkpoints.tensorflow_checkpoint:opened",
    "torch": "netspec.backends.checkpoints.torch_archive:opened",
    "keras": "netspec.backends.checkpoints.keras_archive:opened",
    "hdf5": "netspec.backends.checkpoints.keras_hdf5:opened",
}
"""What reads other frameworks' files, by kind of file; each a `netspec.weights.stored.Reader`."""
MODELS = {"onnx": "netspec.backends.onnx.reading.answering:answer"}
"""What reads whole models; each a `netspec.matching.foreign.ModelReader`."""
WRITERS = {
    "tensorflow": "netspec.backends.checkpoints.tensorflow_checkpoint:write",
    "torch": "netspec.backends.checkpoints.torch_archive:write",
    "hdf5": "netspec.backends.checkpoints.keras_hdf5:write",
    "safetensors": "netspec.weights.store:write",
}
"""What writes them."""
EXTRAS = {"tensorflow": "keras", "hdf5": "keras", "h5py": "keras", "torch": "torch", "onnx": "onnx"}
"""The extra that brings a package, where readers and writers need it."""
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
    return _loaded(_place(name), name, name)


def require_known(name: str) -> None:
    """Refuse a name that is no backend's, loading none. Raises `SpecError` (NS602)."""
    _place(name)


def _place(name: str) -> str:
    """Where the backend of that name is; raises `SpecError` (NS602)."""
    place = BUNDLED.get(name) or _outside().get(name)
    if place is None:
        known = names()
        hints = did_you_mean(name, known) or (f"backends: {', '.join(known)}",)
        raise SpecError([Diagnostic("NS602", f"there is no backend `{name[:40]}`", hints=hints)])
    return place


def reader(kind: str) -> Any:
    """The reader of that kind of file; raises `MissingExtra`."""
    return _loaded({**READERS, **MODELS}[kind], f"reading such a file ({kind})")


def writer(kind: str) -> Any:
    """The writer of that kind of file; raises `MissingExtra`."""
    return _loaded(WRITERS[kind], f"writing such a file ({kind})")


def _loaded(place: str, what: str, extra: str = "") -> Any:
    """The object at `module:name`, for which a package may be missing."""
    module, _, attribute = place.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "netspec":
            raise
        extra = extra or EXTRAS.get(package, "all")
        message = f"{what} needs the package {error.name}: pip install 'netspec[{extra}]'"
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

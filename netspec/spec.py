"""A loaded spec: the one object that commands, backends and notebooks start from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netspec import cutting, targets
from netspec.counting.counted import count_like as count_like_tool
from netspec.diagnostics import Diagnostic, SpecError
from netspec.ir.graph import Graph
from netspec.language import printing
from netspec.language.about import About
from netspec.language.preprocess import Preprocess
from netspec.language.tree import Tree
from netspec.lowering import lower
from netspec.reading.document import Document
from netspec.reading.tree import collector_paused
from netspec.summary import Summary, summarize
from netspec.weights import fitting, initial, store
from netspec.writing import require_apart, require_folder

if TYPE_CHECKING:
    from netspec.comparing.difference import Difference

WeightsSource = str | os.PathLike[str] | Mapping[str, NDArray[Any]]
"""A safetensors file, or arrays by canonical name."""


@dataclass(frozen=True, repr=False)
class Spec:
    """A checked and typed network."""

    documents: tuple[Document, ...]
    """Its file, behind it what this extends, and so on."""
    tree: Tree
    whole: Tree | None = None
    """The network that `features` cut it from, if it did."""

    def __repr__(self) -> str:
        outputs = ", ".join(output.path for output in self.tree.outputs)
        return f"<Spec {self.name}: {self.tree.input} to {outputs}>"

    @property
    def document(self) -> Document:
        """Its own file."""
        return self.documents[0]

    @property
    def name(self) -> str:
        """The network's name."""
        return self.tree.name

    @property
    def about(self) -> About:
        """Where the network comes from: year, paper, source and note, each perhaps None."""
        return self.tree.about

    @property
    def preprocess(self) -> Preprocess | None:
        """How an image becomes the network's input, where the spec says so."""
        return self.tree.preprocess

    @cached_property
    def _graph(self) -> Graph:
        with collector_paused():
            return lower(self.tree)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the resolved spec, without name, about and preprocess; hexadecimal."""
        return printing.spec_hash(self.tree)

    def graph(self, endpoints: Iterable[str] = ()) -> Graph:
        """The graph, with these paths as outputs behind the declared ones.

        Raises `SpecError` (NS306) for a path that does not exist.
        """
        wanted = tuple(endpoints)
        known = self._graph.endpoints()
        unknown = [path for path in wanted if path not in known]
        if unknown:
            name = self.tree.input_name
            raise SpecError([cutting.unknown_endpoint(path, name, known) for path in unknown])
        return self._graph.with_outputs((*self._graph.outputs, *wanted)) if wanted else self._graph

    def features(self, endpoints: Iterable[str]) -> Spec:
        """The network cut at these steps: they are its outputs, and nothing else is left in it.

        Paths stay as they are, so that weights of the whole network fit. Raises `SpecError` (NS306)
        for a path that does not exist, NS315 for no path at all, and `TypeError` for what is none.
        """
        paths = (endpoints,) if isinstance(endpoints, str) else tuple(endpoints)
        for path in paths:
            if not isinstance(path, str):
                raise TypeError(f"an endpoint is the path of a step, not {path!r}")
        return Spec(self.documents, cutting.cut(self.tree, paths), self.whole or self.tree)

    def passed_over(self, names: Iterable[str]) -> frozenset[str]:
        """Which of these weights are not its own, and let be: none, unless it was cut.

        The weights of the whole network, and of its other variants, are taken by what is left.
        """
        if self.whole is None:
            return frozenset()
        return frozenset(names) - {name for name, _ in self._graph.weights()}

    @cached_property
    def hashes(self) -> frozenset[str]:
        """Its own hash, and that of the network which it was cut from."""
        trees = (self.tree, self.whole) if self.whole else (self.tree,)
        return frozenset(map(printing.spec_hash, trees))

    def summary(self, count_like: str | None = None) -> Summary:
        """Every step with its shape and cost, and the totals: for `print` and for notebooks.

        `count_like` takes costs as a tool reports them: fvcore, thop, torchinfo or torch. Raises
        `ValueError` for another.
        """
        counted = count_like_tool(count_like, self._graph) if count_like else None
        return summarize(self.tree, self._graph, self.hash, counted)

    def _repr_html_(self) -> str:
        from netspec.summary_page import folded_page

        return folded_page(self.summary())

    def svg(self, *, against: Spec | None = None, **style: Any) -> str:
        """A picture of the network as SVG; `style` is what `netspec.drawing.pictures.Style` has.

        With `against` what is new is marked, what has changed, and what that spec had. Raises
        `SpecError` (NS306, NS641), `ValueError` for a choice that there is not, and `TypeError`.
        """
        from netspec.drawing.comparison import scene_of_changes  # slow to load, rarely needed
        from netspec.drawing.pictures import TEXTS, Style, scene_of

        if against is not None:
            _require_spec(against)
        look = Style(**style)
        scene = scene_of_changes(against, self, look) if against else scene_of(self, look)
        return TEXTS["svg"](scene, look)

    def expanded(self) -> str:
        """The fully resolved spec, as YAML."""
        return printing.to_yaml(self.tree)

    def diff(self, other: Spec) -> Difference:
        """How another spec differs from this one: print it, or ask for its parts.

        Raises `TypeError` for what is no spec, such as the name of one.
        """
        from netspec.comparing.difference import compare  # which knows this module

        _require_spec(other)
        return compare(self, other)

    def to(
        self,
        target: str,
        *,
        weights: WeightsSource | None = None,
        seed: int | None = None,
        endpoints: Iterable[str] = (),
    ) -> Any:
        """The live model: an nn.Module, a keras.Model or an onnx.ModelProto.

        `weights` is a safetensors file or arrays, by canonical names; with a `seed` the spec's
        initialisers draw them, alike for every target; with neither the framework's own generator
        does. Raises `SpecError`, `MissingExtra`, and `ValueError` where both are given.
        """
        if weights is not None and seed is not None:
            raise ValueError("give weights or a seed, not both")
        backend = targets.backend(target)
        graph = self.graph(endpoints)
        targets.require_supported(backend, graph)
        if seed is not None:
            return backend.live(graph, initial.init_weights(graph, seed))
        return backend.live(graph, None if weights is None else self.fitted(weights))

    def write(
        self,
        target: str,
        out: str | os.PathLike[str],
        *,
        weights: WeightsSource | None = None,
        seed: int = 0,
    ) -> tuple[Path, ...]:
        """Write the target's artefact, whole or not at all; gives the files written.

        Without `weights` the spec's initialisers draw them from the seed. Raises `SpecError` and
        `MissingExtra`.
        """
        require_folder(out)
        files = [] if weights is None or isinstance(weights, Mapping) else [weights]
        require_apart(out, [*(read.source.name for read in self.documents), *files])
        backend = targets.backend(target)
        graph = self._graph
        targets.require_supported(backend, graph)
        arrays = initial.init_weights(graph, seed) if weights is None else self.fitted(weights)
        written: tuple[Path, ...] = backend.write(graph, arrays, self.hash, Path(out))
        return written

    def fitted(self, weights: WeightsSource) -> dict[str, NDArray[np.float32]]:
        """The weights of a file or a mapping, once every name, shape and type fits.

        A network that `features` has cut takes its own and passes over all others. That a file was
        saved for another spec hash is logged, for all of it may still fit. Raises `SpecError`
        (NS604, NS605).
        """
        if isinstance(weights, Mapping):
            beside = self.passed_over(weights)
            own = {name: value for name, value in weights.items() if name not in beside}
            return fitting.checked(self._graph, own)
        arrays, metadata = store.load_for(self._graph, weights, self.passed_over)
        if metadata.get(store.HASH_KEY, self.hash) not in self.hashes:
            import logging  # slow to load, rarely needed

            logging.getLogger(__name__).info("%s was saved for another spec", weights)
        return arrays

    def source(self, target: str) -> str:
        """The text of a module that builds the network without netspec.

        Raises `SpecError` (NS601 where the target has no source) and `MissingExtra`.
        """
        backend = targets.backend(target)
        if not hasattr(backend, "source"):
            hints = ("`netspec build` writes its artefact",)
            raise SpecError([Diagnostic("NS601", f"{target} has no source to print", hints=hints)])
        targets.require_supported(backend, self._graph)
        text: str = backend.source(self._graph)
        return text


def _require_spec(value: object) -> None:
    if not isinstance(value, Spec):
        raise TypeError(f"a spec is what netspec.load gives, not {value!r}")


def init_weights(spec: Spec, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """A spec's weights by canonical name, drawn by its initialisers: the same in every framework.

    A weight stays the same when an unrelated branch is added.
    """
    return initial.init_weights(spec.graph(), seed)

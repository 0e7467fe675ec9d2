"""Classes of images by a network with its weights, on one backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netspec import targets
from netspec.diagnostics import Diagnostic, SpecError
from netspec.images.labels import fitted, read_labels
from netspec.images.preparing import block_of, preprocess
from netspec.images.reading import Reading, Scores, reading_of
from netspec.limits import DEFAULT, Limits
from netspec.reading.files import printable_name
from netspec.spec import Spec, WeightsSource

if TYPE_CHECKING:
    from netspec.images.preparing import ImageSource

LabelsSource = str | os.PathLike[str] | Sequence[str]
"""A file with one a line, or the names themselves."""
Told = Callable[[str, int, int], None]
BATCH = 16
"""Images that a model sees at once, and that are held in memory."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One class: its number, its name where labels are given, and its score."""

    number: int
    label: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a network sees in an image: the best classes first."""

    image: str
    classes: tuple[Guess, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        classes = [{"class": g.number, "label": g.label, "score": g.score} for g in self.classes]
        return {"image": self.image, "classes": classes}


@dataclass(frozen=True, slots=True)
class Classifier:
    """A network on a backend, ready to run."""

    spec: Spec
    backend: str
    reading: Reading
    labels: tuple[str, ...] | None
    run: targets.Run
    limits: Limits = DEFAULT

    def classify(
        self,
        images: Sequence[ImageSource],
        top: int = 5,
        batch: int = BATCH,
        told: Told | None = None,
    ) -> Iterator[Prediction | SpecError]:
        """What is seen in each image, in order, or why it can't be read.

        No more than `batch` images are held at a time.
        """
        done, waiting = 0, iter(images)
        while taken := list(islice(waiting, batch)):
            if told:
                told(name_of(taken[0], done), done, len(images))
            yield from self._batch(taken, done, top)
            done += len(taken)

    def _batch(
        self, images: list[ImageSource], start: int, top: int
    ) -> Iterator[Prediction | SpecError]:
        ready = [self._prepared(image) for image in images]
        inputs = [one for one in ready if not isinstance(one, SpecError)]
        scores = iter(self.scores(np.stack(inputs)) if inputs else ())
        for number, (image, found) in enumerate(zip(images, ready, strict=True), start):
            yield (
                found
                if isinstance(found, SpecError)
                else self._prediction(name_of(image, number), next(scores), top)
            )

    def _prepared(self, image: ImageSource) -> NDArray[np.float32] | SpecError:
        try:
            return preprocess(image, self.spec, self.limits)
        except SpecError as error:
            return error

    def scores(self, inputs: NDArray[np.float32]) -> Scores:
        """The scores of prepared images, (images, classes)."""
        values = self.run({self.spec.tree.input_name: inputs})
        return self.reading.scores(values[self.reading.path])

    def _prediction(
        self, image: str, scores: NDArray[np.float64], top: int
    ) -> Prediction | SpecError:
        if not np.isfinite(scores).all():
            message = f"the network's scores of {image} are not all numbers"
            hints = ("look at the weights: nan or inf is in them, or comes of them",)
            return SpecError([Diagnostic("NS704", message, hints=hints)])
        best = np.argsort(-scores, kind="stable")[:top]
        guesses = (
            Guess(int(n), self.labels[n] if self.labels else None, float(scores[n])) for n in best
        )
        return Prediction(image, tuple(guesses))


def name_of(image: ImageSource, number: int) -> str:
    """How an image is called: a file by its path, another by its place."""
    if isinstance(image, str | os.PathLike):
        return printable_name(image)
    return f"image {number}"


def classifier(
    spec: Spec,
    weights: WeightsSource,
    backend: str | None = None,
    labels: LabelsSource | None = None,
    limits: Limits = DEFAULT,
) -> Classifier:
    """The network with its weights, once everything about it fits.

    Without a `backend` the first that is installed runs it. `labels` is a file, one a line, or a
    list. Raises `SpecError` and `MissingExtra`.
    """
    block_of(spec)
    reading = reading_of(spec.graph())
    named = None if labels is None else _labels(labels, reading.classes, limits)
    chosen = targets.installed(backend) if backend else targets.first_installed()
    graph = spec.graph().with_outputs((reading.path,))
    targets.require_supported(chosen, graph)
    run = chosen.runner(graph, spec.fitted(weights), "float32")
    return Classifier(spec, chosen.name, reading, named, run, limits)


def _labels(labels: LabelsSource, classes: int, limits: Limits) -> tuple[str, ...]:
    if isinstance(labels, str | os.PathLike):
        return read_labels(labels, classes, limits)
    return fitted(labels, classes)


def predict(
    spec: Spec,
    images: Iterable[ImageSource],
    *,
    weights: WeightsSource,
    backend: str | None = None,
    labels: LabelsSource | None = None,
    top: int = 5,
    limits: Limits = DEFAULT,
) -> list[Prediction]:
    """The best classes of each image, by the network with these weights.

    `images` are files, Pillow's images, or bytes (height, width, channels); see `preprocess`, and
    `classifier` for the others. Raises `SpecError` with everything that is wrong with any of them,
    and `MissingExtra`.
    """
    found = list(classifier(spec, weights, backend, labels, limits).classify(list(images), top))
    failed = [each for each in found if isinstance(each, SpecError)]
    if failed:
        raise SpecError(diagnostic for error in failed for diagnostic in error.diagnostics)
    return [each for each in found if isinstance(each, Prediction)]

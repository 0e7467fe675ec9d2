"""The command that looks at images: predict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netspec.cli.compiling import note_other_hash
from netspec.cli.options import TARGETS, json_option, setting_options, spec_argument
from netspec.cli.progress import progress_bar
from netspec.cli.state import State
from netspec.diagnostics import SpecError
from netspec.tables import GAP, aligned, widths_of

if TYPE_CHECKING:
    from netspec.images.predicting import Classifier, Prediction

NAME_AT_LEAST = 12
"""Characters of an image's name that a narrow terminal shows."""


@click.command()
@spec_argument
@click.argument("images", type=click.Path(), nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    required=True,
    help="A safetensors file, canonical names.",
)
@click.option(
    "--backend",
    metavar="|".join(TARGETS),
    help="What runs the network; the first that is installed by default.",
)
@click.option(
    "--top", type=click.IntRange(1), default=5, metavar="N", show_default=True, help="Best classes."
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Names of the classes, one a line; a first line `background` may be one too many.",
)
@setting_options
@json_option
@click.pass_obj
def predict(
    state: State,
    spec: str,
    images: tuple[str, ...],
    weights: Path,
    backend: str | None,
    top: int,
    labels: Path | None,
    settings: tuple[str, ...],
    size: str | None,
) -> int:
    """Say what a network sees in images.

    \b
      netspec predict inception_v3 --weights trained.safetensors photo.jpg
      netspec predict my.yaml --weights w.safetensors --labels labels.txt --top 3 photos/*.jpg
      netspec predict my.yaml --weights w.safetensors --backend onnx photo.jpg --json

    Images become the network's input as the spec's `preprocess:` says. Scores are those of its
    output Predictions, or the softmax of Logits. What can't be read is told, and gives exit
    status 2; the other images are answered all the same.
    """
    from netspec.images.predicting import classifier

    found = state.load(spec, settings, size)
    note_other_hash(found, weights)
    network = classifier(found, weights, backend, labels, state.limits)
    with progress_bar() as progress:
        results = list(network.classify(images, top, told=progress))
    return _told(state, network, results)


def _told(state: State, network: Classifier, results: Sequence[Prediction | SpecError]) -> int:
    """Answer what was seen, and report what could not be; gives the exit status."""
    failed = [d for one in results if isinstance(one, SpecError) for d in one.diagnostics]
    seen = [one for one in results if not isinstance(one, SpecError)]
    state.report(failed)
    answer = {
        "ok": not failed,
        "spec_hash": network.spec.hash,
        "backend": network.backend,
        "output": network.reading.path,
        "softmax": network.reading.softmax,
        "predictions": [one.to_json() for one in seen],
        "diagnostics": [state.plain(diagnostic) for diagnostic in failed],
    }
    if seen or state.json:
        state.answer(answer, _table(network, seen, state.width))
    return 2 if failed else 0


def _table(network: Classifier, seen: Sequence[Prediction], width: int | None) -> str:
    """A line a class, the image at its best one; long names are cut to a terminal's width."""
    rows = [("image", "score", "class", "label" if network.labels else "")]
    for one in seen:
        for place, guess in enumerate(one.classes):
            named = one.image if place == 0 else ""
            rows.append((named, f"{guess.score:.4f}", str(guess.number), guess.label or ""))
    image, score, number, label = widths_of(rows)
    if width is not None:
        rest = score + number + 2 * len(GAP) + (label + len(GAP) if label else 0)
        image = min(image, max(NAME_AT_LEAST, width - rest))
    lines = aligned([(_tail(name, image), *others) for name, *others in rows], left=(0, 3))
    title = f"{network.spec.name} by {network.backend}: {network.reading}"
    classes = f"of {network.reading.classes:,} classes"
    return "\n".join((f"{title}, {classes}", "", *lines))


def _tail(name: str, width: int) -> str:
    """The end of a long name, which tells more than its start."""
    return name if len(name) <= width else f"…{name[len(name) - width + 1 :]}"

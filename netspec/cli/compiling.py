"""Commands that start a framework: build, source, parity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from netspec.cli.options import (
    TARGETS,
    features_option,
    json_option,
    out_option,
    setting_options,
    spec_argument,
    target_option,
)
from netspec.cli.progress import progress_bar, spinner
from netspec.cli.state import State

if TYPE_CHECKING:
    from netspec.spec import Spec


@click.command()
@spec_argument
@target_option()
@out_option
@click.option(
    "--weights", type=click.Path(path_type=Path), help="A safetensors file, canonical names."
)
@click.option(
    "--seed",
    type=int,
    metavar="N",
    help="Draw the weights by the spec's initialisers; 0 by default.",
)
@features_option
@setting_options
@json_option
@click.pass_obj
def build(
    state: State,
    spec: str,
    target: str,
    out: Path,
    weights: Path | None,
    seed: int | None,
    settings: tuple[str, ...],
    size: str | None,
) -> None:
    """Write a network's files for a framework.

    \b
      netspec build inception_v3 --to torch -o inception_v3_torch
      netspec build inception_v3 --to onnx -o inception_v3.onnx --weights trained.safetensors
      netspec build inception_v3 --to torch -o backbone --features Mixed_5d,Mixed_7c

    torch: a folder with model.py and weights.safetensors. keras: those and model.keras. onnx: one
    file. Files appear whole or not at all, and the same input gives the same bytes.
    """
    if weights is not None and seed is not None:
        raise click.UsageError("give --weights or --seed, not both")
    found = state.load(spec, settings, size)
    note_other_hash(found, weights)
    with spinner(f"building {found.name} for {target}"):
        written = found.write(target, out, weights=weights, seed=seed or 0)
    files = [{"path": str(path), "bytes": path.stat().st_size} for path in written]
    lines = [
        f"wrote {file['path']} ({_size(path)})" for file, path in zip(files, written, strict=True)
    ]
    state.answer({"ok": True, "spec_hash": found.hash, "files": files}, "\n".join(lines))


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB"


def note_other_hash(spec: Spec, weights: Path | None) -> None:
    """Tell a person of weights that were saved for another spec; they may fit all the same.

    Of a network that was cut it tells how much is passed over.
    """
    from netspec.weights import store

    if weights is None:
        return
    saved = store.metadata_of(weights).get(store.HASH_KEY, spec.hash)
    if saved not in spec.hashes:
        click.echo(f"note: {weights} was saved for another spec", err=True)
    if over := len(spec.passed_over(store.listing(weights))):
        click.echo(f"note: {over} tensors in {weights} are not of what is left", err=True)


@click.command()
@spec_argument
@target_option("torch", "keras")
@features_option
@setting_options
@json_option
@click.pass_obj
def source(
    state: State, spec: str, target: str, settings: tuple[str, ...], size: str | None
) -> None:
    """Print source that builds the network without netspec.

    \b
      netspec source inception_v3 --to torch > inception_v3.py
      netspec source my.yaml --to keras

    Running the file tests it.
    """
    found = state.load(spec, settings, size)
    text = found.source(target)
    state.answer({"target": target, "spec_hash": found.hash, "text": text}, text)


def _backends(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


@click.command()
@spec_argument
@click.option(
    "--backends",
    default=",".join(TARGETS),
    show_default=True,
    callback=_backends,
    help="Which to compare, by commas.",
)
@click.option(
    "--mode", default="forward", metavar="forward", show_default=True, help="What is compared."
)
@click.option(
    "--dtype",
    default="float32",
    metavar="float32|float64",
    show_default=True,
    help="The precision.",
)
@click.option("--batch", default=2, metavar="N", show_default=True, help="Images, at least 2.")
@click.option(
    "--seed", default=0, metavar="N", show_default=True, help="Of the weights and the images."
)
@features_option
@setting_options
@json_option
@click.pass_obj
def parity(
    state: State,
    spec: str,
    backends: tuple[str, ...],
    mode: str,
    dtype: str,
    batch: int,
    seed: int,
    settings: tuple[str, ...],
    size: str | None,
) -> int:
    """Prove that backends compute the same numbers.

    \b
      netspec parity inception_v3
      netspec parity my.yaml --backends torch,onnx --input 75x75 --set aux=false
      netspec parity my.yaml --backends torch,keras --dtype float64

    The judge of every step is a float64 reference in numpy. Exit status 1 says that a backend
    failed; the first step that goes wrong is named with its line.
    """
    from netspec.proof.run import parity as prove

    found = state.load(spec, settings, size)
    with progress_bar() as progress:
        report = prove(found, backends, mode, dtype, batch=batch, seed=seed, progress=progress)
    state.answer(report.to_json(), report.table())
    return 0 if report else 1

"""The command that compares a spec with a model of another tool's."""

from __future__ import annotations

from pathlib import Path

import click

from netspec.cli.options import json_option, setting_options, spec_argument
from netspec.cli.progress import spinner
from netspec.cli.state import State


def beside_option(command: click.decorators.FC) -> click.decorators.FC:
    """`--beside`."""
    text = "Read weights from files beside the ONNX file too, where it keeps them there."
    return click.option("--beside", is_flag=True, help=text)(command)


@click.command(short_help="Tell whether an ONNX file is a spec's network.")
@spec_argument
@click.argument("file", type=click.Path(path_type=Path))
@beside_option
@setting_options
@json_option
@click.pass_obj
def match(
    state: State,
    spec: str,
    file: Path,
    beside: bool,
    settings: tuple[str, ...],
    size: str | None,
) -> int:
    """Tell whether an ONNX file is the network of a spec, by structure and not by names.

    \b
      netspec match inception_v3 inception_v3.onnx
      netspec match my.yaml exported.onnx --set aux=false --json

    Exit status 1 says that the two differ; each difference is told with the step, its line and the
    file's node. Padding written apart, folded batch norms, other orders of axes and other ways to
    write a head are no difference. `netspec weights import --from onnx` takes the weights over.
    """
    from netspec.matching.foreign import read_model
    from netspec.matching.match import match as compared
    from netspec.matching.telling import to_json, told

    found = state.load(spec, settings, size)
    with spinner(f"reading {file}"):
        there = read_model(file, found.tree.input, beside=beside)
    result = compared(found.graph(), there.graph, there.weights)
    state.answer(to_json(result, found.hash, there), told(result, found.name, there))
    return 0 if result.equal else 1

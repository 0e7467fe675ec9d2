"""Commands that look at specs and start no framework: list, check, show, expand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import (
    features_option,
    json_option,
    setting_options,
    spec_argument,
    specs_argument,
)
from netspec.cli.state import State
from netspec.diagnostics import Diagnostic, SpecError

if TYPE_CHECKING:
    from netspec.spec import Spec
    from netspec.summary import Summary


@click.command("list", short_help="List the bundled specs and their dialects.")
@click.argument("glob", default="*")
@json_option
@click.pass_obj
def list_specs(state: State, glob: str) -> None:
    """List the bundled specs, dialects beneath the network that they build otherwise.

    \b
      netspec list
      netspec list 'inception*'
      netspec list '*.keras' --json

    Parameters are trainable numbers; MACs are multiply-accumulates of one image.
    """
    from netspec import catalogue

    found = tuple(catalogue.entries(glob, state.load))
    rows = [entry.to_json() for entry in found]
    state.answer({"specs": rows}, catalogue.table(found))


@click.command()
@specs_argument
@setting_options
@json_option
@click.pass_obj
def check(state: State, specs: tuple[str, ...], settings: tuple[str, ...], size: str | None) -> int:
    """Check specs, and print every mistake with its place.

    \b
      netspec check inception_v3
      netspec check my.yaml other.yaml
      netspec check 'inception_*' 'nets/*.yaml'
      netspec check my.yaml --set num_classes=10 --input 224x224
    """
    found: list[Diagnostic] = []
    rows: list[dict[str, Any]] = []
    for source in state.named(specs):
        try:
            spec = state.load(source, settings, size)
        except SpecError as error:
            found += error.diagnostics
            rows.append({"spec": source, "ok": False})
        else:
            rows.append({"spec": source, "ok": True, "name": spec.name, "spec_hash": spec.hash})
            state.say(_verdict(source, spec))
    state.report(tuple(found))
    if state.json:
        plain = [state.plain(diagnostic) for diagnostic in found]
        state.answer({"ok": not found, "diagnostics": plain, "specs": rows}, "")
    return 2 if found else 0


def _verdict(source: str, spec: Spec) -> str:
    from netspec.amounts import rounded

    total = spec.summary().total
    return f"{source}: ok, {total.trainable:,} parameters, {rounded(total.macs)} MACs"


COUNTERS = ("fvcore", "thop", "torchinfo", "torch")
"""Tools whose counts are reproduced. A test holds them to `netspec.counting.tools`."""


@click.command()
@spec_argument
@click.option(
    "--depth",
    type=click.IntRange(1),
    metavar="N",
    help="Levels of steps to show; deeper ones are summed.",
)
@click.option(
    "--count-like",
    type=click.Choice(COUNTERS),
    help="Parameters and operations as this tool reports them for the torch model.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV, with full paths.")
@features_option
@setting_options
@json_option
@click.pass_obj
def show(
    state: State,
    spec: str,
    depth: int | None,
    count_like: str | None,
    as_csv: bool,
    settings: tuple[str, ...],
    size: str | None,
) -> None:
    """Show every step with its shape and cost.

    \b
      netspec show inception_v3
      netspec show inception_v3 --depth 1
      netspec show inception_v3 --count-like fvcore
      netspec show inception_v3 --csv > inception_v3.csv
      netspec show inception_v3 --features Mixed_5d,Mixed_7c
      netspec show 'resnet50*' --depth 1
      netspec show my.yaml --input 224x224 --json

    Params are trainable numbers; MACs are multiply-accumulates of one image; memory is the value
    that a step gives, in float32; the receptive field and the stride are in pixels of the input.
    Of a glob every spec is shown: as "specs" in JSON, behind its name in CSV.
    """
    from netspec.globbing import is_glob
    from netspec.summary_text import csv_of_all

    if as_csv and state.json:
        raise click.UsageError("--csv and --json exclude each other")
    shown: dict[str, Summary] = {}
    for name in state.named((spec,)):
        summary = state.load(name, settings, size).summary(count_like)
        shown[name] = summary.folded(depth) if depth else summary
    several = is_glob(spec)
    if as_csv:
        state.write(csv_of_all(shown) if several else shown[spec].csv())
        return
    tables = "\n\n".join(summary.table(state.width) for summary in shown.values())
    rows = [summary.to_json() for summary in shown.values()]
    state.answer({"specs": rows} if several else rows[0], tables)


@click.command()
@spec_argument
@features_option
@setting_options
@json_option
@click.pass_obj
def expand(state: State, spec: str, settings: tuple[str, ...], size: str | None) -> None:
    """Print the fully resolved spec.

    \b
      netspec expand inception_v3
      netspec expand inception_v3 --set depth_multiplier=0.5 > half.yaml
      netspec expand inception_v3 --features Mixed_5d,Mixed_7c > backbone.yaml

    No parameter, template, loop or default is left in it.
    """
    from netspec.language import printing

    found = state.load(spec, settings, size)
    plain = printing.to_plain(found.tree)
    state.answer({"spec_hash": found.hash, "spec": plain}, found.expanded())

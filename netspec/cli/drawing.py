"""The command that draws: draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import (
    Command,
    complete_specs,
    features_option,
    json_option,
    setting_options,
    spec_argument,
)
from netspec.cli.state import State

if TYPE_CHECKING:
    from netspec.drawing.pictures import Style
    from netspec.drawing.scene import Scene
    from netspec.spec import Spec

FORMATS = ("svg", "png", "mmd", "dot")
SUFFIXES = {
    ".svg": "svg",
    ".png": "png",
    ".mmd": "mmd",
    ".mermaid": "mmd",
    ".dot": "dot",
    ".gv": "dot",
}
STANDARD_OUTPUT = Path("-")


def _finite(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """The number, which `nan` is none of, though it is in every range."""
    if isnan(value):
        raise click.BadParameter("nan is not in the range 0.05<=x<=20.")
    return value


def _choice(name: str, text: str, *values: str) -> Callable[[Command], Command]:
    default = values[0]
    return click.option(
        f"--{name}", type=click.Choice(values), default=default, show_default=True, help=text
    )


def _looks(command: Command) -> Command:
    """The options that say how a picture looks."""
    levels = click.IntRange(1)
    for option in reversed(
        (
            click.option(
                "--depth",
                type=levels,
                metavar="N",
                help="Levels of steps to draw, deeper ones folded. By default what is readable.",
            ),
            click.option(
                "--open",
                "opened",
                multiple=True,
                metavar="GLOB",
                help="Draw these blocks open all the same. Repeatable.",
            ),
            click.option(
                "--fold",
                "folded",
                multiple=True,
                metavar="GLOB",
                help="Draw these blocks as one box each. Repeatable.",
            ),
            click.option(
                "--unroll", "unrolled", is_flag=True, help="Draw each of equal blocks, not one ×4."
            ),
            click.option(
                "--heat",
                type=click.Choice(("params", "macs", "memory")),
                help="Colour steps by what they cost.",
            ),
            _choice("theme", "auto is as the reader's machine has it.", "auto", "light", "dark"),
            _choice("direction", "Where the flow goes.", "down", "right"),
            click.option(
                "--columns",
                type=levels,
                metavar="N",
                help="Break the flow into as many columns. By default as many as make a page.",
            ),
            _choice("names", "Which steps bear their names.", "blocks", "all", "none"),
            _choice("shapes", "Which lines bear their shapes.", "changes", "all", "none"),
        )
    ):
        command = option(command)
    return command


@click.command()
@spec_argument
@click.argument("other", required=False, shell_complete=complete_specs)
@click.option(
    "-o",
    "--out",
    "outs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Where to write: .svg, .png, .mmd (Mermaid) or .dot (Graphviz); - is standard output,"
    " and the default. Repeatable.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Whatever the file is called.")
@click.option(
    "--against", metavar="SPEC", help="Draw what is new and what is gone, against this spec."
)
@_looks
@click.option(
    "--zoom",
    type=click.FloatRange(0.05, 20),
    callback=_finite,
    default=2.0,
    show_default=True,
    help="A PNG's pixels for each of the SVG's.",
)
@features_option
@setting_options
@json_option
@click.pass_obj
def draw(
    state: State,
    /,
    spec: str,
    other: str | None,
    outs: tuple[Path, ...],
    form: str | None,
    against: str | None,
    zoom: float,
    settings: tuple[str, ...],
    size: str | None,
    **looks: Any,
) -> None:
    """Draw a network as a figure.

    \b
      netspec draw inception_v4 -o inception_v4.svg
      netspec draw inception_v3 --depth 1 -o overview.png
      netspec draw inception_v3 --fold 'Mixed_6*' --heat params -o heat.svg
      netspec draw inception_v3 inception_v3.torchvision -o changes.svg
      netspec draw my.yaml --against inception_v3 --set depth_multiplier=0.5 -o changes.png
      netspec draw resnet50 --format mmd

    Equal blocks behind each other are drawn once, with their number. SVG holds no script and needs
    no font; pointing at a box tells all of it. With two specs, what OTHER adds is green and marked
    +, what it lacks red and −, what it changes amber and ~. --set is for both; with --against for
    SPEC alone, so that a spec can be drawn against itself as written.
    """
    from netspec.drawing.pictures import Style, scene_of

    if other is not None and against is not None:
        raise click.UsageError("give OTHER or --against, not both")
    if looks["heat"] and (other or against):
        raise click.UsageError("colours show --heat or changes, not both")
    if outs.count(STANDARD_OUTPUT) > 1:
        raise click.UsageError("standard output takes one picture")
    wanted = [(path, _format(path, form)) for path in outs or (STANDARD_OUTPUT,)]
    style = Style(**{**looks, "heat": looks["heat"] or ""})
    earlier = against if other is None else spec
    found = state.load(other or spec, settings, size)
    if earlier is None:
        scene = scene_of(found, style)
    else:
        shared = settings if other is not None else ()
        scene = _compared(state.load(earlier, shared, size), found, style)
    _require_apart(state, outs)
    pictures = [_made(scene, style, kind, zoom) for _, kind in wanted]
    _answer(state, found, wanted, pictures)


def _compared(earlier: Spec, later: Spec, style: Style) -> Scene:
    from netspec.drawing.comparison import scene_of_changes

    return scene_of_changes(earlier, later, style)


def _format(path: Path, form: str | None) -> str:
    """The format of a file: what is asked for, else what its name says."""
    if path == STANDARD_OUTPUT:
        if form == "png":
            raise click.UsageError("a PNG is written to a file: -o FILE.png")
        return form or "svg"
    kind = form or SUFFIXES.get(path.suffix.lower(), "")
    if not kind:
        listed = ", ".join(f".{name}" for name in FORMATS)
        raise click.BadParameter(
            f"{path.name} names no format: end it in {listed}, or give --format", param_hint="-o"
        )
    return kind


def _require_apart(state: State, outs: Iterable[Path]) -> None:
    """Refuse to write over a spec that is read, and into a folder that is not there."""
    from netspec.writing import require_apart, require_folder

    for out in outs:
        if out != STANDARD_OUTPUT:
            require_folder(out)
            require_apart(out, [document.source.name for document in state.documents])


def _made(scene: Scene, style: Style, kind: str, zoom: float) -> bytes:
    """The picture as its file has it."""
    from netspec.drawing.pictures import TEXTS, png_of

    if kind == "png":
        return png_of(scene, style, zoom)
    return TEXTS[kind](scene, style).encode("utf-8")


def _answer(
    state: State, spec: Spec, wanted: list[tuple[Path, str]], pictures: list[bytes]
) -> None:
    """Write the files, then say so; or print the one picture that has no file."""
    from netspec.writing import write_bytes

    files, lines, text = [], [], ""
    for (path, kind), data in zip(wanted, pictures, strict=True):
        if path == STANDARD_OUTPUT:
            text = data.decode("utf-8")
            continue
        write_bytes(path, data)
        files.append({"path": str(path), "format": kind, "bytes": len(data)})
        lines.append(f"wrote {path} ({len(data) / 1000:.1f} kB)")
    answer = {"ok": True, "spec_hash": spec.hash, "files": files}
    if not text:
        state.answer(answer, "\n".join(lines))
        return
    state.complain("\n".join(lines))  # the picture stands alone on standard output
    state.answer({**answer, "text": text}, text)

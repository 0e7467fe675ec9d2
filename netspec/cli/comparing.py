"""The command that compares two specs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from netspec.cli.options import complete_specs, json_option, setting_options, side_options
from netspec.cli.sides import Side, names_of, sides_of
from netspec.cli.state import State, takes_colour
from netspec.diagnostics import SpecError

if TYPE_CHECKING:
    from netspec.comparing.difference import Difference
    from netspec.comparing.gates import Verdict
    from netspec.comparing.sections import Line
    from netspec.diagnostics import Diagnostic
    from netspec.spec import Spec

FORMATS = ("text", "markdown", "github", "json")
COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}


def _format(context: click.Context, parameter: click.Parameter, value: str) -> str:
    context.ensure_object(State).json |= value == "json"
    return value


@click.command(short_help="Tell how a spec differs from another.")
@click.argument("a", shell_complete=complete_specs)
@click.argument("b", required=False, shell_complete=complete_specs)
@click.option(
    "--fail-if",
    "gates",
    multiple=True,
    metavar="CONDITION",
    help="Exit with status 1 where it holds, such as 'macs > 1.05x'. Repeatable.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    is_eager=True,
    callback=_format,
    help="For people, a pull request's comment, GitHub's annotations, or programs.",
)
@click.option(
    "--depth",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    help="Levels of steps in the table; deeper ones are summed.",
)
@setting_options
@side_options("a")
@side_options("b")
@json_option
@click.pass_obj
def diff(
    state: State,
    a: str,
    b: str | None,
    gates: tuple[str, ...],
    form: str,
    depth: int,
    settings: tuple[str, ...],
    size: str | None,
    settings_a: tuple[str, ...],
    size_a: str | None,
    settings_b: tuple[str, ...],
    size_b: str | None,
) -> int:
    """Tell how B differs from A: steps, fields and where they were written, and what it costs.

    \b
      netspec diff inception_v3 inception_v3.torchvision
      netspec diff inception_v3 --set depth_multiplier=0.5
      netspec diff base.yaml mine.yaml --fail-if 'macs > 1.05x or params > +5%'
      netspec diff inception_v3 inception_v3 --set num_classes=10 --set-b aux=false
      netspec diff base.yaml mine.yaml --fail-if 'changed > 0' --format github

    With one spec, B is that spec with what --set and --input say. With two, they go for both. Steps
    are paired by path and structure, so that a renamed one is found.

    A condition speaks of B's params, macs, memory, peak, depth, rf, stride and layers, of A's as
    macs_before, and of how many steps are added, removed, renamed and changed. `1.05x` and `+5%`
    stand for that much of A's. Exit status 1 says that one holds; without --fail-if it is 0.
    """
    from netspec.comparing.difference import compare
    from netspec.comparing.gates import figures, gate

    parsed = [gate(text) for text in gates]
    of_a, of_b = (settings_a, size_a), (settings_b, size_b)
    sides = sides_of(a, b, (settings, size), of_a, of_b)
    one, other = _loaded(state, sides, form)
    found = compare(one, other, names_of(sides))
    values = figures(found) if parsed else {}
    verdicts = [each.judged(values) for each in parsed]
    plain = {
        **found.to_json(),
        "gates": [{"condition": v.text, "failed": v.failed, "values": v.values} for v in verdicts],
    }
    state.answer(plain, _text(state, found, verdicts, form, depth))
    return 1 if any(verdict.failed for verdict in verdicts) else 0


def _loaded(state: State, sides: Iterable[Side], form: str) -> list[Spec]:
    """Both specs. What is wrong with either is told together."""
    specs: list[Spec] = []
    found: list[Diagnostic] = []
    for side in sides:
        try:
            specs.append(state.load(*side))
        except SpecError as error:
            told = {str(each) for each in found}
            found += [each for each in error.diagnostics if str(each) not in told]
    if found:
        if form == "github" and not state.json:
            from netspec.comparing.annotating import faults

            state.write("".join(f"{line}\n" for line in faults(found)))
        raise SpecError(found)
    return specs


def _text(state: State, found: Difference, verdicts: list[Verdict], form: str, depth: int) -> str:
    if form == "github":
        from netspec.comparing.annotating import commands

        return "\n".join(commands(found, verdicts))
    if form == "markdown":
        from netspec.comparing.markdown import markdown

        return markdown(found, verdicts, depth)
    from netspec.comparing.sections import Line
    from netspec.comparing.telling import lines

    judged = (Line(str(v), "removed" if v.failed else "added") for v in verdicts)
    told = [*lines(found, depth), *([Line("")] if verdicts else []), *judged]
    coloured = takes_colour(state.out)
    return "\n".join(_coloured(line) if coloured else line.text for line in told)


def _coloured(line: Line) -> str:
    if line.kind in ("title", "heading"):
        return click.style(line.text, bold=True)
    if line.kind == "note":
        return click.style(line.text, dim=True)
    return click.style(line.text, fg=COLOURS.get(line.kind)) if line.kind else line.text

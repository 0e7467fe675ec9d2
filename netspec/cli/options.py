"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from netspec.cli.state import State

TARGETS = ("torch", "keras", "onnx")
"""The bundled backends. A test holds them to `netspec.targets`, which is slow to load."""

Command = TypeVar("Command", bound=Callable[..., Any])


def _json(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.ensure_object(State).json |= value


def json_option(command: Command) -> Command:
    """`--json`."""
    text = "Print one JSON object; what is for people goes to standard error."
    return click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=_json, help=text
    )(command)


def complete_specs(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completions of a SPEC: bundled names, then files."""
    from netspec import bundled

    names = [CompletionItem(name) for name in bundled.specs() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


def spec_argument(command: Command) -> Command:
    """SPEC, a path or a bundled name."""
    return click.argument("spec", shell_complete=complete_specs)(command)


def specs_argument(command: Command) -> Command:
    """SPEC..., at least one."""
    argument = click.argument("specs", nargs=-1, required=True, shell_complete=complete_specs)
    return argument(command)


def _limits(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    from netspec.cli.limiting import limits_of

    context.ensure_object(State).limits = limits_of(value)


def setting_options(command: Command) -> Command:
    """`--set`, `--input` and `--limit`."""
    settings = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="K=V",
        help="Set a parameter, or a step's field as 'Path/of/step.field=value'. Repeatable.",
    )
    size = click.option(
        "--input", "size", metavar="HxW", help="Another input size, such as 224x224."
    )
    limits = click.option(
        "--limit",
        multiple=True,
        expose_value=False,
        callback=_limits,
        metavar="NAME=N",
        help="Raise or lower what a spec may cost, such as parameters=4G. Repeatable.",
    )
    return settings(size(limits(command)))


def _features(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    named = [path.strip() for listed in value for path in listed.split(",")]
    context.ensure_object(State).features = tuple(path for path in named if path)
    if value and not any(named):
        raise click.BadParameter("name at least one step", context, parameter)


def features_option(command: Command) -> Command:
    """`--features`: every spec that the command loads is cut at these endpoints."""
    return click.option(
        "--features",
        multiple=True,
        expose_value=False,
        callback=_features,
        metavar="PATHS",
        help="Cut the network at these steps, by commas: they are its outputs.",
    )(command)


def target_option(*names: str) -> Callable[[Command], Command]:
    """`--to`, one of these or of the backends that other packages add."""
    listed = "|".join(names or TARGETS)
    return click.option("--to", "target", required=True, metavar=listed, help="The framework.")


class OutPath(click.Path):
    """A path to write at. `-`, which elsewhere is standard output, is refused: no file is meant."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Raises `BadParameter`."""
        if value == "-":
            self.fail("it is written to a file; one that is called - is ./-", param, ctx)
        return super().convert(value, param, ctx)


def out_option(command: Command) -> Command:
    """`-o OUT`."""
    return click.option("-o", "--out", required=True, type=OutPath(), help="Where to write.")(
        command
    )


def side_options(name: str) -> Callable[[Command], Command]:
    """`--set-a` and `--input-a`, or those of B."""

    def add(command: Command) -> Command:
        letter = name.upper()
        size = click.option(
            f"--input-{name}",
            f"size_{name}",
            metavar="HxW",
            help=f"Another input size of {letter}.",
        )
        settings = click.option(
            f"--set-{name}",
            f"settings_{name}",
            multiple=True,
            metavar="K=V",
            help=f"Set a parameter or a field of {letter} alone. Repeatable.",
        )
        return settings(size(command))

    return add

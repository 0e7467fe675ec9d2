"""Commands about netspec itself: explain, schema, completion, doctor."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import click

import netspec
from netspec.cli.options import json_option, setting_options
from netspec.cli.state import State
from netspec.codes import CODES
from netspec.diagnostics import Diagnostic, SpecError
from netspec.suggestions import nearest

if TYPE_CHECKING:
    from netspec.spec import Spec

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Explain a diagnostic, or a step's fields.")
@click.argument("subject", metavar="CODE|SPEC")
@click.argument("path", required=False)
@setting_options
@json_option
@click.pass_obj
def explain(
    state: State, subject: str, path: str | None, settings: tuple[str, ...], size: str | None
) -> None:
    """Explain a diagnostic, or where every field of a step comes from.

    \b
      netspec explain NS403
      netspec explain join-size-mismatch
      netspec explain inception_v3 Mixed_5b/Branch_1/Conv2d_0b_5x5
      netspec explain my.yaml Logits --set num_classes=10
    """
    if path is None:
        _explain_code(state, subject)
    else:
        _explain_step(state, state.load(subject, settings, size), path)


def _explain_step(state: State, spec: Spec, path: str) -> None:
    from netspec.explaining import explain as explain_step

    try:
        found = explain_step(spec.tree, path, spec.document.source)
    except KeyError as error:
        hints = tuple(f"nearest: {near}" for near in error.args)
        hints = hints or ("`netspec show` lists all steps",)
        message = f"there is no step at `{path[:120]}`"
        raise SpecError([Diagnostic("NS306", message, hints=hints)]) from None
    state.answer(found.to_json(), str(found))


def _explain_code(state: State, code: str) -> None:
    from netspec import bundled

    by_name = {known.name: key for key, known in CODES.items()}
    key = by_name.get(code.lower(), code.upper())
    if key not in CODES:
        close = nearest(code, [*CODES, *by_name])
        hint = f"nearest: {', '.join(close)}" if close else "diagnostics print codes like NS403"
        if close == [] and (code.endswith(".yaml") or code in bundled.specs()):
            hint = f"of a spec a step is explained: netspec explain {code} PATH"
        message = f"`{code[:60]}` is no diagnostic's code"
        raise SpecError([Diagnostic("NS208", message, hints=(hint,))])
    found = CODES[key]
    page = f"{key} {found.name}\n\n{found.meaning}\n\nhelp: {found.cure}"
    state.answer({"code": key, **found._asdict()}, page)


@click.command()
@json_option
@click.pass_obj
def schema(state: State) -> None:
    """Print the JSON Schema of the language, for editors.

    \b
      netspec schema > netspec.schema.json
    """
    from netspec.language.published import schema_text

    state.write(schema_text())


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_obj
def completion(state: State, shell: str) -> None:
    """Print the script that completes netspec's commands in a shell.

    \b
      eval "$(netspec completion bash)"
      netspec completion fish > ~/.config/fish/completions/netspec.fish
    """
    from click.shell_completion import get_completion_class

    from netspec.cli.running import cli

    found = get_completion_class(shell)
    assert found is not None, f"click knows {shell}"
    state.write(found(cli, {}, "netspec", "_NETSPEC_COMPLETE").source())


@click.command()
@json_option
@click.pass_obj
def doctor(state: State) -> None:
    """Say what is installed, and how to install what is not.

    \b
      netspec doctor
    """
    extras = {extra: _packages(extra) for extra in _PACKAGES}
    lines = [f"netspec {netspec.__version__}, Python {platform.python_version()}"]
    for extra, packages in extras.items():
        listed = ", ".join(f"{name} {version or 'missing'}" for name, version in packages.items())
        lines.append(f"{extra:<6} {listed}")
        if not all(packages.values()):
            lines.append(f"       pip install 'netspec[{extra}]'")
    answer = {
        "netspec": netspec.__version__,
        "python": platform.python_version(),
        "extras": {e: {"ok": all(p.values()), "packages": p} for e, p in extras.items()},
    }
    state.answer(answer, "\n".join(lines))


_PACKAGES = {
    "torch": ("torch",),
    "keras": ("h5py", "keras", "tensorflow"),
    "onnx": ("onnx", "onnxruntime"),
    "images": ("pillow",),
    "png": ("resvg-py",),
    "plots": ("matplotlib",),
    "tune": ("optuna",),
    "ray": ("ray",),
}
"""What each extra brings. A test holds it to pyproject.toml, which a bare install has not."""


def _packages(extra: str) -> dict[str, str | None]:
    """The packages of an extra and the versions that are installed."""
    return {name: _version(name) for name in _PACKAGES[extra]}


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None

"""Commands about netspec itself: explain, schema, completion, doctor."""

from __future__ import annotations

import platform

import click

import netspec
from netspec.cli.options import json_option
from netspec.cli.state import State
from netspec.codes import CODES
from netspec.diagnostics import Diagnostic, SpecError
from netspec.suggestions import nearest

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("code")
@json_option
@click.pass_obj
def explain(state: State, code: str) -> None:
    """Explain a diagnostic: what it means and what cures it.

    \b
      netspec explain NS403
      netspec explain join-size-mismatch
    """
    by_name = {known.name: key for key, known in CODES.items()}
    key = by_name.get(code.lower(), code.upper())
    if key not in CODES:
        close = nearest(code, [*CODES, *by_name])
        hint = f"nearest: {', '.join(close)}" if close else "diagnostics print codes like NS403"
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
    from netspec.language.schema import schema_text

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
    extras = {extra: _packages(extra) for extra in ("torch", "keras", "onnx")}
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
    "keras": ("keras", "tensorflow"),
    "onnx": ("onnx", "onnxruntime"),
}


def _packages(extra: str) -> dict[str, str | None]:
    """The packages of an extra and the versions that are installed."""
    return {name: _version(name) for name in _PACKAGES[extra]}


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None

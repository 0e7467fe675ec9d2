"""The command line: the commands, and what becomes of every failure.

Exit status: 0 fine, 1 a check failed, 2 bad input, 3 an extra is missing, 4 our fault, 130
interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

import netspec
from netspec.cli import compiling, inspecting, reference
from netspec.cli.state import State
from netspec.diagnostics import Diagnostic, SpecError
from netspec.targets import MissingExtra

BAD_INPUT, MISSING_EXTRA, OUR_FAULT, INTERRUPTED = 2, 3, 4, 130
TRACEBACK = "NETSPEC_TRACEBACK"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(netspec.__version__, prog_name="netspec")
def cli() -> None:
    """Compile a YAML description of a convolutional network to PyTorch, Keras and ONNX.

    \b
      netspec check inception_v3
      netspec show inception_v3 --depth 1
      netspec build inception_v3 --to onnx -o inception_v3.onnx
      netspec parity inception_v3

    SPEC is a path or a bundled name; `netspec list` names those.
    """


COMMANDS = (
    inspecting.list_specs,
    inspecting.check,
    inspecting.show,
    inspecting.expand,
    reference.explain,
    reference.schema,
    compiling.build,
    compiling.source,
    compiling.parity,
    reference.doctor,
    reference.completion,
)
for _command in COMMANDS:
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit status. Nothing a user does ends in a traceback."""
    state = State()
    try:
        status = _run(arguments, state)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone, as `head` does
        _silence_output()
        return 0
    except OSError:  # told already
        _silence_output()
        return BAD_INPUT
    return status


def _run(arguments: Sequence[str] | None, state: State) -> int:
    try:
        status = cli.main(arguments, prog_name="netspec", standalone_mode=False, obj=state)
    except SpecError as error:
        state.report(error.diagnostics)
        with suppress(SpecError):  # where standard output itself is what failed
            state.failure(error.diagnostics)
        return BAD_INPUT
    except MissingExtra as error:
        return _failed(state, Diagnostic("NS603", str(error)), MISSING_EXTRA)
    except click.ClickException as error:
        error.show()
        state.failure((), error.format_message())
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("netspec: interrupted", err=True)
        state.failure((), "interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort: told in one line, with a status of its own
        return _our_fault(state, error)
    return status if isinstance(status, int) else 0


def _failed(state: State, found: Diagnostic, status: int) -> int:
    state.report((found,))
    state.failure((found,))
    return status


def _our_fault(state: State, error: Exception) -> int:
    if os.environ.get(TRACEBACK):
        raise error
    hints = (f"please report this; {TRACEBACK}=1 shows where it happened",)
    message = f"{type(error).__name__}: {error}"
    return _failed(state, Diagnostic("NS502", message, hints=hints), OUR_FAULT)


def _silence_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's end does not try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())

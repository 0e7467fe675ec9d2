"""The commands, and what becomes of every failure.

Exit status: 0 fine, 1 a check failed, 2 bad input, 3 an extra is missing, 4 our fault, 130
interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from io import BytesIO, StringIO, TextIOWrapper

import click

import netspec
from netspec.cli import (
    comparing,
    compiling,
    drawing,
    inspecting,
    matching,
    porting,
    predicting,
    reference,
    starting,
    sweeping,
    watching,
)
from netspec.cli.state import ReaderLeft, State
from netspec.diagnostics import Diagnostic, SpecError

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
    starting.new,
    inspecting.check,
    inspecting.show,
    inspecting.expand,
    comparing.diff,
    drawing.draw,
    watching.watch,
    reference.explain,
    reference.schema,
    sweeping.sweep,
    compiling.build,
    compiling.source,
    compiling.parity,
    predicting.predict,
    porting.weights,
    matching.match,
    reference.doctor,
    reference.completion,
)
for _command in COMMANDS:
    cli.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run a command; gives the exit status."""
    state = State("--json" in arguments, out=sys.stdout)
    try:
        return _run(arguments, state)
    except ReaderLeft:
        return 0


def _run(arguments: Sequence[str], state: State) -> int:
    try:
        return _click(arguments, state)
    except SpecError as error:
        return _failed(state, error.diagnostics, BAD_INPUT)
    except click.ClickException as error:
        said = StringIO()
        error.show(said)
        state.complain(said.getvalue().rstrip("\n"))
        state.failure((), error.format_message())
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        return _interrupted(state)
    except ReaderLeft:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort, with a status of its own
        return _interrupted(state) if _of_interrupt(error) else _unexpected(state, error)


def _click(arguments: Sequence[str], state: State) -> int:
    """Run a command as click does; what click itself says, a help page say, goes out at the end.

    What a framework says on standard output goes to standard error: the result stands alone there.
    """
    said = BytesIO()
    try:
        with redirect_stdout(TextIOWrapper(said, encoding="utf-8", newline="", write_through=True)):
            status = cli.main(arguments, prog_name="netspec", standalone_mode=False, obj=state)
            own = said.getvalue().decode()
    except SystemExit as end:  # the completion of a word
        status, own = end.code, said.getvalue().decode()
    if state.answered:
        state.complain(own.rstrip("\n"))
    else:
        state.write(own)
    return status if isinstance(status, int) else 0


def _failed(state: State, found: Sequence[Diagnostic], status: int) -> int:
    state.report(found)
    with suppress(SpecError):  # standard output is what failed
        state.failure(found)
    return status


def _interrupted(state: State) -> int:
    state.complain("netspec: interrupted")
    state.failure((), "interrupted")
    return INTERRUPTED


def _of_interrupt(error: BaseException) -> bool:
    """Whether an interrupt lies behind it: a compiled module that loads makes it an ImportError."""
    seen: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        if isinstance(behind, KeyboardInterrupt):
            return True
        seen.add(id(behind))
        behind = behind.__cause__ or behind.__context__
    return False


def _unexpected(state: State, error: Exception) -> int:
    from netspec.targets import MissingExtra

    if isinstance(error, MissingExtra):
        return _failed(state, (Diagnostic("NS603", str(error)),), MISSING_EXTRA)
    if os.environ.get(TRACEBACK):
        import traceback

        state.complain("".join(traceback.format_exception(error)))
    first, *_ = str(error).splitlines() or [""]
    hints = (f"please report this; {TRACEBACK}=1 shows where it happened",)
    found = Diagnostic("NS502", f"{type(error).__name__}: {first}", hints=hints)
    return _failed(state, (found,), OUR_FAULT)

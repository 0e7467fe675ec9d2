"""Progress of long work, on a terminal alone and on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[str, int, int], None]
"""What is about to begin, how many parts are done, how many there are."""


def _silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@contextmanager
def progress_bar() -> Iterator[Told]:
    """A function to tell progress to; a bar shows it where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield tell


@contextmanager
def steady_progress(every: float = 30.0) -> Iterator[Told]:
    """The same for work that may take hours: elsewhere than on a terminal a line now and then."""
    if sys.stderr.isatty():
        with progress_bar() as tell:
            yield tell
        return
    told = time.monotonic()

    def line(what: str, done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= every:
            told = time.monotonic()
            print(f"{what}: {done:,} of {total:,}", file=sys.stderr, flush=True)

    yield line


@contextmanager
def spinner(what: str) -> Iterator[None]:
    """A sign of life while something of unknown length goes on, on a terminal alone."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield

"""A process that measures variants for another one, which it outlives by no moment.

One JSON object a line comes on standard input: what to work on, then points. One goes out on
standard output for each: that it is ready, then what became of a point. When the input ends, so
does the process, in the middle of whatever it does: the one that it works for is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue
from threading import Thread
from typing import Any

from netspec.sweeping.points import Point

PROGRAM = """
import json, sys
told = json.loads(sys.stdin.readline())
sys.path[:] = told["sys_path"]
import netspec
netspec.__path__[:] = told["package"]
from netspec.sweeping.worker import serve
serve(told["task"], told["work"])
"""
"""What Python runs; it names this module, and imports nothing of whoever starts it."""

Answer = dict[str, Any]
Task = Callable[[Mapping[str, Any]], tuple[Answer, Callable[[Mapping[str, Any]], Answer]]]
"""From what to work on to what is said of it first, and a function of points."""


def serve(task: str, work: Mapping[str, Any]) -> None:
    """Answer every line until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is met where it was asked for
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a framework prints is no answer
    lines = _lines()
    first, answer = TASKS[task](work)
    _say(answers, first)
    for line in lines:
        _say(answers, answer(json.loads(line)))


def _lines() -> Iterator[str]:
    """The lines of standard input, which is read meanwhile, so that its end is seen at once."""
    waiting: SimpleQueue[str] = SimpleQueue()
    Thread(target=_read, args=(waiting,), daemon=True).start()
    while True:
        yield waiting.get()


def _read(waiting: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        waiting.put(line)
    os._exit(0)


def _say(answers: Any, answer: Answer) -> None:
    try:
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()
    except BrokenPipeError:
        os._exit(0)


def _cost(work: Mapping[str, Any]) -> tuple[Answer, Callable[[Mapping[str, Any]], Answer]]:
    from netspec.sweeping.engines import Work

    own = Work.from_plain(work)
    return {}, lambda given: own.outcome(Point(given["spec"], given["set"]))


def _time(work: Mapping[str, Any]) -> tuple[Answer, Callable[[Mapping[str, Any]], Answer]]:
    from netspec import targets
    from netspec.sweeping.engines import Work
    from netspec.sweeping.timing import Timing, timed

    own, target, timing = Work.from_plain(work), work["target"], Timing(**work["timing"])
    try:
        versions = targets.installed(target).versions()
    except targets.MissingExtra as error:
        return {"missing": str(error)}, dict
    return {"versions": dict(versions)}, lambda given: timed(
        own.bases[given["spec"]], given["set"], target, timing
    )


TASKS: Mapping[str, Task] = {"cost": _cost, "time": _time}
"""What a worker can do."""

"""One worker seen from the process that it works for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import netspec
from netspec.sweeping.points import Point
from netspec.sweeping.variants import Outcome
from netspec.sweeping.worker import PROGRAM

CHUNK = 1 << 16


class Ended(Exception):
    """A worker is gone; the message says how it ended."""


class Worker:
    """A worker process, and the points that it has been given, in order."""

    def __init__(
        self,
        task: str,
        work: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
        program: str = PROGRAM,
    ) -> None:
        command = [sys.executable, "-P", "-c", program]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | dict(environment or {}),
        )
        self.given: deque[Point] = deque()
        self.hello: Outcome | None = None
        """What it says once it is ready."""
        self._rest = b""
        package = list(netspec.__path__)
        told = {"sys_path": sys.path, "package": package, "task": task, "work": work}
        self._say(told)

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def fileno(self) -> int:
        """The pipe on which it answers, for `select`."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def give(self, point: Point) -> None:
        """Hand a point over, to be answered behind those before it."""
        self.given.append(point)
        self._say({"spec": point.spec, "set": point.set})

    def _say(self, told: Mapping[str, Any]) -> None:
        """Write a line; that nobody reads it any more shows where answers are read."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{json.dumps(told)}\n".encode())
            self._process.stdin.flush()

    def answers(self) -> list[Outcome]:
        """What it has answered since, at least a part of one: waits for it. Raises `Ended`."""
        data = os.read(self.fileno(), CHUNK)
        if not data:
            raise Ended(self._end())
        *lines, self._rest = (self._rest + data).split(b"\n")
        found = [json.loads(line) for line in lines]
        if found and self.hello is None:
            self.hello = found.pop(0)
        return found

    def greeted(self) -> Outcome:
        """What it says once it is ready; waits for it. Raises `Ended`."""
        while self.hello is None:
            self.answers()
        return self.hello

    def asked(self, point: Point) -> Outcome:
        """What it answers of a point; waits for it. Raises `Ended`."""
        self.give(point)
        while not (found := self.answers()):
            continue
        self.given.popleft()
        return found[0]

    def _end(self) -> str:
        code = self._process.wait()
        if code >= 0:
            return f"its process ended with status {code}"
        known = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"its process was ended by {known}"

    def stop(self) -> None:
        """End it at once."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()

"""The long search: all properties in turn, on new cases, for so many minutes (`make fuzz`).

    python tests/property/fuzz.py --minutes 10 [--seed 7] [--property numbers]

Each round has a seed, which it prints, and a process of its own, which frees what frameworks hold
on to. What is found is printed as the smallest text that shows it, and written to build/fuzz/; a
finding is told once, and the search goes on. Exit status 1 if anything was found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "fuzz"
ROUND_SECONDS, SHRINK_SECONDS, GRACE_SECONDS = 150.0, 20.0, 120.0
BATCH = 25
"""Cases between two looks at the clock."""
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    "1",
) | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}


class Enough(BaseException):
    """The time for making a finding smaller is over. No `Exception`, so that nothing catches it."""


@dataclass
class Tried:
    """What became of one property: in a round, or in all of them."""

    cases: int = 0
    networks: int = 0
    seconds: float = 0.0
    found: list[dict[str, Any]] = field(default_factory=list)


# A round, in a process of its own.


@dataclass
class Search:
    """One property, tried for some seconds; findings of these signatures are passed over."""

    name: str
    seed: int
    until: float
    known: set[str]
    count: Callable[[Any], None]
    tried: Tried = field(default_factory=Tried)
    smallest: dict[str, tuple[str, str]] = field(default_factory=dict)
    give_up: float = float("inf")

    def run(self) -> Tried:
        """Batches of cases, each with a seed of its own, until the time is over."""
        start = time.monotonic()
        batch = 0
        while batch == 0 or time.monotonic() < self.until:
            self.batch(self.seed * 10_000 + batch)
            batch += 1
        self.tried.seconds = time.monotonic() - start
        return self.tried

    def batch(self, seed: int) -> None:
        from hypothesis import given, settings
        from hypothesis import seed as seeded

        from property.properties import LONG, PROPERTIES

        self.smallest.clear()
        self.give_up = float("inf")
        chosen = PROPERTIES[self.name]

        @seeded(seed)
        @settings(LONG, max_examples=BATCH)
        @given(chosen.cases)
        def holds(case: Any) -> None:
            self.judged(case, chosen.check)

        try:
            holds()
        except (Exception, Enough) as error:  # noqa: BLE001 - whatever it is, it is what was sought
            if not self.smallest:  # in the drawing of a case
                self.smallest[signature(error)] = ("", told(error))
        for mark, (text, message) in self.smallest.items():
            self.known.add(mark)
            found = {"signature": mark, "text": text, "message": message, "seed": self.seed}
            self.tried.found.append({"property": self.name, **found})

    def judged(self, case: Any, check: Callable[[Any], Any]) -> None:
        if time.monotonic() > self.give_up:
            raise Enough
        self.tried.cases += 1
        CURRENT.write_text(case.text, encoding="utf-8", errors="backslashreplace")
        try:
            graph = check(case)
        except Exception as error:
            mark = signature(error)
            if mark in self.known:
                return
            self.give_up = min(self.give_up, time.monotonic() + SHRINK_SECONDS)
            best = self.smallest.get(mark)
            if best is None or len(case.text) < len(best[0]):
                self.smallest[mark] = (case.text, told(error))
            raise
        if graph is not None:
            self.tried.networks += 1
            self.count(graph)


CURRENT = OUT / "current.txt"


def signature(error: BaseException) -> str:
    """What kind of finding it is: two of the same kind are told once."""
    where = getattr(error, "where", "")
    if not where:
        frames = traceback.extract_tb(error.__traceback__)
        inside = [f for f in frames if Path(f.filename).is_relative_to(ROOT)] or frames
        last = inside[-1]
        where = f"{Path(last.filename).name}:{last.name}:{last.line}"
    for diagnostic in getattr(error, "diagnostics", ())[:1]:
        where = f"{diagnostic.code} {re.sub(r'`.*?`|[0-9]+', '…', diagnostic.message)}"
    return f"{type(error).__name__} {where}"


def told(error: BaseException) -> str:
    """The end of the traceback, for the report."""
    return "".join(traceback.format_exception(error))[-3000:]


def run_round(seed: int, seconds: float, names: list[str], known: set[str]) -> None:
    """Try the properties in turn; one line of JSON on standard output as each ends."""
    from property.properties import PROPERTIES

    sys.set_int_max_str_digits(0)
    end = time.monotonic() + seconds
    ops: Counter[str] = Counter()
    pairs: Counter[str] = Counter()

    def count(graph: Any) -> None:
        made_by = {node.name: node.op.name for node in graph.nodes}
        ops.update(made_by.values())
        pairs.update(
            f"{made_by[name]} {node.op.name}"
            for node in graph.nodes
            for name in node.inputs
            if name in made_by
        )

    for index, name in enumerate(names):
        say({"begins": name})
        rest = sum(PROPERTIES[later].share for later in names[index:])
        now = time.monotonic()
        until = now + max(end - now, 1.0) * PROPERTIES[name].share / rest
        tried = Search(name, seed * 100 + index, until, known, count).run()
        say({"ends": name, **vars(tried)})
        _clear()
    say({"ops": ops, "pairs": pairs})


def say(line: Mapping[str, Any]) -> None:
    print(json.dumps(line), file=REPORT, flush=True)


def _clear() -> None:
    """Keras keeps every layer's name for good."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()


# The whole search.


@dataclass
class Total:
    """All rounds together."""

    by_name: dict[str, Tried]
    ops: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)

    def take(self, line: Mapping[str, Any], seed: int) -> None:
        """What a round says."""
        if "ops" in line:
            self.ops.update(line["ops"])
            self.pairs.update(line["pairs"])
        if "ends" not in line:
            return
        tried = self.by_name[line["ends"]]
        for key in ("cases", "networks", "seconds"):
            setattr(tried, key, getattr(tried, key) + line[key])
        for found in line["found"]:
            self.report({**found, "round": seed})
        rate = line["cases"] / max(line["seconds"], 1e-9)
        print(
            f"  {line['ends']:9} {line['cases']:6} cases in {line['seconds']:5.0f} s"
            f" ({rate:.1f}/s), {len(line['found'])} found",
            flush=True,
        )

    def report(self, found: Mapping[str, Any]) -> None:
        """Print a finding and keep it in a file, once."""
        if found["signature"] in self.known:
            return
        self.known.add(found["signature"])
        name, seed = found["property"], found["round"]
        self.by_name[name].found.append(dict(found))
        slug = re.sub(r"\W+", "-", f"{name}-{found['signature']}")[:80].strip("-").lower()
        again = f"make fuzz MINUTES=2 SEED={seed} PROPERTY={name}"
        comment = "\n".join(f"# {line}" for line in found["message"].splitlines()[-12:])
        text = f"# {again}\n{comment}\n{found['text']}"
        (OUT / f"{slug}.yaml").write_text(text, encoding="utf-8", errors="backslashreplace")
        print(f"\nFOUND by {name}: {found['signature']}\n{found['text']}\n{found['message']}")
        print(f"again: {again}\nkept in build/fuzz/{slug}.yaml\n", flush=True)


def rounds(seed: int | None) -> Iterator[int]:
    """Seeds: the one that is given, then new ones."""
    while True:
        yield secrets.randbelow(10**6) if seed is None else seed
        seed = None if seed is None else seed + 1


def search(minutes: float, seed: int | None, names: list[str]) -> int:
    """Rounds until the time is over; 1 if anything was found."""
    OUT.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + minutes * 60
    total = Total({name: Tried() for name in names})
    for number, own in enumerate(rounds(seed), 1):
        left = end - time.monotonic()
        if number > 1 and left < 10:
            break
        seconds = min(ROUND_SECONDS, max(left, 10.0))
        print(f"round {number}, seed {own}, {left / 60:.1f} minutes left", flush=True)
        one_round(own, seconds, names, total)
    print_table(total)
    return int(any(tried.found for tried in total.by_name.values()))


def one_round(seed: int, seconds: float, names: list[str], total: Total) -> None:
    """A round in a process of its own; one that dies or hangs is a finding itself."""
    ask = {"seed": seed, "seconds": seconds, "names": names, "known": sorted(total.known)}
    environment = {**os.environ, **ONE_THREAD, "NETSPEC_FUZZ_ROUND": json.dumps(ask)}
    errors = OUT / "round.log"
    doing, timed_out = "", False
    with errors.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, __file__],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        watch = Watch(process, seconds + GRACE_SECONDS + SHRINK_SECONDS * len(names))
        for line in process.stdout:
            said = json.loads(line)
            doing = said.get("begins", doing)
            total.take(said, seed)
        status = process.wait()
        timed_out = watch.stopped()
    if status:
        what = "hangs" if timed_out else f"ends with {status}"
        text = CURRENT.read_text(encoding="utf-8") if CURRENT.exists() else ""
        message = f"the round {what}\n{errors.read_text(encoding='utf-8')[-3000:]}"
        name = doing or names[0]
        found = {"property": name, "signature": f"{name} {what}", "text": text, "message": message}
        total.report({**found, "round": seed})


class Watch:
    """Ends a process that takes too long."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        from threading import Timer

        self.ended = False
        self.process = process
        self.timer = Timer(seconds, self._end)
        self.timer.daemon = True
        self.timer.start()

    def _end(self) -> None:
        self.ended = True
        self.process.kill()

    def stopped(self) -> bool:
        """Whether it did; it watches no more."""
        self.timer.cancel()
        return self.ended


def print_table(total: Total) -> None:
    """What was tried and found; how often each op was drawn, and next to how many others."""
    print(f"\n{'property':10} {'cases':>7} {'networks':>9} {'seconds':>8} {'found':>6}")
    for name, tried in total.by_name.items():
        row = f"{name:10} {tried.cases:7} {tried.networks:9} {tried.seconds:8.0f}"
        print(f"{row} {len(tried.found):6}")
    if not total.ops:
        return
    before = Counter(pair.split()[1] for pair in total.pairs)
    behind = Counter(pair.split()[0] for pair in total.pairs)
    print(f"\n{'op':18} {'drawn':>7} {'behind':>7} {'before':>7}   (different ops next to it)")
    for name in dict.fromkeys((*nodes(), *total.ops)):
        print(f"{name:18} {total.ops[name]:7} {before[name]:7} {behind[name]:7}")
    print(f"pairs of ops met: {len(total.pairs)}")


def nodes() -> list[str]:
    """The ops that a graph may hold: all but those for which others stand, whatever they say."""
    from netspec.ops.table import OPS, always_lowered

    return [name for name, op in OPS.items() if not always_lowered(op)]


def main() -> int:
    """Search as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--property", action="append", choices=[*_names()])
    asked = parser.parse_args()
    return search(asked.minutes, asked.seed, asked.property or _names())


def _names() -> list[str]:
    from property.properties import PROPERTIES

    return [*PROPERTIES]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    if "NETSPEC_FUZZ_ROUND" in os.environ:
        # what the package and the frameworks print goes to the log
        REPORT = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        ask = json.loads(os.environ["NETSPEC_FUZZ_ROUND"])
        run_round(ask["seed"], ask["seconds"], ask["names"], set(ask["known"]))
        sys.exit(0)
    sys.exit(main())

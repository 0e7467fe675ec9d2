"""How long a sweep takes: 1,000 variants of Inception V3, checked, costed and kept, on one core.

Times are of this process's own work; prints `ok` or `SLOW` behind each bar. The first bar is of the
clock: 20 s. The second holds on any machine: a variant takes at most two thirds of the time in
which the same network is loaded, summed up and hashed by itself, measured in turns in one run.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import netspec
from netspec.sweeping.axes import from_text
from netspec.sweeping.points import Grid
from netspec.sweeping.variants import Base, measured

SPEC = "inception_v3"
VARY = {"depth_multiplier": "0.05..1/0.05", "num_classes": "20..1000/20"}
ROUNDS, EACH = 8, 25


def seconds(work: Callable[[], object]) -> float:
    """What work takes, of this process's own time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def whole() -> None:
    """The sweep, with its journal, by this process alone."""
    with tempfile.TemporaryDirectory() as folder:
        result = netspec.sweep(SPEC, VARY, where="params > 0", out=Path(folder, "runs"), jobs=1)
    assert len(result) == 1000


def alone(given: dict[str, object]) -> None:
    """One network by itself, as a loop over `netspec.load` would have it."""
    spec = netspec.load(SPEC, set=given)  # type: ignore[arg-type]
    assert spec.summary().total.macs
    assert spec.hash


def ratio() -> float:
    """A variant's time in that of a network by itself, of the best rounds."""
    base = Base.read(SPEC)
    points = list(Grid([SPEC], [from_text(f"{key}={text}") for key, text in VARY.items()]).points())
    variants, networks = [], []
    for turn in range(ROUNDS):
        chosen = [dict(point.set) for point in points[turn :: len(points) // EACH]]
        variants.append(
            seconds(lambda c=chosen: [measured(base, s, ("params", "macs")) for s in c])
        )
        networks.append(seconds(lambda c=chosen: [alone(s) for s in c]))
    return min(variants) / min(networks)


def verdict(value: float, bar: float) -> str:
    return "ok" if value <= bar else f"SLOW, the bar is {bar:g}"


def main() -> None:
    took = seconds(whole)
    print(f"1,000 variants of {SPEC}: {took:.1f} s  {verdict(took, 20)}")
    share = ratio()
    print(f"a variant in the time of a network by itself: {share:.2f}  {verdict(share, 2 / 3)}")


if __name__ == "__main__":
    main()

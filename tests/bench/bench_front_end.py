"""How long the front end takes: Inception V3 whole, and that the time grows with the layers.

Times are of this process's own work, the best of several; prints `ok` or `SLOW` behind each bar:
V3 loaded, typed, lowered and counted within 100 ms; 10,000 layers within 5 s; twice the layers, on
the average of three doublings, at most 2.3 times as long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from netspec import costs
from netspec.diagnostics import Source
from netspec.loading import from_document, load
from netspec.reading.reader import read_text
from netspec.spec import Spec

HEAD = """\
netspec: 1
name: Deep
input: {image: {height: 8, width: 8, channels: 3}}
defaults: {conv: {padding: same, norm: batch_norm, activation: relu}}
"""
TEMPLATE = """\
templates:
  block:
    params: {width: int}
    op: add
    branches:
      - Keep: []
      - Change:
          - A: {op: conv, filters: $width, kernel: 1}
          - B: {op: conv, filters: "${in.channels}", kernel: 3}
"""


def plain(layers: int) -> str:
    """Convs in a row, each written out."""
    steps = "".join(f"  - Conv_{i}: {{op: conv, filters: 8, kernel: 3}}\n" for i in range(layers))
    return f"{HEAD}steps:\n{steps}outputs: {{Conv_{layers - 1}: {{}}}}\n"


def residual(layers: int) -> str:
    """Residual blocks that refer to steps before by name."""
    first = "  - Sum_0: {op: conv, filters: 8, kernel: 3}\n"
    blocks = "".join(
        f"  - Conv_{i}: {{op: conv, filters: 8, kernel: 3}}\n"
        f"  - Sum_{i}: {{op: add, from: [Conv_{i}, Sum_{i - 1}]}}\n"
        for i in range(1, layers // 2)
    )
    return f"{HEAD}steps:\n{first}{blocks}outputs: {{Sum_{layers // 2 - 1}: {{}}}}\n"


def looped(layers: int) -> str:
    """A template of three layers in a loop."""
    step = f'  - "Block_{{i}}": {{use: block, for: {{i: 1..{layers // 3}}}, with: {{width: 3}}}}\n'
    return f"{HEAD}{TEMPLATE}steps:\n{step}outputs: {{Block_1: {{}}}}\n"


def seconds(work: Callable[[], object], times: int) -> float:
    """The best of several times, of this process's own work."""

    def once() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return min(once() for _ in range(times))


def whole(spec: Spec) -> None:
    """Graph, shapes and costs of a spec."""
    graph = spec.graph()
    costs.step_costs(graph)
    costs.depth(graph)
    costs.receptive_fields(graph)


def from_text(text: str) -> None:
    whole(from_document(read_text(Source("spec.yaml", text))))


def verdict(value: float, bar: float) -> str:
    return "ok" if value <= bar else f"SLOW, the bar is {bar:g}"


def main() -> None:
    took = seconds(lambda: whole(load("inception_v3")), 7)
    print(f"inception_v3: load, graph, shapes, costs {took * 1000:6.0f} ms  {verdict(took, 0.1)}")
    for make in (plain, residual, looped):
        print(f"{make.__name__}: {make.__doc__}")
        counts = (1000, 2000, 4000, 8000)
        times = [seconds(partial(from_text, make(count)), 3) for count in counts]
        print("  " + "  ".join(f"{n:,} {t:.2f} s" for n, t in zip(counts, times, strict=True)))
        growth = (times[-1] / times[0]) ** (1 / (len(times) - 1))
        each = ", ".join(f"{later / earlier:.2f}" for earlier, later in pairwise(times))
        print(f"  growth when doubled: {growth:.2f} ({each})  {verdict(growth, 2.3)}")
        took = seconds(partial(from_text, make(10_000)), 2)
        print(f"  10,000 layers {took:.2f} s  {verdict(took, 5)}")


if __name__ == "__main__":
    main()

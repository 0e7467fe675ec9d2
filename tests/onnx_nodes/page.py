"""The page that says how far our ops cover onnx's own tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import onnx

from netspec.ops.table import OPS
from onnx_nodes.cases import Case, suite
from onnx_nodes.reading import Reading, Unsupported
from onnx_nodes.rules import RULES, read

Row = Sequence[str]

OPENING = """\
# onnx's own tests

<!-- Written by `pytest tests/onnx_nodes --regenerate`; edits are lost. -->

The onnx package carries tests of every operator of ONNX (`node`), and of layers that were exported
from PyTorch (`torch`): a node, its inputs, and what it must give. netspec reads each node of its
reach into its own ops, and runs them by the float64 reference and by the torch, Keras and ONNX
backends: an examination set by others. All that are read pass, in float32, with
max |value - expected| ≤ 5e-6 max |expected| and within onnx's own tolerance. The data and expected
values of one case, of AveragePool, are written with 4 decimals, and it is judged to that many.

How data become maps: two axes of space behind batch and channels are height and width; a single one
is the width of a map of one row. Where an operator acts on one axis alone, that axis is the
channels, the axes before it are the batch, and those behind it the height. Data that are seen value
by value may have any shape.
"""


def page() -> str:
    """docs/onnx-nodes.md."""
    readings, refused = examined()
    return (
        "\n\n".join(
            [
                OPENING + "\n" + _summary(readings),
                "## What is run\n\n"
                + _table(("operator", "our ops", "node", "torch"), _run(readings)),
                "## What an operator in reach is refused for\n\n"
                + _table(("operator", "reason", "cases"), _refusals(refused)),
                "## Operators out of reach\n\n"
                + _table(("reason", "operators", "cases"), _outside(refused)),
            ]
        ).rstrip()
        + "\n"
    )


def examined() -> tuple[Mapping[Case, Reading], Mapping[Case, str]]:
    """The cases that are read, and the reasons why others are not."""
    readings: dict[Case, Reading] = {}
    refused: dict[Case, str] = {}
    for case in suite().cases:
        try:
            readings[case] = read(case.call)
        except Unsupported as reason:
            refused[case] = str(reason)
    return readings, refused


def _summary(readings: Mapping[Case, Reading]) -> str:
    found = suite()
    spelt_out = sum("_expanded" in name for name in found.composed)
    met = {type(op) for reading in readings.values() for op in reading.ops}
    unmet = ", ".join(f"`{name}`" for name, op in OPS.items() if op not in met)
    return f"""\
Of {len(found.cases)} cases of one node, in onnx {onnx.__version__}, {len(readings)} are run;
the others stand below with the reason. Cases of several nodes are left aside:
{spelt_out} spell an operator out in others, {len(found.composed) - spelt_out} more are chains.
No case examines {unmet}:
ONNX has no such operator, or none of its cases has our numbers."""


def _table(heads: Row, rows: Iterator[Row]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _run(readings: Mapping[Case, Reading]) -> Iterator[Row]:
    for operator in RULES:
        own = {c: r for c, r in readings.items() if c.call.node.op_type == operator}
        names = sorted({op.name for reading in own.values() for op in reading.ops})
        suites = Counter(case.suite for case in own)
        counts = [str(suites[name] or "") for name in ("node", "torch")]
        yield operator, ", ".join(f"`{name}`" for name in names) or "none by these cases", *counts


def _refusals(refused: Mapping[Case, str]) -> Iterator[Row]:
    counts = Counter((case.call.node.op_type, why) for case, why in refused.items())
    for operator in RULES:
        for (name, why), count in counts.items():
            if name == operator:
                yield operator, why, str(count)


def _outside(refused: Mapping[Case, str]) -> Iterator[Row]:
    by_reason: dict[str, Counter[str]] = defaultdict(Counter)
    for case, why in refused.items():
        if case.call.node.op_type not in RULES:
            by_reason[why][case.call.node.op_type] += 1
    for why, counts in sorted(by_reason.items(), key=lambda item: -item[1].total()):
        yield why, ", ".join(sorted(counts)), str(counts.total())

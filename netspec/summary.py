"""What a network is made of, step by step: the data behind `netspec show` and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from netspec.amounts import size
from netspec.costs import Cost, Field, depth, peak_memory, receptive_fields, step_costs, step_memory
from netspec.counting.counted import Counted
from netspec.ir.graph import Graph
from netspec.ir.shapes import Map, Shape
from netspec.language.tree import Step, Tree
from netspec.ops.base import Op
from netspec.ops.kinds import Pair

BLOCK = "block"
"""Stands for the op of a step that only groups others."""


@dataclass(frozen=True, slots=True)
class Row:
    """One step. Its cost is its own alone, so that a column adds up to the network's.

    `kernel` and `stride` are its op's own, where it has them. `memory` is the bytes of its value in
    float32, one image; `field` is nothing where it sees the whole input.
    """

    path: str
    op: str
    kernel: Pair | None
    stride: Pair | None
    output: Shape
    cost: Cost
    memory: int
    field: Field | None

    @property
    def level(self) -> int:
        """How many steps it is within."""
        return self.path.count("/")

    @property
    def window(self) -> str:
        """Kernel and stride as `3x3/2`; a stride of 1 is left out."""
        if self.kernel is None:
            return ""
        kernel = f"{self.kernel.height}x{self.kernel.width}"
        height, width = self.stride or (1, 1)
        if height != width:
            return f"{kernel}/{height}x{width}"
        return f"{kernel}/{height}" if height > 1 else kernel

    def __add__(self, other: Row) -> Row:
        """The row with another's costs, which it hides."""
        return replace(self, cost=self.cost + other.cost, memory=self.memory + other.memory)

    def to_json(self) -> dict[str, Any]:
        """Plain data; pairs are [height, width]."""
        field = self.field
        return {
            "path": self.path,
            "op": self.op,
            "window": self.window,
            "output": self.output.dims,
            "params": self.cost.trainable,
            "macs": self.cost.macs,
            "memory": self.memory,
            "receptive_field": [field.height, field.width] if field else None,
            "stride": [field.stride_height, field.stride_width] if field else None,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """A network's steps in order, its totals and its outputs.

    `depth` counts the layers with weights on the longest path. Params are numbers, not bytes; MACs
    are those of one image, or with `counted` what another tool counts in their place. `peak` is the
    most bytes of values alive at once in inference.
    """

    name: str
    spec_hash: str
    input: Map
    rows: tuple[Row, ...]
    outputs: Mapping[str, Shape]
    depth: int
    peak: int
    counted: Counted | None = None

    @property
    def total(self) -> Cost:
        """The cost of all steps."""
        return sum((row.cost for row in self.rows), Cost())

    @property
    def memory(self) -> int:
        """The bytes of all values that steps give."""
        return sum(row.memory for row in self.rows)

    @property
    def unit(self) -> str:
        """What operations are called: MACs, or as the tool does whose rule counts them."""
        return self.counted.tool.unit if self.counted else "MACs"

    def folded(self, levels: int) -> Summary:
        """The same with that many levels of steps; a step takes on the costs of what it hides.

        Raises `ValueError` for less than one.
        """
        if levels < 1:
            raise ValueError(f"levels is at least 1, not {levels}")
        kept: dict[str, Row] = {}
        for row in self.rows:
            path = "/".join(row.path.split("/")[:levels])
            above = kept.get(path)
            kept[path] = above + row if above else row
        return replace(self, rows=tuple(kept.values()))

    def title(self) -> str:
        """The line above the table."""
        head = f"{self.name}, input {self.input}"
        if self.counted is None:
            return head
        return f"{head}, counted as {self.counted.tool.entry} does, in {self.unit}"

    def notes(self) -> Iterator[str]:
        """What stands below the table."""
        total = self.total
        if self.counted:
            yield from self.counted.notes()
        frozen = f" and {total.frozen:,} moving statistics" if total.frozen else ""
        kind = "parameters" if self.counted else "trainable parameters"
        yield f"{total.trainable:,} {kind}{frozen}"
        yield f"{total.macs:,} {self.unit} for one image, {self.depth:,} weighted layers deep"
        yield f"{size(self.memory)} of values in float32, {size(self.peak)} of them alive at once"
        outputs = ", ".join(f"{path} {shape}" for path, shape in self.outputs.items())
        yield f"outputs: {outputs}"

    def to_json(self) -> dict[str, Any]:
        """Plain data; shapes are [height, width, channels] or [channels], without the batch."""
        total = self.total
        plain = {
            "name": self.name,
            "spec_hash": self.spec_hash,
            "input": self.input.dims,
            "params": {"total": total.trainable + total.frozen, "trainable": total.trainable},
            "macs": total.macs,
            "memory": self.memory,
            "peak": self.peak,
            "depth": self.depth,
            "layers": [row.to_json() for row in self.rows],
            "outputs": {path: shape.dims for path, shape in self.outputs.items()},
        }
        return plain | {"count_like": self.counted.to_json()} if self.counted else plain

    def table(self, width: int | None = None) -> str:
        """The whole summary as text, its table fitted to a terminal of that width."""
        from netspec.summary_text import text

        return text(self, width)

    def csv(self) -> str:
        """The rows as CSV (RFC 4180) below one header: full paths, plain integers, bytes."""
        from netspec.summary_text import csv_text

        return csv_text(self)

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        from netspec.summary_page import page

        return page(self)


def summarize(tree: Tree, graph: Graph, spec_hash: str, counted: Counted | None = None) -> Summary:
    """The summary of a typed tree and the graph that it was lowered to.

    With `counted` costs are another tool's.
    """
    costs = counted.costs if counted else step_costs(graph)
    fields, memory = receptive_fields(graph), step_memory(graph)

    def row(step: Step) -> Row:
        return Row(
            path=step.path,
            op=step.op.name if step.op else BLOCK,
            kernel=_pair(step.op, "kernel"),
            stride=_pair(step.op, "stride"),
            output=step.output,
            cost=costs.get(step.path, Cost()),
            memory=memory.get(step.path, 0),
            field=fields[graph.producer(step.path)],
        )

    return Summary(
        name=tree.name,
        spec_hash=spec_hash,
        input=tree.input,
        rows=tuple(row(step) for step in tree.walk()),
        outputs={path: graph.shapes[graph.producer(path)] for path in graph.outputs},
        depth=depth(graph),
        peak=peak_memory(graph),
        counted=counted,
    )


def _pair(op: Op | None, name: str) -> Pair | None:
    """A field of an op with a kernel; nothing for all others."""
    if op is None or "kernel" not in op.options():
        return None
    value: Pair | None = getattr(op, name, None)
    return value

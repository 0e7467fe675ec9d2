"""What a network is made of, step by step: the data behind `netspec show` and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from netspec.costs import Cost, Field, depth, receptive_fields, step_costs
from netspec.ir.graph import Graph
from netspec.ir.shapes import Map, Shape
from netspec.language.tree import Step, Tree
from netspec.ops.base import Op

HEADINGS = ("step", "op", "kernel", "output", "params", "MACs", "rec. field")
LEFT = ("step", "op", "kernel")
"""The columns of words; the others hold numbers and align right."""
GAP = "  "
NAME_AT_LEAST = 12
"""Columns that a cut name keeps."""
BLOCK = "block"
"""Stands for the op of a step that only groups others."""
WHOLE = "all"
"""The receptive field of what sees the whole input."""


@dataclass(frozen=True, slots=True)
class Row:
    """One step. Its cost is its own alone, so that a column adds up to the network's.

    `window` is kernel and stride as `3x3/2`; `field` is nothing where it sees the whole input.
    """

    path: str
    op: str
    window: str
    output: Shape
    cost: Cost
    field: Field | None

    @property
    def level(self) -> int:
        """How many steps it is within."""
        return self.path.count("/")

    def cells(self) -> tuple[str, ...]:
        """A line of the table; a cost of nothing is left blank."""
        return (
            "  " * self.level + self.path.rpartition("/")[2],
            self.op,
            self.window,
            str(self.output),
            f"{self.cost.trainable:,}" if self.cost.trainable else "",
            f"{self.cost.macs:,}" if self.cost.macs else "",
            f"{self.field.height}x{self.field.width}" if self.field else WHOLE,
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """A network's steps in order, its totals and its outputs.

    `depth` counts the layers with weights on the longest path. Params are numbers, not bytes; MACs
    are those of one image.
    """

    name: str
    spec_hash: str
    input: Map
    rows: tuple[Row, ...]
    outputs: Mapping[str, Shape]
    depth: int

    @property
    def total(self) -> Cost:
        """The cost of all steps."""
        return sum((row.cost for row in self.rows), Cost())

    def folded(self, levels: int) -> Summary:
        """The same with that many levels of steps; a step takes on the costs of what it hides."""
        kept: dict[str, Row] = {}
        for row in self.rows:
            path = "/".join(row.path.split("/")[:levels])
            above = kept.get(path)
            kept[path] = replace(above, cost=above.cost + row.cost) if above else row
        return replace(self, rows=tuple(kept.values()))

    def total_cells(self) -> tuple[str, ...]:
        """The table's last line."""
        return ("total", "", "", "", f"{self.total.trainable:,}", f"{self.total.macs:,}", "")

    def title(self) -> str:
        """The line above the table."""
        return f"{self.name}, input {self.input}"

    def notes(self) -> Iterator[str]:
        """What stands below the table."""
        frozen = self.total.frozen
        more = f" and {frozen:,} moving statistics" if frozen else ""
        yield f"{self.total.trainable:,} trainable parameters{more}"
        yield f"{self.total.macs:,} MACs for one image, {self.depth} weighted layers deep"
        outputs = ", ".join(f"{path} {shape}" for path, shape in self.outputs.items())
        yield f"outputs: {outputs}"

    def to_json(self) -> dict[str, Any]:
        """Plain data; shapes are [height, width, channels] or [channels], without the batch."""
        total = self.total
        return {
            "name": self.name,
            "spec_hash": self.spec_hash,
            "input": self.input.dims,
            "params": {"total": total.trainable + total.frozen, "trainable": total.trainable},
            "macs": total.macs,
            "depth": self.depth,
            "layers": [_layer(row) for row in self.rows],
            "outputs": {path: shape.dims for path, shape in self.outputs.items()},
        }

    def table(self, width: int | None = None) -> str:
        """The whole summary as text, its table fitted to a terminal of that width.

        Where it is too wide the last column goes, then names are cut short.
        """
        rows = [HEADINGS, *(row.cells() for row in self.rows), self.total_cells()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        if width is not None and _spread(widths) > width:
            widths.pop()
            widths[0] = max(NAME_AT_LEAST, widths[0] - max(0, _spread(widths) - width))
        lines = [_aligned(row, widths) for row in rows]
        lines.insert(-1, "")
        return "\n".join((self.title(), "", *lines, "", *self.notes())) + "\n"

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        rows = [_html(row.cells(), "td") for row in self.rows]
        body = "".join((_html(HEADINGS, "th"), *rows, _html(self.total_cells(), "th")))
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes())
        return f"<p>{escape(self.title())}</p><table>{body}</table>{notes}"


def summarize(tree: Tree, graph: Graph, spec_hash: str) -> Summary:
    """The summary of a typed tree and the graph that it was lowered to."""
    costs, fields = step_costs(graph), receptive_fields(graph)

    def row(step: Step) -> Row:
        cost = costs.get(step.path, Cost())
        field = fields[graph.producer(step.path)]
        op = step.op.name if step.op else BLOCK
        return Row(step.path, op, _window(step.op), step.output, cost, field)

    return Summary(
        name=tree.name,
        spec_hash=spec_hash,
        input=tree.input,
        rows=tuple(row(step) for step in tree.walk()),
        outputs={path: graph.shapes[graph.producer(path)] for path in graph.outputs},
        depth=depth(graph),
    )


def rounded(count: int) -> str:
    """A count to three digits: `5.72 G`, `24.3 M`; exact below ten thousand.

    >>> rounded(5_718_899_296), rounded(9_999)
    ('5.72 G', '9,999')
    """
    for size, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= max(size, 10**4):
            share = count / size
            return f"{share:.{(share < 10) + (share < 100)}f} {unit}"
    return f"{count:,}"


def _window(op: Op | None) -> str:
    options = op.options() if op else {}
    if "kernel" not in options:
        return ""
    kernel, stride = getattr(op, "kernel"), getattr(op, "stride", (1, 1))  # noqa: B009
    text = f"{kernel[0]}x{kernel[1]}"
    if stride[0] != stride[1]:
        return f"{text}/{stride[0]}x{stride[1]}"
    return f"{text}/{stride[0]}" if stride[0] > 1 else text


def _layer(row: Row) -> dict[str, Any]:
    return {
        "path": row.path,
        "op": row.op,
        "window": row.window,
        "output": row.output.dims,
        "params": row.cost.trainable,
        "macs": row.cost.macs,
        "receptive_field": [row.field.height, row.field.width] if row.field else None,
    }


def _spread(widths: list[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    """A line with as many cells as there are widths."""
    cells = (
        _cut(cell, width).ljust(width) if heading in LEFT else cell.rjust(width)
        for heading, cell, width in zip(HEADINGS, row, widths, strict=False)
    )
    return GAP.join(cells).rstrip()


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else f"{cell[: width - 1]}…"


def _html(cells: tuple[str, ...], tag: str) -> str:
    """A row of a table; the indentation of steps stays visible."""
    styles = ("white-space:pre;text-align:" + ("left" if h in LEFT else "right") for h in HEADINGS)
    inner = (
        f'<{tag} style="{style}">{escape(cell)}</{tag}>'
        for style, cell in zip(styles, cells, strict=True)
    )
    return f"<tr>{''.join(inner)}</tr>"

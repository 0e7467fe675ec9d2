"""Writes a scene in Graphviz's DOT language.

Source of the syntax: graphviz.org/doc/info/lang.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netspec.drawing.fragments import DOWN, Direction
from netspec.drawing.looks import Looks, tint_of, words_on
from netspec.drawing.outline import heading, label, links
from netspec.drawing.scene import Box, Form, Group, Scene
from netspec.drawing.themes import LIGHT, Tint

SHAPES: Mapping[Form, str] = {
    Form.BOX: 'shape=box style="rounded,filled"',
    Form.BAR: "shape=box style=filled height=0.2 width=1.6",
    Form.KNOT: "shape=circle style=filled width=0.3 fixedsize=true",
    Form.STACK: "shape=box3d style=filled",
    Form.TERMINAL: 'shape=box style="rounded,filled"',
}
FONT = 'fontname="Helvetica,Arial,sans-serif"'
INDENT = "  "


def render(scene: Scene, direction: Direction = DOWN) -> str:
    """The digraph as text."""
    return "\n".join(_lines(scene, direction)) + "\n"


def _lines(scene: Scene, direction: Direction) -> Iterator[str]:
    rank = "TB" if direction is DOWN else "LR"
    yield f"digraph {_quoted(scene.name)} {{"
    yield f"{INDENT}graph [rankdir={rank} label={_quoted(_head(scene))} labelloc=t {FONT}]"
    yield f'{INDENT}node [{FONT} fontsize=11 margin="0.12,0.05" height=0.3]'
    yield f'{INDENT}edge [{FONT} fontsize=9 color="{LIGHT.line}" arrowsize=0.6]'
    yield from _items(scene.body, INDENT, Looks(scene))
    for value, taker, words, gone in links(scene):
        said = [f"label={_quoted(words)}"] if words else []
        said += ["style=dashed"] if gone else []
        more = f" [{' '.join(said)}]" if said else ""
        yield f"{INDENT}{_quoted(value)} -> {_quoted(taker)}{more}"
    yield "}"


def _head(scene: Scene) -> str:
    return "\n".join((scene.name, *scene.facts))


def _items(group: Group, indent: str, looks: Looks) -> Iterator[str]:
    for item in group.items:
        if isinstance(item, Box):
            yield f"{indent}{_node(item, looks.of(item))}"
        elif item.framed:
            yield f"{indent}subgraph {_quoted(f'cluster {item.path}')} {{"
            yield f"{indent}{INDENT}label={_quoted(_title(item))} labeljust=l"
            yield f'{indent}{INDENT}style="rounded,filled" {_colours(LIGHT.frame)}'
            yield from _items(item, indent + INDENT, looks)
            yield f"{indent}}}"
        else:
            yield from _items(item, indent, looks)


def _node(box: Box, look: str) -> str:
    told = f" tooltip={_quoted(chr(10).join(box.detail))}" if box.detail else ""
    colours = f'{_colours(tint_of(look))} fontcolor="{words_on(look)}"'
    return f"{_quoted(box.path)} [label={_quoted(label(box))} {SHAPES[box.form]} {colours}{told}]"


def _title(group: Group) -> str:
    return f"{heading(group)}  {group.note}" if group.note != group.title else heading(group)


def _colours(tint: Tint) -> str:
    return f'fillcolor="{tint.fill}" color="{tint.edge}"'


def _quoted(text: str) -> str:
    """A quoted string, in which nothing but the ends of lines is an escape."""
    plain = "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

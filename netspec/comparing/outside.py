"""What differs between two specs outside their steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netspec.comparing.alignment import Alignment
from netspec.language.tree import Tree
from netspec.reading.document import Plain

COUNTED = ("input", "outputs")
"""What is of the network; the rest is told, and makes no other network."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A difference outside the steps, such as `input.height`; None where a side has none."""

    field: str
    a: Plain
    b: Plain

    @property
    def counted(self) -> bool:
        """Whether the networks differ by it."""
        return self.field.partition(".")[0] in COUNTED


def outside(a: Tree, b: Tree, alignment: Alignment) -> tuple[Outside, ...]:
    """Every difference in name, about, input, preprocess and outputs.

    An output of a step that is renamed is the same output.
    """
    ours = _plain(a, {path: alignment.to_b.get(path, path) for path in _outputs(a)})
    theirs = _plain(b, {})
    return tuple(_compared("", ours, theirs))


def _outputs(tree: Tree) -> tuple[str, ...]:
    return tuple(output.path for output in tree.outputs)


def _plain(tree: Tree, renamed: Mapping[str, str]) -> dict[str, Plain]:
    size = tree.input
    axes: dict[str, Plain] = {
        "name": tree.input_name,
        "height": size.height,
        "width": size.width,
        "channels": size.channels,
    }
    preprocess: Plain = dict(tree.preprocess.written()) if tree.preprocess else None
    outputs: dict[str, Plain] = {
        renamed.get(o.path, o.path): {"loss_weight": o.loss_weight} for o in tree.outputs
    }
    about: dict[str, Plain] = dict(tree.about.given())
    found: dict[str, Plain] = {"input": axes, "outputs": outputs, "preprocess": preprocess}
    return {**found, "name": tree.name, "about": about}


def _compared(path: str, a: Plain, b: Plain) -> Iterator[Outside]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys((*a, *b)):
            inner = f"{path}.{key}" if path else key
            yield from _compared(inner, a.get(key), b.get(key))
    elif a != b:
        yield Outside(path, a, b)

"""The text of a first spec to edit: an overlay on a spec, or a small network from nothing.

An overlay's examples are made of the base's own parameters and paths. They stand in comments, and
each has been checked: a network comes of the text with all of them taken out of their comments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from netspec.diagnostics import Source, SpecError
from netspec.ir.shapes import Map
from netspec.ir.text import flow
from netspec.language.expressions import Value
from netspec.language.tree import Tree
from netspec.limits import Limits
from netspec.loading import from_document
from netspec.reading.document import Plain
from netspec.reading.reader import read_text
from netspec.spec import Spec

SCHEMA = "netspec.schema.json"
"""The schema's file, beside a spec."""
LINE = f"# yaml-language-server: $schema={SCHEMA}"
TRIALS = 8
"""Candidates for an example that are tried; where none fits there is no such example."""

NETWORK = """\
{line}
#
# A small network for small images. `netspec check {file}` finds what is wrong,
# `netspec show {file}` lists the steps with their shapes and costs.
netspec: 1
name: {name}

# Any of them can be set on the command line: --set num_classes=100
params: {{num_classes: 10, width: 32}}

input: {{image: {{height: 32, width: 32, channels: 3}}}}

# Fields for every step of an op; what a step says itself comes first.
defaults:
  conv: {{padding: same, norm: {{op: batch_norm}}, activation: relu}}

templates:
  block:
    params: {{filters: int}}
    steps:
      - Conv_1: {{op: conv, filters: $filters, kernel: 3}}
      - Conv_2: {{op: conv, filters: $filters, kernel: 3}}
      - Pool: {{op: max_pool, kernel: 2, stride: 2}}

# Each step reads the one before it. `expect` is the shape that you mean it to have.
steps:
  - Block_1: {{use: block, with: {{filters: $width}}, expect: [16, 16, 32]}}
  - Block_2: {{use: block, with: {{filters: "${{2 * width}}"}}, expect: [8, 8, 64]}}
  - Mixed:
      op: concat
      branches:
        - Narrow: {{op: conv, filters: $width, kernel: 1}}
        - Wide: {{op: conv, filters: $width, kernel: 3}}
  - Pool: {{op: global_avg_pool}}
  - Vector: {{op: squeeze}}
  - Dropout: {{op: dropout, keep: 0.8}}
  - Logits: {{op: dense, filters: $num_classes, expect: [10]}}

outputs: {{Logits: {{}}}}
"""

OVERLAY = """\
{line}
#
# {base}, changed. It is the same network until you take an example below out of its comment, or
# write a change of your own. `netspec check {file}` finds what is wrong,
# `netspec show {file}` lists the steps by their paths.
netspec: 1
name: {name}
extends: {extends}
"""
PARAMS = "Parameters: these are the base's values."
DEFAULTS = "Fields for every step of an op, where neither the step nor its template sets them."
PATCH = "Changes of single steps, by path; * ? [ ] match within a level; `was` is what is there."


def network_name(stem: str) -> str:
    """What a file's network is called: its stem, with underscores for what no name may hold."""
    return re.sub(r"[-._]+", "_", stem)


def network_text(stem: str) -> str:
    """A small network from nothing, for a file of that stem."""
    return NETWORK.format(line=LINE, file=f"{stem}.yaml", name=_scalar(network_name(stem)))


def overlay_text(stem: str, extends: str, base: Spec, folder: Path, limits: Limits) -> str:
    """An overlay on a base, for a file in that folder, from which `extends` leads to the base.

    Raises `SpecError` where no overlay there can extend it.
    """
    tree, name = base.tree, _scalar(network_name(stem))
    told = {"line": LINE, "file": f"{stem}.yaml", "base": base.name}
    head = OVERLAY.format(**told, name=name, extends=_scalar(extends))
    draft = _Draft(head, folder, limits)
    draft.network()
    if tree.params and draft.plus(_params(tree)).hash == base.hash:
        draft = draft.plus(_params(tree))
    draft = draft.first_change(map(draft.plus, _defaults(tree)))
    for entries in (_resized(tree), _inserted(tree), _removed(tree)):
        draft = draft.first_change(map(draft.patched, entries))
    return draft.text


class _Example(NamedTuple):
    """Lines of a spec, and what is said above them."""

    said: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Draft:
    """A text: its head, and examples."""

    head: str
    folder: Path
    limits: Limits
    examples: tuple[_Example, ...] = ()

    @property
    def text(self) -> str:
        """The text, its examples in comments."""
        return self._with("# ")

    def _with(self, mark: str) -> str:
        parts = (
            f"\n# {said}\n" + "".join(f"{mark}{line}\n" for line in lines)
            for said, lines in self.examples
        )
        return self.head + "".join(parts)

    def network(self) -> Spec:
        """The network that the text gives without the comments; raises `SpecError`."""
        document = read_text(Source("the new file", self._with("")), self.limits)
        spec = from_document(replace(document, folder=self.folder), limits=self.limits)
        spec.graph()
        return spec

    @cached_property
    def hash(self) -> str:
        """The hash of that network; empty where it is none."""
        try:
            return self.network().hash
        except SpecError:
            return ""

    def plus(self, example: _Example) -> _Draft:
        """The draft with one more example."""
        return replace(self, examples=(*self.examples, example))

    def patched(self, entry: dict[str, Plain]) -> _Draft:
        """The draft with one more entry of its patch, which is its last example."""
        *others, last = self.examples or [_Example("", ())]
        line = f"  - {flow(entry)}"
        if last.said != PATCH:
            return self.plus(_Example(PATCH, ("patch:", line)))
        return replace(self, examples=(*others, _Example(PATCH, (*last.lines, line))))

    def first_change(self, drafts: Iterable[_Draft]) -> _Draft:
        """The first of some drafts that gives another network than this; this, if none does."""
        none = ("", self.hash)
        return next((draft for draft in islice(drafts, TRIALS) if draft.hash not in none), self)


def _params(tree: Tree) -> _Example:
    lines = (f"  {name}: {_scalar(value)}" for name, value in tree.params.items())
    return _Example(PARAMS, ("params:", *lines))


def _defaults(tree: Tree) -> Iterator[_Example]:
    ops = {step.op.name: step.op for step in tree.walk() if step.op}
    for name, op in ops.items():
        if "activation" in op.options():
            yield _Example(DEFAULTS, (f"defaults: {{{name}: {{activation: silu}}}}",))


def _resized(tree: Tree) -> Iterator[dict[str, Plain]]:
    """Twice the filters of a step, one inside a block before all others."""
    ends = {output.path for output in tree.outputs}
    steps = [step for step in tree.walk() if step.op and step.path not in ends]
    for step in sorted(steps, key=lambda step: "/" not in step.path):
        filters = getattr(step.op, "filters", None)
        if filters is not None:
            yield {"at": step.path, "set": {"filters": 2 * filters}, "was": {"filters": filters}}


def _inserted(tree: Tree) -> Iterator[dict[str, Plain]]:
    for step in tree.steps:
        if isinstance(step.output, Map):
            channels = step.output.channels
            body: Plain = {"op": "conv", "filters": channels, "kernel": 3, "padding": "same"}
            yield {"at": step.path, "insert_after": [{"Extra": body}]}


def _removed(tree: Tree) -> Iterator[dict[str, Plain]]:
    """Steps that keep their input's shape, so that what follows them takes it as well."""
    shapes = {step.path: step.output for step in tree.walk()}
    for step in tree.walk():
        keeps = step.op and len(step.takes) == 1 and shapes.get(step.takes[0]) == step.output
        if keeps and not step.children:
            yield {"at": step.path, "remove": True}


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = ("true", "false", "null")


def _scalar(value: Value) -> str:
    """A scalar as YAML."""
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return str(value) if plain else json.dumps(value, ensure_ascii=False)

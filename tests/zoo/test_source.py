"""The source of every bundled spec reads like code that a person wrote."""

from __future__ import annotations

import ast

import pytest
from corpus.emitted import definitions

import netspec
from netspec import bundled, targets

BACKENDS = ("torch", "keras")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", bundled.specs())
def test_lines_are_short_and_every_template_is_one_class_or_function(
    name: str, backend: str
) -> None:
    graph = netspec.load(name).graph()
    text = targets.backend(backend).source(graph)
    ast.parse(text)
    assert max(len(line) for line in text.splitlines()) <= 100
    templates = {block.template for block in graph.blocks_by_path.values() if block.template}
    titles = [title.lower().replace("_", "") for title in definitions(text)]
    for template in templates:
        assert titles.count(template.lower().replace("_", "")) == 1, template

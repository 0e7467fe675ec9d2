"""A loaded spec, as a person at a prompt or in a notebook meets it."""

from __future__ import annotations

import netspec


def test_specs_and_graphs_show_themselves_on_a_line() -> None:
    spec = netspec.load("inception_v3", set={"aux": False})
    assert repr(spec) == "<Spec InceptionV3: 299x299x3 to Logits, Predictions>"
    graph = spec.graph()
    assert repr(graph) == f"<Graph InceptionV3: {len(graph.nodes)} nodes to Logits, Predictions>"
    assert len(repr(spec.document.root.span)) < 200


def test_a_spec_is_a_table_in_a_notebook() -> None:
    page = netspec.load("inception_v3")._repr_html_()
    assert "<table" in page
    assert "27,143,152" in page

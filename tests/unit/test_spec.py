"""A loaded spec, as a person at a prompt or in a notebook meets it."""

from __future__ import annotations

from typing import Any

import pytest

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


def test_a_difference_shows_itself_on_a_line() -> None:
    spec = netspec.load("vgg16")
    assert repr(spec.diff(netspec.load("vgg19"))).startswith("<Difference vgg16 → vgg19: ")
    assert len(repr(spec.diff(spec))) < 200


@pytest.mark.parametrize("value", ["vgg19", None, 5])
def test_what_is_no_spec_is_told(value: Any) -> None:
    spec = netspec.load("vgg16")
    with pytest.raises(TypeError, match=r"what netspec\.load gives"):
        spec.diff(value)
    if value is not None:
        with pytest.raises(TypeError, match=r"what netspec\.load gives"):
            spec.svg(against=value)


@pytest.mark.parametrize("value", [5, ["aux=false"], "aux=false"])
def test_settings_are_a_mapping(value: Any) -> None:
    with pytest.raises(netspec.SpecError, match="a mapping of names"):
        netspec.load("vgg16", set=value)


def test_one_glob_may_be_bare() -> None:
    spec = netspec.load("vgg16")
    assert spec.svg(folded="conv3") == spec.svg(folded=("conv3",))
    assert spec.svg(depth=1, opened="conv3") == spec.svg(depth=1, opened=("conv3",))


def test_every_public_name_has_its_home() -> None:
    assert netspec._HOMES.keys() == set(netspec.__all__)
    for name in netspec.__all__:
        assert getattr(netspec, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'loads'"):
        netspec.loads  # noqa: B018

"""Specs as texts: the shortest way from YAML to a network, or to what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from netspec.diagnostics import Diagnostic, Source, SpecError
from netspec.ir.graph import Graph
from netspec.language.settings import from_values
from netspec.loading import from_document
from netspec.reading.document import Plain
from netspec.reading.reader import read_text
from netspec.spec import Spec

HEAD = """\
netspec: 1
name: Small
input: {image: {height: 8, width: 8, channels: 3}}
"""


def load_text(
    text: str, settings: Mapping[str, Plain] | None = None, size: str | None = None
) -> Spec:
    """The spec of a whole text."""
    return from_document(read_text(Source("spec.yaml", text)), from_values(settings or {}, size))


def graph_of(text: str, settings: Mapping[str, Plain] | None = None) -> Graph:
    """The graph of a whole text."""
    return load_text(text, settings).graph()


def faults_of(
    text: str, settings: Mapping[str, Plain] | None = None, size: str | None = None
) -> tuple[Diagnostic, ...]:
    """What is wrong with a whole text: at least one thing."""
    with pytest.raises(SpecError) as caught:
        load_text(text, settings, size).graph()
    return caught.value.diagnostics


def codes_of(text: str, settings: Mapping[str, Plain] | None = None) -> list[str]:
    """The codes of what is wrong with a whole text."""
    return [fault.code for fault in faults_of(text, settings)]


def small(steps: str, *, outputs: str = "{A: {}}", before: str = "") -> str:
    """A whole text around some steps, of which A is the output."""
    return f"{HEAD}{before}steps:\n{steps}outputs: {outputs}\n"

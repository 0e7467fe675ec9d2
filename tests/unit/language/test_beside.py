"""`about` and `preprocess`: no part of the hash, printed whole, and never of any consequence."""

from __future__ import annotations

import pytest
from texts import codes_of, load_text, small

import netspec
from netspec.ir.text import to_text
from netspec.language.about import TEXT_AT_MOST, About
from netspec.language.preprocess import Preprocess, Range, Resize

STEPS = "  - A: {op: conv, filters: 4, kernel: 3}\n"
ABOUT = 'about: {year: 2015, paper: \'A "paper"\', source: $nothing, note: \'x"""; import os #\'}\n'
PREPROCESS = (
    "preprocess: {resize: {filter: bicubic, shorter: '${in.height * 8 // 7}', longer: round,"
    " antialias: false}, central_fraction: 0.5, crop_offset: floor, channels: bgr,"
    " range: [0, 255], mean: [1, 2, 3], std: 1e-5}\n"
)


def test_without_either() -> None:
    spec = load_text(small(STEPS))
    assert spec.about == About()
    assert spec.about.year is None
    assert spec.preprocess is None
    assert "about" not in spec.expanded()
    assert "preprocess" not in spec.expanded()


def test_they_are_what_is_written() -> None:
    spec = load_text(small(STEPS, before=ABOUT + PREPROCESS))
    assert spec.about == About(
        year=2015, paper='A "paper"', source="$nothing", note='x"""; import os #'
    )
    assert spec.preprocess == Preprocess(
        resize=Resize(filter="bicubic", shorter=9, longer="round", antialias=False),
        range=Range(0.0, 255.0),
        central_fraction=0.5,
        crop_offset="floor",
        channels="bgr",
        mean=(1.0, 2.0, 3.0),
        std=(1e-5,),
    )


def test_they_change_neither_the_network_nor_its_hash() -> None:
    bare, said = load_text(small(STEPS)), load_text(small(STEPS, before=ABOUT + PREPROCESS))
    assert said.hash == bare.hash
    assert to_text(said.graph()) == to_text(bare.graph())


def test_what_is_printed_reads_as_itself() -> None:
    spec = load_text(small(STEPS, before=ABOUT + PREPROCESS))
    again = load_text(spec.expanded())
    assert (again.about, again.preprocess) == (spec.about, spec.preprocess)
    assert again.expanded() == spec.expanded()


@pytest.mark.parametrize("key", ["paper", "source", "note"])
def test_a_text_has_bounds(key: str) -> None:
    longest = "a" * TEXT_AT_MOST
    spec = load_text(small(STEPS, before=f"about: {{{key}: {longest}}}\n"))
    assert getattr(spec.about, key) == longest
    assert codes_of(small(STEPS, before=f"about: {{{key}: {longest}a}}\n")) == ["NS204"]
    assert codes_of(small(STEPS, before=f"about: {{{key}: ''}}\n")) == ["NS204"]


@pytest.mark.parametrize("year", ["1899", "2101", "2015.0", "'2015'", "$width", "true"])
def test_a_year_is_a_year(year: str) -> None:
    assert codes_of(small(STEPS, before=f"about: {{year: {year}}}\n")) == ["NS204"]


def test_an_overlay_of_an_overlay_merges_what_is_said() -> None:
    spec = netspec.load("inception_v3")
    assert spec.about.year == 2015
    over = load_text("netspec: 1\nextends: inception_v3\nabout: {note: Mine}\n")
    assert over.about == About(
        year=2015, paper=spec.about.paper, source=spec.about.source, note="Mine"
    )
    assert over.preprocess == spec.preprocess
    assert over.hash == spec.hash


def test_a_fault_in_either_hides_no_other() -> None:
    text = small(
        "  - A: {op: conv, filters: 4, kernel: 30}\n",
        before="about: {year: long ago}\npreprocess: {resize: none}\n",
    )
    assert codes_of(text) == ["NS204", "NS203", "NS204", "NS401"]

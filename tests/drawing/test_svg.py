"""The SVG itself: well-formed, harmless, the same each time, readable in both themes."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET  # of our own text
from itertools import pairwise

import pytest
from texts import load_text

import netspec
from netspec.drawing.families import WORDS
from netspec.drawing.heat import MEASURES, step
from netspec.drawing.themes import DARK, HEAT, LIGHT, contrast, luminance, on

SVG = "{http://www.w3.org/2000/svg}"
READABLE, SEEN = 4.5, 1.9
"""Contrast that text must have (WCAG 2.2, AA), and that an edge has at least."""
THEMES = {"light": LIGHT, "dark": DARK}


def test_every_run_gives_the_same_bytes() -> None:
    code = "import netspec; print(netspec.load('inception_v4').svg(heat='macs'))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(runs) == 1


def test_it_is_well_formed_and_loads_nothing() -> None:
    text = netspec.load("inception_resnet_v2").svg()
    root = ET.fromstring(text)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "g", "path", "text", "circle"}
    assert not re.search(r"url\(|@import|href|http(?!://www.w3.org/2000/svg)| on\w+=", text)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


def test_every_class_has_its_rule() -> None:
    text = netspec.load("inception_v3").svg(heat="params") + netspec.load("nin").svg()
    used = {name for names in re.findall(r'class="([^"]*)"', text) for name in names.split()}
    told = set(re.findall(r"\.([a-z][\w-]*)", "".join(re.findall(r"<style>(.*?)</style>", text))))
    assert used - {"cross"} <= told


def test_no_rule_holds_outside_the_picture() -> None:
    (rules,) = re.findall(r"<style>(.*)</style>", netspec.load("nin").svg())
    selectors = re.sub(r"\{[^{}]*\}", ",", rules.replace("@media (prefers-color-scheme:dark){", ""))
    found = [one for one in selectors.replace("}", "").split(",") if one]
    assert len(found) > 50
    assert all(one.startswith(".netspec-auto ") for one in found)


def test_tooltips_tell_the_whole_step() -> None:
    root = ET.fromstring(netspec.load("inception_v3").svg())
    told = [element.text or "" for element in root.iter(f"{SVG}title")]
    (conv,) = [text for text in told if text.startswith("Mixed_5b/Branch_1/Conv2d_0b_5x5\n")]
    # 5 x 5 x 48 x 64 weights and 64 shifts of the norm; at each of 35 x 35 places
    assert "op: conv" in conv
    assert "filters: 64" in conv
    assert "35×35×48 → 35×35×64" in conv
    assert f"{5 * 5 * 48 * 64 + 64:,} parameters, {35 * 35 * 5 * 5 * 48 * 64:,} MACs" in conv


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read(theme: str) -> None:
    colours = THEMES[theme]
    fills = [t.fill for t in (*colours.families.values(), *colours.marks.values(), colours.same)]
    for fill in (*fills, colours.page, colours.frame.fill):
        assert contrast(colours.ink, fill) >= READABLE, fill
        assert contrast(colours.faded, fill) >= READABLE, fill
    assert set(WORDS) <= set(colours.families)


@pytest.mark.parametrize("theme", THEMES)
def test_edges_and_lines_can_be_seen(theme: str) -> None:
    colours = THEMES[theme]
    for tint in (*colours.families.values(), *colours.marks.values(), colours.same):
        assert contrast(tint.edge, colours.frame.fill) >= SEEN, tint
    assert contrast(colours.line, colours.frame.fill) >= 3


def test_heat_grows_darker_and_is_read_on() -> None:
    light = [luminance(colour) for colour in HEAT]
    assert light == sorted(light, reverse=True)
    assert all(before - after > 0.02 for before, after in pairwise(light))
    assert all(contrast(on(fill), fill) >= READABLE for fill in HEAT)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_hottest_step_is_the_most_costly(measure: str) -> None:
    spec = netspec.load("vgg16")
    amounts = MEASURES[measure].of(spec.graph())
    most = max(amounts.values())
    assert step(most, most) == len(HEAT) - 1
    assert step(0, most) == 0
    assert step(1, most) == 1
    text = spec.svg(heat=measure, unrolled=True)
    assert text.count('class="heat8"') == 1 + list(amounts.values()).count(most)


def test_auto_holds_both_themes_and_light_is_what_plain_readers_see() -> None:
    auto, light, dark = (netspec.load("nin").svg(theme=t) for t in ("auto", "light", "dark"))
    before, _, after = auto.partition("@media (prefers-color-scheme:dark)")
    assert LIGHT.page in before
    assert DARK.page in after
    assert DARK.page not in light
    assert LIGHT.families["conv"].fill not in dark


def test_what_is_written_about_a_spec_is_escaped() -> None:
    spec = load_text(
        "netspec: 1\nname: Net\ninput: {image: {height: 4, width: 4, channels: 1}}\n"
        "templates:\n  t: {params: {word: string}, steps: [A: {op: relu}, B: {op: relu}]}\n"
        "steps: [S: {use: t, with: {word: '<script>&\"]]>'}}]\noutputs: {S: {}}\n"
    )
    root = ET.fromstring(spec.svg())
    assert 'word: <script>&"]]>' in "".join(element.text or "" for element in root.iter())


def test_many_outputs_make_no_wide_sheet() -> None:
    steps = ", ".join(f"Long_name_of_a_step_{n}: {{op: relu}}" for n in range(40))
    outputs = ", ".join(f"Long_name_of_a_step_{n}: {{}}" for n in range(40))
    spec = load_text(
        "netspec: 1\nname: Net\ninput: {image: {height: 4, width: 4, channels: 1}}\n"
        f"steps: [{steps}]\noutputs: {{{outputs}}}\n"
    )
    assert float(ET.fromstring(spec.svg(columns=1)).get("width", "")) < 500


@pytest.mark.parametrize(
    "style",
    [{"theme": "pink"}, {"depth": 0}, {"columns": -1}, {"heat": "latency"}, {"direction": "up"}],
    ids=str,
)
def test_a_style_that_there_is_not_is_refused(style: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"is one of|is at least 1"):
        netspec.load("nin").svg(**style)

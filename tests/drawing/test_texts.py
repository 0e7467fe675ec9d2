"""Mermaid and DOT: every box and link once, and no word of a spec outside quotes."""

from __future__ import annotations

import json
import re

import pytest
from texts import load_text

import netspec
from netspec.drawing import dot, mermaid
from netspec.drawing.comparison import scene_of_changes
from netspec.drawing.pictures import Style, scene_of
from netspec.drawing.scene import Scene
from netspec.drawing.themes import HEAT

NAMES = ("inception_v3", "inception_resnet_v2", "resnet50_v2", "vgg16")
HOSTILE = (
    "netspec: 1\nname: Net\ninput: {image: {height: 4, width: 4, channels: 1}}\n"
    "templates:\n  t: {params: {word: string}, steps: [A: {op: relu}, B: {op: tanh}]}\n"
    "steps: [end: {use: t, with: {word: 'x\"] --> y; <b>\\N'}}, graph: {op: relu}]\n"
    "outputs: {graph: {}}\n"
)


def scenes() -> dict[str, Scene]:
    found = {name: scene_of(netspec.load(name), Style()) for name in NAMES}
    pair = netspec.load("inception_v1"), netspec.load("inception_v1.slim")
    return found | {
        "changes": scene_of_changes(*pair, Style()),
        "heat": scene_of(netspec.load("nin"), Style(heat="macs")),
        "hostile": scene_of(load_text(HOSTILE), Style()),
    }


SCENES = scenes()


@pytest.mark.parametrize("name", SCENES)
def test_mermaid_has_every_box_and_link(name: str) -> None:
    scene = SCENES[name]
    lines = mermaid.render(scene).splitlines()
    boxes = list(scene.body.boxes())
    front, title, back, chart, *body = lines
    assert (front, back, chart) == ("---", "---", "flowchart TB")
    assert json.loads(title.removeprefix("title: ")) == scene.name
    nodes = [m for line in body if (m := re.fullmatch(r' *(n\d+)(\W+)"([^"]*)"(\W+)', line))]
    assert [node[1] for node in nodes] == [f"n{n}" for n in range(1, len(boxes) + 1)]
    links = [line for line in body if re.fullmatch(r' *n\d+ (-->|-\.->)(\|"[^"]*"\|)? n\d+', line)]
    assert len(links) == sum(len(box.takes) for box in boxes)
    opened = sum(line.lstrip().startswith("subgraph ") for line in body)
    assert opened == sum(line.strip() == "end" for line in body)


@pytest.mark.parametrize("name", SCENES)
def test_mermaid_says_nothing_outside_quotes_but_its_own_words(name: str) -> None:
    for line in mermaid.render(SCENES[name]).splitlines()[3:]:
        bare = re.sub(r'"[^"]*"', "", line)
        assert re.fullmatch(
            r" *(n\d+[\[\](){}]+|n\d+ (-->|-\.->)(\|\|)? n\d+|subgraph g\d+\[\]|end"
            r"|flowchart (TB|LR)|class [gn\d,]+ \w+_"
            r"|classDef \w+_ fill:#\w{6},stroke:#\w{6},color:#\w{6})",
            bare,
        ), line


@pytest.mark.parametrize("name", SCENES)
def test_dot_has_every_box_and_link(name: str) -> None:
    scene = SCENES[name]
    tokens = _tokens(dot.render(scene))
    boxes = list(scene.body.boxes())
    links = [(tokens[at - 1], tokens[at + 1]) for at, token in enumerate(tokens) if token == "->"]
    assert [(json.loads(a), json.loads(b)) for a, b in links] == [
        (value, box.path) for box in boxes for value in box.takes
    ]
    assert tokens.count("{") == tokens.count("}")


def _tokens(text: str) -> list[str]:
    """DOT's tokens by the grammar of its manual: quoted strings, words, numbers, signs."""
    token = re.compile(r'"(?:[^"\\]|\\.)*"|->|[A-Za-z_][A-Za-z_0-9]*|-?[\d.]+|[{}\[\]=;,]|(\s+)')
    found, at = [], 0
    while at < len(text):
        match = token.match(text, at)
        assert match, text[at : at + 80]
        at = match.end()
        if not match[1]:
            found.append(match[0])
    return found


def test_heat_is_in_the_texts_too() -> None:
    hottest = HEAT[-1]
    assert hottest in mermaid.render(SCENES["heat"])
    assert dot.render(SCENES["heat"]).count(f'fillcolor="{hottest}"') == 1


def test_hostile_words_stay_within_their_quotes() -> None:
    scene = SCENES["hostile"]
    assert "<b>" not in mermaid.render(scene)
    assert '"] -->' not in mermaid.render(scene)
    assert r"\N" not in dot.render(scene).replace(r"\\N", "")

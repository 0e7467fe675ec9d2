"""The examples of a first overlay: each is right, alone and with the others, and does something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import netspec
from netspec import bundled
from netspec.limits import DEFAULT
from netspec.spec import Spec
from netspec.starting import network_text, overlay_text

EXAMPLE = re.compile(r"^# ((?:params|defaults|patch):.*|  .*)$", re.MULTILINE)
PLAIN = """netspec: 1
name: {name}
params: {{word: "true", half: 0.5, text: a b}}
input: {{image: {{height: 8, width: 8, channels: 3}}}}
steps: [{{Act: {{op: relu}}}}, {{Flat: {{op: flatten}}}}]
outputs: {{Flat: {{}}}}
"""


@pytest.fixture(params=bundled.specs())
def base(request: pytest.FixtureRequest) -> tuple[str, Spec]:
    return request.param, netspec.load(request.param)


def load(folder: Path, text: str) -> Spec:
    path = folder / "first.yaml"
    path.write_text(text, encoding="utf-8")
    spec = netspec.load(path)
    spec.graph()
    return spec


def apart(text: str) -> Iterator[str]:
    """The text with one of its examples in effect, for each of them."""
    head = EXAMPLE.sub("", text)
    for block in re.findall(r"(?:^# (?:(?:params|defaults|patch):|  ).*\n)+", text, re.MULTILINE):
        first, *rest = EXAMPLE.findall(block)
        each = rest if first == "patch:" else ["\n".join(rest)]
        yield from (f"{head}\n{first}\n{one}\n" for one in each)


@pytest.mark.slow
def test_every_example_of_a_bundled_spec_is_right(base: tuple[str, Spec], tmp_path: Path) -> None:
    name, spec = base
    text = overlay_text("first", name, spec, tmp_path, DEFAULT)
    assert load(tmp_path, text).hash == spec.hash
    assert load(tmp_path, EXAMPLE.sub(r"\1", text)).hash != spec.hash
    for one in apart(text):
        params_alone = "\nparams:" in one
        assert (load(tmp_path, one).hash == spec.hash) == params_alone, one


def test_inception_has_an_example_of_every_kind(tmp_path: Path) -> None:
    spec = netspec.load("inception_v3")
    text = overlay_text("first", "inception_v3", spec, tmp_path, DEFAULT)
    kinds = ("params:", "num_classes: 1000", "defaults: {conv", "patch:")
    assert all(f"# {kind}" in text or f"#   {kind}" in text for kind in kinds)
    assert all(f"{verb}: " in text for verb in ("set", "was", "insert_after", "remove"))
    assert len(list(apart(text))) == 5


def test_what_has_no_example_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(PLAIN.format(name="Plain"), encoding="utf-8")
    spec = netspec.load(tmp_path / "base.yaml")
    text = overlay_text("first", "base.yaml", spec, tmp_path, DEFAULT)
    assert "defaults" not in EXAMPLE.sub("", text)
    assert "set:" not in text
    assert load(tmp_path, EXAMPLE.sub(r"\1", text)).tree.params == spec.tree.params


@pytest.mark.parametrize(
    ("stem", "name"), [("true", "true"), ("null", "null"), ("Net", "Net"), ("a-b.c_", "a_b_c_")]
)
def test_a_file_s_stem_names_its_network(stem: str, name: str, tmp_path: Path) -> None:
    assert load(tmp_path, network_text(stem)).name == name
    base = netspec.load("inception_v3")
    assert load(tmp_path, overlay_text(stem, "inception_v3", base, tmp_path, DEFAULT)).name == name

"""Name maps: what is read from them, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec import bundled
from netspec.diagnostics import Source, SpecError
from netspec.reading.reader import read_text
from netspec.weights import naming
from netspec.weights.formats import FORMATS, named
from netspec.weights.naming import NameMap
from netspec.weights.plan import tensors
from netspec.weights.porting import names_for

MAPS = sorted(bundled.names_folder().glob("*.yaml"))
KERAS, SLIM, TORCH = FORMATS["keras"], FORMATS["slim"], FORMATS["torchvision"]


def read(text: str, form: str = "torchvision") -> NameMap:
    return naming.of_document(read_text(Source("net.yaml", f"names: 1\n{text}")), named(form))


def test_blocks_patterns_and_exceptions_give_a_step_its_module() -> None:
    found = read(
        """
own: "{}.conv"
norm: "{}.bn"
modules:
  - Conv
  - Other: other
  - Logits/Conv: {own: fc, as: dense}
  - at: {Mixed_1: inception1, Mixed_2: inception2_}
    modules:
      - Branch_0/Conv: branch1
"""
    )
    assert found.module("Conv") == naming.Module("Conv.conv", "Conv.bn")
    assert found.module("Other") == naming.Module("other.conv", "other.bn")
    assert found.module("Logits/Conv") == naming.Module("fc", "", "dense")
    both = naming.Module("inception1.branch1.conv", "inception1.branch1.bn")
    assert found.module("Mixed_1/Branch_0/Conv") == both
    joined = naming.Module("inception2_branch1.conv", "inception2_branch1.bn")
    assert found.module("Mixed_2/Branch_0/Conv") == joined
    assert found.module("Mixed_3/Branch_0/Conv") is None


def test_keras_numbers_count_what_is_listed_without_a_name() -> None:
    found = read(
        """
numbered: {own: conv2d, norm: batch_normalization}
modules:
  - First
  - Named: {own: predictions}
  - at: [A, B]
    modules: [Conv]
saved: [0, 3, 2, 1]
""",
        "keras",
    )
    assert found.module("First") == naming.Module("conv2d", "batch_normalization")
    assert found.module("A/Conv") == naming.Module("conv2d_1", "batch_normalization_1")
    assert found.module("B/Conv") == naming.Module("conv2d_2", "batch_normalization_2")
    assert [name for name in found.saved if "conv" in name] == ["conv2d", "conv2d_2", "conv2d_1"]


def test_what_is_not_listed_may_be_called_by_its_path() -> None:
    found = read("prefix: Net/\nunlisted: same\n", "slim")
    assert found.module("A/B") == naming.Module("A/B", "A/B/BatchNorm")
    assert found.prefix == "Net/"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("moduls: []", 2, "no key `moduls`"),
        ("modules: {a: b}", 2, "a list of modules"),
        ("modules: [{a: b, c: d}]", 2, "an item is"),
        ("modules:\n  - Conv\n  - Conv: conv", 4, "Conv is listed twice"),
        ("modules:\n  - A: same\n  - B: same", 4, "same is the name of A and of B"),
        ("modules:\n  - 'a b'", 3, "named by its path"),
        ("modules:\n  - A: '../x y'", 3, "a name holds"),
        ("modules:\n  - A: {as: dense}", 3, "`own`, `norm` or both"),
        ("modules:\n  - A: {own: a, as: recurrent}", 3, "`as` is conv or dense"),
        ("modules:\n  - A: {own: a, is: dense}", 3, "no key `is`"),
        ("modules:\n  - at: [A]", 3, "`at` goes with `modules`"),
        ("modules:\n  - at: {A: '*'}\n    modules: [B]", 3, "`at` lists paths"),
        ("modules: [A, B]\nsaved: [0, 0]", 3, "`saved` orders the 2 modules"),
        ("modules: [A, B]\nsaved: [0]", 3, "`saved` orders the 2 modules"),
        ("modules: [A, B]\nsaved: 1", 3, "`saved` orders the 2 modules"),
        ("own: conv", 2, "`own` is no such name"),
        ("gamma: 1", 2, "`gamma` is of another type"),
        ("unlisted: other", 2, "`unlisted` is `same`"),
        ("numbered: conv2d", 2, "`numbered` is {own"),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, line: int, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        read(text)
    (found, *_) = caught.value.diagnostics
    assert found.code == "NS622"
    assert message in found.message
    assert found.span is not None
    assert found.span.line == line


def test_a_map_states_its_version() -> None:
    for text in ("modules: []", "names: 2\nmodules: []", "names: true\nmodules: []"):
        with pytest.raises(SpecError, match="names: 1"):
            naming.of_document(read_text(Source("net.yaml", text)), SLIM)


def test_a_map_that_is_another_s_says_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "net.torchvision.yaml").write_text("names: 1\nmodules: [A]\n")
    other = tmp_path / "net.timm.yaml"
    other.write_text("names: 1\nsame_as: torchvision\n")
    assert naming.read(other, FORMATS["timm"]).module("A") == naming.Module("A", "A")
    for text in ("same_as: timm", "same_as: ../x", "same_as: torchvision\nprefix: a"):
        other.write_text(f"names: 1\n{text}\n")
        with pytest.raises(SpecError, match="same_as"):
            naming.read(other, FORMATS["timm"])


@pytest.mark.parametrize("path", MAPS, ids=lambda path: path.name)
def test_a_bundled_map_belongs_to_a_spec_and_a_format(path: Path) -> None:
    spec, _, form = path.stem.rpartition(".")
    assert spec in bundled.specs()
    found = naming.read(path, named(form))
    if path.read_text().count("same_as") == 0:
        assert found.source == str(path)


@pytest.mark.parametrize("path", MAPS, ids=lambda path: path.name)
def test_a_bundled_map_names_steps_that_there_are(path: Path) -> None:
    """In the spec itself or one of its dialects."""
    spec, _, form = path.stem.rpartition(".")
    dialects = [each for each in bundled.specs() if each.partition(".")[0] == spec]
    steps = {node.step for each in dialects for node in netspec.load(each).graph().nodes}
    assert set(naming.read(path, named(form)).modules) <= steps


def test_a_name_map_gives_two_weights_no_one_name() -> None:
    """The plan of a whole network is a bijection: what the spec names twice is refused."""
    spec = netspec.load("inception_v3")
    clash = read(
        "unlisted: same\nmodules: [{Conv2d_2a_3x3: Conv2d_1a_3x3}]\nnorm: '{}/BatchNorm'", "slim"
    )
    with pytest.raises(SpecError, match="gives one name to") as caught:
        tensors(spec.graph(), clash, SLIM)
    assert caught.value.diagnostics[0].code == "NS622"


def test_an_overlay_uses_its_base_s_map(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("netspec: 1\nextends: inception_v3\nparams: {num_classes: 7, aux: false}\n")
    spec = netspec.load(mine)
    assert Path(names_for(spec.documents, SLIM).source).name == "inception_v3.slim.yaml"


def test_a_spec_without_a_map_is_told_which_have_one(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "netspec: 1\nname: Mine\ninput: {image: {height: 8, width: 8, channels: 3}}\n"
        "steps: [{Conv: {op: conv, filters: 4, kernel: 3}}]\noutputs: {Conv: {}}\n"
    )
    with pytest.raises(SpecError) as caught:
        names_for(netspec.load(mine).documents, KERAS)
    (found,) = caught.value.diagnostics
    assert found.code == "NS621"
    assert "inception_v3" in found.hints[0]


def test_a_format_that_there_is_not_is_told() -> None:
    with pytest.raises(SpecError, match="did you mean torchvision") as caught:
        named("torchvison")
    assert caught.value.diagnostics[0].code == "NS621"

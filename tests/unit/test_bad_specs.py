"""One bad spec for each diagnostic code: it gives that code, at a place, in words worth reading."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from texts import HEAD, codes_of

from netspec.codes import CODES, FAMILIES
from netspec.diagnostics import Source, SpecError
from netspec.loading import from_document
from netspec.reading.characters import decode
from netspec.reading.reader import read_text

BAD = Path(__file__).parents[1] / "bad"
ROOT = BAD.parents[1]
SPECS = sorted(BAD.glob("NS*.yaml"))
# Codes that no text of a readable size can cause, and where their tests are.
ELSEWHERE = {
    "NS101": "a path: tests of reading files",
    "NS102": "a file of more than 1 MiB: test_bad_inputs.py",
    "NS117": "400,000 values: below",
    "NS118": "a string of 4,097 characters: below",
    "NS120": "an overlay in a file: test_extending.py",
    "NS208": "an option: language/test_settings.py",
    "NS316": "an option: language/test_settings.py",
    "NS501": "a fault of the compiler: ir/test_verify.py",
    "NS502": "a crash",
    "NS601": "a backend",
    "NS602": "a backend's name",
    "NS603": "a backend that is not installed",
    "NS604": "a weights file",
    "NS605": "a weights file",
    "NS606": "an output that can't be written",
    "NS651": "a sweep: sweeping/test_points.py",
    "NS652": "a sweep: sweeping/test_sweep.py",
    "NS653": "a sweep: sweeping/test_command.py",
    "NS654": "a sweep: sweeping/test_ray.py",
    "NS701": "an image: images/test_decoding.py",
    "NS702": "an image: images/test_decoding.py",
    "NS703": "predict: images/test_preparing.py",
    "NS704": "predict: images/test_reading.py",
    "NS705": "a labels file: images/test_labels.py",
    "NS621": "weights of a spec without names: weights/test_porting.py",
    "NS622": "a map of names: weights/test_naming.py",
    "NS641": "a picture: drawing/test_scene.py and test_command.py",
    "NS642": "a machine without fonts: drawing/test_command.py",
    "NS631": "an ONNX file: exports/test_hostile_models.py",
    "NS632": "an ONNX file: exports/test_torchvision.py",
}


def refusal(path: Path) -> SpecError:
    source = decode(path.name, path.read_bytes())
    from_document(read_text(source)).graph()
    raise AssertionError(f"{path.name} was accepted")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_bad_spec_gives_its_code_alone(path: Path, golden: Callable[[Path, str], None]) -> None:
    with pytest.raises(SpecError) as caught:
        refusal(path)
    found = caught.value.diagnostics
    assert {d.code for d in found} == {path.stem}
    for diagnostic in found:
        span = diagnostic.span
        assert span is not None
        assert span.line >= 1
        assert span.column >= 1
        assert span.source.name == path.name
    golden(path.with_suffix(".txt"), f"{caught.value}\n")


def test_every_code_has_a_bad_spec_or_a_reason() -> None:
    assert {path.stem for path in SPECS}.isdisjoint(ELSEWHERE)
    assert {path.stem for path in SPECS} | ELSEWHERE.keys() == CODES.keys()


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in BAD.glob("*.txt")} == {path.stem for path in SPECS}


def test_no_code_is_dead() -> None:
    """Every code stands in the source of netspec or of a backend, outside the table of codes."""
    sources = [p for f in ("netspec", "backends") for p in (ROOT / f).rglob("*.py")]
    text = "\n".join(p.read_text(encoding="utf-8") for p in sources if p.name != "codes.py")
    used = set(re.findall(r"\bNS\d{3}\b", text))
    assert used <= CODES.keys()
    assert CODES.keys() <= used


def test_the_page_of_every_code_is_whole() -> None:
    assert len({code.name for code in CODES.values()}) == len(CODES)
    assert {code[2] for code in CODES} == FAMILIES.keys()
    for code in CODES.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code.name)
        assert code.meaning.endswith(".")
        assert code.cure


def test_too_many_values() -> None:
    # a key and its value, 200,000 times and more; the file would be over 1 MiB if keys were longer
    with pytest.raises(SpecError) as caught:
        read_text(Source("spec.yaml", f"{HEAD}x-long: [{','.join('1' * 400_000)}]\n"))
    assert [d.code for d in caught.value.diagnostics] == ["NS117"]


def test_too_long_a_string() -> None:
    assert codes_of(f"{HEAD}x-long: {'a' * 4097}\n") == ["NS118"]

"""Limits: told where they are met, raised where that is allowed, and what they guard goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from texts import codes_of, faults_of, small

import netspec
from netspec.cli.limiting import limits_of
from netspec.cli.main import main
from netspec.codes import CODES
from netspec.diagnostics import Source, SpecError
from netspec.limits import BOUNDS, DEFAULT, Limits, table, value_text
from netspec.loading import from_document
from netspec.reading.reader import read_text
from netspec.spec import Spec

CONV = "  - A: {op: conv, filters: 4, kernel: 3}\n"


def load(text: str, **raised: int) -> Spec:
    limits = Limits(**raised)
    return from_document(read_text(Source("spec.yaml", text), limits), limits=limits)


# the option


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("parameters=4G", "parameters", 4_000_000_000),
        ("layers=30000", "layers", 30_000),
        ("layers=30,000", "layers", 30_000),
        ("layers=30_000", "layers", 30_000),
        ("layers=30k", "layers", 30_000),
        ("file-bytes=2M", "file_bytes", 2_000_000),
        ("file_bytes=2M", "file_bytes", 2_000_000),
        ("tensor-elements=1E", "tensor_elements", 10**18),
    ],
)
def test_a_limit_is_given_as_people_write_numbers(text: str, name: str, value: int) -> None:
    assert getattr(limits_of([text]), name) == value


def test_the_last_of_two_wins_and_the_others_stay() -> None:
    found = limits_of(["layers=10", "layers=20", "depth=70"])
    assert found == Limits(layers=20, depth=70)
    assert limits_of([]) is DEFAULT


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("layer=3", "there is no limit `layer`", "did you mean layers?"),
        ("paramters=3", "there is no limit `paramters`", "did you mean parameters?"),
        ("speed=3", "there is no limit `speed`", "limits: file-bytes, depth, values,"),
        ("layers", "a limit is given as --limit NAME=N", ""),
        ("layers=", "takes a number such as 30000, 30,000 or 30k, not ''", ""),
        ("layers=many", "not 'many'", ""),
        ("layers=3.5k", "not '3.5k'", ""),
        ("layers=30,00", "not '30,00'", ""),
        ("layers=-1", "not '-1'", ""),
        ("layers=0", "`layers` is 1 to 1,000,000, not 0", ""),
        ("depth=1000", "`depth` is 1 to 100, not 1,000", "checks call themselves once a level"),
        ("file-bytes=1T", "`file-bytes` is 1 to 64,000,000", "of memory"),
        ("dimension=4G", "`dimension` is 1 to 2,147,483,647", "32 bits"),
    ],
)
def test_what_is_no_limit(text: str, message: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        limits_of([text])
    (found,) = caught.value.diagnostics
    assert found.code == "NS208"
    assert message in found.message
    assert hint in " ".join(found.hints)


def test_python_refuses_the_same() -> None:
    with pytest.raises(ValueError, match="limit depth is 1 to 100: checks call"):
        Limits(depth=101)
    with pytest.raises(ValueError, match="limit layers is 1 to 1,000,000"):
        Limits(layers=0)
    for value in (3.0, True, "3"):
        with pytest.raises(TypeError, match="limit layers takes an int"):
            Limits(layers=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("command", ["check", "show", "draw", "expand", "source --to torch"])
def test_every_command_that_takes_a_spec_has_the_option(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(small(CONV + CONV.replace("A", "B")), encoding="utf-8")
    assert main([*command.split(), str(file), "--limit", "layers=1"]) == 2
    assert "NS409" in capsys.readouterr().err


# what is said where one is met


@pytest.mark.parametrize("name", BOUNDS)
def test_a_hint_gives_the_option_that_goes_further(name: str) -> None:
    bound = BOUNDS[name]
    (hint,) = DEFAULT.hints(name)
    if bound.ceiling == bound.default:
        assert f"{bound.option} can't be raised past {bound.ceiling:,}" in hint
        return
    assert hint.startswith("if it is meant, raise the limit: --limit ")
    raised = getattr(limits_of([hint.split()[-1]]), name)
    assert bound.default < raised <= bound.ceiling
    highest = Limits(**{name: bound.ceiling})
    (hint,) = highest.hints(name)
    assert bound.beyond in hint


def test_a_hint_goes_as_far_as_is_wanted() -> None:
    (hint,) = DEFAULT.hints("layers", 123_456)
    assert hint.endswith("--limit layers=200k")
    (hint,) = DEFAULT.hints("layers", 1_000_001)
    assert "can't be raised past 1,000,000" in hint


@pytest.mark.parametrize(
    ("value", "text"), [(4096, "4096"), (40_000, "40k"), (4 * 10**9, "4G"), (10**18, "1E")]
)
def test_how_a_number_is_written(value: int, text: str) -> None:
    assert value_text(value) == text


def test_codes_name_their_limits() -> None:
    pages = " ".join(code.meaning for code in CODES.values())
    for bound in BOUNDS.values():
        assert bound.option in pages
        assert f"{bound.default:,}" in pages


def test_the_table_has_a_row_for_every_limit() -> None:
    rows = table().splitlines()
    assert len(rows) == 2 + len(BOUNDS)
    assert all(row.count("|") == 6 for row in rows)
    assert any(row.startswith("| `layers` | 20,000 | 1,000,000 |") for row in rows)


# beyond the default: refused with the hint, and fine with what the hint says


def test_a_file_of_two_mebibytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(small(CONV) + "# a line of notes\n" * 120_000, encoding="utf-8")
    assert file.stat().st_size > 2 << 20
    assert main(["check", str(file)]) == 2
    err = capsys.readouterr().err
    assert "NS102" in err
    assert "raise the limit: --limit file-bytes=3M" in err
    assert main(["check", str(file), "--limit", "file-bytes=3M"]) == 0


def test_more_values() -> None:
    text = f"{small(CONV)}x-long: [{','.join('1' * 400_000)}]\n"
    (found,) = faults_of(text)
    assert (found.code, found.hints[0].split()[-1]) == ("NS117", "values=800k")
    assert load(text, values=800_000)


def test_a_longer_string() -> None:
    text = f"{small(CONV)}x-long: {'a' * 5_000}\n"
    (found,) = faults_of(text)
    assert (found.code, found.hints[0].split()[-1]) == ("NS118", "string-length=9k")
    assert load(text, string_length=9_000)


def test_a_longer_number() -> None:
    text = f"{small(CONV)}x-long: {'9' * 100}\n"
    (found,) = faults_of(text)
    assert (found.code, found.hints[-1].split()[-1]) == ("NS115", "number-length=200")
    assert load(text, number_length=200)


@pytest.mark.parametrize("where", ["x-deep", "steps"])
def test_deeper_values(where: str) -> None:
    deep = f"x-deep: {'[' * 90}1{']' * 90}"
    text = f"{small(CONV)}{deep}\n"
    if where == "steps":
        text = small(CONV.replace("kernel: 3", f"kernel: 3, {deep}"))
    (found,) = faults_of(text)
    assert (found.code, found.hints[0].split()[-1]) == ("NS116", "depth=100")
    assert load(text, depth=100).expanded()


def test_no_depth_up_to_the_ceiling_exhausts_the_stack() -> None:
    assert load(small(CONV) + f"x-a: {'{b: ' * 97}1{'}' * 97}\n", depth=100)
    with pytest.raises(SpecError) as caught:
        load(small(CONV, before=f"params: {{a: {'[' * 97}1{']' * 97}}}\n"), depth=100)
    assert {d.code for d in caught.value.diagnostics} == {"NS204"}


def test_longer_and_deeper_expressions() -> None:
    long = small(CONV.replace("filters: 4", f"filters: '${{{'+'.join(['1'] * 150)}}}'"))
    (found,) = faults_of(long)
    assert (found.code, found.hints[0].split()[-1]) == ("NS309", "expression-length=400")
    assert load(long, expression_length=400).graph().outputs
    deep = small(CONV.replace("filters: 4", f"filters: '${{{'(' * 50}1{')' * 50}}}'"))
    (found,) = faults_of(deep)
    assert (found.code, found.hints[0].split()[-1]) == ("NS309", "expression-depth=40")
    assert load(deep, expression_depth=60).graph().outputs
    inside = f"templates: {{t: {{params: {{f: int}}, op: conv, filters: {'$f'}, kernel: 1}}}}\n"
    used = f"  - A: {{use: t, with: {{f: '${{{'+'.join(['1'] * 150)}}}'}}}}\n"
    assert codes_of(small(used, before=inside)) == ["NS309"]
    assert load(small(used, before=inside), expression_length=400)


def test_thirty_thousand_layers() -> None:
    steps = '  - "A{m}": {op: relu, for: {m: 1..30000}}\n'
    text = small(steps, outputs="{A30000: {}}")
    (found,) = faults_of(text)
    assert (found.code, found.hints[0].split()[-1]) == ("NS409", "layers=40k")
    assert len(load(text, layers=40_000).graph().nodes) == 30_000


def test_steps_are_twice_the_layers() -> None:
    steps = '  - "A{m}": {for: {m: 1..9}, op: relu, when: false}\n' + CONV
    with pytest.raises(SpecError) as caught:
        load(small(steps), layers=4)
    assert "more than 8 layers" not in str(caught.value)
    assert load(small(steps), layers=9)


def test_more_parameters_than_would_be_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "large.yaml"
    wide = "  - V: {op: flatten}\n  - A: {op: dense, filters: 20000000}\n"
    file.write_text(small(wide), encoding="utf-8")
    assert main(["check", str(file)]) == 2
    err = capsys.readouterr().err
    assert "NS408" in err
    assert "--limit parameters=5G" in err
    arguments = [str(file), "--limit", "parameters=5G", "--json"]
    assert main(["check", *arguments]) == 0
    capsys.readouterr()
    assert main(["show", *arguments]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["params"]["total"] == (8 * 8 * 3 + 1) * 20_000_000


def test_a_larger_value() -> None:
    text = small("  - A: {op: relu}\n").replace(
        "height: 8, width: 8", f"height: {2**20}, width: {2**20}"
    )
    (found,) = faults_of(text)
    assert (found.code, found.hints[0].split()[-1]) == ("NS408", "tensor-elements=4T")
    assert load(text, tensor_elements=4 * 10**12).summary()


def test_a_dimension_is_not_raised() -> None:
    text = small("  - A: {op: relu}\n").replace("height: 8", f"height: {2**31}")
    (found,) = faults_of(text)
    (hint,) = found.hints
    assert "dimension can't be raised past 2,147,483,647: frameworks count" in hint


def test_an_overlay_s_base_has_the_same_limits(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(small(CONV) + "# more\n" * 200_000, encoding="utf-8")
    over = tmp_path / "over.yaml"
    over.write_text("netspec: 1\nname: Over\nextends: base.yaml\n", encoding="utf-8")
    with pytest.raises(SpecError):
        netspec.load(over)
    assert netspec.load(over, limits=netspec.Limits(file_bytes=2_000_000)).name == "Over"

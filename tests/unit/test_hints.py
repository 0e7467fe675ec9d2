"""What a message suggests for slips that people make: each with the words that help."""

from __future__ import annotations

from pathlib import Path

import pytest
from texts import HEAD, faults_of, small

from netspec.diagnostics import SpecError
from netspec.language.settings import from_options
from netspec.loading import load_with

SPECS = Path(__file__).parents[2] / "specs"


def hints_of(text: str) -> str:
    (found,) = faults_of(text)
    return " ".join(found.hints)


@pytest.mark.parametrize(
    "step",
    [
        "{op: conv, filters: pool, kernel: 1}",
        "{op: conv, filters: 3, kernel: [1, pool]}",
        "{op: relu, when: pool}",
        "{use: t, with: {n: pool}}",
    ],
)
def test_a_forgotten_dollar(step: str) -> None:
    before = (
        "params: {pool: 3}\ntemplates: {t: {params: {n: int}, op: conv, filters: $n, kernel: 1}}\n"
    )
    assert "did you mean $pool, the parameter?" in hints_of(
        small(f"  - A: {step}\n", before=before)
    )


def test_a_forgotten_dollar_of_a_template_s_or_a_loop_s_own() -> None:
    templates = "templates: {t: {params: {n: int}, op: conv, filters: n, kernel: 1}}\n"
    used = small("  - A: {use: t, with: {n: 1}}\n", before=templates)
    assert "did you mean $n, the parameter?" in hints_of(used)
    loop = '  - "A{m}": {op: conv, filters: m, kernel: 1, for: {m: 1..2}}\n'
    assert "did you mean $m, the parameter?" in hints_of(small(loop, outputs="{A1: {}}"))
    inside = '  - "A{m}": {for: {m: 1..2}, steps: [{B: {op: conv, filters: m, kernel: 1}}]}\n'
    assert "did you mean $m, the parameter?" in hints_of(small(inside, outputs="{A1: {}}"))


def test_a_word_that_is_no_parameter_in_reach_is_not_taken_for_one() -> None:
    templates = "templates: {t: {params: {n: int}, op: relu}}\n"
    text = small("  - A: {op: conv, filters: n, kernel: 1}\n", before=templates)
    assert "$" not in hints_of(text)


@pytest.mark.parametrize(
    ("step", "hint"),
    [
        ("{op:conv}", "did you mean `op: conv`, with a space after the colon?"),
        ("{op:conv, filters: 3, kernel: 1}", "did you mean `op: conv`, with a space"),
        ("{filters: 3, op:conv}", "did you mean `op: conv`, with a space"),
        ("{op: conv, filters:3, kernel: 1}", "did you mean `filters: 3`, with a space"),
        ("{op: conv, filters: 3, kernel: 1, kernal_size: 3}", "did you mean kernel or"),
        ("{op: conv, filters: 3, kernel: 1, kernel_size: 3}", "did you mean kernel or"),
        ("{op: conv, out_channels: 3, kernel: 1}", "did you mean filters?"),
        ("{op: conv, filters: 3, kernel: 1, strides: 2}", "did you mean stride?"),
        ("{op: conv, filters: 3, kernel: 1, use_bias: false}", "did you mean bias?"),
        ("{op: conv, filters: 3, kernel: 1, activation: swish}", "did you mean silu"),
        ("{op: linear, filters: 3}", "did you mean dense?"),
        ("{op: batch_norm, momentum: 0.9}", "1 - momentum of torch"),
        ("{op: conv, filters: 3, kernel: 1, norm: {op: batch_norm, eps: 1.0}}", "epsilon?"),
        ("{op: conv, filters: 3, kernel: 1, norm: {op: batch_norm, momentum: 1}}", "1 - momentum"),
        ("{op: dropout, rate: 0.2}", "1 - rate"),
        ("{op: conv, filters: 4, kernel: 1, groups: 2}", "only 1 divides both"),
    ],
)
def test_a_slip_in_a_step(step: str, hint: str) -> None:
    found = faults_of(small(f"  - A: {step}\n"))
    assert any(hint in " ".join(d.hints) for d in found)


def test_what_a_template_leaves_to_the_steps_that_use_it() -> None:
    text = small("  - A: {op: relu}\n", before="templates: {t: {op: relu, when: true}}\n")
    assert hints_of(text) == "a template has no `when`: write it at the steps that use it"


def test_a_key_that_a_spec_lacks_is_shown() -> None:
    (found,) = faults_of(small("  - A: {op: relu}\n").replace("netspec: 1\n", ""))
    assert found.hints == ("such as netspec: 1",)


def test_an_output_whose_head_is_gone() -> None:
    text = small("  - A: {op: relu}\n", outputs="{A: {}, AuxLogits: {}}")
    hints = hints_of(text)
    assert "delete the output, or add a step or a head of its name" in hints
    assert "the last step is A" in hints


def test_an_output_that_is_the_input() -> None:
    assert hints_of(small("  - A: {op: relu}\n", outputs="{image: {}}")) == "the last step is A"


@pytest.mark.parametrize("indent", [0, 1, 3, 4])
def test_an_item_in_a_column_of_its_own(indent: int) -> None:
    steps = f"  - A: {{op: relu}}\n{' ' * indent}- B: {{op: relu}}\n"
    line = HEAD.count("\n") + 2
    assert f"if it goes on the list of line {line}, put this `-` at column 3" in hints_of(
        small(steps)
    )


def test_a_minus_sign_is_no_item() -> None:
    assert "list of line" not in hints_of("a:\n  - b\n -3\n")


@pytest.mark.parametrize("last", ["99999999", "99999999999", "9" * 50])
def test_a_range_that_is_far_too_long(last: str) -> None:
    steps = f'  - "A{{m}}": {{op: relu, for: {{m: 1..{last}}}}}\n'
    (found,) = faults_of(small(steps, outputs="{A1: {}}"))
    assert found.code == "NS409"
    assert " rows; a network holds 20,000 layers" in found.message


@pytest.mark.parametrize(
    ("assignment", "code", "hint"),
    [
        ("Mixed_5b.with.pool=3", "NS208", "patch: [{at: Mixed_5b, set: {with: {pool: …}}}]"),
        ("Mixed_5b.with={pool: 3}", "NS202", "patch: [{at: Mixed_5b, set: {with: …}}]"),
        ("Mixed_5b.pool=3", "NS202", "`pool` is an argument of template mixed_35"),
        ("Mixed_5b.defaults={conv: {padding: same}}", "NS202", "set: {defaults: …}"),
        ("Conv2d_1a_3x3.defaults=3", "NS202", "set: {defaults: …}"),
        ("Conv2d_1a_3x3.padding.top=3", "NS208", "--set 'Conv2d_1a_3x3.padding={top: …}'"),
        ("Conv2d_1a_3x3.norm.decay=1", "NS208", "--set 'Conv2d_1a_3x3.norm={op: …, decay: …}'"),
        ("input.image.height=3", "NS208", "--input 224x224"),
        ("input.image=3", "NS316", "--input 224x224"),
        ("defaults.conv.norm=none", "NS208", "an overlay merges other defaults"),
        ("params.num_classes=3", "NS316", "a parameter is set by its name alone"),
        ("templates.mixed_35.op=add", "NS208", "change the template in an overlay"),
        ("outputs.Logits.loss_weight=1", "NS208", "an overlay states `outputs:` anew"),
        ("Mixed_5z/Branch_1.kernel=3", "NS316", "Mixed_5b/Branch_1"),
        ("Mixed_5b/Branch_1/kernel=3", "NS208", "behind a dot"),
    ],
)
def test_what_is_set_otherwise(assignment: str, code: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_with("inception_v3", from_options([assignment]))
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert hint in " ".join(found.hints)


# `expect`: what follows from the first that fails is not told again


def test_the_first_expect_that_fails_is_told_alone_with_what_it_was_given() -> None:
    text = (SPECS / "inception_v3.yaml").read_text(encoding="utf-8")
    slip = "MaxPool_5a_3x3: {op: max_pool, kernel: 3, stride: 2"
    assert slip in text
    found = faults_of(text.replace(slip, slip.replace("stride: 2", "stride: 1")))
    expects = [d for d in found if d.code == "NS405"]
    assert [d.step for d in expects] == ["MaxPool_5a_3x3"]
    assert "its input is 71x71x192; change the step, or expect [69, 69, 192]" in expects[0].hints


def test_expects_that_fail_beside_each_other_are_all_told() -> None:
    steps = """
  - Split:
      op: concat
      branches:
        - A: [{X: {op: relu, expect: [8, 8, 9]}}, {Y: {op: relu, expect: [8, 8, 9]}}]
        - B: [{X: {op: relu, expect: [8, 8, 7]}}]
      expect: [8, 8, 16]
  - C: {op: relu, from: image, expect: [4, 4, 4]}
  - D: {op: relu, from: Split, expect: [8, 8, 16]}
"""
    found = faults_of(small(steps.lstrip("\n"), outputs="{D: {}}"))
    assert {d.step for d in found} == {"Split/A/X", "Split/B/X", "C"}


def test_an_expect_that_is_wrong_itself_leaves_the_next_alone() -> None:
    steps = "  - B: {op: relu, expect: [8, 8, 4]}\n  - A: {op: relu, expect: [8, 8, 3]}\n"
    (found,) = faults_of(small(steps))
    assert found.step == "B"


@pytest.mark.parametrize("wrong", ["net", "nte.yaml"])
def test_a_spec_that_lies_beside(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path lacks its ending, or an overlay misspells its base; the overlay is not suggested."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(HEAD, encoding="utf-8")
    Path("nt.yaml").write_text(f"netspec: 1\nextends: {wrong}\n", encoding="utf-8")
    asked = "nt.yaml" if wrong.endswith(".yaml") else wrong
    with pytest.raises(SpecError) as raised:
        load_with(asked, from_options([]))
    (found,) = raised.value.diagnostics
    assert "did you mean net.yaml?" in found.hints

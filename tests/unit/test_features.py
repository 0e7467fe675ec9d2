"""`features`: a network cut at endpoints has these as outputs and nothing that they don't need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from texts import load_text, small

import netspec
from netspec.cli.main import main
from netspec.diagnostics import SpecError
from netspec.weights import store

SPEC = netspec.load("inception_v3", input=(75, 75))
AUX, LOGITS = "AuxLogits", "Logits"


def codes(error: pytest.ExceptionInfo[SpecError]) -> list[str]:
    return [found.code for found in error.value.diagnostics]


@pytest.mark.parametrize("endpoints", [[None], [5], b"conv1"])
def test_an_endpoint_is_a_path(endpoints: Any) -> None:
    with pytest.raises(TypeError, match="the path of a step"):
        netspec.load("vgg16").features(endpoints)


def test_what_is_not_needed_is_gone() -> None:
    cut = SPEC.features(["Mixed_5d", "Mixed_7c"])
    assert repr(cut) == "<Spec InceptionV3: 75x75x3 to Mixed_5d, Mixed_7c>"
    whole = {row.path: row.cost for row in SPEC.summary().folded(1).rows}
    kept = {row.path: row.cost for row in cut.summary().rows if "/" not in row.path}
    assert list(kept) == [path for path in whole if path not in (AUX, LOGITS, "Predictions")]
    gone = [whole[path] for path in (AUX, LOGITS, "Predictions")]
    before, after = SPEC.summary().total, cut.summary().total
    assert before.trainable - after.trainable == sum(cost.trainable for cost in gone)
    assert before.macs - after.macs == sum(cost.macs for cost in gone)
    assert cut.hash != SPEC.hash


def test_a_step_of_several_parts_gives_its_value() -> None:
    cut = SPEC.features(["Conv2d_2b_3x3"])
    (last,) = (node for node in cut.graph().nodes if node.name == "Conv2d_2b_3x3")
    assert last.op.name == "relu"
    assert len({node.step for node in cut.graph().nodes}) == 3


def test_a_branch_is_cut_out_of_its_join() -> None:
    cut = SPEC.features(["Mixed_5b/Branch_1/Conv2d_0b_5x5"])
    steps = [step.path for step in cut.tree.walk()]
    assert "Mixed_5b/Branch_1/Conv2d_0a_1x1" in steps
    assert not [path for path in steps if "Branch_0" in path or "Branch_3" in path]
    assert "concat" not in {node.op.name for node in cut.graph().nodes}


def test_branches_of_one_join_keep_their_common_start() -> None:
    cut = SPEC.features(["Mixed_5b/Branch_2", "Mixed_5b/Branch_0/Conv2d_0a_1x1"])
    nodes = cut.graph().by_name
    for branch in ("Branch_0", "Branch_2"):
        first = nodes[f"Mixed_5b/{branch}/Conv2d_0a_1x1/conv"]
        assert first.inputs == ("MaxPool_5a_3x3",)
    assert list(cut.graph().outputs) == ["Mixed_5b/Branch_2", "Mixed_5b/Branch_0/Conv2d_0a_1x1"]


def test_heads_are_endpoints_like_any() -> None:
    cut = SPEC.features([AUX])
    assert [step.path for step in cut.tree.heads] == [AUX]
    assert cut.tree.steps[-1].path == "Mixed_6e"
    (declared,) = (output for output in SPEC.tree.outputs if output.path == AUX)
    assert cut.tree.outputs == (declared,)  # with its loss weight


def test_all_outputs_again_is_the_network_itself() -> None:
    outputs = [output.path for output in SPEC.tree.outputs]
    assert SPEC.features(outputs).hash == SPEC.hash


def test_a_cut_can_be_cut_again() -> None:
    twice = SPEC.features(["Mixed_7c", "Mixed_5d"]).features(["Mixed_5d"])
    assert twice.hash == SPEC.features(["Mixed_5d"]).hash
    assert SPEC.hash in twice.hashes


def test_endpoints_count_once_and_one_needs_no_list() -> None:
    once = SPEC.features(["Mixed_5d"])
    assert SPEC.features(["Mixed_5d", "Mixed_5d"]).hash == once.hash
    assert SPEC.features("Mixed_5d").hash == once.hash
    assert SPEC.features(path for path in ["Mixed_5d"]).hash == once.hash


def test_a_name_within_that_is_like_the_start_s_does_not_hide_it() -> None:
    """A branch called as the step before the join: the other branch starts from that step."""
    branches = (
        "      - A: [{C: {op: conv, filters: 2, kernel: 1}}]\n"
        "      - B: [{C: {op: conv, filters: 3, kernel: 1}}]\n"
    )
    spec = load_text(
        small(f"  - A: {{op: relu}}\n  - J:\n      op: concat\n      branches:\n{branches}")
    )
    cut = spec.features(["J/A", "J/B"])
    again = load_text(cut.expanded())
    assert again.hash == cut.hash
    for graph in (cut.graph(), again.graph()):
        assert graph.by_name["J/A/C"].inputs == graph.by_name["J/B/C"].inputs == ("A",)


@pytest.mark.parametrize(
    ("endpoints", "expected", "said"),
    [
        (["Mixed_7x"], ["NS306"], "nearest: Mixed_7"),
        (["Mixed_7x", "no"], ["NS306", "NS306"], "there is no step at `no`"),
        (["image"], ["NS306"], "is the input, not a step"),
        ([""], ["NS306"], "there is no step"),
        ([], ["NS315"], "no endpoint is given"),
        (["Conv2d_1a_3x3/conv"], ["NS306"], "nearest: Conv2d_1a_3x3"),
        (["x" * 10_000], ["NS306"], "x" * 120 + "`"),
    ],
)
def test_what_is_no_endpoint(endpoints: list[str], expected: list[str], said: str) -> None:
    with pytest.raises(SpecError) as caught:
        SPEC.features(endpoints)
    assert codes(caught) == expected
    assert said in str(caught.value)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "full.safetensors"
    store.save(file, netspec.init_weights(SPEC, 3), SPEC.hash)
    return file


def test_weights_of_the_whole_fit(full: Path, caplog: pytest.LogCaptureFixture) -> None:
    cut = SPEC.features(["Mixed_5d"])
    drawn = netspec.init_weights(cut, 3)
    with caplog.at_level("INFO"):
        for given in (full, netspec.init_weights(SPEC, 3)):
            found = cut.fitted(given)
            assert found.keys() == drawn.keys()
            assert all(np.array_equal(found[name], drawn[name]) for name in drawn)
    assert not caplog.records  # its hash is one of the cut's own
    own = netspec.init_weights(cut, 3)
    del own["Conv2d_1a_3x3/kernel"]
    with pytest.raises(SpecError, match="missing: Conv2d_1a_3x3/kernel"):
        cut.fitted(own)


def test_the_whole_takes_no_more_than_its_own(full: Path) -> None:
    extra = netspec.init_weights(SPEC) | {"Mixed_9/kernel": np.zeros(3, np.float32)}
    with pytest.raises(SpecError, match="not in the spec: Mixed_9/kernel"):
        SPEC.fitted(extra)
    assert SPEC.features(["Mixed_5d"]).fitted(extra)


Answer = dict[str, Any]


def test_the_command_line_cuts(
    full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = ("--input", "75x75")
    assert main(["show", "inception_v3", *size, "--features", "Mixed_5d,Mixed_5b", "--json"]) == 0
    answer: Answer = json.loads(capsys.readouterr().out)
    assert list(answer["outputs"]) == ["Mixed_5d", "Mixed_5b"]
    assert answer["params"]["trainable"] == SPEC.features(["Mixed_5d"]).summary().total.trainable
    assert main(["expand", "inception_v3", *size, "--features", "Mixed_5d"]) == 0
    file = tmp_path / "cut.yaml"
    file.write_text(capsys.readouterr().out)
    assert netspec.load(file).hash == SPEC.features(["Mixed_5d"]).hash
    assert main(["draw", "inception_v3", *size, "--features", "Mixed_5d", "-o", "-"]) == 0
    drawn = capsys.readouterr().out
    assert "Mixed_5d" in drawn
    assert "Mixed_6a" not in drawn
    for wrong, code in (("Mixed_5x", 2), (",", 2), ("", 2)):
        assert main(["show", "inception_v3", "--features", wrong]) == code
    err = capsys.readouterr().err
    assert "nearest: Mixed_5d" in err
    assert "name at least one step" in err

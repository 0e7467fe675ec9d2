"""What the bundled Inception V3's parameters, input and settings do to it, and to its hash.

`tests/zoo` holds it as written to figures from outside.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from texts import load_text

from netspec import costs
from netspec.diagnostics import Source, SpecError
from netspec.ir.graph import Graph
from netspec.loading import from_document, load
from netspec.reading.reader import read_text
from netspec.spec import Spec

FILE = Path(__file__).parents[2] / "specs" / "inception_v3.yaml"
TEXT = FILE.read_text(encoding="utf-8")


def sizes(graph: Graph) -> dict[str, list[int]]:
    """The size of every endpoint."""
    return {path: graph.shapes[name].dims for path, name in graph.endpoints().items()}


def total(graph: Graph) -> costs.Cost:
    return sum(costs.step_costs(graph).values(), costs.Cost())


def the_fault(**settings: Any) -> Any:
    """What is wrong, which is one thing."""
    with pytest.raises(SpecError) as caught:
        load("inception_v3", **settings)
    return caught.value.diagnostics[0]


def test_without_the_auxiliary_head_nothing_of_it_is_left() -> None:
    graph = load("inception_v3", set={"aux": False}).graph()
    assert graph.outputs == ("Logits", "Predictions")
    assert not any(path.startswith("AuxLogits") for path in graph.endpoints())


def test_convs_and_norms_are_as_many_as_in_slim_s_model() -> None:
    ops = [node.op.name for node in load("inception_v3").graph().nodes]
    assert ops.count("conv") == 98
    assert ops.count("batch_norm") == 96


def test_an_input_of_75_builds_without_the_head_and_with_it() -> None:
    # 75 -> 37 -> 35 -> 17 -> 15 -> 7 -> 3 -> 1
    found = sizes(load("inception_v3", set={"aux": False}, input="75x75").graph())
    assert found["Mixed_5d"] == [7, 7, 288]
    assert found["Mixed_6e"] == [3, 3, 768]
    assert found["Mixed_7c"] == [1, 1, 2048]
    # the head's 5x5 windows shrink to the map of 3x3, and then to 1x1
    found = sizes(load("inception_v3", input="75x75").graph())
    assert found["AuxLogits/AvgPool_1a_5x5"] == [1, 1, 768]
    assert found["AuxLogits"] == [1000]


def test_an_input_of_74_names_the_first_step_that_fails() -> None:
    # 74 -> 36 -> 34 -> 16 -> 14 -> 6 -> 2, where a kernel of 3 does not fit
    for settings in ({"input": "74x74"}, {"input": "74x74", "set": {"aux": False}}):
        fault = the_fault(**settings)
        assert fault.code == "NS401"
        assert fault.step == "Mixed_7a/Branch_0/Conv2d_1a_3x3"
        assert "3x3 does not fit its input of 2x2" in fault.message
        assert "stride: 2" in TEXT.splitlines()[fault.span.line - 1]


def test_a_large_input_says_how_to_leave_the_head_out() -> None:
    fault = the_fault(input="350x350")
    assert fault.code == "NS406"
    assert fault.step == "AuxLogits/SpatialSqueeze"
    assert any("--set aux=false" in hint for hint in fault.hints)
    load("inception_v3", input="350x350", set={"aux": False})


def test_the_head_ends_where_its_map_is_20_wide() -> None:
    # 346 -> 172 -> 170 -> 84 -> 82 -> 40 -> 19 -> 5 -> 1
    # 347 -> 173 -> 171 -> 85 -> 83 -> 41 -> 20 -> 6 -> 2
    load("inception_v3", input="346x346")
    assert the_fault(input="346x347").code == "NS406"


def test_a_width_multiplier_scales_all_but_the_classes() -> None:
    spec = load("inception_v3", set={"depth_multiplier": 0.5})
    found = sizes(spec.graph())
    assert found["Conv2d_1a_3x3"] == [149, 149, 16]
    assert found["Conv2d_3b_1x1"] == [73, 73, 40]
    assert found["Mixed_5b"] == [35, 35, 128]
    assert found["Mixed_7c"] == [8, 8, 1024]
    assert found["Logits"] == [1000]
    narrow = load("inception_v3", set={"depth_multiplier": 0.1, "min_depth": 20})
    assert sizes(narrow.graph())["Conv2d_1a_3x3"] == [149, 149, 20]


def test_the_number_of_classes() -> None:
    spec = load("inception_v3", set={"num_classes": 10})
    found = sizes(spec.graph())
    assert found["Logits"] == found["AuxLogits"] == found["Predictions"] == [10]
    # 990 fewer classes, each of 2,048 + 1 weights in the one head and 768 + 1 in the other
    assert total(spec.graph()).trainable == 27_143_152 - 990 * (2_049 + 769)


def test_logits_that_stay_a_map() -> None:
    found = sizes(load("inception_v3", set={"spatial_squeeze": False}).graph())
    assert found["Logits"] == found["AuxLogits"] == found["Predictions"] == [1, 1, 1000]


@pytest.mark.parametrize(
    ("prediction", "op"), [("softmax", "softmax"), ("sigmoid", "sigmoid"), ("none", "identity")]
)
def test_the_prediction_function(prediction: str, op: str) -> None:
    graph = load("inception_v3", set={"prediction": prediction}).graph()
    assert graph.by_name["Predictions"].op.name == op


def test_the_keep_probability_of_dropout() -> None:
    graph = load("inception_v3", set={"dropout_keep": 0.5}).graph()
    assert graph.by_name["Logits/Dropout_1b"].op.to_plain() == {"op": "dropout", "keep": 0.5}


def test_initialisers_and_decay_are_those_of_slim() -> None:
    weights = dict(load("inception_v3").graph().weights())
    deviations = {
        "Conv2d_1a_3x3/kernel": 0.1,
        "Logits/Conv2d_1c_1x1/kernel": 0.1,
        "AuxLogits/Conv2d_1b_1x1/kernel": 0.1,
        "AuxLogits/Conv2d_2a_5x5/kernel": 0.01,
        "AuxLogits/Conv2d_2b_1x1/kernel": 0.001,
    }
    for name, stddev in deviations.items():
        assert weights[name].initializer.to_plain()["op"] == "truncated_normal"
        assert weights[name].initializer.to_plain()["stddev"] == stddev
        assert weights[name].decay == 0.00004
    assert all(w.decay == 0 for name, w in weights.items() if not name.endswith("/kernel"))
    norms = {
        str(n.op.to_plain()) for n in load("inception_v3").graph().nodes if "norm" in n.op.name
    }
    (norm,) = norms
    assert "'decay': 0.9997" in norm
    assert "'epsilon': 0.001" in norm
    assert "'scale': False" in norm


def test_four_of_five_blocks_come_from_three_templates() -> None:
    blocks = load("inception_v3").graph().blocks_by_path
    used = {path: block.template for path, block in blocks.items() if block.template}
    assert used == {
        **dict.fromkeys(("Mixed_5b", "Mixed_5c", "Mixed_5d"), "mixed_35"),
        **dict.fromkeys(("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"), "mixed_17"),
        **dict.fromkeys(("Mixed_7b", "Mixed_7c"), "mixed_8"),
    }


def test_it_is_48_layers_deep() -> None:
    # 5 in the stem; 3 blocks of 3; 3 in Mixed_6a; 4 blocks of 5; 4 in Mixed_7a; 2 of 3; logits
    assert costs.depth(load("inception_v3").graph()) == 5 + 9 + 3 + 20 + 4 + 6 + 1


# the resolved spec and its hash


SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"aux": False},
    {"num_classes": 10, "depth_multiplier": 0.5},
    {"spatial_squeeze": False, "prediction": "none"},
    {"Mixed_5b/Branch_1/Conv2d_0b_5x5.kernel": [3, 5]},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_expanded_spec_is_the_same_network(settings: dict[str, Any]) -> None:
    spec = load("inception_v3", set=settings)
    once = load_text(spec.expanded())
    assert once.hash == spec.hash
    assert once.expanded() == spec.expanded()
    before, after = spec.graph(), once.graph()
    assert [(n.name, n.op, n.inputs, n.output) for n in before.nodes] == [
        (n.name, n.op, n.inputs, n.output) for n in after.nodes
    ]
    assert before.outputs == after.outputs


def test_what_is_set_changes_the_hash() -> None:
    hashes = {load("inception_v3", set=settings).hash for settings in SETTINGS}
    assert len(hashes) == len(SETTINGS)
    assert load("inception_v3", input="300x299").hash not in hashes


def of(text: str) -> Spec:
    return from_document(read_text(Source("spec.yaml", text)))


def test_comments_quotes_notes_the_name_and_line_ends_don_t_change_the_hash() -> None:
    wanted = load("inception_v3").hash
    bare = "\n".join(line.split("  #")[0] for line in TEXT.splitlines() if line.strip()[:1] != "#")
    assert of(bare).hash == wanted
    assert of(TEXT.replace("op: conv,", '"op": "conv",')).hash == wanted
    assert of(TEXT.replace("name: InceptionV3", "name: Other\nx-note: $anything")).hash == wanted
    assert of(TEXT.replace("\n", "\r\n")).hash == wanted
    assert of(TEXT.replace("Conv2d_1a_3x3", "Conv2d_1a")).hash != wanted
    assert of(TEXT.replace("decay: 0.9997", "decay: 0.997")).hash != wanted


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_keys_does_not_change_the_hash(seed: int) -> None:
    draw = random.Random(seed)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in draw.sample(list(value), len(value))}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    plain = shuffled(read_text(Source("spec.yaml", TEXT)).root.plain)
    text = yaml.safe_dump(plain, sort_keys=False)
    assert of(text).hash == load("inception_v3").hash

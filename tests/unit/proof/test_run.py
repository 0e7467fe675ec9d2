"""The proof: it passes what is right, and names the first step of what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from texts import small
from unit.proof.planted import TEXT, Fake, change

import netspec
from netspec.diagnostics import Diagnostic, SpecError
from netspec.ir.graph import Graph
from netspec.ops.activation import Identity, Relu, Sigmoid
from netspec.ops.base import Op
from netspec.ops.kinds import Pads, Pair
from netspec.ops.pool import AvgPool
from netspec.proof.compare import Comparison
from netspec.proof.judge import BOUNDS, judged
from netspec.weights.initial import parity_weights


def line_of(text: str) -> int:
    """The number of the first line of the spec that holds a text."""
    return next(n for n, line in enumerate(TEXT.splitlines(), 1) if text in line)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_right_backend_passes(spec: netspec.Spec, backends: dict[str, Any], dtype: str) -> None:
    backends["other"] = Fake()
    report = netspec.parity(spec, ["torch", "other"], dtype=dtype)
    assert report
    assert list(report.backends) == ["torch", "other"]
    for found in report.backends.values():
        assert found.first_fault is None
        assert [step.path for step in found.steps] == list(spec.graph().steps)
        assert list(found.outputs) == ["Logits", "Predictions"]
        for step in found.steps:
            assert step.own.passed
            assert step.accumulated.error <= (1e-6 if dtype == "float32" else 0)


def another(path: str, op: Op) -> Fake:
    """A backend that computes another op at one node."""
    return Fake(node=lambda node: replace(node, op=op) if node.name == path else node)


def exchanged(one: str, other: str) -> Fake:
    """A backend that takes two weights of each norm for one another."""

    def exchange(weights: Mapping[str, Any]) -> Mapping[str, Any]:
        roles = {one: other, other: one}
        parts = {name: name.rpartition("/") for name in weights}
        return {n: weights[f"{path}/{roles.get(r, r)}"] for n, (path, _, r) in parts.items()}

    return Fake(weights=exchange)


def turned(weights: Mapping[str, Any]) -> Mapping[str, Any]:
    """Height and width of square kernels swapped."""
    return {
        name: v.swapaxes(0, 1) if v.ndim == 4 and v.shape[0] == v.shape[1] else v
        for name, v in weights.items()
    }


def reordered(path: str) -> Fake:
    return Fake(
        node=lambda node: replace(node, inputs=node.inputs[::-1]) if node.name == path else node
    )


def valued(path: str, make: Callable[[Any], Any]) -> Fake:
    return Fake(value=lambda where, value: make(value) if where == path else value)


MISTAKES = {
    "pad side": ("Stem", change("Stem/conv", padding=Pads(1, 1, 1, 0))),
    "pads": ("Stem", change("Stem/conv", padding=Pads(0, 2, 0, 1))),
    "epsilon": ("Stem", change("Stem/norm", epsilon=1e-5)),
    "epsilon in a template": ("Block2/Left/Conv", change("Block2/Left/Conv/norm", epsilon=1e-5)),
    "no activation": ("Stem", another("Stem", Identity())),
    "other activation": ("Block1/Left/Conv", another("Block1/Left/Conv", Sigmoid())),
    "activation too many": ("Predictions", another("Predictions", Relu())),
    "divisor": ("Block1/Right/Pool", change("Block1/Right/Pool", divisor="window")),
    "concat order": ("Block1", reordered("Block1")),
    "pool for pool": ("Pool", another("Pool", AvgPool(kernel=Pair(2, 2), stride=Pair(2, 2)))),
    "kernel axes": ("Stem", Fake(weights=turned)),
    "mean for beta": ("Stem", exchanged("moving_mean", "beta")),
    "gamma for variance": ("Stem", exchanged("gamma", "moving_variance")),
    "gamma for beta": ("Stem", exchanged("gamma", "beta")),
    "flatten order": (
        "Flatten",
        valued("Flatten", lambda v: v.reshape(2, -1, 9).swapaxes(1, 2).reshape(2, -1)),
    ),
    "batch swapped": ("Logits", valued("Logits", lambda v: v[::-1])),
    "slightly off": ("Logits", valued("Logits", lambda v: v * v.dtype.type(1.00001))),
    "NaN": ("Block1", valued("Block1", lambda v: np.where(v == v.max(), np.nan, v))),
    "infinite": ("Block1", valued("Block1", lambda v: np.where(v == v.max(), np.inf, v))),
    "all zeros": ("Logits", valued("Logits", np.zeros_like)),
    "constant": ("Logits", valued("Logits", lambda v: np.full_like(v, v.mean()))),
    "one-hot": (
        "Predictions",
        valued("Predictions", lambda v: (v == v.max(axis=-1, keepdims=True)).astype(v.dtype)),
    ),
    "transposed": ("Block2", valued("Block2", lambda v: v.swapaxes(1, 2))),
    "channels first": ("Block2", valued("Block2", lambda v: np.moveaxis(v, 3, 1))),
    "one image": ("Logits", valued("Logits", lambda v: v[:1])),
    "other dtype": ("Logits", valued("Logits", lambda v: v.astype(np.float16))),
    "wider dtype": ("Logits", valued("Logits", lambda v: v.astype(np.longdouble))),
    "no value": ("Logits", valued("Logits", lambda v: None)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_and_its_step_named(
    spec: netspec.Spec, backends: dict[str, Any], mistake: str, dtype: str
) -> None:
    path, backends["wrong"] = MISTAKES[mistake]
    report = netspec.parity(spec, ["torch", "wrong"], dtype=dtype)
    assert not report
    assert report.backends["torch"].passed
    found = report.backends["wrong"]
    assert found.first_fault is not None
    assert (found.first_fault.path, found.first_fault.by) == (path, "own")
    assert found.first_fault.file.endswith("small.yaml")
    json.dumps(report.to_json(), allow_nan=False)
    assert f"wrong: goes wrong first at {path} (" in report.table()


def test_the_line_of_a_template_is_named(spec: netspec.Spec, backends: dict[str, Any]) -> None:
    backends["wrong"] = change("Block2/Right/Conv/norm", epsilon=0.1)
    fault = netspec.parity(spec, ["wrong"]).backends["wrong"].first_fault
    assert fault
    assert fault.path == "Block2/Right/Conv"
    assert fault.line == line_of("filters: $wide")


def test_the_first_of_several_mistakes_is_named(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    late = MISTAKES["divisor"][1].node
    early = MISTAKES["epsilon"][1].node
    backends["wrong"] = Fake(node=lambda node: early(late(node)))
    fault = netspec.parity(spec, ["wrong"]).backends["wrong"].first_fault
    assert fault
    assert fault.path == "Stem"


def test_wrong_wiring_shows_in_the_accumulated_error(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    """Each step alone is right; together, Block1 takes its left branch twice."""

    def wired(graph: Graph) -> Graph:
        left = ("Block1/Left/Conv",) * 2
        whole = len(graph.steps) > 1
        return replace(
            graph,
            nodes=tuple(
                replace(node, inputs=left) if whole and node.name == "Block1" else node
                for node in graph.nodes
            ),
        )

    backends["wrong"] = Fake(graph=wired)
    report = netspec.parity(spec, ["wrong"])
    fault = report.backends["wrong"].first_fault
    assert fault
    assert (fault.path, fault.by) == ("Block1", "accumulated")
    assert all(step.own.passed for step in report.backends["wrong"].steps)


def test_a_mistake_that_endpoints_hide_fails_the_outputs(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    """Outputs are judged in the network as users build it, not beside every endpoint."""

    def fused(graph: Graph) -> Graph:
        planted = change("Stem/norm", epsilon=0.1).node
        whole = len(graph.outputs) == 2
        return replace(graph, nodes=tuple(map(planted, graph.nodes))) if whole else graph

    backends["wrong"] = Fake(graph=fused)
    report = netspec.parity(spec, ["wrong"])
    assert not report
    found = report.backends["wrong"]
    assert all(step.own.passed and step.accumulated.passed for step in found.steps)
    assert not any(output.verdict.passed for output in found.outputs.values())
    assert found.worst[0] in ("Logits", "Predictions")


def test_json_has_the_keys_that_others_rely_on(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    backends["wrong"] = change("Block2/Left/Conv/norm", epsilon=1e-5)
    plain = netspec.parity(spec, ["torch", "wrong"]).to_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["passed"] is False
    assert (plain["mode"], plain["dtype"]) == ("forward", "float32")
    assert plain["spec_hash"] == spec.hash
    right, wrong = plain["backends"]["torch"], plain["backends"]["wrong"]
    assert (right["passed"], wrong["passed"]) == (True, False)
    assert right["first_fault"] is None
    assert right["outputs"]["Logits"]["shape"] == [2, 5]
    assert 0 < right["outputs"]["Logits"]["error"] < 1e-6
    assert {"path", "error"} <= right["worst"].keys()
    assert wrong["first_fault"]["path"] == "Block2/Left/Conv"
    assert wrong["first_fault"]["file"].endswith("small.yaml")
    assert wrong["first_fault"]["line"] == line_of("Conv: {op: conv, filters: 4")
    assert [step["path"] for step in wrong["steps"]] == list(spec.graph().steps)
    assert {"own", "accumulated"} <= wrong["steps"][0].keys()


def test_a_value_that_can_not_be_compared_has_no_number(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    backends["wrong"] = valued("Logits", lambda value: value[:1])
    plain = netspec.parity(spec, ["wrong"]).to_json()["backends"]["wrong"]
    assert plain["outputs"]["Logits"]["error"] is None
    assert plain["outputs"]["Logits"]["fault"] == "has shape [1, 5], not [2, 5]"
    assert plain["worst"] == {
        "path": "Logits",
        "error": None,
        "limit": plain["worst"]["limit"],
        "fault": "has shape [1, 5], not [2, 5]",
    }


def test_table_and_html(spec: netspec.Spec, backends: dict[str, Any]) -> None:
    backends["<b>"] = change("Stem/norm", epsilon=1e-5)
    report = netspec.parity(spec, ["torch", "<b>"])
    table = report.table()
    assert table == str(report)
    rows = [line.split() for line in table.splitlines()]
    assert ["shape", "torch", "<b>"] in rows
    assert ["passed", "FAILED"] in rows
    assert "2 images of 9x8x3, seed 0" in table
    page = report._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_a_backend_without_the_precision_is_left_out_aloud(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    backends["single"] = Fake(dtypes=frozenset({"float32"}))
    report = netspec.parity(spec, ["torch", "single"], dtype="float64")
    assert report
    assert list(report.backends) == ["torch"]
    assert report.skipped == {"single": "it computes in float32, not in float64"}
    assert report.to_json()["skipped"] == report.skipped
    assert "single is left out: it computes in float32" in report.table()


def test_torch_measures_float32_though_it_is_not_compared(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    backends["coarse"] = valued("Logits", lambda v: v * np.float32(1 + 2e-6))
    report = netspec.parity(spec, ["coarse"])
    assert report.yardstick == "torch"
    assert list(report.backends) == ["coarse"]
    assert not report.backends["coarse"].outputs["Logits"].verdict.passed, "torch does better"
    del backends["torch"]
    report = netspec.parity(spec, ["coarse"])
    assert report, "below the absolute bound"
    assert report.yardstick == ""
    assert "the absolute bound alone holds" in report.table()


def test_a_torch_that_refuses_the_graph_measures_nothing(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    backends["torch"] = Fake(refusals=(Diagnostic("NS601", "torch can't"),))
    backends["other"] = Fake()
    assert netspec.parity(spec, ["other"]).yardstick == ""


def test_the_bound_of_float32_has_two_parts() -> None:
    assert judged(Comparison(0), "float64").limit == BOUNDS["float64"] == 1e-12
    assert judged(Comparison(0), "float32").limit == BOUNDS["float32"] == 5e-6
    assert judged(Comparison(0), "float32", Comparison(1e-7)).limit == pytest.approx(1.3e-6)
    assert judged(Comparison(0), "float32", Comparison(1e-3)).limit == 5e-6
    assert judged(Comparison(0), "float32", Comparison(np.inf, "has NaN")).limit == 5e-6
    assert not judged(Comparison(np.nan), "float64").passed


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({"mode": "gradient"}, "NS208", "parity has no mode `gradient`"),
        ({"dtype": "float16"}, "NS208", "parity has no dtype `float16`"),
        ({"batch": 1}, "NS208", "at least 2 images"),
        ({"backends": []}, "NS601", "none was named"),
        ({"backends": ["single"], "dtype": "float64"}, "NS601", "single: it computes in float32"),
        ({"backends": ["refusing"]}, "NS601", "no such op"),
    ],
)
def test_what_can_not_be_asked(
    spec: netspec.Spec, backends: dict[str, Any], arguments: Any, code: str, words: str
) -> None:
    backends["single"] = Fake(dtypes=frozenset({"float32"}))
    backends["refusing"] = Fake(refusals=(Diagnostic("NS601", "no such op"),))
    with pytest.raises(netspec.SpecError, match=words) as caught:
        netspec.parity(spec, **{"backends": ["torch"], **arguments})
    assert caught.value.diagnostics[0].code == code
    assert all(fake.ran == [] for fake in backends.values())


def test_a_backend_that_is_not_installed_is_said(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    with pytest.raises(netspec.MissingExtra):
        netspec.parity(spec, ["torch", "keras"])
    assert backends["torch"].ran == []


def test_weights_may_be_given(spec: netspec.Spec, backends: dict[str, Any]) -> None:
    weights = parity_weights(spec.graph(), 9)
    given = netspec.parity(spec, ["torch"], weights=weights).to_json()
    drawn = netspec.parity(spec, ["torch"], seed=0).to_json()
    assert given["backends"] != drawn["backends"]
    del weights["Stem/kernel"]
    with pytest.raises(netspec.SpecError, match="missing: Stem/kernel"):
        netspec.parity(spec, ["torch"], weights=weights)


def test_outputs_that_prove_nothing_fail(spec: netspec.Spec, backends: dict[str, Any]) -> None:
    weights = parity_weights(spec.graph(), 0)
    weights["Logits/kernel"] *= 0
    report = netspec.parity(spec, ["torch"], weights=weights)
    verdict = report.backends["torch"].outputs["Logits"].verdict
    assert verdict.fault == "is the same for every image, which proves nothing"
    assert not report
    weights = parity_weights(spec.graph(), 0)
    weights["Logits/kernel"] *= 1000
    report = netspec.parity(spec, ["torch"], weights=weights)
    verdict = report.backends["torch"].outputs["Predictions"].verdict
    assert verdict.fault == "is one-hot, which proves nothing"
    assert "torch: output Predictions is one-hot, which proves nothing" in report.table()


def test_a_dead_step_is_said_and_does_not_fail(
    spec: netspec.Spec, backends: dict[str, Any]
) -> None:
    weights = parity_weights(spec.graph(), 0)
    weights["Block1/Left/Conv/norm/beta"] -= 1000
    report = netspec.parity(spec, ["torch"], weights=weights)
    assert report
    unproven = {step.path: step.unproven for step in report.backends["torch"].steps}
    assert unproven["Block1/Left/Conv"] == "is all zeros"
    assert unproven["Block1/Right/Conv"] == ""
    assert "nothing is proven at Block1/Left/Conv" in report.table()


def test_progress_is_told(spec: netspec.Spec, backends: dict[str, Any]) -> None:
    told: list[tuple[str, int, int]] = []
    netspec.parity(spec, ["torch"], progress=lambda *args: told.append(args))
    total = 1 + len(spec.graph().steps)
    assert [done for _, done, _ in told] == list(range(total + 1))
    assert {whole for *_, whole in told} == {total}
    assert [what for what, *_ in told] == ["torch", *spec.graph().steps, ""]


def test_reports_repeat_and_seeds_differ(spec: netspec.Spec, backends: dict[str, Any]) -> None:
    first, again, other = (netspec.parity(spec, ["torch"], seed=seed) for seed in (0, 0, 1))
    assert first.to_json() == again.to_json()
    assert first.to_json()["backends"] != other.to_json()["backends"]


def test_a_network_without_steps_has_nothing_to_prove(
    tmp_path: Path, backends: dict[str, Any]
) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text(small("  - A: {steps: [{B: {op: relu, when: false}}]}\n"), encoding="utf-8")
    with pytest.raises(SpecError, match="nothing to compare"):
        netspec.parity(netspec.load(path), ["torch"])

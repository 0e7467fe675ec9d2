"""What is set from outside: by name, by path, by glob; the input; and what can't be set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from texts import HEAD

from netspec.diagnostics import Diagnostic, Source, SpecError
from netspec.language.settings import AS_WRITTEN, Settings, from_options, from_values
from netspec.loading import from_document
from netspec.reading.reader import read_text
from netspec.spec import Spec

TEXT = f"""{HEAD}
params: {{classes: 10, rate: 0.5, aux: true, act: {{type: string, values: [relu, tanh]}}}}
steps:
  - Block:
      steps:
        - Conv_a: {{op: conv, filters: 4, kernel: 3, expect: [6, 6, 4]}}
        - Act: {{op: activation, function: $act}}
        - Conv_b: {{op: conv, filters: 5, kernel: 3, when: $aux}}
  - Join: {{op: concat, branches: [{{Keep: []}}, {{Other: {{op: relu}}}}]}}
  - Pool: {{op: global_avg_pool}}
  - Last: {{op: conv, filters: $classes, kernel: 1}}
outputs: {{Last: {{}}}}
"""
TEXT = TEXT.replace("values: [relu, tanh]}", "values: [relu, tanh], default: relu}")


def spec_with(settings: Settings) -> Spec:
    return from_document(read_text(Source("spec.yaml", TEXT)), settings)


def fault_of(*assignments: str, size: str | None = None) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        spec_with(from_options(assignments, size))
    (fault,) = caught.value.diagnostics
    return fault


def sizes(spec: Spec) -> dict[str, list[int]]:
    graph = spec.graph()
    return {path: graph.shapes[name].dims for path, name in graph.endpoints().items()}


def test_nothing_set_is_the_spec_as_written() -> None:
    assert AS_WRITTEN.empty
    assert sizes(spec_with(AS_WRITTEN))["Last"] == [1, 1, 10]


def test_parameters_by_name() -> None:
    spec = spec_with(from_options(["classes=7", "act=tanh", "rate=1", "aux=false"]))
    assert sizes(spec)["Last"] == [1, 1, 7]
    assert spec.tree.params == {"classes": 7, "rate": 1.0, "aux": False, "act": "tanh"}
    assert "Block/Conv_b" not in sizes(spec)


def test_fields_by_path_and_by_glob_within_a_level() -> None:
    spec = spec_with(from_options(["Block/Conv_a.kernel=[1, 3]"]))
    assert sizes(spec)["Block/Conv_a"] == [8, 6, 4]
    spec = spec_with(from_options(["Block/*.padding=same", "*.activation=relu"]))
    assert sizes(spec)["Block"] == [8, 8, 5]
    assert spec.graph().by_name["Last"].op.name == "relu"
    spec = spec_with(from_options(["*/Conv_?.kernel=1"]))
    assert sizes(spec)["Block"] == [8, 8, 5]


def test_a_set_field_may_be_an_expression_in_reach_of_its_step() -> None:
    spec = spec_with(from_options(["Block/Conv_a.filters=${classes // 2 + in.channels}"]))
    assert sizes(spec)["Block/Conv_a"] == [6, 6, 8]


def test_the_input() -> None:
    assert sizes(spec_with(from_options([], "16x9")))["Block"] == [12, 5, 5]
    spec = spec_with(from_values({}, (16, 9, 1)))
    assert spec.graph().inputs[0].shape.dims == [16, 9, 1]


def test_values_from_python() -> None:
    values: dict[str, Any] = {"classes": np.int64(3), "rate": np.float32(0.25)}
    spec = spec_with(from_values({**values, "Block/Conv_a.kernel": (1, 3)}))
    assert spec.tree.params["classes"] == 3
    assert type(spec.tree.params["classes"]) is int
    assert spec.tree.params["rate"] == 0.25
    assert sizes(spec)["Block/Conv_a"] == [8, 6, 4]


@pytest.mark.parametrize(
    ("assignment", "code", "hint"),
    [
        ("clases=3", "NS312", "did you mean classes?"),
        ("classes=x", "NS314", ""),
        ("classes=1.5", "NS314", ""),
        ("classes=true", "NS314", ""),
        ("aux=no", "NS314", "a boolean is written false"),
        ("act=rleu", "NS314", "did you mean relu?"),
        ("Block/Conv_a.kernl=3", "NS202", "did you mean kernel or kernel_init?"),
        ("Block/Conv_a.kernel=x", "NS204", ""),
        ("Block/Conv_a.kernel=99", "NS401", ""),
        ("Block/Conv_a.op=relu", "NS202", ""),
        (
            "Block/Conv_c.kernel=3",
            "NS316",
            "did you mean Block/Conv_b or Block/Conv_a or Block/Act?",
        ),
        ("Block.kernel=3", "NS316", "set one of a step within it, such as Block/Conv_a"),
        ("Join.kernel=3", "NS202", ""),
        ("*.epsilon=3", "NS316", ""),
        ("Conv_a.kernel=3", "NS316", ""),
        (
            "Block/Conv_a.norm.epsilon=1",
            "NS208",
            "write --set 'Block/Conv_a.norm={op: …, epsilon: …}'",
        ),
        (".kernel=3", "NS208", ""),
        ("classes", "NS208", ""),
        ("=3", "NS208", ""),
        ("classes=", "NS208", "write null for no value, '' for an empty string"),
        ("classes=[", "NS105", "close it with `]`"),
        ("classes=!!int 3", "NS112", "delete it: values are written plainly"),
        (
            "classes=010",
            "NS115",
            "write it without leading zeros, or quote it if a string is meant",
        ),
    ],
)
def test_what_can_t_be_set(assignment: str, code: str, hint: str) -> None:
    fault = fault_of(assignment)
    assert fault.code == code
    assert not hint or hint in fault.hints
    assert fault.span is not None
    assert fault.span.source.name.startswith("--set")
    assert (fault.span.line, fault.span.column) == (1, 1)


@pytest.mark.parametrize(
    "size", ["", "8", "8x", "x8", "0x8", "8x0", "8x8x0", "-1x8", "8.0x8", "axb"]
)
def test_what_is_no_size(size: str) -> None:
    fault = fault_of(size=size)
    assert fault.code == "NS208"
    assert "224x224" in fault.message


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, object(), {1: 2}, [object()], np.zeros(2), b"x"]
)
def test_what_python_may_not_give(value: Any) -> None:
    with pytest.raises(SpecError) as caught:
        from_values({"classes": value})
    assert [d.code for d in caught.value.diagnostics] == ["NS208"]


@pytest.mark.parametrize("size", [(8,), (8, 8, 3, 1), (0, 8), (8.0, 8), ("a", "b"), ()])
def test_what_python_may_not_give_as_a_size(size: Any) -> None:
    with pytest.raises(SpecError):
        from_values({}, size)

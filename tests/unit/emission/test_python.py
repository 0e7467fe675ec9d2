"""The printer of emitted code, and the guard behind it."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from netspec.emission.expressions import Infix, Input, Literal, Setting, call, complement, evaluate
from netspec.emission.guard import checked
from netspec.emission.names import camel, free, numbered, snake, snake_words
from netspec.emission.python import Naming, flat, literal, wrapped

A, B, C = Input(0), Input(1), Input(2)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Infix(Infix(A, "+", B), "+", C), "a + b + c"),
        (Infix(A, "+", Infix(B, "+", C)), "a + (b + c)"),
        (Infix(Infix(A, "+", B), "*", C), "(a + b) * c"),
        (Infix(A, "+", Infix(B, "*", C)), "a + b * c"),
        (Infix(A, "*", Infix(B, "/", C)), "a * (b / c)"),
        (Infix(Infix(A, "/", B), "+", Infix(B, "+", C)), "a / b + (b + c)"),
    ],
)
def test_brackets_stand_where_python_would_read_otherwise(expression: Infix, text: str) -> None:
    values = {"a": 1e16, "b": 3.0, "c": -1e16}
    assert flat(expression, Naming([*values])) == text
    wanted = evaluate(expression, Setting({}, [*values.values()]))
    assert eval(text, values.copy()) == wanted  # noqa: S307


@pytest.mark.parametrize(
    "value", [0, -3, 1.0, 1e-05, 2e300, True, None, "a", 'a"b', "a\\'", (1, (2.5,))]
)
def test_a_literal_reads_back_as_itself(value: Any) -> None:
    found = ast.literal_eval(literal(value))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), (1, float("-inf")), [1], b"a", 1j])
def test_what_has_no_literal_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no literal"):
        literal(value)


def test_a_default_is_left_out_if_value_and_type_are_equal() -> None:
    made = call("f", x=(Literal(1), 1), y=(Literal(True), 1), z=(Literal(1.0), 1))
    assert flat(made, Naming()) == "f(y=True, z=1.0)"


def test_a_long_call_is_broken_at_its_commas() -> None:
    words = [Literal("w" * 30) for _ in range(4)]
    text = wrapped("x = ", call("f", *words), Naming(), 4, "note")
    assert text.splitlines() == [
        "    x = f(",
        *(f'        "{"w" * 30}",' for _ in words),
        "    )  # note",
    ]
    assert (
        wrapped("x = ", call("f", *words[:2]), Naming(), 4)
        == f"    x = {flat(call('f', *words[:2]), Naming())}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from os.path import join",
        "import torch, os",
        "x.__class__",
        "__builtins__",
        "f(__a=1)",
        "def __a__(): return 1",
        "def f(__x): return 1",
        "class __A: x = 1",
        "lambda: 1",
        "x = (y := 1)",
        "async def f(): return 1",
        "try:\n    x\nexcept E:\n    y",
        "while x: y",
        "global x",
        "del x",
        "raise x",
        "x ** y",
        "x: int = 1",
        "{1, 2}",
        "yield",
    ],
)
def test_the_guard_refuses(text: str) -> None:
    with pytest.raises(AssertionError, match="emitted source"):
        checked(text, frozenset({"torch"}))


def test_the_guard_passes_what_printers_write() -> None:
    text = 'import torch\n\nif __name__ == "__main__":\n    x = [torch.f(a, b=-1.0)]\n'
    assert checked(text, frozenset({"torch"})) == text


@pytest.mark.parametrize(
    ("path", "title", "function"),
    [
        ("mixed_35", "Mixed35", "mixed_35"),
        ("Mixed_7b/Branch_1/Concat", "Mixed7bBranch1Concat", "mixed_7b_branch_1_concat"),
        ("a_/b_", "AB", "a_b_"),
        ("InceptionV3", "InceptionV3", "inception_v3"),
        ("ResNet50", "ResNet50", "res_net50"),
        ("VGG_16", "VGG16", "vgg_16"),
    ],
)
def test_names_look_as_python_has_them(path: str, title: str, function: str) -> None:
    assert camel(path) == title
    assert snake(snake_words(path)) == function


def test_names_that_are_taken_get_an_underscore_or_a_number() -> None:
    assert free("x", {"y"}) == "x"
    assert free("x", {"x"}) == "x_"
    assert free("x", {"x", "x_"}) == "x_2"
    assert numbered("x_", {"x_", "x_2"}) == "x_3"
    assert numbered("Net", {"Net"}, "") == "Net2"


@pytest.mark.parametrize("share", [0.0, 0.1, 0.8, 0.9997, 0.997, 1e-9, 0.9999999999999, 1.0])
def test_the_complement_has_no_noise(share: float) -> None:
    assert complement(share) == pytest.approx(1 - share, rel=0, abs=2e-16)
    assert complement(complement(share)) == share

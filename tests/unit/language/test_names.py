"""Names of steps, and loop variables written into them."""

from __future__ import annotations

import keyword
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.language.expressions import ExpressionError, Value
from netspec.language.names import KEYWORDS, check_name, interpolate


@pytest.mark.parametrize(
    "name",
    ["a", "Conv2d_1a_3x3", "Mixed_6b", "x", "nn", "torch", "CON", "a_", "A" * 63, "Train", "add"],
)
def test_a_fine_name(name: str) -> None:
    assert check_name(name) is None


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("", "empty"),
        ("A" * 64, "64 characters"),
        ("1x1", "begins with '1'"),
        ("_a", "begins with '_'"),
        ("_", "begins with '_'"),
        ("a__b", "two underscores"),
        ("__class__", "begins with '_'"),
        ("a.b", "U+002E"),
        ("a/b", "U+002F"),
        ("a b", "U+0020"),
        ("a\n", "U+000A"),
        ("a-b", "U+002D"),
        ("\uff45val", "U+FF45"),
        ("Gr\u00f6sse", "U+00F6"),
        ("a\u0660", "U+0660"),
        ('x"); import os; os.system("id")#', "U+0022"),
        ("{m}", "U+007B"),
    ],
)
def test_a_malformed_name(name: str, part: str) -> None:
    refused = check_name(name)
    assert refused is not None
    assert refused[0] == "NS301"
    assert part in refused[1]
    assert "\n" not in refused[1]


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("class", "Python"),
        ("None", "Python"),
        ("match", "Python"),
        ("type", "Python"),
        ("self", "generated code"),
        ("train", "torch"),
        ("forward", "torch"),
        ("eval", "torch"),
        ("training", "torch"),
        ("T_destination", "torch"),
        ("layers", "Keras"),
        ("call", "Keras"),
        ("name", "Keras"),
        ("output", "Keras"),
    ],
)
def test_a_reserved_name(name: str, owner: str) -> None:
    refused = check_name(name)
    assert refused is not None
    assert refused[0] == "NS302"
    assert owner in refused[1]
    assert name in refused[1]


def test_the_keywords_are_those_of_this_python() -> None:
    assert {*keyword.kwlist, *keyword.softkwlist} - KEYWORDS == set()


@given(st.text(max_size=70))
def test_what_is_accepted_is_a_python_identifier_of_ascii(name: str) -> None:
    if check_name(name) is None:
        assert name.isascii()
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert len(name) <= 63


VALUES: dict[str, Value] = {"m": "b", "size": 7, "rate": 0.5, "wide": True, "braces": "{m}"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Mixed_5b", "Mixed_5b"),
        ("Mixed_6{m}", "Mixed_6b"),
        ("{m}", "b"),
        ("Conv_{size}x{size}_{m}", "Conv_7x7_b"),
        ("{braces}", "{m}"),
        ("$m", "$m"),
    ],
)
def test_interpolate(text: str, expected: str) -> None:
    assert interpolate(text, VALUES) == expected


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("a{", "NS307", "{"),
        ("a}", "NS307", "}"),
        ("a{m", "NS307", "{"),
        ("{m}}", "NS307", "}"),
        ("{{m}}", "NS307", "{"),
        ("a{}", "NS307", "{}"),
        ("{ m }", "NS307", "{ m }"),
        ("{size + 1}", "NS307", "{size + 1}"),
        ("{0.__class__}", "NS307", "{0.__class__}"),
        ("{m!r}", "NS307", "{m!r}"),
        ("a{sise}", "NS304", "{sise}"),
        ("a{rate}", "NS308", "{rate}"),
        ("a{wide}", "NS308", "{wide}"),
    ],
)
def test_interpolate_refuses(text: str, code: str, marked: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        interpolate(text, VALUES)
    error = caught.value
    assert error.code == code
    assert text[error.offset : error.offset + error.length] == marked


def test_interpolate_suggests() -> None:
    with pytest.raises(ExpressionError) as caught:
        interpolate("a{sise}", VALUES)
    assert caught.value.hints == ("did you mean size?",)


@given(st.text(alphabet="{}m_a0 $", max_size=20))
def test_interpolate_only_ever_raises_our_error(text: str) -> None:
    with suppress(ExpressionError):
        assert interpolate(text, VALUES) == text.replace("{m}", "b")

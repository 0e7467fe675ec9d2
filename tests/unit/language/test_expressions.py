"""Expressions: values worked out by hand or by Python's own exact arithmetic, and every refusal."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.language.expressions import (
    Expression,
    ExpressionError,
    Function,
    Value,
    evaluate,
    from_scalar,
    parse,
)
from netspec.limits import BOUNDS, Limits

NAMES: dict[str, Value] = {
    "n": 10,
    "half": 0.5,
    "wide": True,
    "fn": "softmax",
    "in.height": 7,
    "in.width": 9,
    "in.channels": 64,
}
GENEROUS = Limits(**{name: bound.ceiling for name, bound in BOUNDS.items()})


def value_of(text: str, names: Mapping[str, Value] = NAMES) -> Value:
    return evaluate(parse(text), names)


def refusal(text: str, names: Mapping[str, Value] = NAMES) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value_of(text, names)
    return caught.value


def functions(**written: tuple[str, str]) -> dict[str, Function]:
    return {
        name: Function(tuple(parameters.split()), parse(body))
        for name, (parameters, body) in written.items()
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("12", 12),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("2.", 2.0),
        ("1.5E+2", 150.0),
        ("64.0", 64.0),
        ("true", True),
        ("false", False),
        ("'relu'", "relu"),
        ('"it\'s"', "it's"),
        ("''", ""),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("100 / 10 / 5", 2.0),
        ("2 * 7 // 4 * 3", 9),
        ("6 / 3", 2.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 // -2", -4),
        ("7.0 // 2", 3.0),
        ("-7 % 3", 2),
        ("7 % -3", -2),
        ("5.5 % 2", 1.5),
        ("-2 * 3", -6),
        ("2 * -3", -6),
        ("2 - -3", 5),
        ("--3", 3),
        ("+-+3", -3),
        ("64.0 * 1", 64.0),
        ("min(3, 1, 2)", 1),
        ("max(1, 2.5)", 2.5),
        ("max(-1, min(n, 3) * 2)", 6),
        ("round(2.5)", 3),
        ("round(3.5)", 4),
        ("round(-2.5)", -2),
        ("round(-2.6)", -3),
        ("round(0.49999999999999994)", 0),
        ("round(7)", 7),
        ("ceil(2.1)", 3),
        ("ceil(-2.1)", -2),
        ("floor(-2.1)", -3),
        ("floor(64.0)", 64),
        ("(n + 4) // 8 * 8", 8),
        ("1 if wide else 2", 1),
        ("1 if not wide else 2", 2),
        ("1 if false else 2 if false else 3", 3),
        ("1 if true else 2 if true else 3", 1),
        ("(1 if true else 2) + 10", 11),
        ("1 + 2 if wide else 3", 3),
        ("1 if n > 5 and half < 1 else 2", 1),
        ("1 < 2", True),
        ("2 <= 1", False),
        ("1 == 1.0", True),
        ("1 != 1.0", False),
        ("1 + 1 >= 2", True),
        ("wide == true", True),
        ("fn == 'softmax'", True),
        ("fn != 'softmax'", False),
        ("true or false and false", True),
        ("(true or false) and false", False),
        ("not false and false", False),
        ("not 1 == 2", True),
        ("not not true", True),
        ("in.height * in.width * in.channels", 4032),
        ("min(5, in.height)", 5),
        ("min (1,\t2)\n", 1),
    ],
)
def test_value(text: str, expected: Value) -> None:
    found = value_of(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    "text",
    [
        "1 if true else 1 // 0",
        "1 // 0 if false else 1",
        "1 if true else unknown",
        "1 if true or 1 // 0 == 1 else 2",
        "2 if false and unknown else 1",
    ],
)
def test_what_is_not_needed_is_not_evaluated(text: str) -> None:
    assert value_of(text) == 1


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("", "NS307", ""),
        ("   ", "NS307", ""),
        ("1 +", "NS307", ""),
        ("2 ** 3", "NS307", "**"),
        ("2 ^ 3", "NS307", "^"),
        ("1 2", "NS307", "2"),
        ("a b", "NS307", "b"),
        ("(1", "NS307", ""),
        ("1)", "NS307", ")"),
        ("()", "NS307", ")"),
        ("min(1,)", "NS307", ")"),
        ("min(,1)", "NS307", ","),
        ("min(1 2)", "NS307", "2"),
        ("min(1)", "NS307", "min(1)"),
        ("round(1, 2)", "NS307", "round(1, 2)"),
        ("round()", "NS307", "round()"),
        ("1 < 2 < 3", "NS307", "<"),
        ("n = 1", "NS307", "="),
        ("n && n", "NS307", "&&"),
        ("!wide", "NS307", "!"),
        ("1 + not wide", "NS307", "not"),
        ("1 if true", "NS307", ""),
        ("if", "NS307", "if"),
        ("in", "NS307", "in"),
        ("in.depth", "NS307", "in.depth"),
        ("in.height.real", "NS307", "."),
        ("n.real", "NS307", "."),
        ("'a'.upper()", "NS307", "."),
        ("().__class__", "NS307", "."),
        ("__import__('os')", "NS307", "__import__"),
        ("a__b", "NS307", "a__b"),
        ("_a", "NS307", "_a"),
        ("n[0]", "NS307", "["),
        ("{1}", "NS307", "{"),
        ("$n", "NS307", "$"),
        ("'open", "NS307", "'"),
        ("0x10", "NS307", "0"),
        ("1_000", "NS307", "1"),
        ("007", "NS307", "007"),
        ("1.2.3", "NS307", "1.2"),
        ("1e", "NS307", "1"),
        ("True", "NS307", "True"),
        ("lambda x: x", "NS307", ":"),
        ("\uff45val(1)", "NS307", "\uff45"),
        ("1\u00a0+ 1", "NS307", "\u00a0"),
        ("1 \u2212 1", "NS307", "\u2212"),
        ("\u0663", "NS307", "\u0663"),
        ("m", "NS304", "m"),
        ("1 + softmax", "NS304", "softmax"),
        ("mim(1, 2)", "NS304", "mim(1, 2)"),
        ("n(1)", "NS304", "n(1)"),
        ("1 / 0", "NS308", "0"),
        ("1 // (n - 10)", "NS308", "n - 10"),
        ("1 % 0.0", "NS308", "0.0"),
        ("true + 1", "NS308", "true"),
        ("1 * wide", "NS308", "wide"),
        ("-wide", "NS308", "wide"),
        ("-fn", "NS308", "fn"),
        ("fn + 'x'", "NS308", "fn"),
        ("max(1, true)", "NS308", "true"),
        ("floor('2')", "NS308", "'2'"),
        ("1 if 1 else 2", "NS308", "1"),
        ("not 0", "NS308", "0"),
        ("true and 1", "NS308", "1"),
        ("fn or true", "NS308", "fn"),
        ("fn == 1", "NS308", "fn == 1"),
        ("true == 1", "NS308", "true == 1"),
        ("fn < 'x'", "NS308", "fn"),
        ("true < false", "NS308", "true"),
        ("9223372036854775808", "NS308", "9223372036854775808"),
        ("1e999", "NS308", "1e999"),
        ("1e19", "NS308", "1e19"),
        ("9223372036854775807 + 1", "NS308", "9223372036854775807 + 1"),
        ("4e9 * 4e9 * 0", "NS308", "4e9 * 4e9 * 0"),
        ("1 / 1e-300", "NS308", "1 / 1e-300"),
        ("9" * 65, "NS309", "9" * 65),
    ],
)
def test_refusal(text: str, code: str, marked: str) -> None:
    error = refusal(text)
    assert error.code == code, error.message
    assert text[error.offset : error.offset + error.length] == marked, error.message


def test_the_largest_numbers_have_values() -> None:
    assert value_of("9223372036854775806 + 1") == 2**63 - 1
    assert value_of("-9223372036854775807") == 1 - 2**63


@pytest.mark.parametrize("value", [2**63, -(2**63), math.inf, -math.inf, math.nan])
def test_a_parameter_out_of_bounds_is_refused_where_it_is_used(value: Value) -> None:
    assert refusal("a", {"a": value}).code == "NS308"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("haf", "did you mean half?"),
        ("mim(1, 2)", "did you mean min?"),
        ("2 ** 2", "there are no powers; multiply"),
        ("n = 1", "compare by =="),
        ("True", "write true"),
        ("in.depth", "there are in.height, in.width, in.channels"),
        ("1 < n < 3", "write `a < b and b < c`"),
    ],
)
def test_hint(text: str, hint: str) -> None:
    assert refusal(text).hints == (hint,)


def test_a_size_of_the_input_that_is_absent() -> None:
    vector = refusal("2 * in.height", {"in.channels": 10})
    unknown = refusal("in.width", {"n": 1})
    assert (vector.code, vector.offset, vector.length) == ("NS304", 4, 9)
    assert "step's input" in vector.message
    assert "has no height" in vector.message
    assert "vector" in vector.message
    assert unknown.code == "NS304"
    assert "step's input" in unknown.message
    assert "not known here" in unknown.message


def test_names_and_calls() -> None:
    expression = parse("max(a, in.height) if f(b + g(c)) == 'd' and true else -a")
    assert expression.names == {"a", "b", "c", "in.height"}
    assert expression.calls == {"f", "g"}
    assert expression.text == "max(a, in.height) if f(b + g(c)) == 'd' and true else -a"


def test_an_expression_is_frozen() -> None:
    expression = parse("1 + n")
    with pytest.raises(FrozenInstanceError):
        expression.text = "2"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        expression.root.place = (0, 0)  # type: ignore[misc, assignment]


# Scalars


@pytest.mark.parametrize("text", ["", "relu", "a$b", " $n", "1 + 1", "{m}", "\\$n", "100$"])
def test_a_scalar_that_does_not_begin_with_a_dollar_is_no_expression(text: str) -> None:
    assert from_scalar(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$n", 10),
        ("$half", 0.5),
        ("$wide", True),
        ("$fn", "softmax"),
        ("$in.height", 7),
        ("$min(n, 3)", 3),
        ("$round(n * half)", 5),
        ("${n}", 10),
        ("${ n + 1 }", 11),
        ("${fn == 'softmax'}", True),
        ("${'}'}", "}"),
        ("${true}", True),
    ],
)
def test_scalar(text: str, expected: Value) -> None:
    expression = from_scalar(text)
    assert isinstance(expression, Expression)
    found = evaluate(expression, NAMES)
    assert (found, type(found)) == (expected, type(expected))
    assert expression.text == text


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("$", "$"),
        ("$$", "$"),
        ("$ n", "$"),
        ("$5", "$"),
        ("$(n)", "$"),
        ("$'n'", "$"),
        ("$n + 1", "$n + 1"),
        ("$-n", "$"),
        ("$true", "$true"),
        ("$n b", "b"),
        ("$n.real", "."),
        ("$__class__", "__class__"),
        ("${", "${"),
        ("${n", "${n"),
        ("${n} + 1", "${n} + 1"),
        ("${n}${n}", "}"),
        ("${}", ""),
        ("${ 1 + }", ""),
        ("${n $ 1}", "$"),
    ],
)
def test_a_dollar_that_begins_no_expression(text: str, marked: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        from_scalar(text)
    error = caught.value
    assert error.code == "NS307"
    assert text[error.offset : error.offset + error.length] == marked


def test_places_count_from_the_start_of_the_scalar() -> None:
    expression = from_scalar("${ 1 + unknown }")
    assert expression is not None
    with pytest.raises(ExpressionError) as caught:
        evaluate(expression, {})
    assert (caught.value.offset, caught.value.length) == (7, 7)


def test_operators_without_braces_are_told_to_take_them() -> None:
    with pytest.raises(ExpressionError) as caught:
        from_scalar("$n + 1")
    assert caught.value.hints == ('write "${n + 1}"',)


# Functions


DIVISIBLE = functions(
    divisible=("v d", "max(d, (v + d // 2) // d * d)"),
    checked=("v d", "divisible(v, d) + d if divisible(v, d) < 0.9 * v else divisible(v, d)"),
    scaled=("v", "v * n"),
    constant=("", "3"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("divisible(35, 8)", 32),
        ("divisible(36, 8)", 40),
        ("checked(11, 8)", 16),
        ("checked(divisible(35, 8), 8)", 32),
        ("scaled(2)", 20),
        ("constant() + constant()", 6),
    ],
)
def test_call(text: str, expected: Value) -> None:
    assert evaluate(parse(text), NAMES, DIVISIBLE) == expected


def test_an_argument_hides_a_parameter_and_no_argument_reaches_further_functions() -> None:
    known = functions(outer=("n", "inner() + n"), inner=("", "n"))
    assert evaluate(parse("outer(1)"), {"n": 100}, known) == 101
    unseen = functions(outer=("own", "inner()"), inner=("", "own"))
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse("outer(1)"), {}, unseen)
    assert caught.value.code == "NS304"


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("1 + ratio(1, 0)", "NS308", "in ratio: 1 / 0"),
        ("1 + ratio(1)", "NS307", "ratio(a, b)"),
        ("1 + ratios(1)", "NS304", "no function ratios"),
        ("1 + itself(1)", "NS310", "itself → itself"),
        ("1 + ping(1)", "NS310", "ping → pong → ping"),
        ("1 + enters()", "NS310", "ping → pong → ping"),
    ],
)
def test_a_call_refused_is_placed_at_the_call(text: str, code: str, part: str) -> None:
    known = functions(
        ratio=("a b", "a / b"),
        itself=("a", "itself(a)"),
        ping=("a", "pong(a)"),
        pong=("a", "ping(a)"),
        enters=("", "ping(1)"),
    )
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse(text), {}, known)
    error = caught.value
    assert error.code == code
    assert part in error.message
    assert text[error.offset : error.offset + error.length] == text.removeprefix("1 + ")


def test_a_function_named_without_a_call() -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse("divisible + 1"), {}, DIVISIBLE)
    assert caught.value.code == "NS304"
    assert caught.value.hints == ("call it: divisible(v, d)",)


def test_recursion_on_the_side_not_taken_is_not_met() -> None:
    known = functions(f=("a", "1 if a > 0 else f(a)"))
    assert evaluate(parse("f(1)"), {}, known) == 1


def test_functions_that_double_the_work_are_stopped() -> None:
    doubling = {"f0": Function((), parse("1"))}
    for i in range(1, 40):
        doubling[f"f{i}"] = Function((), parse(f"f{i - 1}() + f{i - 1}()"))
    assert evaluate(parse("f5()"), {}, doubling) == 2**5
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse("f39()"), {}, doubling)
    assert caught.value.code == "NS309"


def test_a_long_ladder_of_functions_is_stopped() -> None:
    ladder = {"f0": Function((), parse("1"))}
    for i in range(1, 3000):
        ladder[f"f{i}"] = Function((), parse(f"{'(' * 10}f{i - 1}(){')' * 10}"))
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse("f2999()"), {}, ladder)
    assert caught.value.code == "NS309"


# Limits


def test_length_is_limited() -> None:
    sum_of_100 = "+".join(["1"] * 100) + " "
    assert len(sum_of_100) == 200
    assert value_of(sum_of_100) == 100
    error = refusal(sum_of_100 + " ")
    assert (error.code, error.offset, error.length) == ("NS309", 200, 1)
    with pytest.raises(ExpressionError) as caught:
        from_scalar("$" + "a" * 200)
    assert caught.value.code == "NS309"


def test_nesting_is_limited() -> None:
    assert value_of("(" * 19 + "1" + ")" * 19) == 1
    assert value_of("-" * 19 + "1") == -1
    for text in ("(" * 20 + "1" + ")" * 20, "-" * 20 + "1", "not " * 20 + "true"):
        assert refusal(text).code == "NS309"


@pytest.mark.parametrize("limits", [Limits(), GENEROUS])
@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000,
        "(" * 1000 + "1" + ")" * 1000,
        "-" * 5000,
        "-" * 5000 + "1",
        "+-" * 2500 + "1",
        "not " * 1000 + "true",
        "floor(" * 1000 + "1" + ")" * 1000,
        "f(" * 1000 + "1" + ")" * 1000,
        "1 if true else " * 1000 + "1",
        "1 if (" * 1000 + "true" + ") else 1" * 1000,
        "1 + (2 * " * 1000 + "1" + ")" * 1000,
        "9" * 5000 + " " * 1000,
    ],
)
def test_no_depth_exhausts_the_stack(text: str, limits: Limits) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, limits)
    assert caught.value.code == "NS309"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+".join(["1"] * 5_000), 5_000),
        ("-".join(["1"] * 5_000), -4_998),
        ("*".join(["1"] * 5_000), 1),
        (" and ".join(["true"] * 5_000), True),
        (" or ".join(["false"] * 5_000), False),
        (f"max({','.join(str(i) for i in range(5000))})", 4999),
    ],
    ids=["sum", "difference", "product", "and", "or", "max"],
)
def test_long_chains_need_no_depth(text: str, expected: Value) -> None:
    assert evaluate(parse(text, GENEROUS), {}) == expected


@pytest.fixture
def half_a_stack() -> Iterator[None]:
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 500)
    yield
    sys.setrecursionlimit(usual)


@pytest.mark.usefixtures("half_a_stack")
def test_the_deepest_expressions_fit_into_half_of_the_stack() -> None:
    def nested(turns: int) -> str:
        return "1 if true and 1 == 1 + 2 * -min(1, " * turns + "1" + ") else 2" * turns

    deepest = parse(nested(8), GENEROUS)
    known = {"f0": Function((), deepest)}
    for i in range(1, 40):
        known[f"f{i}"] = Function((), parse(f"f{i - 1}()"))
    assert evaluate(deepest, {}) == 2
    assert evaluate(parse("f35()"), {}, known) == 2
    with pytest.raises(ExpressionError) as caught:
        parse(nested(9), GENEROUS)
    assert caught.value.code == "NS309"


# Properties


ARITHMETIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: math.floor(Fraction(a) / b),
    "%": lambda a, b: a - b * math.floor(Fraction(a) / b),
}
Printed = tuple[str, int | None]  # an expression's text, its value; None where it has none


def joined(left: Printed, symbol: str, right: Printed) -> Printed:
    text = f"({left[0]}) {symbol} ({right[0]})"
    if left[1] is None or right[1] is None or (symbol in {"//", "%"} and right[1] == 0):
        return text, None
    value = ARITHMETIC[symbol](left[1], right[1])
    return text, value if abs(value) < 2**63 else None


def negated(operand: Printed) -> Printed:
    return f"-({operand[0]})", None if operand[1] is None else -operand[1]


trees = st.recursive(
    st.integers(0, 2**40).map(lambda i: (str(i), i)),
    lambda inner: (
        st.builds(joined, inner, st.sampled_from(sorted(ARITHMETIC)), inner)
        | st.builds(negated, inner)
    ),
    max_leaves=12,
)


@given(trees)
def test_integers_are_exact(tree: Printed) -> None:
    text, expected = tree
    expression = parse(text, GENEROUS)
    if expected is None:
        with pytest.raises(ExpressionError) as caught:
            evaluate(expression, {})
        assert caught.value.code == "NS308"
    else:
        assert evaluate(expression, {}) == expected


small = st.integers(1, 9)


@given(st.lists(st.tuples(st.sampled_from(["+", "-", "*"]), small), max_size=18), small)
def test_precedence_without_parentheses(rest: list[tuple[str, int]], first: int) -> None:
    summands = [first]
    for symbol, operand in rest:
        if symbol == "*":
            summands[-1] *= operand
        else:
            summands.append(operand if symbol == "+" else -operand)
    text = f"{first}" + "".join(f" {symbol} {operand}" for symbol, operand in rest)
    assert evaluate(parse(text), {}) == sum(summands)


moderate = st.floats(-1e15, 1e15, allow_nan=False)


@given(moderate)
def test_rounding_is_that_of_exact_fractions(number: float) -> None:
    names: dict[str, Value] = {"x": number}
    exact = Fraction(number)
    expected = {
        "round(x)": math.floor(exact + Fraction(1, 2)),
        "floor(x)": math.floor(exact),
        "ceil(x)": math.ceil(exact),
    }
    for text, value in expected.items():
        found = evaluate(parse(text), names)
        assert type(found) is int
        assert found == value


@given(moderate, moderate)
def test_floats_order_as_exact_fractions(a: float, b: float) -> None:
    names: dict[str, Value] = {"a": a, "b": b}
    left, right = Fraction(a), Fraction(b)
    assert evaluate(parse("a < b"), names) is (left < right)
    assert evaluate(parse("a >= b"), names) is (left >= right)
    assert evaluate(parse("a == b"), names) is (left == right)
    assert evaluate(parse("min(a, b)"), names) == min(left, right)


SYMBOLS = "+-*/%()<>=!,.$'\"_{}[] 01a\n\u00e9"
WORDS = ["if ", " if ", " else ", " and ", " or ", "not ", "true", "n", "in.", "in.height"]
OTHERS = ["//", "**", "f(", "min(", "max(", "round(", "1e", ".5", "9" * 20]
pieces = st.sampled_from([*SYMBOLS, *WORDS, *OTHERS])
garbage = st.lists(pieces, max_size=40).map("".join) | st.text(max_size=60)


def error_of(written: str, read: Callable[[str], Expression | None]) -> ExpressionError | None:
    """What reading and evaluating raises; any other exception, or no proper value, is a failure."""
    try:
        expression = read(written)
        if expression is not None:
            value = evaluate(expression, NAMES, functions(f=("a", "a + 1")))
            assert type(value) in {bool, int, float, str}
    except ExpressionError as error:
        return error
    return None


@given(garbage, st.sampled_from([parse, from_scalar]))
def test_garbage_only_ever_raises_our_error_inside_the_text(
    text: str, read: Callable[[str], Expression | None]
) -> None:
    for written in (text, f"${text}", f"${{{text}}}"):
        error = error_of(written, read)
        if error is not None:
            assert error.code in {"NS304", "NS307", "NS308", "NS309"}
            assert 0 <= error.offset <= error.offset + error.length <= len(written)
            assert error.message
            assert "\n" not in error.message

"""Plain scalars, against the YAML 1.2 core schema and against what other readers get wrong."""

import sys

import pytest

from netspec.reading.scalars import BadNumber, resolve, taken_for

VALUES = [
    # null and booleans: the core schema's spellings and no other
    *[(text, None) for text in ("", "~", "null", "Null", "NULL")],
    *[(text, True) for text in ("true", "True", "TRUE")],
    *[(text, False) for text in ("false", "False", "FALSE")],
    # integers
    ("0", 0),
    ("-0", 0),
    ("7", 7),
    ("+12", 12),
    ("-19", -19),
    ("2147483648", 2147483648),
    # floats, among them those that YAML 1.1 readers leave as strings
    ("1e-3", 0.001),
    ("1E5", 100000.0),
    ("1.0e3", 1000.0),
    ("1.e-3", 0.001),
    ("1.0e-3", 0.001),
    ("1.0e+3", 1000.0),
    ("-.5", -0.5),
    (".5", 0.5),
    ("+.5", 0.5),
    ("5.", 5.0),
    ("64.0", 64.0),
    ("-0.0", -0.0),
    ("12e03", 12000.0),
    ("1e-400", 0.0),
    ("010.5", 10.5),
]
STRINGS = [
    *("no", "No", "NO", "yes", "Yes", "on", "off", "Off", "y", "n", "Y", "N", "nULL", "tRUE"),
    *("1:30", "3:3", "12:30:45", "190:20:30.15", "1" + ":59" * 50),
    *("2001-01-01", "2024-13-45", "2001-12-14t21:59:43.10-05:00"),
    *("inf", "nan", "Infinity", "NaN", ".Nan", "+.nan", ".iNF", "-inf"),
    *(".", "-", "+", "..", "-.", "+-1", "--1", "1-", "e5", ".e5", "1e", "1e+", "1.2.3", "1 2"),
    *("_1", "_", "0x", "0xg", "0o8", "0b2", "1_000x", "a1", "1a", "$x", "-a", "<<", "=", "½", "٣"),
]
REFUSED = [
    *(".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.INF", ".nan", ".NaN", ".NAN"),
    *("1.0e+999", "-1e400", "1E+309"),
    *("010", "08", "00", "-01", "+007"),
    *("1_000", "1_0.5", "0_", "1__0", "1_0e3", "1e1_0", "-1_000", ".5_0"),
    *("0x10", "0XFF", "0o10", "0O7", "0b11", "-0x1F", "0x_1"),
    *("1" * 65, "-" + "1" * 64, "1." + "0" * 63, "1e" + "0" * 63, "0x" + "f" * 1_000_000),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_core_values(text, value):
    got = resolve(text)
    assert (type(got), repr(got)) == (type(value), repr(value))


@pytest.mark.parametrize("text", STRINGS)
def test_everything_else_is_a_string(text):
    assert resolve(text) == text


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:12])
def test_numbers_that_readers_disagree_on_are_refused(text):
    with pytest.raises(BadNumber) as caught:
        resolve(text)
    assert "quote it if a string is meant" in caught.value.hint
    assert len(str(caught.value)) < 200


def test_sixty_four_characters_are_the_last_that_are_read():
    assert resolve("9" * 64) == 10**64 - 1
    assert resolve("1234", number_length=4) == 1234
    with pytest.raises(BadNumber, match="at most 4"):
        resolve("12345", number_length=4)


def test_a_raised_limit_meets_no_bound_of_python():
    assert sys.get_int_max_str_digits() < 10_000
    assert resolve("-1" + "0" * 9_999, number_length=10_001) == -(10**9_999)
    assert resolve("9" * 5_000, number_length=5_000) == 10**5_000 - 1


@pytest.mark.parametrize("text", ["9" * 100_000 + "x", "1" + ":59" * 80_000, "1_" * 100_000 + "x"])
def test_long_texts_that_are_no_numbers(text):
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *[(text, "a boolean") for text in ("no", "Yes", "ON", "off", "true", "FALSE")],
        *[(text, "null") for text in ("~", "null", "Null")],
        *[(text, "a number") for text in ("1", "-2.5", "1e3", "010", "0x1f", "1_0", ".inf")],
        *[(text, None) for text in ("y", "n", "none", "a", "conv2", "1x1", "1:30", "x-1", "<<")],
    ],
)
def test_what_a_plain_key_is_taken_for(text, kind):
    assert taken_for(text) == kind

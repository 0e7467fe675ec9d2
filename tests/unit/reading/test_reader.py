"""The reader: which data a text holds, where each piece stands, and what every bad text gets."""

import gc
import os
import socket
import subprocess
import sys
from itertools import pairwise

import pytest
import yaml

from netspec.diagnostics import Source, SpecError
from netspec.limits import Limits
from netspec.reading import parser
from netspec.reading.document import Mapping, Scalar, Sequence
from netspec.reading.reader import read_file, read_text, read_value


def read(text, **limits):
    return read_text(Source("s.yaml", text), Limits(**limits))


def faults(text, **limits):
    """(code, line, column) of all faults, in the order of the report."""
    with pytest.raises(SpecError) as caught:
        read(text, **limits)
    return [(d.code, d.span.line, d.span.column) for d in caught.value.diagnostics]


def only_fault(text, **limits):
    with pytest.raises(SpecError) as caught:
        read(text, **limits)
    assert len(caught.value.diagnostics) == 1, str(caught.value)
    return caught.value.diagnostics[0]


def sliced(span):
    """The text of a span, its lines joined by line feeds."""
    lines = [span.source.line(n) for n in range(span.line, span.end_line + 1)]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def nodes(node):
    """A node and all below it."""
    yield node
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            yield from nodes(entry.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from nodes(item)


# Data


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a: 1", {"a": 1}),
        (
            "- a\n- [b, 1e-3]\n- {c: no, d: ~}\n-\n",
            ["a", ["b", 0.001], {"c": "no", "d": None}, None],
        ),
        ("a:\n- 1\n- 2\nb: {}\nc: []\n", {"a": [1, 2], "b": {}, "c": []}),
        (
            "a: '1'\nb: \"2\"\nc: |\n  3\nd: >\n  x\n  y\n",
            {"a": "1", "b": "2", "c": "3\n", "d": "x y\n"},
        ),
        ("---\na: 1\n...\n", {"a": 1}),
        (
            "a: 1:30\nb: 2001-01-01\nc: 2024-13-45\n",
            {"a": "1:30", "b": "2001-01-01", "c": "2024-13-45"},
        ),
        ("a: b#c\nd: e #f\n", {"a": "b#c", "d": "e"}),
        ('"no": 1\n"1": 2\n', {"no": 1, "1": 2}),
        ('"<<": 1', {"<<": 1}),
        ("y: 1\nn: 2", {"y": 1, "n": 2}),
        ("x: [a: b, c]", {"x": [{"a": "b"}, "c"]}),
        ("a: \u00e9\u4e2d\U0001f600", {"a": "\u00e9\u4e2d\U0001f600"}),
        ('a: "\\t\\n\\x41\\u00e9\\U0001F600"', {"a": "\t\nA\u00e9\U0001f600"}),
        (
            "a: $x\nb: ${min(5, in.height)}\nc: $f(1, 2)",
            {"a": "$x", "b": "${min(5, in.height)}", "c": "$f(1, 2)"},
        ),
        (
            'a: {k: "${min(5, in.height)}", l: $x, m: $f(1)}',
            {"a": {"k": "${min(5, in.height)}", "l": "$x", "m": "$f(1)"}},
        ),
        ("\ufeffa: 1", {"a": 1}),
        ("? " + "k" * 1030 + "\n: 1", {"k" * 1030: 1}),
    ],
)
def test_data(text, plain):
    assert repr(read(text).root.plain) == repr(plain)


TEXT = """\
# a comment
name: Net  # its name
note: |
  caf\u00e9
    deep

steps:
  - {op: conv, kernel: [3, 3], x-\u0061: '\U0001f600\u00e9', b: [c: d]}
  -
    op: "add"

  - []
plain: first
  second
last:
"""
PIECES = [
    ("Net", ["name"]),
    ("|\n  caf\u00e9\n    deep", ["note"]),
    ("[3, 3]", ["steps", 0, "kernel"]),
    ("3", ["steps", 0, "kernel", 1]),
    ("'\U0001f600\u00e9'", ["steps", 0, "x-a"]),
    ("[c: d]", ["steps", 0, "b"]),
    ("c: d", ["steps", 0, "b", 0]),
    ("d", ["steps", 0, "b", 0, "c"]),
    ('op: "add"', ["steps", 1]),
    ('"add"', ["steps", 1, "op"]),
    ("[]", ["steps", 2]),
    ("first\n  second", ["plain"]),
    ("", ["last"]),
]


@pytest.fixture(params=["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def document(request):
    return read(TEXT.replace("\n", request.param))


@pytest.mark.parametrize(("text", "path"), PIECES, ids=lambda value: str(value)[:20])
def test_the_span_of_a_value_cuts_its_text_out(document, text, path):
    node = document.root
    for step in path:
        node = node.get(step) if isinstance(step, str) else node.items[step]
    assert sliced(node.span) == text


def test_the_span_of_a_key_cuts_its_text_out(document):
    found = [
        (sliced(entry.key_span), key)
        for node in nodes(document.root)
        if isinstance(node, Mapping)
        for key, entry in node.entries.items()
    ]
    assert len(found) == 11
    assert all(text == key for text, key in found)


def test_a_block_ends_with_its_last_child(document):
    steps = document.root.get("steps")
    assert (steps.span.line, steps.span.column) == (8, 3)
    assert (steps.span.end_line, steps.span.end_column) == (12, 7)
    assert (document.root.span.line, document.root.span.end_line) == (2, 15)


def test_spans_nest(document):
    for node in nodes(document.root):
        below = node.items if isinstance(node, Sequence) else ()
        if isinstance(node, Mapping):
            below = list(node.entries.values())
        places = [(s.line, s.column, s.end_line, s.end_column) for s in (b.span for b in below)]
        assert all(a[2:] <= b[:2] for a, b in pairwise(places))
        assert all(node.span[1:3] <= p[:2] and p[2:] <= node.span[3:5] for p in places)


def test_line_ends_do_not_change_the_data():
    ends = [read(TEXT.replace("\n", end)).root for end in ("\n", "\r\n", "\r")]
    assert ends[0].plain == ends[1].plain == ends[2].plain
    places = [[node.span[1:] for node in nodes(root)] for root in ends]
    assert places[0] == places[1] == places[2]


def test_the_path_of_a_place():
    document = read("steps:\n  - Mixed: {expect: [1, 2]}\n")
    two = document.root.get("steps").items[0].get("Mixed").get("expect").items[1]
    assert document.path_at(two.span) == "steps[0].Mixed.expect[1]"


# Bad texts

TEXT_FAULTS = [
    # no spec, wrong root
    ("", [("NS107", 1, 1)]),
    ("\n\n", [("NS107", 1, 1)]),
    ("# only\n# comments\n", [("NS107", 1, 1)]),
    ("---\n", [("NS107", 1, 1)]),
    ("--- # nothing\n", [("NS107", 1, 1)]),
    ("\ufeff", [("NS107", 1, 1)]),
    ("a:1", [("NS201", 1, 1)]),
    ("~", [("NS201", 1, 1)]),
    ("''", [("NS201", 1, 1)]),
    ("-a", [("NS201", 1, 1)]),
    # documents and directives
    ("a: 1\n---\nb: 2\n", [("NS108", 2, 1)]),
    ("a: 1\n---\n", [("NS108", 2, 1)]),
    ("a: 1\n...\nb: 2\n", [("NS108", 3, 1)]),
    ("---\n---\na: 1\n", [("NS108", 2, 1)]),
    ("%YAML 1.2\n---\na: 1\n", [("NS113", 1, 1)]),
    ("%YAML 2.0\n---\na: 1\n", [("NS113", 1, 1)]),
    ("%TAG ! tag:x,2000:\n---\na: 1\n", [("NS113", 1, 1)]),
    ("# c\n%FOO\na: 1\n", [("NS113", 2, 1)]),
    ("a: 1\n%FOO\n", [("NS113", 2, 1)]),
    # forbidden characters, raw; what they hide is not looked at
    ("a: \x00", [("NS104", 1, 4)]),
    ("a: b\u2028c: 2", [("NS104", 1, 5)]),
    ("a: b\u2029c: 2", [("NS104", 1, 5)]),
    ("a: b\x85c: 2", [("NS104", 1, 5)]),
    ("# \u202e comment\na: 1", [("NS104", 1, 3)]),
    ("a: 1\r\nb: \u200b", [("NS104", 2, 4)]),
    ("a: 1\rb: \U0001f600\x7f", [("NS104", 2, 5)]),
    ("a: \x1b[31m", [("NS104", 1, 4)]),
    ("a: \x9b", [("NS104", 1, 4)]),
    ("a: \ud800", [("NS104", 1, 4)]),
    ("a: \ufffe", [("NS104", 1, 4)]),
    ("a: \x0c\nb: \x0b", [("NS104", 1, 4), ("NS104", 2, 4)]),
    ("a: 1\n\ufeffb: 2", [("NS104", 2, 1)]),
    # and as escapes
    ('a: "\\x00"', [("NS104", 1, 4)]),
    ('a: "\\u2028"', [("NS104", 1, 4)]),
    ('a: "\\N\\P"', [("NS104", 1, 4), ("NS104", 1, 4)]),
    ('a: "\\u200b"', [("NS104", 1, 4)]),
    ('a: "x\\ud800"', [("NS104", 1, 6)]),
    ('a: "\\U00110000"', [("NS104", 1, 5)]),
    # tabs
    ("a:\n\tb: 1\n", [("NS106", 2, 1)]),
    ("a:\n  \tb: 1\n", [("NS106", 2, 3)]),
    ("\ta: 1\n", [("NS106", 1, 1)]),
    ("a: x\n\tb: 2\n", [("NS106", 2, 1)]),
    ("a:\n  - x\n\t- y\n", [("NS106", 3, 1)]),
    ("a: |\n\tx\n", [("NS106", 2, 1)]),
    # keys
    ("a: 1\na: 2\n", [("NS109", 2, 1)]),
    ("x: {a: 1, a: 2}", [("NS109", 1, 11)]),
    ("a: 1\n'a': 2\n\"a\": 3\n", [("NS109", 2, 1), ("NS109", 3, 1)]),
    *[
        (f"x: 0\n{key}: 1\n", [("NS114", 2, 1)])
        for key in ("no", "Yes", "on", "OFF", "true", "False")
    ],
    *[
        (f"x: 0\n{key}: 1\n", [("NS114", 2, 1)])
        for key in ("1", "-2.5", "null", "~", "010", ".inf")
    ],
    *[
        (f"x: 0\n{key}: 1\n", [("NS114", 2, 1)])
        for key in ("[a]", "{a: b}", "caf\u00e9", "c\u043env", "''")
    ],
    ("? [1, 2]\n: x\n", [("NS114", 1, 3)]),
    ("? - 1\n: x\n", [("NS114", 1, 3)]),
    ("? |\n  a\n: x\n", [("NS114", 1, 3)]),
    ('"a\\nb": 1', [("NS114", 1, 1)]),
    ("{? : 1}", [("NS114", 1, 4)]),
    ("x: {1: a, 2.5: b, true: c, null: d}", [("NS114", 1, c) for c in (5, 11, 19, 28)]),
    # aliases, merges, tags
    ("a: &b 1", [("NS110", 1, 4)]),
    ("a: *b", [("NS110", 1, 4)]),
    ("&a [*a]", [("NS110", 1, 1), ("NS110", 1, 5)]),
    ("*a : 1", [("NS110", 1, 1)]),
    ("<<: 3", [("NS111", 1, 1)]),
    ("a: &b {}\nc:\n  <<: *b\n", [("NS110", 1, 4), ("NS111", 3, 3), ("NS110", 3, 7)]),
    *[
        (f"a: {tag}", [("NS112", 1, 4)])
        for tag in ('!!int ""', "!!binary aGk=", "!!bool zzz", "! foo", "!x y")
    ],
    *[
        (f"a: {tag}", [("NS112", 1, 4)])
        for tag in ("!!set {}", "!!omap []", "!!python/none", "!<x> y", "!e!x y")
    ],
    # numbers
    ("a: 010\nb: 1_000\nc: .nan\nd: 0x1F\n", [("NS115", n, 4) for n in (1, 2, 3, 4)]),
    ("a: [.inf, 1.0e+999]", [("NS115", 1, 5), ("NS115", 1, 11)]),
    ("a: " + "9" * 65, [("NS115", 1, 4)]),
    ("a: " + "9" * 4000, [("NS115", 1, 4)]),
    # syntax
    ("a: [1, 2\n", [("NS105", 1, 4)]),
    ("a: {x: 1", [("NS105", 1, 4)]),
    ("a: [1, 2}", [("NS105", 1, 9)]),
    ("a: 'b", [("NS105", 1, 4)]),
    ('a: "\\q"', [("NS105", 1, 5)]),
    ('a: "\\xzz"', [("NS105", 1, 7)]),
    ("a: b: c", [("NS105", 1, 5)]),
    ("- a\nb: 1", [("NS105", 2, 1)]),
    ("b: 1\n- a", [("NS105", 2, 1)]),
    ("a: @b", [("NS105", 1, 4)]),
    ('a: "b" c', [("NS105", 1, 8)]),
    ("]", [("NS105", 1, 1)]),
    (": 1", [("NS105", 1, 1)]),
    ("...\n", [("NS105", 1, 1)]),
    ("a: &", [("NS110", 1, 4)]),
    ("a: *", [("NS110", 1, 4)]),
    ("a: !<x", [("NS112", 1, 4)]),
]


@pytest.mark.parametrize(("text", "found"), TEXT_FAULTS, ids=lambda value: repr(value)[:40])
@pytest.mark.parametrize("end", ["\n", "\r"], ids=["LF", "CR"])
def test_bad_texts(text, found, end):
    assert faults(text.replace("\n", end) if "\r" not in text else text) == found


def test_all_faults_are_reported_together_and_in_order():
    text = "a: 1\na: 010\nno: *x\ny: !!str &q z\n<<: {b: 1, b: 2}\nz: [1\n"
    assert faults(text) == [
        ("NS109", 2, 1),
        ("NS115", 2, 4),
        ("NS114", 3, 1),
        ("NS110", 3, 5),
        ("NS112", 4, 4),
        ("NS110", 4, 10),
        ("NS111", 5, 1),
        ("NS109", 5, 12),
        ("NS105", 6, 4),
    ]


@pytest.mark.parametrize("loader", [parser.Loader, yaml.SafeLoader])
@pytest.mark.parametrize(("text", "found"), TEXT_FAULTS, ids=lambda value: repr(value)[:40])
def test_both_parsers_find_the_same_codes(text, found, loader, monkeypatch):
    monkeypatch.setattr(parser, "Loader", loader)
    if (
        "110000" in text and loader is yaml.SafeLoader
    ):  # the parser in Python only says that it failed
        found = [("NS105", 1, 1)]
    codes = {code for code, *_ in faults(text)}
    assert {code for code, *_ in found} <= codes


MESSAGES = [
    ("a: 1\nb:\u00a01\n", "this is neither `key: value`", "line 2 holds a no-break space (U+00A0)"),
    ("a:\u00a01\nb: 1\n", "a colon can't stand here", "line 1 holds a no-break space (U+00A0)"),
    ("a: b\u2028c: 2", "U+2028 (LINE SEPARATOR)", ""),
    ("a: \x00", "U+0000", ""),
    ('a: "\\ud800"', "U+D800", ""),
    ("a:\n\tb: 1", "a tab", "spaces"),
    ("no: 1", "`no`", 'quote it: "no"'),
    ("a: 010", "`010`", "without leading zeros"),
    ("a:1", "mapping", "did you mean `a: 1`, with a space after the colon?"),
    ("a:1\nb: 2", "", "did you mean `a: 1`, with a space after the colon?"),
    ("a: 1\nb:2\nc: 3", "neither", "did you mean `b: 2`, with a space after the colon?"),
    ("a: [ s: 1, t: ", "this `[` is never closed", "`]`"),
    ("a: [1, 2\n", "this `[` is never closed", "`]`"),
    ("a: [1, 2}", "the `[` of line 1 is still open", "`]`"),
    ("a: 'b", "this quote is never closed", ""),
    ("a: `b`", "a backtick", "quote"),
    ("a: 1\nb: [1,\n  2\nc: 3\n", "the `[` of line 2 is still open", ""),
    ("a: " + "x" * 4097, "4,097", ""),
    ("a: !!int 1", "tags", "delete"),
    ("- " * 65 + "a", "64", ""),
]


@pytest.mark.parametrize(("text", "message", "hint"), MESSAGES, ids=lambda value: repr(value)[:30])
def test_messages(text, message, hint):
    fault = only_fault(text)
    assert message in fault.message
    assert hint in " ".join(fault.hints)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("{kernel: ${min(5, in.height)}}", "${min(5, in.height)}"),
        (
            'a:\n  - {op: conv, n: "x", kernel: ${min(5, in.height)}, stride: 2}\n',
            "${min(5, in.height)}",
        ),
        ("a: [${x}]", "${x}"),
        ("a: [1, ${x % 2}, ${y}]", "${x % 2}"),
        ("a: {k: ${x\n", "${x"),
        ("a: {k: $min(5, in.height), l: 1}", "$min(5, in.height)"),
        ("a: [$f($g(1, 2), 3)]", "$f($g(1, 2), 3)"),
    ],
)
def test_a_bare_expression_is_recognised(text, expression):
    fault = only_fault(text)
    assert fault.code == "NS105"
    assert sliced(fault.span) == expression
    assert fault.hints == (f'quote it: "{expression}"',)


def test_a_quoted_expression_is_not_blamed():
    fault = only_fault('{a: "${x}" b}')
    assert sliced(fault.span) == "b"
    assert "quote it:" not in fault.hints[0]


def test_a_duplicate_key_shows_the_first():
    fault = only_fault("x:\n  a: 1\n  b: 2\n  a: 3\n")
    ((_, first),) = fault.related
    assert (first.line, first.column, sliced(first)) == (2, 3, "a")
    assert "2 |   a: 1" in str(fault)


def test_every_syntax_fault_marks_a_character_of_the_text():
    for text, found in TEXT_FAULTS:
        if found[0][0] != "NS105":
            continue
        span = only_fault(text).span
        assert sliced(span), text


def test_many_forbidden_characters_give_a_few_faults():
    with pytest.raises(SpecError) as caught:
        read("a: " + "\x00" * 1000)
    assert len(caught.value.diagnostics) == 5
    assert "995 more" in str(caught.value)


def test_a_flood_of_faults_is_cut():
    with pytest.raises(SpecError) as caught:
        read("a: 1\n" * 100_000)
    assert len(caught.value.diagnostics) == 1000


# Limits


def test_depth():
    assert read("[" * 64 + "]" * 64)
    assert faults("[" * 65 + "]" * 65) == [("NS116", 1, 65)]
    assert faults("a: {b: [1]}", depth=2) == [("NS116", 1, 8)]
    assert faults("- " * 65 + "a") == [("NS116", 1, 129)]


def test_values():
    assert read(
        "[a, b: c, []]", values=7
    )  # the list, a, the pair, its key and value, the empty list
    assert faults("a: 1\nb: 2\n", values=4) == [("NS117", 2, 4)]
    assert [code for code, *_ in faults("-\n" * 500_000)] == ["NS117"]


def test_string_length():
    assert read("a: " + "x" * 4096)
    assert faults("a: " + "x" * 4097) == [("NS118", 1, 4)]
    assert faults(f"'{'k' * 9}': '{'v' * 9}'", string_length=8) == [
        ("NS118", 1, 1),
        ("NS118", 1, 14),
    ]


def test_text_size():
    assert read("a: 1", file_bytes=4)
    assert faults("a: 12", file_bytes=4) == [("NS102", 1, 1)]
    assert faults("a: \u00e9", file_bytes=4) == [("NS102", 1, 1)]


NESTED = [
    "[" * 25_000 + "]" * 25_000,
    "- " * 60_000,
    "{a: " * 25_000,
    "? " * 60_000,
    "[\n" * 60_000,
]


@pytest.mark.parametrize("text", NESTED, ids=lambda text: text[:4])
def test_deep_nesting(text):
    assert [code for code, *_ in faults(text)] == ["NS116"]


def test_deep_nesting_on_a_small_stack():
    program = (
        "import resource, threading\n"
        "from netspec.diagnostics import Source, SpecError\n"
        "from netspec.reading.reader import read_text\n"
        "def attack():\n"
        "    for text in ('[' * 25_000, '- ' * 60_000, '? ' * 60_000):\n"
        "        try:\n"
        "            read_text(Source('s', text))\n"
        "        except SpecError as error:\n"
        "            print(error.diagnostics[0].code)\n"
        "threading.stack_size(256 * 1024)\n"
        "thread = threading.Thread(target=attack)\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["NS116"] * 3), done.stderr


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join([f'*{chr(97 + n)}'] * 9)}]}}\n"
    for n in range(7)
)


def test_merge_laughs_are_refused_where_they_stand():
    codes = {code for code, *_ in faults(LAUGHS)}
    assert codes == {"NS110", "NS111"}


@pytest.mark.parametrize(
    "text",
    [
        *("a: 1" + ":59" * 80_000, "9" * 1_000_000, "1_" * 400_000, '"' * 1_000_000, "%" * 100_000),
        *("[${" * 300_000, "{a: $f(" + "(" * 900_000, "a: 1\n...\n" + "%TAG !a! x\n" * 60_000),
        *("a: !!int " + "9" * 900_000, "#" * 1_000_000, ":" * 1_000_000, "&a " * 300_000),
    ],
    ids=lambda text: text[:10],
)
def test_large_junk_is_refused(text):
    assert faults(text)


def test_the_collector_is_left_as_it_was():
    read("a: 1")
    assert gc.isenabled()
    faults("a: [")
    assert gc.isenabled()
    gc.disable()
    try:
        read("a: 1")
        assert not gc.isenabled()
    finally:
        gc.enable()


# Files


def file_fault(path, **limits):
    with pytest.raises(SpecError) as caught:
        read_file(path, Limits(**limits))
    (fault,) = caught.value.diagnostics
    return fault


def test_a_file(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: \xc3\xa9\r\n")
    document = read_file(path)
    assert document.root.plain == {"a": 1, "b": "\u00e9"}
    assert document.source.name == str(path)
    assert document.root.get("a").span[1:] == (1, 4, 1, 5)
    assert read_file(str(path)).root.plain == document.root.plain


def test_a_link_to_a_file(tmp_path):
    (tmp_path / "s.yaml").write_text("a: 1")
    (tmp_path / "link.yaml").symlink_to("s.yaml")
    assert read_file(tmp_path / "link.yaml").root.plain == {"a": 1}


def unreadable(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "to_null").symlink_to("/dev/null")
    (tmp_path / "to_fifo").symlink_to("fifo")
    (tmp_path / "file").write_text("a: 1")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
    yield tmp_path / "missing.yaml", "no such file"
    yield tmp_path, "a directory"
    yield tmp_path / "fifo", "a pipe"
    yield tmp_path / "to_fifo", "a pipe"
    yield "/dev/null", "a device"
    yield "/dev/zero", "a device"
    yield tmp_path / "to_null", "a device"
    yield tmp_path / "socket", "a socket"
    yield tmp_path / "loop", "links form a loop"
    yield tmp_path / "file" / "x", "not a directory"
    yield tmp_path / ("x" * 300), "too long"
    yield "a\0b", "no file has such a name"
    yield "", "no such file"


def test_unreadable_paths(tmp_path):
    for path, reason in unreadable(tmp_path):
        fault = file_fault(path)
        assert fault.code == "NS101"
        assert reason in fault.message
        assert (fault.span.line, fault.span.column) == (1, 1)
        assert str(fault).isprintable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all files")
def test_permission(tmp_path):
    (tmp_path / "s.yaml").write_text("a: 1")
    (tmp_path / "s.yaml").chmod(0)
    assert "permission" in file_fault(tmp_path / "s.yaml").message


def test_permission_denied_by_the_system(tmp_path, monkeypatch):
    def deny(path, flags):
        raise PermissionError(13, "Permission denied", path)

    (tmp_path / "s.yaml").write_text("a: 1")
    monkeypatch.setattr(os, "open", deny)
    fault = file_fault(tmp_path / "s.yaml")
    assert (fault.code, "permission is denied" in fault.message) == ("NS101", True)


def test_file_size(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_bytes(b"a: 1\n" + b"#" * 20)
    assert read_file(path, Limits(file_bytes=25)).root.plain == {"a": 1}
    assert file_fault(path, file_bytes=24).code == "NS102"
    path.write_bytes(b"a: 1\n" * (1 << 19))
    assert file_fault(path).code == "NS102"
    with path.open("wb") as sparse:
        sparse.truncate(1 << 40)
    assert file_fault(path).code == "NS102"


@pytest.mark.parametrize(
    ("data", "offset", "place"),
    [
        (b"a: \xff", 3, (1, 4)),
        (b"a: 1\r\nb: \xc3\xa9\xe9\n", 11, (2, 5)),
        (b"a: 1\rb: \xed\xa0\x80", 8, (2, 4)),
        (b"\xef\xbb\xbfa: \xc3", 6, (1, 4)),
        (b"\xff\xfea\0:\0", 0, (1, 1)),
        (b"a: \xc0\x80", 3, (1, 4)),
    ],
)
def test_bad_encoding(tmp_path, data, offset, place):
    (tmp_path / "s.yaml").write_bytes(data)
    fault = file_fault(tmp_path / "s.yaml")
    assert (fault.code, (fault.span.line, fault.span.column)) == ("NS103", place)
    assert f"offset {offset} " in fault.message


def test_utf_16_is_named(tmp_path):
    (tmp_path / "s.yaml").write_bytes("a: 1".encode("utf-16"))
    assert "UTF-16" in file_fault(tmp_path / "s.yaml").hints[0]


def test_a_name_that_a_terminal_would_act_on(tmp_path):
    path = tmp_path / "a\x1b[31m\udcff.yaml"
    path.write_text("b: 1")
    name = read_file(path).source.name
    assert name.isprintable()
    assert name.endswith("a\ufffd[31m\ufffd.yaml")


# Values of the command line


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("10", 10),
        ("1e-3", 0.001),
        ("null", None),
        ("no", "no"),
        ("''", ""),
        ("[3, 5]", [3, 5]),
        ("{op: relu}", {"op": "relu"}),
        ("${min(5, in.height)}", "${min(5, in.height)}"),
        ("a:1", "a:1"),
    ],
)
def test_a_value(text, plain):
    assert repr(read_value(Source("--set x", text)).plain) == repr(plain)


def test_the_span_of_a_value():
    node = read_value(Source("--set x", " 10 "))
    assert isinstance(node, Scalar)
    assert node.span[1:] == (1, 2, 1, 4)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[(text, "NS208") for text in ("", " ", "\n", "# x", "---")],
        ("010", "NS115"),
        ("[1", "NS105"),
        ("*", "NS110"),
        ("!!int 3", "NS112"),
        ("%5", "NS113"),
        ("\udcff", "NS104"),
        ("1\n---\n2", "NS108"),
        ("{a: 1, a: 2}", "NS109"),
        ("[" * 100, "NS116"),
    ],
)
def test_a_bad_value(text, code):
    with pytest.raises(SpecError) as caught:
        read_value(Source("--set x", text))
    assert caught.value.diagnostics[0].code == code
    assert str(caught.value).startswith("--set x:")

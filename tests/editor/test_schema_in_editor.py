"""What an editor makes of the published schema: completion, hover texts and red marks.

Asked of the language server itself, because what it makes of `if/then` is no standard's matter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from editor.server import Mark, Server
from netspec import bundled
from netspec.language.published import schema_text
from netspec.language.schema import COMMON, takes_branches
from netspec.ops.constructs import JsonSchema, Option
from netspec.ops.table import OPS

LINE = "# yaml-language-server: $schema=netspec.schema.json\n"
FILE = f"""{LINE}netspec: 1
name: Net
input: {{image: {{height: 8, width: 8, channels: 3}}}}
outputs: {{Step: {{}}}}
"""
OVERLAY = f"{LINE}netspec: 1\nextends: inception_v3\n"
SHARED = {*COMMON, "defaults"}
BODIES = {"op", "use", "steps", *SHARED}


class Editor(NamedTuple):
    """An editor with a folder's files; the folder has a schema."""

    server: Server
    folder: Path

    def offers(self, text: str) -> dict[str, dict[str, Any]]:
        return self.server.completions(text, self.folder)

    def hover(self, text: str) -> str:
        return self.server.hover(text, self.folder)

    def marks(self, text: str) -> list[Mark]:
        return self.server.marks(text, self.folder)


@pytest.fixture(scope="module")
def editor(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Editor:
    folder = tmp_path_factory.mktemp("files")
    (folder / "netspec.schema.json").write_text(schema_text(), encoding="utf-8")
    return Editor(server, folder)


def flow(body: str) -> str:
    return f"{FILE}steps:\n  - Step: {{{body}}}\n"


def block(*lines: str) -> str:
    return f"{FILE}steps:\n  - Step:\n" + "".join(f"      {line}\n" for line in lines)


# What is offered.


def names_every_op(editor: Editor, text: str) -> None:
    offered = editor.offers(text)
    assert offered.keys() == OPS.keys()
    assert all(offered[name]["documentation"] == op.summary() for name, op in OPS.items())


@pytest.mark.parametrize("text", [flow("op: ▮"), flow("op: c▮"), block("op: ▮"), block("op: c▮")])
def test_ops_are_offered(editor: Editor, text: str) -> None:
    names_every_op(editor, text)


def offers_the_fields(editor: Editor, name: str) -> None:
    """In braces the server offers nothing before the first letter; in a block at once."""
    options = OPS[name].options()
    fields = {*options, *SHARED, *(("branches",) if takes_branches(OPS[name]) else ())}
    for text in (flow(f"op: {name}, k▮"), block(f"op: {name}", "▮"), block(f"op: {name}", "k▮")):
        offered = editor.offers(text)
        assert offered.keys() == fields
        for field, option in options.items():
            assert offered[field]["documentation"] == option.doc
    assert all(item["insertText"].startswith(f"{key}:") for key, item in offered.items())


@pytest.mark.parametrize("name", OPS)
def test_an_op_s_own_fields_are_offered(editor: Editor, name: str) -> None:
    offers_the_fields(editor, name)


@pytest.mark.parametrize("text", [flow("o▮"), block("▮"), block("filters: 3", "▮")])
def test_a_body_not_yet_written_may_become_any(editor: Editor, text: str) -> None:
    assert editor.offers(text).keys() == BODIES


def test_a_field_that_is_there_is_not_offered_again(editor: Editor) -> None:
    assert "kernel" not in editor.offers(block("op: conv", "kernel: 3", "▮"))
    assert "kernel" not in editor.offers(flow("op: conv, kernel: 3, f▮"))


@pytest.mark.parametrize(
    ("text", "some"),
    [
        (flow("op: conv, padding: ▮"), {"same", "valid"}),
        (flow("op: conv, activation: ▮"), {"relu", "none"}),
        (flow("op: conv, norm: {op: ▮}"), {"batch_norm"}),
        (flow("op: conv, norm: {op: batch_norm, e▮}"), {"epsilon", "decay", "scale"}),
        (flow("op: conv, kernel_init: {op: ▮}"), {"truncated_normal", "constant"}),
        (block("op: concat", "branches:", "  - Branch: {op: conv, k▮}"), {"kernel", "filters"}),
        (f"{FILE}defaults:\n  ▮\n", {*OPS}),
        (f"{FILE}defaults: {{conv: {{k▮}}}}\n", {*OPS["conv"].options()}),
        (f"{FILE}templates:\n  part:\n    ▮\n", {"op", "use", "steps", "params", "expect"}),
        (f"{FILE}templates: {{part: {{op: conv, k▮}}}}\n", {*OPS["conv"].options(), "params"}),
        (f"{LINE}▮", {"netspec", "name", "input", "steps", "outputs", "extends", "params"}),
        (f"{OVERLAY}p▮", {"patch", "params", "defaults", "templates"}),
        (f"{OVERLAY}patch:\n  - ▮", {"at", "set", "replace", "remove", "rename", "was"}),
        (f"{OVERLAY}patch:\n  - at: X\n    set:\n      ▮", {"kernel", "keep", "from", "when"}),
        (f"{OVERLAY}patch: [{{at: X, set: {{k▮}}}}]", {"kernel", "keep", "from", "when"}),
        (f"{OVERLAY}patch: [{{at: X, was: {{k▮}}}}]", {"kernel", "keep"}),
        (f"{OVERLAY}patch: [{{at: X, replace: {{op: ▮}}}}]", {*OPS}),
        (f"{OVERLAY}patch: [{{at: X, insert_after: [{{A: {{op: lrn, x▮}}}}]}}]", {"radius"}),
    ],
)
def test_what_is_offered_elsewhere(editor: Editor, text: str, some: set[str]) -> None:
    assert some <= editor.offers(text).keys()


# What is shown where the mouse rests.


def written(option: Option) -> str:
    """A value of a field, in braces: the default, or an expression where there is none."""
    plain = None if option.required else option.kind.write(option.default)
    return "$x" if plain is None else json.dumps(plain)


def body(name: str) -> str:
    fields = (f", {option.name}: {written(option)}" for option in OPS[name].options().values())
    return f"op: {name}{''.join(fields)}"


def tells_of_an_op(editor: Editor, name: str) -> None:
    text = body(name)
    shown = editor.hover(flow(text.replace("op: ", "op: ▮", 1)))
    assert shown.startswith(f"{OPS[name].summary()}\n")
    assert "Allowed" not in shown
    for field, option in OPS[name].options().items():
        shown = editor.hover(flow(text.replace(f", {field}:", f", ▮{field}:", 1)))
        assert shown.removeprefix("#### an expression\n\n").startswith(f"{option.doc}\n")


@pytest.mark.parametrize("name", OPS)
def test_hovering_over_an_op_and_its_fields_tells_what_they_are(editor: Editor, name: str) -> None:
    tells_of_an_op(editor, name)


def test_hovering_over_a_patch_s_field_tells_what_each_op_says(editor: Editor) -> None:
    shown = editor.hover(f"{OVERLAY}patch: [{{at: Pool, set: {{▮kernel: 3}}}}]")
    assert OPS["conv"].options()["kernel"].doc in shown
    assert OPS["max_pool"].options()["kernel"].doc in shown


# What is marked.


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (flow("op: conv, filers: 3, kernel: 1"), "filers"),
        (block("op: conv", "filers: 3", "kernel: 1"), "filers"),
        (flow("op: max_pool, kernel: 2, filters: 3"), "filters"),
        (flow("use: part, filters: 3"), "filters"),
        (flow("op: conv, norm: {op: batch_norm, decai: 0.9}"), "decai"),
        (block("op: concat", "branches: [{A: {op: conv, kernle: 3}}]"), "kernle"),
        (f"{FILE}steps: []\ndefaults: {{conv: {{kernle: 3}}}}\n", "kernle"),
        (f"{FILE}steps: []\ndefaults: {{convv: {{kernel: 3}}}}\n", "convv"),
        (f"{FILE}steps: []\ntemplates: {{part: {{op: conv, kernle: 3}}}}\n", "kernle"),
        (f"{FILE}steps: []\nparms: {{a: 3}}\n", "parms"),
        (f"{OVERLAY}patch: [{{at: X, remove: true, wsa: conv}}]\n", "wsa"),
        (f"{OVERLAY}patch: [{{at: X, replace: {{op: conv, kernle: 3}}}}]\n", "kernle"),
    ],
)
def test_a_wrong_key_is_marked(editor: Editor, text: str, wrong: str) -> None:
    assert editor.marks(text) == [Mark(wrong, f"Property {wrong} is not allowed.")]


@pytest.mark.parametrize(
    ("body", "marked", "said"),
    [
        ("op: convv", "convv", 'Value must be "conv" | "depthwise_conv" |'),
        ("op: conv, kernel: 0", "0", "below the minimum of 1"),
        ("op: conv, filters: many", "many", "Expected an integer, or an expression"),
        ("op: conv, weight_decay: some", "some", "Expected a number, or an expression"),
        ("op: conv, padding: smae", "smae", '"same", "valid"'),
        ("expect: [1]", "Step", "One of op, use and steps"),
    ],
)
def test_a_wrong_value_is_marked(editor: Editor, body: str, marked: str, said: str) -> None:
    (mark,) = editor.marks(flow(body))
    assert mark.text == marked
    assert said in mark.message


def test_an_entry_of_a_patch_that_does_nothing_is_marked(editor: Editor) -> None:
    (mark,) = editor.marks(f"{OVERLAY}patch: [{{at: X, was: conv}}]\n")
    assert mark.message.startswith("One of set, replace, remove, ")


@pytest.mark.parametrize("name", bundled.specs())
def test_a_bundled_spec_has_no_marks(editor: Editor, name: str) -> None:
    text = bundled.specs()[name].read_text(encoding="utf-8")
    assert text.startswith(LINE)
    assert editor.marks(text) == []


def test_an_expression_may_stand_for_every_number(editor: Editor) -> None:
    numbers = "filters: $n, kernel: [$a, $b], stride: '${a // 2}', weight_decay: $f(1), groups: $g"
    assert editor.marks(flow(f"op: conv, {numbers}, padding: {{top: $p}}, bias: $b")) == []
    assert editor.marks(flow(", ".join((body("dropout"), "when: $aux")))) == []


# Mistakes planted in the schema, each of which the tests above must find.


def spoilt(change: Callable[[JsonSchema], None]) -> JsonSchema:
    schema: JsonSchema = json.loads(schema_text())
    change(schema)
    return schema


def each(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in list(schema.values()):
            yield from each(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from each(value)


def without_descriptions(schema: JsonSchema) -> None:
    for part in each(schema):
        if isinstance(part.get("description"), str):
            del part["description"]


def without_conditions(schema: JsonSchema) -> None:
    for part in each(schema):
        part.pop("if", None)


def without_an_op(schema: JsonSchema) -> None:
    for part in each(schema):
        choices = part.get("anyOf", ())
        part["anyOf"] = [choice for choice in choices if choice.get("const") != "conv"]


def with_every_key(schema: JsonSchema) -> None:
    for part in each(schema):
        if part.get("additionalProperties") is False:
            del part["additionalProperties"]


PLANTED: dict[str, tuple[Callable[[JsonSchema], None], Callable[[Editor], None]]] = {
    "op docs": (without_descriptions, lambda e: tells_of_an_op(e, "conv")),
    "field docs": (without_descriptions, lambda e: offers_the_fields(e, "conv")),
    "conditions": (without_conditions, lambda e: offers_the_fields(e, "conv")),
    "an op": (without_an_op, lambda e: names_every_op(e, flow("op: ▮"))),
    "keys": (with_every_key, lambda e: test_a_wrong_key_is_marked(e, flow("op: relu, a: 1"), "a")),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_found(server: Server, tmp_path: Path, mistake: str) -> None:
    change, judged = PLANTED[mistake]
    (tmp_path / "netspec.schema.json").write_text(json.dumps(spoilt(change)), encoding="utf-8")
    with pytest.raises(AssertionError):
        judged(Editor(server, tmp_path))
    (tmp_path / "netspec.schema.json").unlink()

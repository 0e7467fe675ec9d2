"""The published schema speaks to those who edit: every key and every name says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netspec.language.any_field import fields_of_any_op
from netspec.language.published import published
from netspec.ops.constructs import JsonSchema
from netspec.ops.initializers import INITIALIZERS
from netspec.ops.table import OPS

SCHEMA = published()


def undescribed(schema: Any, path: str = "") -> Iterator[str]:
    """The places of keys that say nothing about themselves."""
    if isinstance(schema, dict):
        for name, part in schema.get("properties", {}).items():
            if silent(part):
                yield f"{path}/{name}"
        for key, value in schema.items():
            yield from undescribed(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from undescribed(value, f"{path}/{index}")


def silent(part: JsonSchema | bool) -> bool:
    """Whether a key says nothing; what is forbidden, or a condition on a value, has no need to."""
    if isinstance(part, bool) or part.keys() == {"const"}:
        return False
    name = part.get("$ref", "").rpartition("/")[2]
    said = SCHEMA["definitions"][name] if name else part
    choices = said.get("anyOf", [{}])
    return not said.keys() & {"description", "enumDescriptions"} and any(
        "description" not in choice for choice in choices
    )


def test_every_key_says_what_it_is() -> None:
    assert list(undescribed(SCHEMA)) == []


def test_a_key_that_says_nothing_is_found() -> None:
    planted = {"items": [{"properties": {"key": {"type": "string"}}}]}
    assert list(undescribed(planted)) == ["/items/0/key"]


def named(schema: Any) -> Iterator[tuple[str, str]]:
    """Every name that is told of, with what is said."""
    if isinstance(schema, dict):
        yield from zip(schema.get("enum", ()), schema.get("enumDescriptions", ()), strict=False)
        if isinstance(schema.get("description"), str) and isinstance(schema.get("const"), str):
            yield schema["const"], schema["description"]
        for value in schema.values():
            yield from named(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from named(value)


def test_every_name_of_an_op_or_construct_says_what_it_is() -> None:
    said = list(named(SCHEMA))
    assert all(text for _, text in said)
    assert {name for name, _ in said} >= {*OPS, *INITIALIZERS, "none"}
    assert all(text == OPS[name].summary() for name, text in said if name in OPS)


def test_a_patch_s_field_says_what_each_op_says_of_it() -> None:
    fields = fields_of_any_op()
    assert fields.keys() == {name for op in OPS.values() for name in op.options()}
    for name, op in OPS.items():
        for option in op.options().values():
            lines = fields[option.name]["description"].splitlines()
            assert any(
                line.endswith(f": {option.doc}") and name in line.partition(":")[0].split(", ")
                for line in lines
            )

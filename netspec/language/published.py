"""The language as one JSON Schema (draft-07), which editors read: specs/netspec.schema.json.

Every field of every op is there with its description. What an op makes of a step is chosen by
`if/then`, which editors follow; a body that says nothing yet is offered all that it could be.
`errorMessage`, `patternErrorMessage` and `enumDescriptions` are words that editors show; they judge
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from netspec.language.any_field import fields_of_any_op
from netspec.language.patches import VERBS
from netspec.language.schema import (
    COMMON,
    EXTENDS,
    PATCH,
    REQUIRED,
    REQUIRED_OF_OVERLAYS,
    SET,
    SETTABLE,
    STRUCTURED,
    TEMPLATED,
    TOP,
    USE,
    WAS,
    WITH,
    takes_branches,
)
from netspec.ops.constructs import NOTES, JsonSchema, Kind
from netspec.ops.table import OPS

BODY_REQUIRED: JsonSchema = {
    "required": ["steps"],
    "errorMessage": "One of op, use and steps must say what is done here.",
}
"""Said of a body that has neither `op` nor `use`. Editors show the message; it judges nothing."""
VERB_REQUIRED: JsonSchema = {
    "required": [VERBS[0]],
    "errorMessage": f"One of {', '.join(VERBS)} must say what is done there.",
}
"""The same of a patch's entry that does nothing."""
OP: JsonSchema = {"description": "The operation that makes this step's body.", "type": "string"}


def published() -> JsonSchema:
    """The schema of a whole file. It has no title, which editors would put above every text."""
    overlay = {"extends": EXTENDS, "patch": _ref("patch")}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "description": "A convolutional network, described for netspec.",
        "type": "object",
        "properties": {**TOP, **{key: _ref(key) for key in STRUCTURED}, **overlay},
        "if": {"required": ["extends"]},
        "then": {"required": list(REQUIRED_OF_OVERLAYS)},
        "else": {"required": list(REQUIRED), "properties": {"patch": False}},
        "patternProperties": NOTES,
        "additionalProperties": False,
        "definitions": _definitions(),
    }


def schema_text() -> str:
    """The published schema as the text of its file, specs/netspec.schema.json."""
    return json.dumps(published(), indent=1, ensure_ascii=False) + "\n"


def _definitions() -> JsonSchema:
    ops = {f"op_{name}": _op_body(name) for name in OPS}
    fields = {_field(name, key): schema for name in OPS for key, schema in _fields(name).items()}
    return {
        "defaults": {
            "description": "Fields for every step of an op in this block, by op.",
            "type": "object",
            "properties": {n: _fields_only(n) for n in OPS},
            "patternProperties": NOTES,
            "additionalProperties": False,
        },
        "templates": {
            "description": "Bodies of steps with parameters, by name.",
            "type": "object",
            "patternProperties": NOTES,
            "additionalProperties": _body(templated=True),
        },
        "steps": {
            "description": "Steps in order, by name: each reads the one before it.",
            "type": "array",
            "items": _one_key(_ref("body")),
        },
        "heads": {
            "description": "Side heads: steps that read what `from` names, and feed outputs alone.",
            "type": "array",
            "items": _one_key({"allOf": [_ref("body"), {"required": ["from"]}]}),
        },
        "branches": {
            "description": "Each a list of steps (an empty one passes the input on) or one body.",
            "type": "array",
            "minItems": 1,
            "items": _one_key(_body_or_list(_ref("body"))),
        },
        "patch": {
            "description": "Changes of the steps of what is extended, in order.",
            "type": "array",
            "items": _entry(),
        },
        "any_field": {"properties": fields_of_any_op()},
        "body": _body(templated=False),
        **ops,
        **fields,
    }


def _entry() -> JsonSchema:
    """An entry of a patch: where, and exactly one thing to do."""
    steps = {"type": "array", "allOf": [_ref("branches")]}
    alone = {"allOf": [_ref("body"), {"not": {"required": ["for"]}}]}
    structured = {
        "replace": {
            "description": "The new body.",
            "type": ["object", "array"],
            **_body_or_list(alone),
        },
        "insert_before": {"description": "Steps that come before it.", **steps},
        "insert_after": {"description": "Steps that come behind it.", **steps},
    }
    common = {key: COMMON[key] for key in SETTABLE}
    keys = {**common, "with": WITH, "defaults": _ref("defaults")}
    named = {"anyOf": [WAS["anyOf"][0], {**WAS["anyOf"][1], "allOf": [_ref("any_field")]}]}
    changed = {
        "set": {**SET, "properties": keys, "allOf": [_ref("any_field")]},
        "was": {**WAS, **named},
    }
    return {
        "type": "object",
        "properties": {**PATCH, **changed, **structured},
        "required": ["at"],
        "if": {"anyOf": [{"required": [verb]} for verb in VERBS]},
        "then": {"oneOf": [{"required": [verb]} for verb in VERBS]},
        "else": VERB_REQUIRED,
        "patternProperties": NOTES,
        "additionalProperties": False,
    }


def _body_or_list(body: JsonSchema) -> JsonSchema:
    return {"if": {"type": "array"}, "then": _ref("steps"), "else": body}


def _field(op: str, name: str) -> str:
    return f"{op}.{name}"


def _fields(op: str) -> JsonSchema:
    """An op's fields, one of a kind that was met before by a reference to the first of it."""
    return {
        option.name: {"description": option.doc, **_kind(option.kind, _field(op, option.name))}
        for option in OPS[op].options().values()
    }


def _kind(kind: Kind, here: str) -> JsonSchema:
    first = next(
        _field(name, option.name)
        for name, op in OPS.items()
        for option in op.options().values()
        if option.kind is kind
    )
    simple = first == here or "anyOf" not in kind.schema
    return kind.schema if simple else {"anyOf": [_ref(first)]}  # editors ask `anyOf` for a colon


def _field_references(op: str) -> JsonSchema:
    return {name: _ref(_field(op, name)) for name in OPS[op].options()}


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/definitions/{name}"}


def _one_key(value: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": value,
    }


def _body(*, templated: bool) -> JsonSchema:
    """A step's or a template's body; the op's fields are judged by the op's own definition."""
    common = TEMPLATED if templated else COMMON
    shared = {**common, "defaults": _ref("defaults")}
    uses = _closed({**common, "use": USE, "with": WITH}, ["use"])
    # Here stand a block, and a body that is not written yet: an editor offers it every way on.
    begun = {"op": OP, "use": USE, "steps": _ref("steps")}
    block = {**_closed({**begun, **shared}), "allOf": [BODY_REQUIRED]}
    if templated:
        by_op = [_closed({**shared, **_op_properties(name)}, ["op"]) for name in OPS]
    else:
        by_op = [_ref(f"op_{name}") for name in OPS]
    cases = [
        {"if": {"properties": {"op": {"const": name}}, "required": ["op"]}, "then": case}
        for name, case in zip(OPS, by_op, strict=True)
    ]
    known: JsonSchema = {
        "if": {"required": ["op"]},
        "then": {"properties": {"op": {"anyOf": [_named(name) for name in OPS]}}},
        "else": {"if": {"required": ["use"]}, "then": uses, "else": block},
    }
    return {"type": "object", "allOf": [known, *cases]}


def _closed(properties: JsonSchema, required: Sequence[str] = ()) -> JsonSchema:
    return {
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "patternProperties": NOTES,
        "additionalProperties": False,
    }


def _named(op: str) -> JsonSchema:
    return {"const": op, "description": OPS[op].summary()}


def _op_properties(name: str) -> JsonSchema:
    branches = {"branches": _ref("branches")} if takes_branches(OPS[name]) else {}
    return {"op": _named(name), **branches, **_field_references(name)}


def _op_body(name: str) -> JsonSchema:
    shared = {**COMMON, "defaults": _ref("defaults")}
    return {
        "description": OPS[name].summary(),
        **_closed({**shared, **_op_properties(name)}, ["op"]),
    }


def _fields_only(name: str) -> JsonSchema:
    return {
        "description": OPS[name].summary(),
        "type": "object",
        "properties": _field_references(name),
        "patternProperties": NOTES,
        "additionalProperties": False,
    }

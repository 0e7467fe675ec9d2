"""The language as JSON Schema (draft-07), generated from the op table.

The fragments here judge values while a spec is checked; `published` puts the same fragments into
the one document that editors read.
"""

from __future__ import annotations

import json
from functools import cache

from netspec.language.about import ABOUT
from netspec.language.patches import VERBS
from netspec.language.preprocess import PREPROCESS
from netspec.ops.base import Op
from netspec.ops.constructs import NOTES, JsonSchema, Kind
from netspec.ops.join import Join
from netspec.ops.kinds import EXPRESSION, properties_of
from netspec.ops.table import OPS

TYPES = ("int", "float", "bool", "string")

_SCALAR: JsonSchema = {
    "title": "a number, a string, true or false",
    "type": ["string", "integer", "number", "boolean"],
}
_DIMENSION: JsonSchema = {"type": ["integer", "string"], "minimum": 1, "pattern": r"^\$"}
_WEIGHT: JsonSchema = {"type": ["number", "string"], "minimum": 0, "pattern": r"^\$"}
_STEP_NAME: JsonSchema = {"title": "a step's name", "type": "string"}
_LOOP_LIST: JsonSchema = {
    "title": "a list of values",
    "type": "array",
    "items": _SCALAR,
    "minItems": 1,
}
_RANGE: JsonSchema = {
    "title": "a range such as 1..4",
    "type": "string",
    "pattern": r"^-?[0-9]{1,64}\.\.-?[0-9]{1,64}$",
}

FROM: JsonSchema = {
    "description": "The step, or steps, whose output is this step's input.",
    "anyOf": [_STEP_NAME, {"type": "array", "items": _STEP_NAME, "minItems": 1}],
}
WHEN: JsonSchema = {
    "description": "The step is left out where this is false.",
    "type": ["boolean", "string"],
    "pattern": r"^\$",
}
FOR: JsonSchema = {
    "description": "Lists of equal length, or ranges like 1..4: the step is repeated for each row.",
    "type": "object",
    "patternProperties": NOTES,
    "additionalProperties": {"anyOf": [_LOOP_LIST, _RANGE, EXPRESSION]},
    "minProperties": 1,
}
EXPECT: JsonSchema = {
    "description": "The shape [height, width, channels] or [channels] that the step must give.",
    "type": "array",
    "items": {"type": "integer", "minimum": 1},
    "anyOf": [{"minItems": 3, "maxItems": 3}, {"minItems": 1, "maxItems": 1}],
}
WITH: JsonSchema = {
    "description": "Arguments of the template.",
    "type": "object",
    "patternProperties": NOTES,
    "additionalProperties": _SCALAR,
}
USE: JsonSchema = {"description": "The template that makes this step's body.", "type": "string"}
PARAMETER: JsonSchema = {
    "title": "a value, a type (int, float, bool, string) or {type, values, default}",
    "anyOf": [
        _SCALAR,
        {
            "type": "object",
            "properties": {
                "type": {"enum": list(TYPES)},
                "values": {"type": "array", "items": _SCALAR, "minItems": 1},
                "default": _SCALAR,
            },
            "patternProperties": NOTES,
            "additionalProperties": False,
        },
    ],
}
PARAMETERS: JsonSchema = {
    "description": "Parameters with their defaults: name: value, or name: {type, values, default}.",
    "type": "object",
    "patternProperties": NOTES,
    "additionalProperties": PARAMETER,
}
INPUT: JsonSchema = {
    "description": "The network's input, by name.",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {
        "type": "object",
        "properties": dict.fromkeys(("height", "width", "channels"), _DIMENSION),
        "required": ["height", "width", "channels"],
        "patternProperties": NOTES,
        "additionalProperties": False,
    },
}
FUNCTIONS: JsonSchema = {
    "description": "Named expressions: name: {params: [x], value: ${…}}.",
    "type": "object",
    "patternProperties": NOTES,
    "additionalProperties": {
        "type": "object",
        "properties": {
            "params": {"type": "array", "items": {"type": "string"}},
            "value": EXPRESSION,
        },
        "required": ["params", "value"],
        "patternProperties": NOTES,
        "additionalProperties": False,
    },
}
OUTPUTS: JsonSchema = {
    "description": "The declared outputs, by the path of a step.",
    "type": "object",
    "patternProperties": NOTES,
    "minProperties": 1,
    "additionalProperties": {
        "type": "object",
        "properties": {"loss_weight": _WEIGHT},
        "patternProperties": NOTES,
        "additionalProperties": False,
    },
}
EXTENDS: JsonSchema = {
    "description": "A bundled spec, or a file below this one's folder, which this one changes.",
    "type": "string",
    "minLength": 1,
}
AT: JsonSchema = {
    "description": "The path of a step of what is extended; * ? [ ] match within a level.",
    "type": "string",
    "minLength": 1,
}
SET: JsonSchema = {
    "description": "Fields of the step, and from, when, with, expect, defaults: the new values.",
    "type": "object",
    "minProperties": 1,
}
REMOVE: JsonSchema = {"description": "The step is taken out.", "const": True}
RENAME: JsonSchema = {"description": "The step's new name.", "type": "string"}
WAS: JsonSchema = {
    "description": "What is there now: an op's or a template's name, or fields with their values.",
    "anyOf": [{"title": "a name", "type": "string"}, {"type": "object", "minProperties": 1}],
}
PATCH: dict[str, JsonSchema] = {
    "at": AT,
    "set": SET,
    "remove": REMOVE,
    "rename": RENAME,
    "was": WAS,
}
"""Keys of a patch's entry that are judged by schema alone."""
COMMON: dict[str, JsonSchema] = {"from": FROM, "when": WHEN, "for": FOR, "expect": EXPECT}
"""Keys of every step's body that are judged by schema alone."""
SETTABLE = ("from", "when", "expect")
"""Those of them that a patch may set."""
TEMPLATED: dict[str, JsonSchema] = {"params": PARAMETERS, "expect": EXPECT}
"""The same of a template's body: what a step says of its place, its uses say."""

TOP: dict[str, JsonSchema] = {
    "netspec": {"description": "The language's version.", "type": "integer", "const": 1},
    "name": {"description": "The network's name.", "type": "string", "minLength": 1},
    "about": ABOUT,
    "params": PARAMETERS,
    "input": INPUT,
    "preprocess": PREPROCESS,
    "functions": FUNCTIONS,
    "outputs": OUTPUTS,
}
"""Keys of a file that are judged by schema alone."""
STRUCTURED = ("defaults", "templates", "steps", "heads")
REQUIRED = ("netspec", "name", "input", "steps", "outputs")
REQUIRED_OF_OVERLAYS = ("netspec", "extends")


def takes_branches(op: type[Op]) -> bool:
    """Whether a step of this op may have `branches:`."""
    return issubclass(op, Join)


@cache
def field_schemas(op_name: str) -> JsonSchema:
    """The schemas of an op's fields."""
    return properties_of(OPS[op_name])


def published() -> JsonSchema:
    """The schema of a whole file."""
    overlay = {"extends": EXTENDS, "patch": _ref("patch")}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "netspec",
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
        "steps": {"type": "array", "items": _one_key(_ref("body"))},
        "heads": {
            "type": "array",
            "items": _one_key({"allOf": [_ref("body"), {"required": ["from"]}]}),
        },
        "branches": {
            "description": "Each a list of steps (an empty one passes the input on) or one body.",
            "type": "array",
            "minItems": 1,
            "items": _one_key(_body_or_list(_ref("body"))),
        },
        "patch": {"type": "array", "items": _entry()},
        "body": _body(templated=False),
        **ops,
        **fields,
    }


def _entry() -> JsonSchema:
    """An entry of a patch: where, and exactly one thing to do."""
    steps = {"allOf": [_ref("branches")]}
    alone = {"allOf": [_ref("body"), {"not": {"required": ["for"]}}]}
    structured = {
        "replace": {"description": "The new body.", **_body_or_list(alone)},
        "insert_before": {"description": "Steps that come before it.", **steps},
        "insert_after": {"description": "Steps that come behind it.", **steps},
    }
    common = {key: COMMON[key] for key in SETTABLE}
    fields = {**SET, "properties": {**common, "with": WITH, "defaults": _ref("defaults")}}
    return {
        "type": "object",
        "properties": {**PATCH, "set": fields, **structured},
        "required": ["at"],
        "oneOf": [{"required": [verb]} for verb in VERBS],
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
    return kind.schema if simple else {"allOf": [_ref(first)]}


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
    forms: list[JsonSchema] = [
        _closed({**common, "use": USE, "with": WITH}, ["use"]),
        _closed({**shared, "steps": _ref("steps")}, ["steps"]),
    ]
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
        "then": {"properties": {"op": {"enum": list(OPS)}}},
        "else": {"if": {"required": ["use"]}, "then": forms[0], "else": forms[1]},
    }
    return {"type": "object", "allOf": [known, *cases]}


def _closed(properties: JsonSchema, required: list[str]) -> JsonSchema:
    return {
        "properties": properties,
        "required": required,
        "patternProperties": NOTES,
        "additionalProperties": False,
    }


def _op_properties(name: str) -> JsonSchema:
    branches = {"branches": _ref("branches")} if takes_branches(OPS[name]) else {}
    named = {"const": name, "description": OPS[name].summary()}
    return {"op": named, **branches, **_field_references(name)}


def _op_body(name: str) -> JsonSchema:
    shared = {**COMMON, "defaults": _ref("defaults")}
    return {
        "description": OPS[name].summary(),
        **_closed({**shared, **_op_properties(name)}, ["op"]),
    }


def _fields_only(name: str) -> JsonSchema:
    return {
        "type": "object",
        "properties": _field_references(name),
        "patternProperties": NOTES,
        "additionalProperties": False,
    }

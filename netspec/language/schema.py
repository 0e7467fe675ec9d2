"""The language as JSON Schema (draft-07), generated from the op table.

The fragments here judge values while a spec is checked; `netspec.language.published` puts the same
fragments into the one document that editors read.
"""

from __future__ import annotations

from functools import cache

from netspec.language.about import ABOUT
from netspec.language.preprocess import PREPROCESS
from netspec.ops.base import Op
from netspec.ops.constructs import NOTES, JsonSchema
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
                "type": {"description": "What its values are.", "enum": list(TYPES)},
                "values": {
                    "description": "The values that it may have.",
                    "type": "array",
                    "items": _SCALAR,
                    "minItems": 1,
                },
                "default": {"description": "Its value where none is given.", **_SCALAR},
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
        "properties": {
            "height": {"description": "Rows of pixels.", **_DIMENSION},
            "width": {"description": "Columns of pixels.", **_DIMENSION},
            "channels": {
                "description": "Numbers of a pixel; 3 for red, green, blue.",
                **_DIMENSION,
            },
        },
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
            "params": {
                "description": "Names of the arguments.",
                "type": "array",
                "items": {"type": "string"},
            },
            "value": {"description": "What it gives: an expression of them.", **EXPRESSION},
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
        "properties": {
            "loss_weight": {"description": "What training multiplies its loss by.", **_WEIGHT}
        },
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

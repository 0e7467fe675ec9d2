"""The kinds of values that fields take: counts, pairs, padding, choices, nested constructs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from netspec.ops.constructs import NOTES, Construct, JsonSchema, Kind
from netspec.reading.document import Plain

EXPRESSION: JsonSchema = {"title": "an expression", "type": "string", "pattern": r"^\$"}


class Pair(NamedTuple):
    """A number for the height and one for the width."""

    height: int
    width: int


class Pads(NamedTuple):
    """Pixels added on each side of a map."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows added in all."""
        return self.top + self.bottom

    @property
    def width(self) -> int:
        """Columns added in all."""
        return self.left + self.right

    @property
    def symmetric(self) -> bool:
        """Whether opposite sides are equal."""
        return self.top == self.bottom and self.left == self.right


BOUND = 2.0**62
"""Far past every limit on sizes, and still an exact number."""
Same = Literal["same"]
NO_PADS = Pads(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Width:
    """A width multiplier: filters built = max(floor(filters * multiplier), minimum)."""

    multiplier: float
    minimum: int

    def applied(self, filters: int) -> int:
        """The filters that are built where a spec asks for this many."""
        return max(int(min(filters * self.multiplier, BOUND)), self.minimum)


_WORDS = {"integer": "an integer", "number": "a number", "boolean": "true or false"}


def _scalar(json_type: str, **bounds: float) -> JsonSchema:
    """A scalar or an expression: bounds hold for numbers, patterns for strings only.

    The message is what editors show of a string that is no expression.
    """
    said = f"Expected {_WORDS[json_type]}, or an expression that begins with $."
    string = {"pattern": EXPRESSION["pattern"], "patternErrorMessage": said}
    return {"type": [json_type, "string"], **string, **bounds}


def _same(value: Any) -> Any:
    return value


def integer(expects: str, minimum: int, maximum: int | None = None) -> Kind:
    """An int within bounds, both inclusive."""
    bounds = {"minimum": minimum} | ({} if maximum is None else {"maximum": maximum})
    return Kind(expects, _scalar("integer", **bounds), _same, _same)


def number(expects: str, **bounds: float) -> Kind:
    """A float; an int is read as one. Bounds are JSON Schema's: minimum and the like."""
    return Kind(expects, _scalar("number", **bounds), _read_number, _same)


def _read_number(value: float) -> float:
    """The float; there is one zero, so that equal constructs are written alike."""
    return float(value) + 0.0


def choice(*values: str) -> Kind:
    """One of some words."""
    schema = {"anyOf": [{"enum": list(values)}, EXPRESSION]}
    return Kind(f"one of {', '.join(values)}", schema, _same, _same)


COUNT = integer("an integer of at least 1", 1)
BOOL = Kind("true or false", _scalar("boolean"), _same, _same)


def _read_pair(value: int | list[int]) -> Pair:
    return Pair(*value) if isinstance(value, list) else Pair(value, value)


def _write_pair(value: Pair) -> Plain:
    return value.height if value.height == value.width else list(value)


def _pair(expects: str, minimum: int) -> Kind:
    item = _scalar("integer", minimum=minimum)
    both = {"type": "array", "items": item, "minItems": 2, "maxItems": 2}
    return Kind(expects, {"anyOf": [item, both]}, _read_pair, _write_pair)


PAIR = _pair("an integer of at least 1, or a pair of them, [height, width]", 1)


def _read_padding(value: str | int | list[int] | dict[str, int]) -> Pads | Same:
    if isinstance(value, dict):
        return Pads(*(value.get(side, 0) for side in Pads._fields))
    if isinstance(value, str):
        return "same" if value == "same" else NO_PADS
    height, width = _read_pair(value)
    return Pads(height, height, width, width)


def _write_padding(value: Pads | Same) -> Plain:
    if isinstance(value, str):
        return value
    if value.symmetric:
        return _write_pair(Pair(value.top, value.left))
    return dict(value._asdict())


def _padding_schema(words: list[str]) -> JsonSchema:
    side = _scalar("integer", minimum=0)
    sides = {
        "type": "object",
        "properties": {
            name: {"description": f"Pixels added at the {name}; 0 by default.", **side}
            for name in Pads._fields
        },
        "patternProperties": NOTES,
        "additionalProperties": False,
    }
    both = {"type": "array", "items": side, "minItems": 2, "maxItems": 2}
    count = {"type": "integer", "minimum": 0}
    named: list[JsonSchema] = [{"enum": words}] if words else []
    return {"anyOf": [*named, EXPRESSION, count, both, sides]}


PADDING = Kind(
    "same, valid, a number of pixels, a pair [height, width] or {top, bottom, left, right}",
    _padding_schema(["same", "valid"]),
    _read_padding,
    _write_padding,
)
PADS = Kind(
    "a number of pixels, a pair [height, width] or {top, bottom, left, right}",
    _padding_schema([]),
    _read_padding,
    _write_padding,
)


def _read_width(value: str | dict[str, Any]) -> Width | None:
    if isinstance(value, str):
        return None
    return Width(float(value.get("multiplier", 1.0)), int(value.get("minimum", 1)))


def _write_width(value: Width | None) -> Plain:
    if value is None:
        return "none"
    return {"multiplier": value.multiplier, "minimum": value.minimum}


WIDTH = Kind(
    "none or {multiplier, minimum}",
    {
        "anyOf": [
            {"enum": ["none"]},
            EXPRESSION,
            {
                "type": "object",
                "properties": {
                    "multiplier": {
                        "description": "What the filters that are asked for are multiplied by.",
                        **_scalar("number", exclusiveMinimum=0),
                    },
                    "minimum": {"description": "The fewest that are built.", **COUNT.schema},
                },
                "patternProperties": NOTES,
                "additionalProperties": False,
            },
        ]
    },
    _read_width,
    _write_width,
)


def properties_of(construct: type[Construct]) -> JsonSchema:
    """The schemas of a construct's fields, with their descriptions."""
    return {o.name: {**o.kind.schema, "description": o.doc} for o in construct.options().values()}


def object_schema(construct: type[Construct]) -> JsonSchema:
    """The schema of a nested mapping `{op: …, fields}` of one construct."""
    named = {"const": construct.name, "description": construct.summary()}
    return {
        "type": "object",
        "properties": {"op": named, **properties_of(construct)},
        "required": ["op", *(o.name for o in construct.options().values() if o.required)],
        "patternProperties": NOTES,
        "additionalProperties": False,
    }


def names_of(table: Mapping[str, type[Construct]], absent: Mapping[str, str] = {}) -> JsonSchema:
    """The schema of a construct's name; `absent` are words for its absence, and what they say."""
    said = {name: construct.summary() for name, construct in table.items()} | dict(absent)
    return {"enum": list(said), "enumDescriptions": list(said.values())}


def dispatch_schema(table: Mapping[str, type[Construct]]) -> JsonSchema:
    """The schema of a nested mapping whose `op` chooses among constructs."""
    cases = [
        {"if": {"properties": {"op": {"const": name}}}, "then": object_schema(construct)}
        for name, construct in table.items()
    ]
    return {
        "type": "object",
        "required": ["op"],
        "properties": {"op": names_of(table)},
        "allOf": cases,
    }


NONE = {"none": "Nothing of the kind."}


def one_of(table: Mapping[str, type[Construct]], expects: str, *, optional: bool) -> Kind:
    """A nested construct, `{op: NAME, fields}`, or its bare name where no field is required.

    With `optional`, `none` stands for its absence.
    """
    bare = [n for n, c in table.items() if not any(o.required for o in c.options().values())]
    words = names_of({name: table[name] for name in bare}, NONE if optional else {})
    named: list[JsonSchema] = [words, EXPRESSION] if words["enum"] else []

    def read(value: str | dict[str, Any]) -> Construct | None:
        if isinstance(value, str):
            return None if value == "none" else table[value]()
        return table[value["op"]].from_plain(value)

    def write(value: Construct | None) -> Plain:
        if value is None:
            return "none"
        return value.to_plain() if value.options() else value.name

    return Kind(expects, {"anyOf": [*named, dispatch_schema(table)]}, read, write)

"""Values of a field, drawn from the JSON Schema of its kind: an op's fields need nothing more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from netspec.ops.constructs import JsonSchema
from netspec.ops.kinds import EXPRESSION

NUMBERS = (1.0, 0.5, 0.25, 2.0, 0.1, 0.75, 1.5, 0.001, 1, 3, -0.5, -1.0, 0.0, 0, 1e-5, 0.9997)
"""Numbers that keep a network's values in a range where errors can be told from rounding."""
REACH = 4
"""How far above its minimum an integer is drawn, but for the sizes of the step's input."""
SAID = {
    *("title", "description", "default", "pattern", "patternErrorMessage", "enumDescriptions"),
    *("patternProperties", "additionalProperties"),
}
KNOWN = SAID | {
    *("type", "enum", "const", "anyOf", "allOf", "items", "minItems", "maxItems", "required"),
    *("properties", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}


def values(schema: JsonSchema, sizes: Sequence[int] = ()) -> st.SearchStrategy[Any]:
    """Plain data that the schema accepts, without expressions and notes.

    Integers are small, or one of `sizes` where that is allowed. A word of JSON Schema that is not
    understood is an error here: a new kind is then taught, rather than drawn wrongly.
    """
    unknown = schema.keys() - KNOWN
    assert not unknown, f"no values are known for {sorted(unknown)} of {schema}"
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([values(s, sizes) for s in schema["anyOf"] if s is not EXPRESSION])
    if "allOf" in schema:
        cases = [case["then"] for case in schema["allOf"]]
        return st.one_of([values(case, sizes) for case in cases])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return _OF_TYPE[next(kind for kind in kinds if kind in _OF_TYPE)](schema, sizes)


def simplest(schema: JsonSchema) -> Any:
    """The value least likely to be refused: the first word, or one, as every window may be."""
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return simplest(next(s for s in schema["anyOf"] if s is not EXPRESSION))
    return False if "boolean" in schema["type"] else 1


def _integers(schema: JsonSchema, sizes: Sequence[int]) -> st.SearchStrategy[int]:
    least = schema.get("minimum", -2)
    most = min(least + REACH, schema.get("maximum", math.inf))
    near = st.integers(least, int(most))
    fitting = [s for s in sizes if least <= s <= schema.get("maximum", s)]
    return st.one_of(near, near, st.sampled_from(fitting)) if fitting else near


def _numbers(schema: JsonSchema, sizes: Sequence[int]) -> st.SearchStrategy[float]:
    fitting = [n for n in NUMBERS if _within(n, schema)]
    if fitting:
        return st.sampled_from(fitting)
    bounds = [schema.get(k) for k in ("minimum", "maximum")]
    return st.floats(*bounds, allow_nan=False, allow_infinity=False)


def _within(number: float, schema: JsonSchema) -> bool:
    return (
        number >= schema.get("minimum", -math.inf)
        and number <= schema.get("maximum", math.inf)
        and number > schema.get("exclusiveMinimum", -math.inf)
        and number < schema.get("exclusiveMaximum", math.inf)
    )


def _booleans(schema: JsonSchema, sizes: Sequence[int]) -> st.SearchStrategy[bool]:
    return st.booleans()


def _lists(schema: JsonSchema, sizes: Sequence[int]) -> st.SearchStrategy[list[Any]]:
    least = schema.get("minItems", 0)
    item = values(schema["items"], sizes)
    return st.lists(item, min_size=least, max_size=schema.get("maxItems", least + 2))


def _mappings(schema: JsonSchema, sizes: Sequence[int]) -> st.SearchStrategy[dict[str, Any]]:
    drawn = {key: values(value, sizes) for key, value in schema["properties"].items()}
    required = {key: drawn.pop(key) for key in schema.get("required", ())}
    return st.fixed_dictionaries(required, optional=drawn)


_OF_TYPE = {
    "boolean": _booleans,
    "integer": _integers,
    "number": _numbers,
    "array": _lists,
    "object": _mappings,
}

"""Judges plain data by a schema fragment and says what is wrong in the language's words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from jsonschema import Draft7Validator, ValidationError, validators
from jsonschema.exceptions import relevance

from netspec.diagnostics import Diagnostic, Span
from netspec.ops.constructs import JsonSchema
from netspec.ops.kinds import EXPRESSION
from netspec.reading.document import Mapping, Node, Sequence
from netspec.suggestions import did_you_mean


def _is_integer(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# JSON Schema counts 64.0 as an integer; a filter count written so is a slip.
Validator: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft7Validator, type_checker=Draft7Validator.TYPE_CHECKER.redefine("integer", _is_integer)
)
_VALIDATORS: dict[int, tuple[JsonSchema, Any]] = {}
_ACCEPTED: set[tuple[int, str]] = set()
"""Values that fragments have accepted: steps of one template give the same ones again and again."""
REMEMBERED_AT_MOST = 10_000


def _validator(schema: JsonSchema) -> Any:
    """One validator per fragment. The fragment is kept beside it, so that its id stays its own."""
    known = _VALIDATORS.get(id(schema))
    if known is None:
        known = _VALIDATORS[id(schema)] = (schema, Validator(schema))
    return known[1]


def judge(
    what: str,
    value: object,
    node: Node,
    schema: JsonSchema,
    expects: str,
    names: Collection[str] = (),
) -> Iterator[Diagnostic]:
    """The faults of `value`, which stands at `node`, as diagnostics.

    `what` names the field; `expects` says what it takes; `names` are the parameters in reach.
    """
    for error in _validator(schema).iter_errors(value):
        inner = _innermost(error)
        found = _diagnostic(what, node, inner, expects)
        hints = dollar_forgotten(inner.instance, names)
        yield replace(found, hints=hints) if hints else found


def dollar_forgotten(value: object, names: Collection[str]) -> tuple[str, ...]:
    """A hint for a value that is the bare name of a parameter."""
    forgotten = isinstance(value, str) and value in names
    return (f"did you mean ${value}, the parameter?",) if forgotten else ()


def is_valid(value: object, schema: JsonSchema) -> bool:
    """Whether the fragment accepts the value."""
    validator = _validator(schema)  # which keeps the fragment, so that its id stays its own
    key = (id(schema), repr(value))  # 1, 1.0 and True are equal, and not alike
    if key in _ACCEPTED:
        return True
    accepted = bool(validator.is_valid(value))
    if accepted and len(_ACCEPTED) < REMEMBERED_AT_MOST:
        _ACCEPTED.add(key)
    return accepted


def _innermost(error: ValidationError) -> ValidationError:
    """The alternative that was meant: the one whose type fits, where exactly one does."""
    while error.context:
        fitting = [e for e in error.context if e.validator not in _UNFIT or e.path]
        if not fitting:
            return error
        error = max(fitting, key=relevance)
    return error


_UNFIT = ("type", "enum", "const", "pattern")


def _diagnostic(what: str, node: Node, error: ValidationError, expects: str) -> Diagnostic:
    place, inside = _descend(node, list(error.absolute_path))
    where = f"{what}.{inside}" if inside else what
    if error.validator == "additionalProperties":
        return _unknown_key(where, place, error)
    if error.validator == "required":
        missing = error.message.split("'")[1]
        return Diagnostic("NS203", f"`{where}` lacks `{missing}`", place.span)
    if error.validator == "enum" and list(error.absolute_path)[-1:] == ["op"]:
        known = list(_choices(_schema_of(error)))
        hints = did_you_mean(str(error.instance), known) or (f"there are {', '.join(known)}",)
        message = f"`{where}` has no op {shown(error.instance)}"
        return Diagnostic("NS205", message, place.span, hints=hints)
    expected = expects if not inside else _in_words(error)
    message = f"`{where}` takes {expected}, not {shown(error.instance)}"
    return Diagnostic("NS204", message, place.span, hints=_hints(error))


def _unknown_key(where: str, place: Node, error: ValidationError) -> Diagnostic:
    known = list(_schema_of(error).get("properties", {}))
    assert isinstance(place, Mapping)
    unknown = next(k for k in place.entries if k not in known and not k.startswith("x-"))
    span: Span = place.entries[unknown].key_span
    hints = did_you_mean(unknown, known) or (f"keys here: {', '.join(known)}",)
    return Diagnostic("NS202", f"`{where}` has no key `{unknown}`", span, hints=hints)


def _schema_of(error: ValidationError) -> JsonSchema:
    schema: Any = error.schema
    return dict(schema)


def _descend(node: Node, path: list[Any]) -> tuple[Node, str]:
    for key in path:
        if isinstance(node, Mapping):
            node = node.entries[key].value
        elif isinstance(node, Sequence):
            node = node.items[key]
    return node, ".".join(str(key) for key in path)


_WORDS = {
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
}
_KINDS = {
    "array": "a list",
    "object": "a mapping",
    "integer": "an integer",
    "boolean": "true or false",
}
_BOUNDS = {
    "minimum": "of at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "of at most {}",
}


def _in_words(error: ValidationError) -> str:
    """What a fragment takes, in words, where nobody said it: by the rule that is broken."""
    if str(error.validator) in _WORDS:
        return _WORDS[str(error.validator)].format(error.validator_value)
    return _described(_schema_of(error))


def _described(schema: JsonSchema) -> str:
    """A fragment in words; that an expression may stand there too goes without saying."""
    if "title" in schema:
        return str(schema["title"])
    if "anyOf" in schema:
        parts = [_described(part) for part in schema["anyOf"] if part is not EXPRESSION]
        return " or ".join(dict.fromkeys(parts))
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    kinds = schema.get("type", [])
    named = [kinds] if isinstance(kinds, str) else list(kinds)
    literal = [k for k in named if k != "string" or "pattern" not in schema]
    told = " or ".join(_KINDS.get(k, f"a {k}") for k in literal) or "an expression"
    if {"minimum", "maximum"} <= schema.keys():
        return f"{told} from {schema['minimum']} to {schema['maximum']}"
    bounds = [words.format(schema[key]) for key, words in _BOUNDS.items() if key in schema]
    return f"{told} {' and '.join(bounds)}".rstrip()


def _hints(error: ValidationError) -> tuple[str, ...]:
    value = error.instance
    choices = list(_choices(_schema_of(error)))
    if value is None and "none" in choices:
        return ("write none",)
    if isinstance(value, float) and value.is_integer() and "'integer'" in str(error.schema):
        return (f"write {int(value)}; in an expression `/` gives a float, `//` an integer",)
    if not isinstance(value, str):
        return ()
    if "boolean" in str(error.schema) and (hints := spelled(value)):
        return hints
    if hints := _constructs_form(value, _schema_of(error)):
        return hints
    if hints := did_you_mean(value, choices):
        return hints
    if _looks_like_expression(value):
        return (f'an expression is written "${{{value}}}", in quotes',)
    return ()


def _constructs_form(name: str, schema: JsonSchema) -> tuple[str, ...]:
    """A hint for the bare name of a construct that has required fields."""
    for part in schema.get("anyOf", ()):
        for case in part.get("allOf", ()):
            if case["then"]["properties"]["op"]["const"] == name:
                fields = [field for field in case["then"]["required"] if field != "op"]
                written = ", ".join((f"op: {name}", *(f"{field}: …" for field in fields)))
                return (f"{name} needs its {' and '.join(fields)}: write {{{written}}}",)
    return ()


def _choices(schema: JsonSchema) -> Iterator[str]:
    for part in (schema, *schema.get("anyOf", ())):
        yield from map(str, part.get("enum", ()))


_BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def spelled(value: object) -> tuple[str, ...]:
    """A hint for a word that YAML 1.1 read as a boolean."""
    written = _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    return (f"a boolean is written {written}",) if written else ()


def _looks_like_expression(value: str) -> bool:
    return any(c in value for c in "+*/(") and any(c.isalnum() for c in value) and len(value) < 200


def shown(value: object) -> str:
    """A value as a message shows it: its kind where it is a container, cut short where long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing (null)"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        text = f"[{', '.join(map(shown, value[:9]))}]"
        return text if len(text) <= 40 and len(value) < 9 else f"a list of {len(value)}"
    text = repr(value)
    if not isinstance(value, str):
        return text if len(text) <= 40 else f"{text[:37]}…"
    return text if len(text) <= 60 else f"{text[:57]}…{text[-1]}"

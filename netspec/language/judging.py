"""Judges plain data by a schema fragment and says what is wrong in the language's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft7Validator, ValidationError, validators
from jsonschema.exceptions import best_match

from netspec.diagnostics import Diagnostic, Span
from netspec.ops.constructs import JsonSchema
from netspec.reading.document import Mapping, Node, Sequence
from netspec.suggestions import did_you_mean


def _is_integer(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# JSON Schema counts 64.0 as an integer; a filter count written so is a slip.
Validator = validators.extend(
    Draft7Validator, type_checker=Draft7Validator.TYPE_CHECKER.redefine("integer", _is_integer)
)
_VALIDATORS: dict[int, tuple[JsonSchema, Any]] = {}


def _validator(schema: JsonSchema) -> Any:
    """One validator per fragment. The fragment is kept beside it, so that its id stays its own."""
    known = _VALIDATORS.get(id(schema))
    if known is None:
        known = _VALIDATORS[id(schema)] = (schema, Validator(schema))
    return known[1]


def judge(
    what: str, value: object, node: Node, schema: JsonSchema, expects: str
) -> Iterator[Diagnostic]:
    """The faults of `value`, which stands at `node`, as diagnostics.

    `what` names the field; `expects` says what it takes.
    """
    for error in _validator(schema).iter_errors(value):
        yield _diagnostic(what, node, _innermost(error), expects)


def is_valid(value: object, schema: JsonSchema) -> bool:
    """Whether the fragment accepts the value."""
    return bool(_validator(schema).is_valid(value))


def _innermost(error: ValidationError) -> ValidationError:
    """The alternative that was meant: the one whose type fits, where exactly one does."""
    while error.context:
        fitting = [e for e in error.context if e.validator not in ("type", "enum", "const", "pattern")]
        if not fitting:
            return error
        error = best_match(iter(fitting)) or error
    return error


def _diagnostic(what: str, node: Node, error: ValidationError, expects: str) -> Diagnostic:
    place, inside = _descend(node, list(error.absolute_path))
    where = f"{what}.{inside}" if inside else what
    if error.validator == "additionalProperties":
        return _unknown_key(where, place, error)
    if error.validator == "required":
        missing = error.message.split("'")[1]
        return Diagnostic("NS203", f"`{where}` lacks `{missing}`", place.span)
    if error.validator == "enum" and list(error.absolute_path)[-1:] == ["op"]:
        known = [str(v) for v in error.validator_value]
        message = f"`{where}` has no op {shown(error.instance)} ({', '.join(known)})"
        return Diagnostic("NS205", message, place.span, hints=did_you_mean(str(error.instance), known))
    expected = expects if not inside else _in_words(error)
    message = f"`{where}` takes {expected}, not {shown(error.instance)}"
    return Diagnostic("NS204", message, place.span, hints=_hints(error))


def _unknown_key(where: str, place: Node, error: ValidationError) -> Diagnostic:
    known = list(error.schema.get("properties", {}))
    assert isinstance(place, Mapping)
    unknown = next(k for k in place.entries if k not in known and not k.startswith("x-"))
    span: Span = place.entries[unknown].key_span
    message = f"`{where}` has no key `{unknown}` ({', '.join(known)})"
    return Diagnostic("NS202", message, span, hints=did_you_mean(unknown, known))


def _descend(node: Node, path: list[Any]) -> tuple[Node, str]:
    for key in path:
        if isinstance(node, Mapping):
            node = node.entries[key].value
        elif isinstance(node, Sequence):
            node = node.items[key]
    return node, ".".join(str(key) for key in path)


_WORDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "minLength": "at least {} characters",
}


def _in_words(error: ValidationError) -> str:
    if str(error.validator) in _WORDS:
        return _WORDS[str(error.validator)].format(error.validator_value)
    if error.validator == "enum":
        return f"one of {', '.join(map(str, error.validator_value))}"
    if error.validator == "const":
        return str(error.validator_value)
    kinds = error.schema.get("type", "another kind of value")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    literal = [n for n in names if n != "string" or "pattern" not in error.schema]
    return " or ".join({"array": "a list", "object": "a mapping"}.get(n, f"a {n}") for n in literal)


def _hints(error: ValidationError) -> tuple[str, ...]:
    value = error.instance
    words = {"yes": "true", "on": "true", "True": "true", "no": "false", "off": "false"}
    if isinstance(value, str) and value in words and "boolean" in str(error.schema):
        return (f"a boolean is written {words[value]}",)
    if isinstance(value, str) and _looks_like_expression(value):
        return (f"an expression is written ${{{value}}}, in quotes",)
    choices = [
        str(choice)
        for part in (error.schema, *error.schema.get("anyOf", ()))
        for choice in part.get("enum", ())
    ]
    return did_you_mean(value, choices) if isinstance(value, str) else ()


def _looks_like_expression(value: str) -> bool:
    return any(c in value for c in "+*/(") and any(c.isalnum() for c in value) and len(value) < 200


def shown(value: object) -> str:
    """A value as a message shows it: its kind where it is a container, cut short where long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing (null)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        text = f"[{', '.join(map(shown, value))}]"
        return text if len(text) <= 40 else f"a list of {len(value)}"
    text = f"'{value}'" if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…'"

"""The fields of all ops by name: what an editor offers where the op is not in the file.

A patch's `set:` changes a step of another file, so its schema can say which fields there are and
what they mean, and leaves their values to the checker.
"""

from __future__ import annotations

from netspec.ops.constructs import JsonSchema
from netspec.ops.table import OPS

ANYTHING: JsonSchema = {"type": ["string", "number", "boolean", "array", "object", "null"]}
"""What accepts all: of a key with a type, an editor knows that a colon follows."""


def fields_of_any_op() -> JsonSchema:
    """For every name of a field a schema that accepts all, with what each op says of it."""
    said: dict[str, dict[str, list[str]]] = {}
    for name, op in OPS.items():
        for option in op.options().values():
            said.setdefault(option.name, {}).setdefault(option.doc, []).append(name)
    return {field: {"description": _described(docs), **ANYTHING} for field, docs in said.items()}


def _described(docs: dict[str, list[str]]) -> str:
    return "\n".join(f"{', '.join(ops)}: {doc}" for doc, ops in docs.items())

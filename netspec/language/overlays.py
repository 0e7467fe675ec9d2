"""An overlay on what it extends: parameters, defaults, templates, functions, about are merged.

Every other key of the overlay takes the place of the base's. `patch` is left to the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netspec.diagnostics import Diagnostic
from netspec.language.schema import TYPES
from netspec.language.scope import NOTE
from netspec.reading.document import Entry, Mapping, Node, Scalar
from netspec.suggestions import did_you_mean

ONLY_OVERLAYS = ("extends", "patch")
"""Keys that are the overlay's alone."""


def overlaid(base: Mapping, over: Mapping, faulty: frozenset[int]) -> Mapping:
    """The overlay's mapping merged onto the base's; every node stands where it was written.

    A value at fault stays itself, so that it is known by its id: nothing is merged with it.
    """
    entries = {key: entry for key, entry in base.entries.items() if key not in ONLY_OVERLAYS}
    for key, entry in over.entries.items():
        if key in ONLY_OVERLAYS or key.startswith(NOTE):
            continue
        merge = MERGED.get(key)
        old = entries.get(key)
        value = entry.value
        if old and id(old.value) in faulty:
            value = old.value
        elif merge and old and id(value) not in faulty:
            value = merge(old.value, value)
        entries[key] = Entry(key, entry.key_span, value)
    return Mapping(entries, over.span)


def strangers(base: Mapping, over: Mapping) -> Iterator[Diagnostic]:
    """A finding for each parameter that an overlay gives a value, and nothing declares."""
    declared, given = base.get("params"), over.get("params")
    known = declared.entries if isinstance(declared, Mapping) else {}
    for name, entry in given.entries.items() if isinstance(given, Mapping) else ():
        bare = isinstance(entry.value, Scalar) and entry.value.value not in TYPES
        if name not in known and bare and not name.startswith(NOTE):
            message = f"what this extends has no parameter `{name}`"
            new = f"a new one is declared in full: {name}: {{default: {entry.value.plain}}}"
            hints = (*did_you_mean(name, known), new)
            yield Diagnostic("NS312", message, entry.key_span, hints=hints)


def _by_key(base: Node, over: Node) -> Node:
    """The entries of both, the overlay's where both have one."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    return Mapping({**base.entries, **over.entries}, over.span)


def _by_op(base: Node, over: Node) -> Node:
    """Defaults: fields are merged op by op."""
    merged = _by_key(base, over)
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return merged
    both = base.entries.keys() & over.entries.keys()
    assert isinstance(merged, Mapping)
    fields = {
        op: Entry(op, over.entries[op].key_span, _by_key(base.entries[op].value, entry.value))
        for op, entry in over.entries.items()
        if op in both
    }
    return Mapping({**merged.entries, **fields}, over.span)


def _parameters(base: Node, over: Node) -> Node:
    """Parameters: a bare value is a new default, and the base's type and values still hold."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    given = {
        name: Entry(name, entry.key_span, _parameter(base.entries[name].value, entry.value))
        for name, entry in over.entries.items()
        if name in base.entries
    }
    return Mapping({**base.entries, **over.entries, **given}, over.span)


def _parameter(base: Node, over: Node) -> Node:
    if isinstance(over, Mapping) or over.plain in TYPES:
        return over
    declared = {"default": Entry("default", over.span, over)}
    if isinstance(base, Mapping):
        return Mapping({**base.entries, **declared}, over.span)
    bare = str(base.plain)
    kind = bare if bare in TYPES else _TYPES.get(type(base.plain))
    if kind and not bare.startswith("$"):
        declared["type"] = Entry("type", base.span, Scalar(kind, base.span))
    return Mapping(declared, over.span)


_TYPES: dict[type, str] = {int: "int", float: "float", bool: "bool", str: "string"}
MERGED: dict[str, Callable[[Node, Node], Node]] = {
    "about": _by_key,
    "params": _parameters,
    "defaults": _by_op,
    "functions": _by_key,
    "templates": _by_key,
}

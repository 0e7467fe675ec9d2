"""Applies to a step what patches give for its keys and fields, and tries their guards."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from contextlib import suppress
from dataclasses import replace

from netspec.language import fields
from netspec.language.guards import Fact, Facts, disagreements, facts_of
from netspec.language.patches import BODY_KEYS, REPLACE, WITHIN, Layer, Patch, in_overlay
from netspec.language.scope import NOTE, Scope, Unknown
from netspec.language.sites import Site
from netspec.language.uses import Uses
from netspec.ops.base import ShapeError
from netspec.ops.table import OPS
from netspec.reading.document import Entry, Mapping, Node, Plain, Scalar, Sequence
from netspec.suggestions import did_you_mean

MERGED = ("from", "when", "expect", "with")
"""Keys of a step, fields of no op, that a patch may set."""
DEFAULTS = "defaults"
"""One more, which goes into the scope."""


class Changes:
    """What all changes of one walk share. They see the file's scope, and their step's input."""

    def __init__(self, file_scope: Scope, layers: tuple[Layer, ...], uses: Uses) -> None:
        self.file_scope, self.layers, self.uses = file_scope, layers, uses

    def merged(self, site: Site, body: Mapping) -> tuple[Site, Mapping]:
        """The body with the keys that are no fields of an op as changed; and what else changes."""
        given, entries = dict(site.changes), dict(body.entries)
        for key in MERGED:
            if key not in given or given[key].patch.by == "set":
                continue
            if key == "with" and "use" not in entries:
                continue
            patch, entry = given.pop(key)
            self._note(patch)
            settled = _settled(entry.value, self._outer(site))
            old = entries[key].value if key == "with" and key in entries else None
            if isinstance(old, Mapping) and isinstance(settled, Mapping):
                settled = Mapping({**old.entries, **settled.entries}, settled.span)
            entries[key] = Entry(key, entry.key_span, settled)
        return site._replace(changes=given), Mapping(entries, body.span)

    def fields_of(self, site: Site, op: str) -> MappingOf[str, fields.Field]:
        """The fields of a step that are changed. A glob is for ops that have such a field."""
        found = {}
        for key, (patch, entry) in site.changes.items():
            if key == DEFAULTS and patch.by != "set":
                continue
            if key in OPS[op].options():
                self._note(patch)
                found[key] = fields.Field(patch.by, entry, self._outer(site))
            elif not patch.globs:
                self._note(patch)
                hints = _hints(site, op, key, patch.by)
                raise site.fail("NS202", f"`{op}` has no field `{key}`", entry.key_span, *hints)
        return found

    def with_defaults(self, site: Site) -> Site:
        """The site with the `defaults` that a patch sets for what is within it."""
        change = site.changes.get(DEFAULTS)
        if change is None or change.patch.by == "set":
            return site
        self._note(change.patch)
        merged = site.scope.with_defaults(change.entry.value, self._outer(site))
        return site._replace(scope=merged)

    def guard(self, site: Site, body: Node, was: Node) -> None:
        """Refuse a patch whose `was` does not tell what stands there; raises `Unknown`."""
        if any(flow.shape is None for flow in site.taken):
            raise Unknown
        stated = self._outer(site).value(was)
        for fault in disagreements(stated, self._facts(site, body), site.path):
            entry = was.entries.get(fault.key) if isinstance(was, Mapping) else None
            place = entry.span if entry else was.span
            raise site.fail(fault.code, fault.message, place, *fault.hints)

    def _facts(self, site: Site, body: Node) -> Facts:
        """What a `was` may state of the step that a body makes."""
        if not isinstance(body, Mapping) or "steps" in body.entries:
            return {}
        if "use" in body.entries:
            template = str(site.scope.value(body.entries["use"].value))
            inner, inside = self.uses.entered(site, body)
            given: Plain = dict(inner.arguments or {})
            within = self._facts(inner, inside)
            return {**within, "use": Fact((template,)), "with": Fact((given,))}
        op = str(body.entries["op"].value.plain)
        given_fields = fields.gather(op, body.entries, site.scope, self.fields_of(site, op))
        made = fields.build(op, given_fields, site.scope, site.span, site.path)
        resolved = made
        if "branches" not in body.entries:
            with suppress(ShapeError):
                resolved = made.resolved(site.shapes)
        return facts_of(made, resolved)

    def _outer(self, site: Site) -> Scope:
        """What a change sees: the file's parameters, and the step's input."""
        return replace(self.file_scope.with_input(site.scope.input), uses=site.scope.uses)

    def _note(self, patch: Patch) -> None:
        for layer in self.layers:
            layer.note(patch)


def _hints(site: Site, op: str, key: str, by: str) -> tuple[str, ...]:
    """What to set in place of a field that the op of a step has not; `by` is as in `Patch`."""
    options = OPS[op].options()
    if key == "with" and not site.template:
        return ("`with` is for a step that uses a template; this one uses none",)
    if site.arguments and key in site.arguments:
        argument = f"`{key}` is an argument of template {site.template}"
        return (argument, WITHIN, in_overlay(site.path, "with", f"{{{key}: …}}"))
    if key in (*MERGED, DEFAULTS):
        return (in_overlay(site.path, key),)
    if key in BODY_KEYS:
        return (in_overlay(site.path, verb="replace") if by == "set" else REPLACE,)
    return did_you_mean(key, options) or (_instead(options),)


def _instead(options: Iterable[str]) -> str:
    listed = ", ".join(options)
    return f"its fields: {listed}" if listed else "it has no fields; set those of steps within it"


def _settled(node: Node, scope: Scope) -> Node:
    """The node with its expressions evaluated, each value where it was written."""
    if isinstance(node, Scalar):
        return Scalar(scope.value(node), node.span)
    if isinstance(node, Sequence):
        return Sequence(tuple(_settled(item, scope) for item in node.items), node.span)
    entries = {
        key: Entry(key, entry.key_span, _settled(entry.value, scope))
        for key, entry in node.entries.items()
        if not key.startswith(NOTE)
    }
    return Mapping(entries, node.span)

"""The templates of a file: their names, and what they use of one another, before any is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netspec.diagnostics import Diagnostic
from netspec.language.cycles import find_cycles
from netspec.language.names import check_name
from netspec.language.scope import NOTE, Scope
from netspec.reading.document import Entry, Node, Scalar, Sequence
from netspec.reading.document import Mapping as MappingNode
from netspec.suggestions import did_you_mean

Templates = Mapping[str, Entry]


def templates_of(node: Node | None, scope: Scope) -> tuple[Templates, frozenset[int]]:
    """The templates by name, and the ids of the bodies that can't be used, for reasons reported."""
    written = node.entries if isinstance(node, MappingNode) else {}
    templates = {name: entry for name, entry in written.items() if not name.startswith(NOTE)}
    refused: set[int] = set()
    for name, entry in templates.items():
        if fault := check_name(name):
            scope.fail(Diagnostic(*fault, entry.key_span))
            refused.add(id(entry.value))
    used = {name: dict(_uses(entry.value)) for name, entry in templates.items()}
    for nodes in used.values():
        for template, place in nodes.items():
            if template not in templates:
                scope.fail(unknown_template(template, place, templates))
    for cycle in find_cycles({name: tuple(nodes) for name, nodes in used.items()}):
        message = f"a template uses itself: {' → '.join(cycle)}"
        scope.fail(Diagnostic("NS310", message, used[cycle[-2]][cycle[-1]].span))
        refused.update(id(templates[name].value) for name in cycle)
    return templates, frozenset(refused)


def unknown_template(name: str, node: Node, templates: Templates) -> Diagnostic:
    """The diagnostic of a `use` that names no template."""
    hints = did_you_mean(name, templates)
    if not templates:
        hints = ("this file has no `templates:`",)
    return Diagnostic("NS305", f"there is no template `{name[:64]}`", node.span, hints=hints)


def _uses(body: Node) -> Iterator[tuple[str, Node]]:
    """The templates that a body uses by name, wherever in it."""
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Sequence):
            waiting += [
                e.value
                for i in node.items
                if isinstance(i, MappingNode)
                for e in i.entries.values()
            ]
        elif isinstance(node, MappingNode):
            used = node.get("use")
            if isinstance(used, Scalar) and not str(used.value).startswith("$"):
                yield str(used.value), used
            waiting += [e.value for k, e in node.entries.items() if k in ("steps", "branches")]

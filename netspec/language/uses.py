"""Steps that use a template: its parameters bound, its body in a scope of its own."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import replace

from netspec.diagnostics import Use
from netspec.language import parameters
from netspec.language.budget import TooLarge
from netspec.language.expressions import Value
from netspec.language.frames import Frame, Missing
from netspec.language.parameters import Argument, Owner, Parameter
from netspec.language.scope import NOTE, Scope, Unknown
from netspec.language.sites import Site
from netspec.language.templates import Templates, unknown_template
from netspec.reading.document import Mapping, Node

TEMPLATES_WITHIN = 32


class Uses:
    """What all uses of one walk share. A template sees the file's scope, never its caller's."""

    def __init__(
        self,
        file_scope: Scope,
        templates: Templates,
        faulty: frozenset[int],
        missing: Missing,
    ) -> None:
        self.file_scope, self.templates, self.faulty = file_scope, templates, faulty
        self.missing = missing
        self._parameters: dict[int, MappingOf[str, Parameter]] = {}

    def entered(self, site: Site, body: Mapping) -> tuple[Site, Mapping]:
        """The site within the template that a step uses, and the template's body."""
        node = body.entries["use"].value
        template = str(site.scope.value(node))
        defined = self.templates.get(template)
        if defined is None:
            raise site.scope.fail(unknown_template(template, node, self.templates))
        self._check_nesting(template, node, site)
        if id(defined.value) in self.faulty or not isinstance(defined.value, Mapping):
            raise Unknown
        if len(site.taken) > 1 and "op" not in defined.value.entries:
            raise site.fail("NS317", block_takes_one(site), site.from_span)
        values = self._bound(template, defined.value, site, body.get("with"))
        file = self.file_scope
        scope = Scope(
            file.findings,
            {**file.names, **values},
            file.functions,
            file.defaults,
            (*site.scope.uses, Use(template, defined.key_span, site.span)),
            site.taken[0].shape,
            file.unknown - values.keys(),
            file.limits,
        )
        inner = site._replace(
            span=defined.key_span,
            scope=scope,
            frame=Frame(None, self.missing, site.path, site.places),
            template=site.template or template,
            arguments=values if site.arguments is None else site.arguments,
        )
        return inner, defined.value

    def _bound(
        self, template: str, body: Mapping, site: Site, node: Node | None
    ) -> MappingOf[str, Value]:
        """The template's parameters for this use; raises `Unknown` where one is at fault."""
        declared = self._declared(body)
        entries = node.entries if isinstance(node, Mapping) else {}
        arguments = {
            key: Argument(site.scope.value(entry.value), entry.value.span, entry.key_span)
            for key, entry in entries.items()
            if not key.startswith(NOTE)
        }
        if not declared and not arguments:
            return {}
        scope = replace(self.file_scope, uses=site.scope.uses)
        owner = Owner(f"template {template}", site.span)
        values = parameters.bind(declared, arguments, scope, owner)
        if len(values) < len(declared) or arguments.keys() - declared.keys():
            raise Unknown
        return values

    def _declared(self, body: Mapping) -> MappingOf[str, Parameter]:
        """The template's parameters, read once."""
        known = self._parameters.get(id(body))
        if known is None:
            known = self._parameters[id(body)] = parameters.declared(body.get("params"))
        return known

    def _check_nesting(self, template: str, node: Node, site: Site) -> None:
        uses = site.scope.uses
        if any(use.template == template for use in uses):
            chain = [use.template for use in uses]
            cycle = " → ".join([*chain[chain.index(template) :], template])
            raise site.fail("NS310", f"a template uses itself: {cycle}", node.span)
        if len(uses) >= TEMPLATES_WITHIN:
            message = f"templates are nested more than {TEMPLATES_WITHIN} deep"
            site.fail("NS116", message, node.span)
            raise TooLarge


def block_takes_one(site: Site) -> str:
    """The message for a block that is given several inputs."""
    return f"`{site.path}` is given {len(site.taken)} inputs; a block takes one"

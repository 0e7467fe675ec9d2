"""Walks the steps of a file in written order: expands each, and types it at once.

A step's fields are evaluated when the shape of its input is known, so that they may speak of it. A
step that fails has an unknown shape, which silences those that follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import replace
from typing import NamedTuple

from netspec.diagnostics import Diagnostic, Origin, Span, Use
from netspec.ir.shapes import Shape
from netspec.language import fields, parameters
from netspec.language.budget import Budget, TooLarge
from netspec.language.expressions import Value
from netspec.language.frames import Flow, Frame, Items
from netspec.language.join_faults import from_fault, join_fault
from netspec.language.judging import shown
from netspec.language.loops import rows
from netspec.language.names import check_name
from netspec.language.parameters import Argument, Owner, Parameter
from netspec.language.references import resolve
from netspec.language.scope import NOTE, Scope, Unknown
from netspec.language.settings import Settings
from netspec.language.templates import Templates, unknown_template
from netspec.language.tree import Step
from netspec.ops.base import Op, ShapeError
from netspec.ops.join import Join
from netspec.ops.table import OPS
from netspec.reading.document import Entry, Mapping, Node, Sequence
from netspec.suggestions import did_you_mean

TEMPLATES_WITHIN = 32
# An expanded spec must be read again, and each level of steps is three levels of YAML, of 64.
STEPS_WITHIN = 20


class Site(NamedTuple):
    """A step on its way to be made: where it stands, what it sees, what it is given."""

    name: str
    path: str
    span: Span
    scope: Scope
    taken: tuple[Flow, ...]
    frame: Frame
    origin: Origin
    written_from: tuple[str, ...] = ()
    template: str = ""
    arguments: MappingOf[str, Value] | None = None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of what it is given, once all are known."""
        return tuple(flow.shape for flow in self.taken if flow.shape is not None)

    def fail(self, code: str, message: str, span: Span | None = None, *hints: str) -> Unknown:
        """Add a finding on this step; gives the exception to raise."""
        found = Diagnostic(code, message, span or self.span, hints=hints, step=self.path)
        return self.scope.fail(found)


class Walk:
    """One walk over one file; holds what all its steps share."""

    def __init__(
        self,
        scope: Scope,
        templates: Templates,
        faulty: frozenset[int],
        settings: Settings,
        budget: Budget,
    ) -> None:
        self.file_scope, self.templates, self.faulty = scope, templates, faulty
        self.settings, self.budget = settings, budget
        self.parameters: dict[int, MappingOf[str, Parameter]] = {}
        # beside its items each list itself, so that its id stays its own
        self.items: dict[int, tuple[Node | None, Items]] = {}
        self.left_out: set[str] = set()
        self.head_hints: tuple[str, ...] = ()
        self.matched: set[int] = set()
        self.settable: list[str] = []

    # lists of steps

    def sequence(
        self, node: Node | None, scope: Scope, start: Flow, frame: Frame
    ) -> tuple[tuple[Step, ...], Flow]:
        """The steps of a list, and the value that leaves it. Adds their names to the frame."""
        frame.items = self._items(node, frame)
        steps: list[Step] = []
        flow = start
        for position, (written, entry) in enumerate(frame.items):
            frame.position = position
            for name, inner in self._repeated(written, entry, scope, frame):
                flow = self._listed(name, entry, inner, flow, frame, frame, steps)
        return tuple(steps), flow

    def _items(self, node: Node | None, frame: Frame) -> Items:
        """The named items of a list; the frame is incomplete where the list has others."""
        items = node.items if isinstance(node, Sequence) else ()
        _, known = self.items.get(id(node), (None, None))
        if known is None:
            named = (i for i in items if isinstance(i, Mapping) and id(i) not in self.faulty)
            known = [next(iter(item.entries.items())) for item in named]
            self.items[id(node)] = (node, known)
        frame.incomplete |= len(known) < len(items)
        return known

    def _repeated(
        self, written: str, entry: Entry, scope: Scope, frame: Frame
    ) -> list[tuple[str, Scope]]:
        """The name and scope of each repetition of a step; one without a `for`."""
        body = entry.value
        loop = body.get("for") if isinstance(body, Mapping) else None
        found = []
        try:
            if loop is not None and id(body) in self.faulty:
                raise Unknown
            for row in rows(loop, scope, self.budget.limits) if loop else ({},):
                self.budget.step(entry.key_span, scope)
                inner = scope.with_names(row)
                name = inner.name(written, entry.key_span)
                if fault := check_name(name):
                    raise scope.fail(Diagnostic(*fault, entry.key_span))
                found.append((name, inner))
        except Unknown:
            frame.incomplete = True
        return found

    def _listed(
        self,
        name: str,
        entry: Entry,
        scope: Scope,
        flow: Flow,
        names: Frame,
        frame: Frame,
        steps: list[Step],
    ) -> Flow:
        """A step added to its list, and the value that flows on; `names` are those of its list."""
        path = names.path(name)
        try:
            step = self._step(name, path, entry, scope, flow, frame)
            made = Flow(path, step.output, step) if step else None
        except Unknown:
            step, made = None, Flow(path, None)
        if made is None:
            self.left_out.add(path)
            return flow
        if name in names.written:
            scope.fail(_collision(name, entry, names))
            return Flow(path, None)
        if step is not None:
            steps.append(step)
        names.add(name, made, entry.key_span)
        return made

    # one step

    def _step(
        self, name: str, path: str, entry: Entry, scope: Scope, flow: Flow, frame: Frame
    ) -> Step | None:
        """A step, or nothing where its `when` is false; raises `Unknown` where it fails."""
        body, span = entry.value, entry.key_span
        if id(body) in self.faulty:
            raise Unknown
        if isinstance(body, Sequence):
            origin = Origin(span, scope.uses)
            return self._block(Site(name, path, span, scope, (flow,), frame, origin), body)
        if not isinstance(body, Mapping):
            raise Unknown
        taken, written = self._taken(body, scope, flow, frame)
        inner = scope.with_input(taken[0].shape)
        if (condition := body.get("when")) and not _holds(condition, inner):
            return None
        if any(t.shape is None for t in taken):
            raise Unknown
        origin = Origin(span, scope.uses)
        site = Site(name, path, span, inner, taken, frame, origin, written)
        step = self._body(site, body)
        self._expect(step, body, scope)
        return step

    def _taken(
        self, body: Mapping, scope: Scope, flow: Flow, frame: Frame
    ) -> tuple[tuple[Flow, ...], tuple[str, ...]]:
        """What the step is given, and the names that its `from` has for it."""
        node = body.get("from")
        if node is None:
            return (flow,), ()
        listed = node.items if isinstance(node, Sequence) else (node,)
        found = [resolve(item, scope, frame) for item in listed]
        return tuple(flow for _, flow in found), tuple(name for name, _ in found)

    def _body(self, site: Site, body: Mapping) -> Step:
        """The step that a body makes, by its form."""
        if "use" in body.entries:
            return self._use(site, body)
        if "defaults" in body.entries:
            site = site._replace(scope=site.scope.with_defaults(body.get("defaults")))
        if "steps" in body.entries:
            return self._block(site, body.entries["steps"].value)
        op = str(body.entries["op"].value.plain)
        given = fields.gather(op, body.entries, site.scope, self._set_fields(site, op))
        if "branches" in body.entries:
            return self._join(site, op, given, body)
        made = fields.build(op, given, site.scope, site.span, site.path)
        self._check_inputs(site, made)
        typed, output = self._typed(site, made, given)
        return _made(site, typed, (), output, given)

    def _check_inputs(self, site: Site, op: Op) -> None:
        given, (_, most) = len(site.taken), op.inputs
        if isinstance(op, Join) and given < 2:
            message = f"`{site.path}` joins nothing: {op.name} takes `branches:` or `from: [A, B]`"
        elif most is not None and given > most:
            message = f"`{site.path}` is given {given} inputs; {op.name} takes {most}"
        else:
            return
        raise site.fail("NS317", message)

    def _typed(self, site: Site, op: Op, given: fields.Given) -> tuple[Op, Shape]:
        """The op without sugar and its output's shape, within the limits."""
        shapes = site.shapes
        try:
            typed = op.resolved(shapes)
            output = typed.infer(shapes)
        except ShapeError as error:
            if isinstance(op, Join):
                names = list(zip(site.written_from, shapes, strict=True))
                raise site.scope.fail(from_fault(site.path, site.span, names)) from error
            place = given[error.field].entry.span if error.field in given else site.span
            hints = (*error.hints, *self.head_hints)
            raise site.fail(error.code, f"`{site.path}`: {error.message}", place, *hints) from error
        self._within_limits(site, typed, shapes, output)
        return typed, output

    def _within_limits(self, site: Site, op: Op, shapes: tuple[Shape, ...], output: Shape) -> None:
        self.budget.value(output, f"`{site.path}`", site.span, site.scope)
        self.budget.padded(op, shapes[0], site.path, site.span, site.scope)
        self.budget.layer(op, shapes, site.span, site.scope)

    def _expect(self, step: Step, body: Mapping, scope: Scope) -> None:
        expected = body.get("expect")
        if expected is None or not self.settings.empty or expected.plain == step.output.dims:
            return
        message = f"`{step.path}` gives {step.output}, where {shown(expected.plain)} is expected"
        label = f"it is {step.output.dims}"
        found = Diagnostic("NS405", message, expected.span, label=label, step=step.path)
        scope.fail(found)

    # what is set from outside

    def _set_fields(self, site: Site, op: str) -> MappingOf[str, Entry]:
        """The fields of a step that `--set` gives. One that globs is for ops with such a field."""
        if not self.settings.fields:
            return {}
        self.settable.append(site.path)
        found = {}
        for setting in self.settings.fields:
            known = setting.entry.key in OPS[op].options()
            if not setting.matches(site.path) or (setting.globs and not known):
                continue
            self.matched.add(id(setting))
            if not known:
                field = setting.entry.key
                hints = did_you_mean(field, OPS[op].options())
                raise site.fail(
                    "NS202", f"`{op}` has no field `{field}`", setting.entry.span, *hints
                )
            found[setting.entry.key] = setting.entry
        return found

    def settings_matched(self) -> None:
        """Add a finding for each `--set` of a path that has met no step."""
        for setting in self.settings.fields:
            if id(setting) in self.matched:
                continue
            inside = [p for p in self.settable if p.startswith(f"{setting.pattern}/")]
            hints = did_you_mean(setting.pattern, self.settable)
            message = f"no step is at `{setting.pattern[:120]}`"
            if inside:
                message = f"`{setting.pattern[:120]}` is a block, which has no fields"
                hints = (f"set one of a step within it, such as {inside[0]}",)
            elif setting.globs:
                message = f"no step at `{setting.pattern[:120]}` has a field `{setting.entry.key}`"
                hints = ()
            place = setting.entry.span
            self.file_scope.fail(Diagnostic("NS316", message, place, hints=hints))

    # blocks, joins and templates

    def _inner(self, site: Site) -> Frame:
        """The frame of a block's own steps; refuses nesting without end."""
        if site.path.count("/") + 1 >= STEPS_WITHIN:
            site.fail("NS116", f"steps are nested more than {STEPS_WITHIN} deep")
            raise TooLarge
        return Frame(site.frame, self.left_out, site.path)

    def _block(self, site: Site, steps: Node) -> Step:
        if len(site.taken) > 1:
            given = len(site.taken)
            raise site.fail("NS317", f"`{site.path}` is given {given} inputs; a block takes one")
        frame = self._inner(site)
        children, flow = self.sequence(steps, site.scope, site.taken[0], frame)
        if flow.shape is None or frame.incomplete:
            raise Unknown
        return _made(site, None, children, flow.shape, None)

    def _join(self, site: Site, op: str, given: fields.Given, body: Mapping) -> Step:
        if len(site.taken) > 1:
            message = f"`{site.path}` is given {len(site.taken)} inputs; branches start from one"
            raise site.fail("NS317", message)
        children = self._branches(site, body.entries["branches"].value)
        shapes = tuple(child.output for child in children)
        made = fields.build(op, given, site.scope, site.span, site.path)
        try:
            typed = made.resolved(shapes)
            output = typed.infer(shapes)
        except ShapeError as error:
            fault = join_fault(site.path, site.span, children, site.taken[0].shape)
            raise site.scope.fail(fault) from error
        self._within_limits(site, typed, shapes, output)
        return _made(site, typed, children, output, given)

    def _branches(self, site: Site, node: Node) -> tuple[Step, ...]:
        """The branches; each starts from the join's input and sees none of the others."""
        names = self._inner(site)
        found: list[Step] = []
        failed = False
        for written, entry in self._items(node, names):
            for name, inner in self._repeated(written, entry, site.scope, names):
                flow = self._listed(name, entry, inner, site.taken[0], names, site.frame, found)
                failed |= flow.shape is None
        if failed or names.incomplete:
            raise Unknown
        if not found:
            raise site.fail("NS317", f"no branch of `{site.path}` is left")
        return tuple(found)

    def _use(self, site: Site, body: Mapping) -> Step:
        node = body.entries["use"].value
        template = str(site.scope.value(node))
        defined = self.templates.get(template)
        if defined is None:
            raise site.scope.fail(unknown_template(template, node, self.templates))
        self._check_nesting(template, node, site)
        if id(defined.value) in self.faulty or not isinstance(defined.value, Mapping):
            raise Unknown
        if len(site.taken) > 1 and "op" not in defined.value.entries:
            given = len(site.taken)
            raise site.fail("NS317", f"`{site.path}` is given {given} inputs; a block takes one")
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
        )
        inner = site._replace(
            span=defined.key_span,
            scope=scope,
            frame=Frame(None, self.left_out, site.path),
            template=site.template or template,
            arguments=values if site.arguments is None else site.arguments,
        )
        made = self._body(inner, defined.value)
        self._expect(made, defined.value, scope)
        return made

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
        known = self.parameters.get(id(body))
        if known is None:
            known = self.parameters[id(body)] = parameters.declared(body.get("params"))
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


def _made(
    site: Site,
    op: Op | None,
    children: tuple[Step, ...],
    output: Shape,
    given: fields.Given | None,
) -> Step:
    return Step(
        name=site.name,
        path=site.path,
        op=op,
        takes=tuple([flow.path for flow in site.taken]),
        children=children,
        output=output,
        origin=site.origin,
        written_from=site.written_from,
        template=site.template,
        arguments=site.arguments,
        fields=None if given is None else fields.sources(given),
    )


def _collision(name: str, entry: Entry, names: Frame) -> Diagnostic:
    first = names.written[name]
    related = () if first == entry.key_span else (("first written here", first),)
    what = "is the input's name" if name == names.input_name else "stands twice in this block"
    loops = isinstance(entry.value, Mapping) and "for" in entry.value.entries
    hints = ("write a loop variable into the name, such as {m}",) if loops else ()
    return Diagnostic("NS303", f"`{name}` {what}", entry.key_span, hints=hints, related=related)


def _holds(node: Node, scope: Scope) -> bool:
    value = scope.value(node)
    if not isinstance(value, bool):
        message = f"`when` is true or false, not {shown(value)}"
        raise scope.fail(Diagnostic("NS308", message, node.span))
    return value

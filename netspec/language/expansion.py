"""Expands and types a checked document in one walk, in step order.

A step's fields are evaluated when the shape of its input is known, so that they may speak of it. A
step that fails has an unknown shape, which silences those that follow from it.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

from netspec.diagnostics import Diagnostic, Findings, Origin, Span, Use
from netspec.ir.shapes import Map, Shape
from netspec.language import fields, parameters
from netspec.language.frames import Flow, Frame
from netspec.language.join_faults import join_fault
from netspec.language.loops import rows
from netspec.language.names import check_name
from netspec.language.parameters import Argument
from netspec.language.scope import Scope, Unknown
from netspec.language.settings import Settings
from netspec.language.tree import Output, Step, Tree
from netspec.limits import Limits
from netspec.ops.base import Op, ShapeError
from netspec.ops.join import Join
from netspec.ops.table import OPS
from netspec.reading.document import Document, Entry, Mapping, Node, Scalar, Sequence
from netspec.suggestions import did_you_mean

TEMPLATE_DEPTH = 32


class TooLarge(Exception):
    """The network is over a limit; the finding has been added and the walk ends."""


def expand(
    document: Document,
    faulty: frozenset[int],
    findings: Findings,
    settings: Settings,
    limits: Limits,
) -> Tree | None:
    """The typed tree of a document, or nothing where the findings say why."""
    assert isinstance(document.root, Mapping)
    try:
        return _Walk(document.root, faulty, findings, settings, limits).tree()
    except (Unknown, TooLarge):
        return None


class _Walk:
    """One walk over one document; holds what all its steps share."""

    def __init__(
        self,
        root: Mapping,
        faulty: frozenset[int],
        findings: Findings,
        settings: Settings,
        limits: Limits,
    ) -> None:
        self.root, self.faulty, self.settings, self.limits = root, faulty, settings, limits
        self.findings = findings
        self.layers = self.weights = 0
        self.matched: set[int] = set()
        self.paths: list[str] = []
        templates = root.get("templates")
        self.templates = templates.entries if isinstance(templates, Mapping) else {}
        self.head_hint: tuple[str, ...] = ()
        self.file_scope = self._file_scope()

    # the file

    def _file_scope(self) -> Scope:
        scope = Scope(self.findings)
        scope = replace(scope, functions=parameters.functions_of(self.root.get("functions"), scope))
        arguments = {
            name: Argument(scope.value(node), node.span)
            for name, node in self.settings.params.items()
        }
        declared = parameters.declared(self.root.get("params"))
        bound = parameters.bind(declared, arguments, scope, "the spec")
        return scope.with_names(bound).with_defaults(self.root.get("defaults"))

    def tree(self) -> Tree:
        name = self.root.get("name")
        input_name, size = self._input()
        top = Frame(None, [])
        top.flows[input_name] = Flow(input_name, size)
        steps, _ = self._list(self.root.get("steps"), self.file_scope, "", top.flows[input_name], top)
        heads = self._heads(top)
        outputs = self._outputs(top)
        self._settings_matched()
        self.findings.raise_if_failed()
        return Tree(
            name=str(name.plain) if name else "",
            params=self.file_scope.names,
            input_name=input_name,
            input=size,
            steps=steps,
            heads=heads,
            outputs=outputs,
        )

    def _input(self) -> tuple[str, Map]:
        node = self.root.get("input")
        if not isinstance(node, Mapping):
            raise Unknown
        ((name, entry),) = node.entries.items()
        self._check_name(name, entry.key_span, self.file_scope)
        sizes = self.file_scope.value(entry.value)
        size = [sizes[axis] for axis in ("height", "width", "channels")]
        for axis, given in enumerate(self.settings.input or ()):
            size[axis] = given or size[axis]
        for value in size:
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                message = f"the input's sizes are integers of at least 1, not {value!r}"
                raise self.file_scope.fail(Diagnostic("NS204", message, entry.value.span))
        shape = Map(*size)
        self._within_limits(shape, entry.value.span, self.file_scope)
        return name, shape

    def _heads(self, top: Frame) -> tuple[Step, ...]:
        heads = self.root.get("heads")
        found: list[Step] = []
        for item in heads.items if isinstance(heads, Sequence) else ():
            self.head_hint = _head_hint(item)
            start = Flow("", None)
            steps, _ = self._list(Sequence((item,), item.span), self.file_scope, "", start, top)
            found += steps
        self.head_hint = ()
        return tuple(found)

    def _outputs(self, top: Frame) -> tuple[Output, ...]:
        node = self.root.get("outputs")
        found = []
        for path, entry in node.entries.items() if isinstance(node, Mapping) else ():
            if top.find(path) is not None:
                plain = self.file_scope.value(entry.value)
                found.append(Output(path, plain.get("loss_weight")))
            elif not top.knows_left_out(path.split("/")[0]):
                hints = did_you_mean(path, top.known())
                message = f"output `{path}` is no step"
                self.findings.add(Diagnostic("NS315", message, entry.key_span, hints=hints))
        if not found and not self.findings.failed:
            span = node.span if node else self.root.span
            self.findings.add(Diagnostic("NS315", "no output is left", span))
        return tuple(found)

    def _settings_matched(self) -> None:
        if self.findings.failed:
            return
        for setting in self.settings.fields:
            if id(setting) not in self.matched:
                hints = did_you_mean(setting.pattern, self.paths)
                message = f"no step with an op is at `{setting.pattern}`"
                self.findings.add(Diagnostic("NS316", message, setting.entry.span, hints=hints))

    # lists of steps

    def _list(
        self, node: Node | None, scope: Scope, base: str, start: Flow, frame: Frame
    ) -> tuple[tuple[Step, ...], Flow]:
        """The steps of a list, and the value that leaves it. Adds their names to the frame."""
        items = _named(node)
        frame.later = [name for name, _ in items]
        steps: list[Step] = []
        flow = start
        for written, entry in items:
            frame.later.pop(0)
            for name, inner in self._repeated(written, entry, scope):
                flow = self._listed(name, entry, inner, base, flow, frame, steps)
        return tuple(steps), flow

    def _repeated(self, written: str, entry: Entry, scope: Scope) -> list[tuple[str, Scope]]:
        """The name and scope of each repetition of a step; one without a `for`."""
        loop = entry.value.get("for") if isinstance(entry.value, Mapping) else None
        found = []
        try:
            for row in rows(loop if id(entry.value) not in self.faulty else None, scope):
                self._count(entry.key_span, scope)
                inner = scope.with_names(row)
                name = inner.name(written, entry.key_span)
                self._check_name(name, entry.key_span, scope)
                found.append((name, inner))
        except Unknown:
            pass
        return found

    def _listed(
        self,
        name: str,
        entry: Entry,
        scope: Scope,
        base: str,
        flow: Flow,
        frame: Frame,
        steps: list[Step],
    ) -> Flow:
        path = f"{base}/{name}" if base else name
        if name in frame.flows or name in frame.left_out:
            message = f"`{name}` stands twice in this block"
            scope.fail(Diagnostic("NS303", message, entry.key_span))
            return Flow(path, None)
        try:
            step = self._step(name, path, entry, scope, flow, frame)
        except Unknown:
            frame.flows[name] = Flow(path, None)
            return frame.flows[name]
        if step is None:
            frame.left_out.add(name)
            return flow
        steps.append(step)
        frame.flows[name] = Flow(path, step.output, step)
        return frame.flows[name]

    # one step

    def _step(
        self, name: str, path: str, entry: Entry, scope: Scope, flow: Flow, frame: Frame
    ) -> Step | None:
        """A step, or nothing where its `when` is false; raises `Unknown` where it fails."""
        body = entry.value
        if isinstance(body, Sequence):
            return self._block(name, path, body, scope, (flow,), frame, entry.key_span)
        if id(body) in self.faulty or not isinstance(body, Mapping):
            raise Unknown
        taken = self._taken(body, scope, flow, frame) if "from" in body.entries else (flow,)
        shapes = tuple(t.shape for t in taken)
        inner = scope.with_input(shapes[0]) if shapes[0] is not None else scope
        if (condition := body.get("when")) and not self._holds(condition, inner):
            return None
        if any(shape is None for shape in shapes):
            raise Unknown
        step = self._body(name, path, body, inner, taken, frame, entry.key_span)
        self._expect(step, body, scope)
        return replace(step, written_from=_written(body))

    def _holds(self, node: Node, scope: Scope) -> bool:
        value = scope.value(node)
        if not isinstance(value, bool):
            message = f"`when` is true or false, not {value!r}"
            raise scope.fail(Diagnostic("NS308", message, node.span))
        return value

    def _taken(self, body: Mapping, scope: Scope, flow: Flow, frame: Frame) -> tuple[Flow, ...]:
        node = body.entries["from"].value
        listed = node.items if isinstance(node, Sequence) else (node,)
        return tuple(self._reference(item, scope, frame) for item in listed)

    def _reference(self, node: Node, scope: Scope, frame: Frame) -> Flow:
        assert isinstance(node, Scalar)
        name = scope.name(str(scope.value(node)), node.span)
        flow = frame.find(name)
        if flow is not None:
            return flow
        hints: tuple[str, ...] = ()
        if frame.knows_left_out(name):
            message = f"`{name}` is left out by its `when`"
        elif frame.comes_later(name):
            message = f"`{name}` comes later, so that this would be a cycle: {name} → … → {name}"
            raise scope.fail(Diagnostic("NS310", message, node.span))
        else:
            message = f"there is no step `{name[:80]}` before this one"
            hints = did_you_mean(name, frame.known())
        raise scope.fail(Diagnostic("NS306", message, node.span, hints=hints))

    def _body(
        self,
        name: str,
        path: str,
        body: Mapping,
        scope: Scope,
        taken: tuple[Flow, ...],
        frame: Frame,
        span: Span,
    ) -> Step:
        """The step that a body makes, by its form."""
        if "use" in body.entries:
            return self._use(name, path, body, scope, taken, span)
        inner = scope.with_defaults(body.get("defaults"))
        if "steps" in body.entries:
            return self._block(name, path, body.get("steps"), inner, taken, frame, span)
        op = body.entries["op"].value.plain
        assert isinstance(op, str)
        if "branches" in body.entries:
            return self._join(name, path, body, inner, taken, frame, span)
        given = fields.gather(op, body.entries, inner, self._set_fields(path, op, scope))
        made = fields.build(op, given, inner, span, path)
        self._check_inputs(made, taken, scope, span, path)
        typed, output = self._typed(made, taken, given, scope, span, path)
        self._count(span, scope, made=typed, shapes=_shapes(taken))
        return Step(
            name=name,
            path=path,
            op=typed,
            takes=tuple(flow.path for flow in taken),
            children=(),
            output=output,
            origin=Origin(span, scope.uses),
            fields=fields.sources(given),
        )

    def _set_fields(self, path: str, op: str, scope: Scope) -> dict[str, Entry]:
        if not self.settings.fields:
            return {}
        self.paths.append(path)
        found = {}
        for setting in self.settings.fields:
            if setting.matches(path):
                self.matched.add(id(setting))
                found[setting.entry.key] = setting.entry
                if setting.entry.key not in OPS[op].options():
                    hints = did_you_mean(setting.entry.key, OPS[op].options())
                    message = f"`{op}` has no field `{setting.entry.key}`"
                    raise scope.fail(Diagnostic("NS202", message, setting.entry.span, hints=hints))
        return found

    def _check_inputs(
        self, op: Op, taken: tuple[Flow, ...], scope: Scope, span: Span, path: str
    ) -> None:
        least, most = op.inputs
        if isinstance(op, Join) and len(taken) < 2:
            message = f"`{path}` joins nothing: {op.name} takes `branches:` or `from: [A, B]`"
        elif most is not None and len(taken) > most:
            message = f"`{path}` is given {len(taken)} inputs; {op.name} takes {most}"
        else:
            return
        raise scope.fail(Diagnostic("NS317", message, span))

    def _typed(
        self,
        op: Op,
        taken: tuple[Flow, ...],
        given: fields.Given,
        scope: Scope,
        span: Span,
        path: str,
    ) -> tuple[Op, Shape]:
        try:
            typed = op.resolved(_shapes(taken))
            output = typed.infer(_shapes(taken))
        except ShapeError as error:
            place = given[error.field][1].span if error.field in given else span
            hints = (*error.hints, *self.head_hint)
            message = f"`{path}`: {error.message}"
            raise scope.fail(Diagnostic(error.code, message, place, hints=hints, step=path)) from error
        self._within_limits(output, span, scope)
        return typed, output

    # blocks, joins and templates

    def _block(
        self,
        name: str,
        path: str,
        steps: Node | None,
        scope: Scope,
        taken: tuple[Flow, ...],
        frame: Frame,
        span: Span,
    ) -> Step:
        if len(taken) > 1:
            message = f"`{path}` is given {len(taken)} inputs; a block of steps takes one"
            raise scope.fail(Diagnostic("NS317", message, span))
        children, flow = self._list(steps, scope, path, taken[0], Frame(frame, []))
        if flow.shape is None:
            raise Unknown
        return Step(
            name=name,
            path=path,
            op=None,
            takes=(taken[0].path,),
            children=children,
            output=flow.shape,
            origin=Origin(span, scope.uses),
        )

    def _join(
        self,
        name: str,
        path: str,
        body: Mapping,
        scope: Scope,
        taken: tuple[Flow, ...],
        frame: Frame,
        span: Span,
    ) -> Step:
        if len(taken) > 1:
            message = f"`{path}` has branches, which start from one input, and is given {len(taken)}"
            raise scope.fail(Diagnostic("NS317", message, span))
        children = self._branches(body.get("branches"), scope, path, taken[0], frame)
        shapes = tuple(child.output for child in children)
        op_name = str(body.entries["op"].value.plain)
        given = fields.gather(op_name, body.entries, scope, {})
        op = fields.build(op_name, given, scope, span, path)
        try:
            typed = op.resolved(shapes)
            output = typed.infer(shapes)
        except ShapeError as error:
            raise scope.fail(join_fault(path, error, children, span, taken[0].shape)) from error
        self._within_limits(output, span, scope)
        self._count(span, scope)
        return Step(
            name=name,
            path=path,
            op=typed,
            takes=(taken[0].path,),
            children=children,
            output=output,
            origin=Origin(span, scope.uses),
            fields=fields.sources(given),
        )

    def _branches(
        self, node: Node | None, scope: Scope, path: str, start: Flow, frame: Frame
    ) -> tuple[Step, ...]:
        """The branches; each starts from the join's input and sees none of the others."""
        found: list[Step] = []
        names = Frame(None, [])
        failed = False
        for written, entry in _named(node):
            for name, inner in self._repeated(written, entry, scope):
                own = Frame(frame, [])
                own.left_out = names.left_out
                flow = self._listed(name, entry, inner, path, start, own, found)
                failed |= flow.shape is None or name in names.flows
                if name in names.flows:
                    message = f"branch `{name}` stands twice in this join"
                    scope.fail(Diagnostic("NS303", message, entry.key_span))
                names.flows[name] = flow
        if failed or not found:
            raise Unknown
        return tuple(found)

    def _use(
        self,
        name: str,
        path: str,
        body: Mapping,
        scope: Scope,
        taken: tuple[Flow, ...],
        span: Span,
    ) -> Step:
        node = body.entries["use"].value
        template = str(scope.value(node))
        defined = self.templates.get(template)
        if defined is None:
            hints = did_you_mean(template, self.templates)
            message = f"there is no template `{template[:64]}`"
            raise scope.fail(Diagnostic("NS305", message, node.span, hints=hints))
        self._check_nesting(template, node, scope)
        if id(defined.value) in self.faulty or not isinstance(defined.value, Mapping):
            raise Unknown
        arguments = self._arguments(body.get("with"), scope)
        link = Use(template, defined.key_span, span)
        inner = replace(self.file_scope, uses=(*scope.uses, link))
        declared = parameters.declared(defined.value.get("params"))
        reporting = replace(inner, uses=scope.uses)
        values = parameters.bind(declared, arguments, reporting, f"template {template}")
        if len(values) < len(declared) or arguments.keys() - declared.keys():
            raise Unknown
        shape = taken[0].shape
        assert shape is not None
        inner = inner.with_names(values).with_input(shape)
        made = self._body(name, path, defined.value, inner, taken, Frame(None, []), span)
        self._expect(made, defined.value, inner)
        return replace(made, template=template, arguments=values, origin=Origin(span, scope.uses))

    def _arguments(self, node: Node | None, scope: Scope) -> dict[str, Argument]:
        entries = node.entries if isinstance(node, Mapping) else {}
        return {k: Argument(scope.value(e.value), e.value.span) for k, e in entries.items()}

    def _check_nesting(self, template: str, node: Node, scope: Scope) -> None:
        chain = [use.template for use in scope.uses]
        if template in chain:
            cycle = " → ".join([*chain[chain.index(template) :], template])
            message = f"templates use each other: {cycle}"
            raise scope.fail(Diagnostic("NS310", message, node.span))
        if len(chain) >= TEMPLATE_DEPTH:
            message = f"templates are nested more than {TEMPLATE_DEPTH} deep"
            raise scope.fail(Diagnostic("NS116", message, node.span))

    # checks

    def _check_name(self, name: str, span: Span, scope: Scope) -> None:
        if fault := check_name(name):
            raise scope.fail(Diagnostic(*fault, span))

    def _expect(self, step: Step, body: Mapping, scope: Scope) -> None:
        expected = body.get("expect")
        if expected is None or not self.settings.empty or expected.plain == step.output.dims:
            return
        label = f"it is {step.output.dims}"
        message = f"`{step.path}` gives {step.output}, where {expected.plain} is expected"
        scope.fail(Diagnostic("NS405", message, expected.span, label=label, step=step.path))

    def _within_limits(self, shape: Shape, span: Span, scope: Scope) -> None:
        most = self.limits
        if max(shape.dims) > most.dimension or prod(shape.dims) > most.tensor_elements:
            message = f"a value of {shape} is over the limit of {most.tensor_elements:,} elements"
            raise scope.fail(Diagnostic("NS408", message, span))

    def _count(
        self, span: Span, scope: Scope, *, made: Op | None = None, shapes: tuple[Shape, ...] = ()
    ) -> None:
        """Count a step, and the weights of an op; ends the walk when either is over its limit."""
        self.layers += 1
        most = self.limits
        if self.layers > 2 * most.layers:
            message = f"the network has more than {most.layers:,} layers"
            scope.fail(Diagnostic("NS409", message, span))
            raise TooLarge
        if made is not None:
            self.weights += sum(prod(w.shape) for w in made.weights(shapes))
        if self.weights > most.parameters:
            message = f"the network has more than {most.parameters:,} parameters"
            scope.fail(Diagnostic("NS408", message, span))
            raise TooLarge


def _named(node: Node | None) -> list[tuple[str, Entry]]:
    """The one-key mappings of a list that are well formed, as names and entries."""
    items = node.items if isinstance(node, Sequence) else ()
    well_formed = (i for i in items if isinstance(i, Mapping) and len(i.entries) == 1)
    return [next(iter(item.entries.items())) for item in well_formed]


def _shapes(taken: tuple[Flow, ...]) -> tuple[Shape, ...]:
    return tuple(flow.shape for flow in taken if flow.shape is not None)


def _written(body: Mapping) -> tuple[str, ...]:
    node: Any = body.get("from")
    if node is None:
        return ()
    return tuple(map(str, node.plain if isinstance(node, Sequence) else [node.plain]))


def _head_hint(item: Node) -> tuple[str, ...]:
    """How to leave a head out, where a parameter alone decides it."""
    ((name, entry),) = _named(Sequence((item,), item.span)) or (("", None),)
    condition = entry.value.get("when") if entry and isinstance(entry.value, Mapping) else None
    if isinstance(condition, Scalar) and str(condition.value).startswith("$"):
        parameter = str(condition.value)[1:]
        if parameter.isidentifier():
            return (f"or leave the head {name} out: --set {parameter}=false",)
    return ()

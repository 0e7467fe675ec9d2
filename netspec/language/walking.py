"""Walks the steps of a file in written order: expands each, and types it at once.

A step's fields are evaluated when the shape of its input is known, so that they may speak of it. A
step that fails has an unknown shape, which silences those that follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from netspec.diagnostics import Diagnostic, Origin
from netspec.ir.shapes import Shape
from netspec.language import fields
from netspec.language.budget import Budget, TooLarge
from netspec.language.changes import Changes
from netspec.language.frames import BY_PATCH, BY_WHEN, Flow, Frame, Missing
from netspec.language.join_faults import from_fault, join_fault
from netspec.language.judging import shown
from netspec.language.lists import Lists
from netspec.language.patches import Change, Layer
from netspec.language.references import resolve
from netspec.language.scope import Scope, Unknown
from netspec.language.sites import Item, Site, Written
from netspec.language.templates import Templates
from netspec.language.tree import Step
from netspec.language.uses import Uses, block_takes_one
from netspec.ops.base import Op, ShapeError
from netspec.ops.join import Join
from netspec.reading.document import Mapping, Node, Scalar, Sequence

NO_FLOW = Flow("", None)
"""What a head would take that says no `from`."""
Holds = Callable[[Node], bool]
"""Whether an `expect` counts: it does where all is as in the file that states it."""
# An expanded spec must be read again, and each level of steps is three levels of YAML, of 64.
STEPS_WITHIN = 20


class Walk:
    """One walk over one file; holds what all its steps share."""

    def __init__(
        self,
        scope: Scope,
        templates: Templates,
        faulty: frozenset[int],
        layers: tuple[Layer, ...],
        holds: Holds,
        budget: Budget,
    ) -> None:
        self.file_scope, self.layers, self.faulty = scope, layers, faulty
        self.holds, self.budget = holds, budget
        self.missing = Missing()
        self.lists = Lists(scope, layers, faulty, budget)
        self.uses = Uses(scope, templates, faulty, self.missing)
        self.changes = Changes(scope, layers, self.uses)
        self.head_hints: tuple[str, ...] = ()
        self.unexpected: set[str] = set()  # steps whose shape an `expect` refused, and followers

    # lists of steps

    def sequence(
        self, node: Node | None, scope: Scope, start: Flow, frame: Frame
    ) -> tuple[tuple[Step, ...], Flow]:
        """The steps of a list, and the value that leaves it. Adds their names to the frame."""
        frame.items = self.lists.items(node, frame)
        steps: list[Step] = []
        flow = start
        for position, (written, entry) in enumerate(frame.items):
            frame.position = position
            for item in self.lists.steps(written, entry, scope, frame):
                given = start if start is NO_FLOW else flow
                flow = self._listed(item, given, frame, frame, steps)
        return tuple(steps), flow

    def _listed(
        self, item: Item, flow: Flow, names: Frame, frame: Frame, steps: list[Step]
    ) -> Flow:
        """A step added to its list, and the value that flows on; `names` are those of its list."""
        name, path = item.name, names.path(item.name)
        self._rename(item, names)
        try:
            step = self._step(item, path, flow, frame)
            made = Flow(path, step.output, step) if step else None
        except Unknown:
            step, made = None, Flow(path, None)
        if made is None:
            self._leave_out(item, path)
            return flow
        if name in names.written:
            item.scope.fail(_collision(item, names))
            return Flow(path, None)
        if step is not None:
            steps.append(step)
            if not self.unexpected.isdisjoint((*step.takes, *(c.path for c in step.children))):
                self.unexpected.add(path)
        names.add(name, made, item.name_span)
        return made

    def _rename(self, item: Item, names: Frame) -> None:
        """Let what speaks of a step by a name that it had find it."""
        taken = [old for old in item.called if old in names.written]
        if names.path(item.name) in self.missing.renamed:
            taken.append(item.name)
        for old in taken:
            message = f"`{old}` is renamed, and another step would have that name"
            hints = ("what speaks of it could mean either; choose a third name",)
            self.file_scope.fail(Diagnostic("NS303", message, item.name_span, hints=hints))
        for old in item.called:
            self.missing.renamed[names.path(old)] = item.name

    # one step

    def _leave_out(self, item: Item, path: str) -> None:
        removing = [patch.span for patch in item.patches if patch.removes]
        by_patch = bool(removing)
        changing = [patch.fields["when"].span for patch in item.patches if "when" in patch.fields]
        related = [("it is patched here", place) for place in (removing or changing)[-1:]]
        gone = BY_PATCH if by_patch else BY_WHEN
        self.missing.gone[path] = gone._replace(related=tuple(related))
        for layer, place in zip(self.layers, item.places, strict=True):
            for patch in item.patches:
                layer.note(patch)
            if place is not None and not by_patch:
                layer.note_left_out(place)

    def _step(self, item: Item, path: str, flow: Flow, frame: Frame) -> Step | None:
        """A step, or nothing where a patch or its `when` leaves it out; raises `Unknown`."""
        written = Written(item.entry.value, item.entry.key_span, item.scope)
        for patch in item.patches:
            if patch.was:
                site, body = self._site(item, path, written, flow, frame)
                self.changes.guard(site, body, patch.was)
            if patch.removes:
                return None
            if patch.body:
                written = Written(patch.body.value, patch.body.value.span, self.file_scope)
            changes = {key: Change(patch, entry) for key, entry in patch.fields.items()}
            written = written._replace(changes={**written.changes, **changes})
        if self._never(written):
            return None
        site, body = self._site(item, path, written, flow, frame)
        if isinstance(body, Sequence):
            return self._block(site, body)
        if (condition := body.get("when")) and not _holds(condition, site.scope):
            return None
        if any(t.shape is None for t in site.taken):
            raise Unknown
        step = self._body(site, body)
        self._expect(step, body, site.scope)
        return step

    def _never(self, written: Written) -> bool:
        """Whether a `when` leaves it out whatever its input is, as it does not speak of that."""
        body, _, scope, changes = written
        condition = body.get("when") if isinstance(body, Mapping) else None
        if "when" in changes:
            condition, scope = changes["when"].entry.value, self.file_scope
        if condition is None or id(body) in self.faulty:
            return False
        return not scope.speaks_of_input(condition) and not _holds(condition, scope)

    def _site(
        self, item: Item, path: str, written: Written, flow: Flow, frame: Frame
    ) -> tuple[Site, Mapping | Sequence]:
        """Where a step stands and what it is given, with its body, merged with what changes it."""
        body, span, scope, changes = written
        if id(body) in self.faulty or isinstance(body, Scalar):
            raise Unknown
        origin = Origin(span, scope.uses)
        site = Site(
            item.name,
            path,
            span,
            scope,
            (flow,),
            frame,
            origin,
            changes=changes,
            places=item.places,
        )
        if isinstance(body, Sequence):
            self._taken(None, scope, site)  # refuses a head that a patch makes a list of
            return site, body
        source = changes["from"].entry.value if "from" in changes else body.get("from")
        taken, names = self._taken(source, self.file_scope if "from" in changes else scope, site)
        inner = scope.with_input(taken[0].shape)
        place = source.span if source else None
        site = site._replace(scope=inner, taken=taken, written_from=names, from_span=place)
        return self.changes.merged(site, body) if changes else (site, body)

    def _taken(
        self, node: Node | None, scope: Scope, site: Site
    ) -> tuple[tuple[Flow, ...], tuple[str, ...]]:
        """What the step is given, and the names that its `from` has for it."""
        if node is None:
            if site.taken[0] is NO_FLOW:
                raise site.fail("NS203", f"head {site.name} needs `from`, the step it stands on")
            return site.taken, ()
        listed = node.items if isinstance(node, Sequence) else (node,)
        found = [resolve(item, scope, site.frame) for item in listed]
        return tuple(flow for _, flow in found), tuple(name for name, _ in found)

    def _body(self, site: Site, body: Mapping) -> Step:
        """The step that a body makes, by its form."""
        if "use" in body.entries:
            inner, defined = self.uses.entered(site, body)
            used = self._body(inner, defined)
            self._expect(used, defined, inner.scope)
            return used
        if "defaults" in body.entries:
            site = site._replace(scope=site.scope.with_defaults(body.get("defaults")))
        site = self.changes.with_defaults(site)
        if "steps" in body.entries:
            return self._block(site, body.entries["steps"].value)
        op = str(body.entries["op"].value.plain)
        given = fields.gather(op, body.entries, site.scope, self.changes.fields_of(site, op))
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
        raise site.fail("NS317", message, site.from_span)

    def _typed(self, site: Site, op: Op, given: fields.Given) -> tuple[Op, Shape]:
        """The op without sugar and its output's shape, within the limits."""
        shapes = site.shapes
        try:
            typed, output = _resolved(op, shapes)
        except ShapeError as error:
            if isinstance(op, Join):
                names = list(zip(site.written_from, shapes, strict=True))
                raise site.scope.fail(from_fault(site.path, site.span, names)) from error
            place = given[error.field].entry.span if error.field in given else site.span
            hints = (*error.hints, *self.head_hints)
            raise site.fail(error.code, f"`{site.path}`: {error.message}", place, *hints) from error
        self.budget.fields(typed, site.path, site.span, site.scope)
        self._within_limits(site, typed, shapes, output)
        return typed, output

    def _within_limits(self, site: Site, op: Op, shapes: tuple[Shape, ...], output: Shape) -> None:
        self.budget.value(output, f"`{site.path}`", site.span, site.scope)
        self.budget.padded(op, shapes[0], site.path, site.span, site.scope)
        self.budget.layer(op, shapes, site.span, site.scope)

    def _expect(self, step: Step, body: Mapping, scope: Scope) -> None:
        expected = body.get("expect")
        if expected is None or not self.holds(expected) or expected.plain == step.output.dims:
            return
        before = (*step.takes, *(child.path for child in step.children))
        follows = not self.unexpected.isdisjoint(before)
        self.unexpected.add(step.path)
        if follows:  # from a shape that was refused before, which is what to mend
            return
        message = f"`{step.path}` gives {step.output}, where {shown(expected.plain)} is expected"
        label = f"it is {step.output.dims}"
        given = f"its input is {scope.input}; " if scope.input and len(step.takes) == 1 else ""
        hints = (
            f"{given}change the step, or expect {step.output.dims}",
            "the `expect` of what follows from it is left aside until this one holds",
        )
        found = Diagnostic("NS405", message, expected.span, label, hints, step=step.path)
        scope.fail(found)

    # what changes a step by its path

    # blocks and joins

    def _inner(self, site: Site) -> Frame:
        """The frame of a block's own steps; refuses nesting without end."""
        if site.path.count("/") + 1 >= STEPS_WITHIN:
            site.fail("NS116", f"steps are nested more than {STEPS_WITHIN} deep")
            raise TooLarge
        return Frame(site.frame, self.missing, site.path, site.places)

    def _block(self, site: Site, steps: Node) -> Step:
        if len(site.taken) > 1:
            raise site.fail("NS317", block_takes_one(site), site.from_span)
        frame = self._inner(site)
        children, flow = self.sequence(steps, site.scope, site.taken[0], frame)
        if flow.shape is None or frame.incomplete:
            raise Unknown
        return _made(site, None, children, flow.shape, None)

    def _join(self, site: Site, op: str, given: fields.Given, body: Mapping) -> Step:
        if len(site.taken) > 1:
            message = f"`{site.path}` is given {len(site.taken)} inputs; branches start from one"
            raise site.fail("NS317", message, site.from_span)
        children = self._branches(site, body.entries["branches"].value)
        shapes = tuple(child.output for child in children)
        made = fields.build(op, given, site.scope, site.span, site.path)
        try:
            typed, output = _resolved(made, shapes)
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
        for written, entry in self.lists.items(node, names):
            for item in self.lists.steps(written, entry, site.scope, names):
                flow = self._listed(item, site.taken[0], names, site.frame, found)
                failed |= flow.shape is None
        if failed or names.incomplete:
            raise Unknown
        if not found:
            raise site.fail("NS317", f"no branch of `{site.path}` is left")
        return tuple(found)


@lru_cache(maxsize=1 << 12)  # blocks of a network, and variants of a spec, repeat one another
def _resolved(op: Op, inputs: tuple[Shape, ...]) -> tuple[Op, Shape]:
    """The op without sugar, and its output's shape; raises `ShapeError`."""
    typed = op.resolved(inputs)
    return typed, typed.infer(inputs)


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


def _collision(item: Item, names: Frame) -> Diagnostic:
    name, span, body = item.name, item.name_span, item.entry.value
    first = names.written[name]
    related = () if first == span else (("first written here", first),)
    what = "is the input's name" if name == names.input_name else "stands twice in this block"
    loops = isinstance(body, Mapping) and "for" in body.entries
    glob = "a patch's glob meets several steps of this block: give each an entry of its own"
    again = "write a loop variable into the name, such as {m}" if loops else glob
    hints = (again,) if first == span else ()
    return Diagnostic("NS303", f"`{name}` {what}", span, hints=hints, related=related)


def _holds(node: Node, scope: Scope) -> bool:
    value = scope.value(node)
    if not isinstance(value, bool):
        message = f"`when` is true or false, not {shown(value)}"
        raise scope.fail(Diagnostic("NS308", message, node.span))
    return value

"""Expands and types a checked document in one walk, in step order: here, what a file says.

What its steps say is in `walking`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netspec.diagnostics import Diagnostic, Findings, Span
from netspec.ir.shapes import Map
from netspec.language import parameters, schema
from netspec.language.about import about_of
from netspec.language.budget import Budget, TooLarge
from netspec.language.frames import Flow, Frame
from netspec.language.judging import judge, shown
from netspec.language.names import check_name
from netspec.language.overlays import overlaid, strangers
from netspec.language.parameters import Argument, Owner
from netspec.language.patches import Layer, patches_of
from netspec.language.preprocess import Preprocess, preprocess_of, report_misfits
from netspec.language.scope import NOTE, Scope, Unknown
from netspec.language.settings import Settings
from netspec.language.templates import templates_of
from netspec.language.tree import Output, Step, Tree
from netspec.language.walking import NO_FLOW, Holds, Walk
from netspec.limits import Limits
from netspec.reading.document import Document, Entry, Mapping, Node, Scalar
from netspec.reading.document import Sequence as SequenceNode
from netspec.suggestions import did_you_mean

_LOSS_WEIGHT = schema.OUTPUTS["additionalProperties"]["properties"]["loss_weight"]


def expand(
    documents: Sequence[Document],
    faulty: frozenset[int],
    findings: Findings,
    settings: Settings,
    limits: Limits,
) -> Tree | None:
    """The typed tree of a document, or nothing where the findings say why.

    The document comes first, behind it those that it extends, each with what it extends.
    """
    roots = [document.root for document in documents if isinstance(document.root, Mapping)]
    if len(roots) < len(documents):
        return None
    *overlays, root = roots
    for over in reversed(overlays):
        for stranger in strangers(root, over):
            findings.add(stranger)
        root = overlaid(root, over, faulty)
    patches = [patches_of(over.get("patch"), faulty, findings) for over in reversed(overlays)]
    layers = tuple(Layer(found) for found in (*patches, settings.fields) if found)

    def holds(node: Node) -> bool:
        return settings.empty and node.span.source is documents[0].source

    try:
        return _File(root, faulty, findings, settings, limits, layers, holds).tree()
    except (Unknown, TooLarge):
        return None


class _File:
    """One file under expansion: its scope, its input, its outputs."""

    def __init__(
        self,
        root: Mapping,
        faulty: frozenset[int],
        findings: Findings,
        settings: Settings,
        limits: Limits,
        layers: tuple[Layer, ...],
        holds: Holds,
    ) -> None:
        self.root, self.faulty, self.settings = root, faulty, settings
        self.findings = findings
        self.budget = Budget(limits)
        self.scope = self._scope()
        templates, refused = templates_of(root.get("templates"), self.scope)
        self.layers = layers
        self.walk = Walk(self.scope, templates, faulty | refused, layers, holds, self.budget)

    def _section(self, key: str) -> Node | None:
        """A top-level value; raises `Unknown` where it has a fault."""
        node = self.root.get(key)
        if id(node) in self.faulty:
            raise Unknown
        return node

    def _sound(self, key: str) -> Node | None:
        """A top-level value that nothing else rests on; nothing where it has a fault."""
        node = self.root.get(key)
        return None if id(node) in self.faulty else node

    def _scope(self) -> Scope:
        scope = Scope(self.findings, limits=self.budget.limits)
        declared = parameters.declared(self._section("params"))
        functions = parameters.functions_of(self._section("functions"), declared, scope)
        scope = replace(scope, functions=functions)
        arguments = {
            name: Argument(scope.value(node), node.span, node.span)
            for name, node in self.settings.params.items()
        }
        bound = parameters.bind(declared, arguments, scope, Owner("the spec"))
        known = {name: replace(f, names=bound) for name, f in functions.items()}
        scope = replace(scope.with_names(bound), functions=known)
        scope = scope.with_unknown(declared.keys() - bound.keys())
        return scope.with_defaults(self._section("defaults"))

    def tree(self) -> Tree:
        """The whole network; raises `Unknown` or `TooLarge`, and `SpecError` where steps failed."""
        name = self._name()
        input_name, size, start = self._input()
        places = ("",) * len(self.layers)
        top = Frame(None, self.walk.missing, places=places, input_name=input_name)
        top.add(input_name, start, self.root.entries["input"].value.span)
        listed = self._section("steps")
        steps, _ = self.walk.sequence(listed, self.scope, start, top)
        heads = self._heads(top)
        outputs = self._outputs(top)
        about, preprocess = about_of(self._sound("about")), self._preprocess(size)
        if not self.findings.failed:
            for found in (found for layer in self.layers for found in layer.unmatched()):
                self.scope.fail(found)
        self.findings.raise_if_failed()
        params = self.scope.names
        return Tree(name, params, input_name, size, steps, heads, outputs, about, preprocess)

    def _name(self) -> str:
        node = self.root.get("name")
        if node is None or id(node) in self.faulty:
            return ""
        name = str(node.plain)
        if fault := check_name(name):
            self.scope.fail(Diagnostic(*fault, node.span))
        return name

    def _input(self) -> tuple[str, Map, Flow]:
        node = self._section("input")
        if not isinstance(node, Mapping):
            raise Unknown
        ((name, entry),) = node.entries.items()
        if fault := check_name(name):
            self.scope.fail(Diagnostic(*fault, entry.key_span))
        assert isinstance(entry.value, Mapping)
        height, width, channels = (self._side(axis, entry.value) for axis in _AXES)
        size = Map(*self._as_set(height, width, channels))
        self.budget.value(size, "the input", entry.value.span, self.scope)
        return name, size, Flow(name, size)

    def _preprocess(self, size: Map) -> Preprocess | None:
        """How images are prepared; that it fits the input is held to the file as written."""
        node = self._sound("preprocess")
        try:
            block = preprocess_of(node, self.scope, size)
        except Unknown:
            return None
        if block and isinstance(node, Mapping) and self.settings.empty:
            report_misfits(block, node, size, self.scope)
        return block

    def _side(self, axis: str, sizes: Mapping) -> int:
        node = sizes.entries[axis].value
        value = self.scope.value(node)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            message = f"`{axis}` takes an integer of at least 1, not {shown(value)}"
            raise self.scope.fail(Diagnostic("NS204", message, node.span))
        return value

    def _as_set(self, height: int, width: int, channels: int) -> tuple[int, int, int]:
        if self.settings.input is None:
            return height, width, channels
        height, width, other = self.settings.input
        return height, width, other or channels

    def _heads(self, top: Frame) -> tuple[Step, ...]:
        node = self.root.get("heads")
        found: list[Step] = []
        for item in node.items if isinstance(node, SequenceNode) else ():
            self.walk.head_hints = _head_hints(item)
            alone = SequenceNode((item,), item.span)
            steps, _ = self.walk.sequence(alone, self.scope, NO_FLOW, top)
            found += steps
        self.walk.head_hints = ()
        return tuple(found)

    def _outputs(self, top: Frame) -> tuple[Output, ...]:
        node = self._section("outputs")
        written = node.entries if isinstance(node, Mapping) else {}
        found = []
        for path, entry in written.items():
            now = top.renamed(path)
            if not path.startswith(NOTE) and self._stands(now, entry, top):
                found.append(Output(now, self._loss_weight(entry.value)))
        if not found and not self.findings.failed:
            hints = ("name a step that no `when` leaves out",)
            span = node.span if node else self.root.span
            self.findings.add(Diagnostic("NS315", "no output is left", span, hints=hints))
        return tuple(found)

    def _stands(self, path: str, entry: Entry, top: Frame) -> bool:
        """Whether an output names a step; one that a `when` removed is left out in silence."""
        related: tuple[tuple[str, Span], ...] = ()
        if path == top.input_name:
            message, hints = f"output `{path}` is the input, not a step", _last_step(top)
        elif top.find(path) is not None:
            return True
        elif gone := top.gone(path):
            if not gone.by_patch:
                return False
            message, hints = f"output `{path[:80]}` is {gone.why}", ("state `outputs:` anew",)
            related = gone.related
        elif top.incomplete:
            return False
        else:
            message, hints = f"output `{path[:80]}` is no step", _steps_like(path, top)
        found = Diagnostic("NS315", message, entry.key_span, hints=hints, related=related)
        self.findings.add(found)
        return False

    def _loss_weight(self, node: Node) -> float | None:
        weight = node.get("loss_weight") if isinstance(node, Mapping) else None
        if weight is None:
            return None
        value = self.scope.value(weight)
        for fault in judge("loss_weight", value, weight, _LOSS_WEIGHT, "a number of at least 0"):
            self.scope.fail(fault)
        return value if isinstance(value, int | float) else None


_AXES = ("height", "width", "channels")


def _steps_like(path: str, top: Frame) -> tuple[str, ...]:
    """What an output may have meant; where nothing is close, the last step."""
    hint = "delete the output, or add a step or a head of its name"
    return did_you_mean(path, top.known()[1:]) or (hint, *_last_step(top))


def _last_step(top: Frame) -> tuple[str, ...]:
    return tuple(f"the last step is {name}" for name in top.known()[1:][-1:])


def _head_hints(item: Node) -> tuple[str, ...]:
    """How to leave a head out, where a parameter alone decides it."""
    if not isinstance(item, Mapping) or len(item.entries) != 1:
        return ()
    ((name, entry),) = item.entries.items()
    condition = entry.value.get("when") if isinstance(entry.value, Mapping) else None
    if isinstance(condition, Scalar) and str(condition.value).startswith("$"):
        parameter = str(condition.value)[1:]
        if parameter.isidentifier():
            return (f"or leave the head {name} out: --set {parameter}=false",)
    return ()

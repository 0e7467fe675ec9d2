"""Checks a document against the language: keys, kinds of values, the form of each step.

What this accepts, `published.published()` accepts, and the reverse; a test proves it. The published
form tries `if/then` for every op in turn; this dispatches on `op` and is linear.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from netspec.diagnostics import Diagnostic, Findings, Span
from netspec.language import preprocess, schema
from netspec.language.judging import judge, shown
from netspec.language.overlays import ONLY_OVERLAYS
from netspec.language.patches import VERBS
from netspec.language.scope import NOTE
from netspec.ops.constructs import JsonSchema
from netspec.ops.table import OPS
from netspec.reading.document import Document, Mapping, Node, Scalar, Sequence
from netspec.reading.syntax import missing_space
from netspec.suggestions import did_you_mean

FORMS = ("op", "use", "steps")
_FORM_KEYS: dict[str, dict[str, JsonSchema]] = {
    "use": {"use": schema.USE, "with": schema.WITH},
    "steps": {},
}


def check(document: Document, findings: Findings) -> frozenset[int]:
    """Add the faults of a document to the findings.

    Gives the ids of the nodes that have a fault of their own, which expansion passes over: bodies
    of steps and templates, items of lists without a name, and top-level values.
    """
    checker = _Checker(findings)
    checker.top(document.root)
    return frozenset(checker.faulty)


class _Checker:
    """One walk over one document."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.faulty: set[int] = set()
        self.names: frozenset[str] = frozenset()  # parameters in reach

    def top(self, root: Node) -> None:
        if not isinstance(root, Mapping):
            self._fault("NS201", "a spec is a mapping; start it with `netspec: 1`", root)
            return
        overlay = "extends" in root.entries
        known = [*schema.TOP, *schema.STRUCTURED, *ONLY_OVERLAYS]
        self._known_keys(root, known, "a spec")
        self._version(root)
        if "patch" in root.entries and not overlay:
            message = "`patch` changes what `extends` names, which is absent"
            self.findings.add(Diagnostic("NS203", message, root.entries["patch"].key_span))
        for key in schema.REQUIRED_OF_OVERLAYS if overlay else schema.REQUIRED:
            if key not in root.entries:
                message = f"{'an overlay' if overlay else 'a spec'} needs `{key}`"
                hints = (f"such as {EXAMPLES[key]}",)
                self.findings.add(Diagnostic("NS203", message, _start(root.span), hints=hints))
        self.names = _declared(root, "params")
        checks: dict[str, Callable[[Node], bool]] = {
            key: partial(self._value, key, fragment=fragment, expects=_EXPECTS[key])
            for key, fragment in schema.TOP.items()
            if key != "netspec"
        }
        checks["defaults"], checks["templates"] = self.defaults, self.templates
        checks["steps"], checks["heads"] = partial(self.steps, what="steps"), self.heads
        expects = "the name of a bundled spec, or the path of a file below this one's folder"
        checks["extends"] = partial(
            self._value, "extends", fragment=schema.EXTENDS, expects=expects
        )
        checks["patch"] = self.patch
        for key, judged in checks.items():
            if (node := root.get(key)) and not judged(node):
                self.faulty.add(id(node))

    def _version(self, root: Mapping) -> None:
        version = root.get("netspec")
        if version is not None and (version.plain != 1 or type(version.plain) is not int):
            message = f"this netspec reads version 1, not {shown(version.plain)}"
            self.findings.add(Diagnostic("NS206", message, version.span))

    def defaults(self, node: Node) -> bool:
        if not isinstance(node, Mapping):
            return self._fault("NS201", "`defaults` is a mapping of ops to fields", node)
        good = True
        for op, entry in node.entries.items():
            if op.startswith(NOTE):
                continue
            if op not in OPS:
                good = self._unknown_op(op, entry.key_span)
            elif not isinstance(entry.value, Mapping):
                good = self._fault("NS201", f"`defaults.{op}` is a mapping of fields", entry.value)
            else:
                fields = schema.field_schemas(op)
                good &= self._known_keys(entry.value, list(fields), f"`{op}`")
                good &= self._fields(op, entry.value)
        return good

    def templates(self, node: Node) -> bool:
        if not isinstance(node, Mapping):
            return self._fault("NS201", "`templates` is a mapping of names to bodies", node)
        for name, entry in node.entries.items():
            if not name.startswith(NOTE):
                self.body(name, entry.value, schema.TEMPLATED)
        return True

    def steps(self, node: Node, what: str) -> bool:
        """A list of steps; false where it isn't one, so that its owner can't be expanded."""
        if not isinstance(node, Sequence):
            return self._fault("NS201", f"`{what}` is a list of steps, `- Name: {{op: …}}`", node)
        for item in node.items:
            if named := self._named(item):
                self.body(named[0], named[1], schema.COMMON)
        return True

    def heads(self, node: Node) -> bool:
        if not self.steps(node, "heads"):
            return False
        assert isinstance(node, Sequence)
        for item in node.items:
            if not (isinstance(item, Mapping) and len(item.entries) == 1):
                continue
            ((name, entry),) = item.entries.items()
            if isinstance(entry.value, Mapping) and "from" not in entry.value.entries:
                message = f"head {name} needs `from`, the step that it stands on"
                self.findings.add(Diagnostic("NS203", message, entry.key_span))
                self.faulty.add(id(entry.value))
        return True

    def branches(self, node: Node, what: str = "branches") -> bool:
        if not isinstance(node, Sequence) or not node.items:
            return self._fault("NS201", f"`{what}` is a list with at least one `- Name: […]`", node)
        for item in node.items:
            if not (named := self._named(item)):
                continue
            name, body = named
            if isinstance(body, Sequence):
                self.steps(body, name)
            else:
                self.body(name, body, schema.COMMON)
        return True

    def patch(self, node: Node) -> bool:
        if not isinstance(node, Sequence):
            return self._fault(
                "NS201", "`patch` is a list of entries, `- {at: PATH, set: …}`", node
            )
        for item in node.items:
            if not self._entry(item):
                self.faulty.add(id(item))
        return True

    def _entry(self, item: Node) -> bool:
        """One entry of a patch; false where it can't be applied."""
        if not isinstance(item, Mapping):
            return self._fault("NS201", "a patch is a mapping, `{at: PATH, set: {…}}`", item)
        verbs = [verb for verb in VERBS if verb in item.entries]
        if "at" not in item.entries or len(verbs) != 1:
            found = " and ".join(f"`{key}`" for key in verbs) or "none of them"
            message = f"a patch has `at` and exactly one of {', '.join(VERBS)}; here is {found}"
            if "at" not in item.entries:
                message = "a patch needs `at`, the path of a step of what is extended"
            return self._fault("NS207", message, item)
        good = self._known_keys(item, ["at", *VERBS, "was"], "a patch")
        good &= self._judged(item, schema.PATCH)
        for verb in ("insert_before", "insert_after"):
            if entry := item.entries.get(verb):
                good &= self.branches(entry.value, verb)
        if entry := item.entries.get("replace"):
            good &= self._replacement(entry.value)
        set_fields = item.get("set")
        return good and (not isinstance(set_fields, Mapping) or self._set(set_fields))

    def _replacement(self, body: Node) -> bool:
        if isinstance(body, Sequence):
            return self.steps(body, "replace")
        if isinstance(body, Mapping) and "for" in body.entries:
            span = body.entries["for"].key_span
            message = "what replaces one step is one step; a `for` would make several"
            self.findings.add(Diagnostic("NS202", message, span))
            return False
        return self._body("replace", body, schema.COMMON)

    def _set(self, fields: Mapping) -> bool:
        """What `set` gives for keys that every step has; fields are judged at the op they meet."""
        common = {key: schema.COMMON[key] for key in schema.SETTABLE}
        good = self._judged(fields, {**common, "with": schema.WITH})
        defaults = fields.get("defaults")
        return good and (defaults is None or self.defaults(defaults))

    def _named(self, item: Node) -> tuple[str, Node] | None:
        if isinstance(item, Mapping) and len(item.entries) == 1:
            ((name, entry),) = item.entries.items()
            if name not in FORMS or not isinstance(entry.value, Scalar):
                return name, entry.value
        message = "a step is a mapping of one key, its name: `- Name: {op: …}`"
        self.findings.add(Diagnostic("NS207", message, item.span, hints=_nameless(item)))
        self.faulty.add(id(item))
        return None

    def body(self, name: str, node: Node, common: dict[str, JsonSchema]) -> None:
        """A step's, branch's or template's body; marks it as faulty where something is wrong."""
        outer = self.names
        self.names = outer | _declared(node, "params") | _declared(node, "for")
        if not self._body(name, node, common):
            self.faulty.add(id(node))
        self.names = outer

    def _body(self, name: str, node: Node, common: dict[str, JsonSchema]) -> bool:
        if not isinstance(node, Mapping):
            expected = "a mapping with `op`, `use` or `steps`"
            message = f"`{name}` takes {expected}, not {shown(node.plain)}"
            listed = isinstance(node, Sequence)
            hints = ("put the list under `steps:`",) if listed else ()
            self.findings.add(Diagnostic("NS207", message, node.span, hints=hints))
            return False
        forms = [form for form in FORMS if form in node.entries]
        if len(forms) != 1:
            found = " and ".join(f"`{f}`" for f in forms) or "none of them"
            meant = () if forms else _form_meant(node)
            message = f"`{name}` has exactly one of `op`, `use` and `steps`; here is {found}"
            self.findings.add(Diagnostic("NS207", message, node.span, hints=meant))
            return False
        if forms == ["op"]:
            return self._op_body(name, node, common)
        judged = {**common, **_FORM_KEYS[forms[0]]}
        structured = ["defaults", "steps"] if forms == ["steps"] else []
        good = self._known_keys(node, [*judged, *structured], f"a step with `{forms[0]}`")
        good &= self._judged(node, judged)
        return good & self._structured(node)

    def _op_body(self, name: str, node: Mapping, common: dict[str, JsonSchema]) -> bool:
        named = node.entries["op"].value
        if not isinstance(named, Scalar) or not isinstance(named.value, str):
            return self._fault("NS204", f"`op` takes an op's name, not {shown(named.plain)}", named)
        if named.value.startswith("$"):
            message = "`op` is never an expression; use two steps with `when`, or op: activation"
            return self._fault("NS204", message, named)
        if named.value not in OPS:
            return self._unknown_op(named.value, named.span)
        branches = ["branches"] if schema.takes_branches(OPS[named.value]) else []
        fields = schema.field_schemas(named.value)
        known = ["op", *fields, *branches, *common, "defaults"]
        good = self._known_keys(node, known, f"`{named.value}`")
        good &= self._judged(node, common)
        good &= self._fields(named.value, node)
        return good & self._structured(node)

    def _structured(self, node: Mapping) -> bool:
        parts: dict[str, Callable[[Node], bool]] = {
            "defaults": self.defaults,
            "branches": self.branches,
            "steps": partial(self.steps, what="steps"),
        }
        good = True
        for key, judged in parts.items():
            if entry := node.entries.get(key):
                good &= judged(entry.value)
        return good

    def _judged(self, node: Mapping, judged: dict[str, JsonSchema]) -> bool:
        good = True
        for key, fragment in judged.items():
            if entry := node.entries.get(key):
                good &= self._value(key, entry.value, fragment, _EXPECTS[key])
        return good

    def _fields(self, op: str, node: Mapping) -> bool:
        good = True
        options = OPS[op].options()
        for key, entry in node.entries.items():
            if key in options:
                kind = options[key].kind
                good &= self._value(key, entry.value, kind.schema, kind.expects)
        return good

    def _value(self, key: str, node: Node, fragment: JsonSchema, expects: str) -> bool:
        faults = list(judge(key, node.plain, node, fragment, expects, self.names))
        for fault in faults:
            self.findings.add(fault)
        return not faults

    def _known_keys(self, node: Mapping, known: list[str], owner: str) -> bool:
        unknown = [k for k in node.entries if k not in known and not k.startswith(NOTE)]
        for key in unknown:
            hints = missing_space(key) or _of_the_use(key, known) or did_you_mean(key, known)
            listed = () if hints else (f"keys here: {', '.join(known) or 'none'}",)
            message = f"{owner} has no key `{key}`"
            span = node.entries[key].key_span
            self.findings.add(Diagnostic("NS202", message, span, hints=hints or listed))
        return not unknown

    def _unknown_op(self, op: str, span: Span) -> bool:
        hints = did_you_mean(op, OPS) or (f"ops: {', '.join(OPS)}",)
        self.findings.add(Diagnostic("NS205", f"there is no op `{op[:64]}`", span, hints=hints))
        return False

    def _fault(self, code: str, message: str, node: Node) -> bool:
        self.findings.add(Diagnostic(code, message, node.span))
        return False


_EXPECTS = {
    "name": "the network's name",
    "about": "a mapping such as {year: 2015, paper: …}",
    "params": "a mapping of names to defaults or types",
    "input": "one name with its sizes, {image: {height: …, width: …, channels: …}}",
    "preprocess": preprocess.EXPECTS,
    "functions": "a mapping, name: {params: [x], value: ${…}}",
    "outputs": "a mapping of at least one step, {Logits: {}}",
    "from": "a step's name, or a list of them",
    "when": "true, false or an expression such as $aux",
    "for": "lists of equal length, or ranges such as 1..4, by name",
    "expect": "[height, width, channels] or [channels]",
    "with": "a mapping of the template's parameters to values",
    "use": "a template's name",
    "at": "the path of a step, which may have * and ?",
    "set": "a mapping of fields to values",
    "remove": "true",
    "rename": "the step's new name",
    "was": "an op's or a template's name, or a mapping of fields to values",
}


EXAMPLES = {
    "netspec": "netspec: 1",
    "name": "name: MyNet",
    "input": "input: {image: {height: 224, width: 224, channels: 3}}",
    "steps": "steps: [{Conv: {op: conv, filters: 8, kernel: 3}}]",
    "outputs": "outputs: {Conv: {}}",
}
"""How a key that a file lacks is written."""


def _declared(node: Node, key: str) -> frozenset[str]:
    """The names that a mapping of a node declares."""
    declared = node.get(key) if isinstance(node, Mapping) else None
    return frozenset(declared.entries) if isinstance(declared, Mapping) else frozenset()


def _of_the_use(key: str, known: list[str]) -> tuple[str, ...]:
    """Where a template's body has a key that says something of a step's place."""
    misplaced = "params" in known and key in schema.COMMON
    return (f"a template has no `{key}`: write it at the steps that use it",) if misplaced else ()


def _form_meant(body: Mapping) -> tuple[str, ...]:
    """What was probably meant by a body without any form."""
    spaced = (missing_space(key) for key in body.entries if key.partition(":")[0] in FORMS)
    return next(spaced, did_you_mean(next(iter(body.entries), ""), FORMS))


def _nameless(item: Node) -> tuple[str, ...]:
    """What was probably meant by a step that is not a mapping of one key."""
    if not isinstance(item, Mapping):
        return ()
    first = next(iter(item.entries), "")
    if first and item.entries[first].value.plain is None:
        return (f"indent what belongs to `{first}` deeper than its name",)
    return ("give it a name: `- Name: {…}`",) if first in FORMS else ()


def _start(span: Span) -> Span:
    return span._replace(end_line=span.line, end_column=span.column + 1)

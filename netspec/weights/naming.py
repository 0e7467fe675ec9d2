"""Name maps: what other frameworks call the steps of a bundled spec. Data, in specs/names/.

    names: 1
    saved: [0, 2, 1]              # where a Keras model holds them in another order than listed
    prefix: InceptionV3/          # before every name
    own: "{}.conv"                # what a step's own weights stand below, {} being its module …
    norm: "{}.bn"                 # … and its batch norm's; both have a default a format
    gamma: false                  # its batch norms have none
    unlisted: same                # steps that are not listed are called by their own path
    numbered: {own: conv2d, norm: batch_normalization}      # conv2d, conv2d_1, … as listed
    modules:
      - Conv2d_1a_3x3             # called the same, or numbered
      - Logits/Conv2d_1c_1x1: {own: fc, as: dense}
      - at: [Mixed_5b, Mixed_5c]  # or {Mixed_5b: their name}, which ends in _ to be joined by it
        modules:
          - Branch_0/Conv2d_0a_1x1: branch1x1

A map goes by its file's name, SPEC.FORMAT.yaml, and serves every overlay of the spec. `same_as:
FORMAT`, alone, is another format's map of the spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from netspec.diagnostics import Diagnostic, Findings, SpecError
from netspec.reading.document import Document, Node, Scalar, Sequence
from netspec.reading.document import Mapping as MappingNode
from netspec.reading.reader import read_file
from netspec.weights.formats import FORMATS, Format
from netspec.weights.layouts import CONV, DENSE

CODE = "NS622"
VERSION = 1
SAME_AS = "same_as"
KEYS = ("names", "prefix", "own", "norm", "gamma", "unlisted", "numbered", "saved", "modules")
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:/[A-Za-z][A-Za-z0-9_]*)*\Z")
_NAME = re.compile(r"(?:[A-Za-z0-9_./-]|\{height\}|\{width\}){1,200}\Z")
_PREFIX = re.compile(r"[A-Za-z0-9_./-]{0,200}\Z")
_PATTERN = re.compile(r"[A-Za-z0-9_./-]*\{\}[A-Za-z0-9_./-]*\Z")


@dataclass(frozen=True, slots=True)
class Module:
    """What a step's weights stand below: its own, and its batch norm's.

    `kind` is that of the module's kernel where it differs from the step's: a dense for a conv.
    """

    own: str
    norm: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class NameMap:
    """A format's names of a network's steps, by path."""

    source: str
    modules: Mapping[str, Module]
    prefix: str = ""
    own: str = "{}"
    norm: str = "{}"
    gamma: bool = True
    unlisted_same: bool = False
    numbered: tuple[str, ...] = ()
    """What numbered layers are called, if they are."""
    saved: tuple[str, ...] = ()
    """The modules in the order in which a Keras model holds its layers."""

    def module(self, path: str) -> Module | None:
        """The module of the step at a path, or nothing if it has no name there."""
        if path in self.modules or not self.unlisted_same:
            return self.modules.get(path)
        return Module(self.own.format(path), self.norm.format(path))


def read(path: Path, form: Format) -> NameMap:
    """The map in a file. Raises `SpecError`: NS622 with all that is wrong, or as `read_file`."""
    document = read_file(path)
    root = document.root
    other = root.get(SAME_AS) if isinstance(root, MappingNode) else None
    if other is None or not isinstance(root, MappingNode):
        return of_document(document, form)
    alone = root.entries.keys() == {"names", SAME_AS}
    if not alone or other.plain not in FORMATS or other.plain == form.name:
        message = f"`{SAME_AS}` names another format whose map lies beside, and stands alone"
        raise SpecError([Diagnostic(CODE, message, other.span)])
    spec = path.name.removesuffix(f".{form.name}.yaml")
    return of_document(read_file(path.with_name(f"{spec}.{other.plain}.yaml")), form)


def of_document(document: Document, form: Format) -> NameMap:
    """The map that a document holds. Raises `SpecError` (NS622) with all that is wrong."""
    findings = Findings(at_most=200)
    reader = _Reader(findings, form, document)
    found = reader.map()
    findings.raise_if_failed()
    return found


class _Reader:
    """One reading of a map; what is wrong goes to the findings."""

    def __init__(self, findings: Findings, form: Format, document: Document) -> None:
        self._findings, self._form, self._document = findings, form, document
        self._modules: dict[str, Module] = {}
        self._names: dict[str, str] = {}
        self._own, self._norm = form.own, form.norm
        self._numbered: tuple[str, str] | None = None

    def map(self) -> NameMap:
        root = self._document.root
        if not isinstance(root, MappingNode):
            self._fault(root, "a name map is a mapping")
            return NameMap(self._document.source.name, {})
        self._known_keys(root, KEYS)
        if root.get("names") is None or self._value(root, "names", int) != VERSION:
            self._fault(root.get("names") or root, f"a name map begins with `names: {VERSION}`")
        self._own = self._text(root, "own", _PATTERN, self._form.own)
        self._norm = self._text(root, "norm", _PATTERN, self._form.norm)
        self._numbered = self._numbers(root)
        modules = root.get("modules")
        if modules is not None:
            self._list(modules, "", "")
        gamma = self._value(root, "gamma", bool)
        unlisted = self._value(root, "unlisted", str)
        if unlisted not in (None, "same"):
            self._fault(root.get("unlisted"), "`unlisted` is `same`, or left out")
        return NameMap(
            self._document.source.name,
            self._modules,
            self._text(root, "prefix", _PREFIX, ""),
            self._own,
            self._norm,
            self._form.gamma if gamma is None else bool(gamma),
            unlisted == "same",
            self._numbered or (),
            self._saved(root),
        )

    def _list(self, node: Node, path: str, name: str) -> None:
        """The items of a list of modules that stand below a path and a name."""
        if not isinstance(node, Sequence):
            self._fault(node, "a list of modules is expected")
            return
        for item in node.items:
            if isinstance(item, Scalar):
                self._module(item, path, name, item.value, item)
            elif isinstance(item, MappingNode) and "at" in item.entries:
                self._block(item, path, name)
            elif isinstance(item, MappingNode) and len(item.entries) == 1:
                ((key, entry),) = item.entries.items()
                self._module(item, path, name, key, entry.value)
            else:
                self._fault(item, "an item is a path, `path: name`, or {at: …, modules: …}")

    def _block(self, item: MappingNode, path: str, name: str) -> None:
        self._known_keys(item, ("at", "modules"))
        inner = item.get("modules")
        if inner is None:
            self._fault(item, "`at` goes with `modules`")
            return
        for place, called in self._places(item.entries["at"].value):
            joined = called if called.endswith("_") else f"{called}{self._form.separator}"
            self._list(inner, f"{path}{place}/", f"{name}{joined}")

    def _places(self, node: Node) -> Iterator[tuple[str, str]]:
        if isinstance(node, Sequence):
            pairs = [(item.plain, item.plain, item) for item in node.items]
        elif isinstance(node, MappingNode):
            pairs = [(key, each.value.plain, each.value) for key, each in node.entries.items()]
        else:
            pairs = [(node.plain, node.plain, node)]
        for place, called, at in pairs:
            if not _fits(_PATH, place) or not _fits(_NAME, called):
                self._fault(at, "`at` lists paths, or gives each its name there")
            else:
                yield str(place), str(called)

    def _module(self, item: Node, path: str, name: str, key: object, told: Node) -> None:
        if not _fits(_PATH, key):
            self._fault(item, "a step is named by its path")
            return
        step = f"{path}{key}"
        if step in self._modules:
            self._fault(item, f"{step} is listed twice")
            return
        module = self._told(item, told, name, str(key))
        for each in filter(None, {module.own, module.norm}):
            if each in self._names:
                self._fault(item, f"{each} is the name of {self._names[each]} and of {step}")
            self._names[each] = step
        self._modules[step] = module

    def _told(self, item: Node, told: Node, name: str, key: str) -> Module:
        if isinstance(told, MappingNode):
            return self._in_full(told, name)
        if told is item and self._numbered:
            number = sum(1 for module in self._modules.values() if self._is_numbered(module))
            own, norm = (f"{kind}_{number}" if number else kind for kind in self._numbered)
            return Module(own, norm)
        called = key if told is item else told.plain
        if not _fits(_NAME, called):
            self._fault(told, "a name holds letters, digits, _ . / and -, {height} and {width}")
            called = key
        return Module(self._own.format(f"{name}{called}"), self._norm.format(f"{name}{called}"))

    def _is_numbered(self, module: Module) -> bool:
        assert self._numbered
        return re.fullmatch(rf"{re.escape(self._numbered[0])}(_[0-9]+)?", module.own) is not None

    def _in_full(self, node: MappingNode, name: str) -> Module:
        self._known_keys(node, ("own", "norm", "as"))
        own, norm = (self._text(node, key, _NAME, "") for key in ("own", "norm"))
        kind = self._value(node, "as", str) or ""
        if kind not in ("", CONV, DENSE):
            self._fault(node.get("as"), f"`as` is {CONV} or {DENSE}")
        if not own and not norm:
            self._fault(node, "`own`, `norm` or both are given")
        return Module(name + own if own else "", name + norm if norm else "", str(kind))

    def _numbers(self, root: MappingNode) -> tuple[str, str] | None:
        node = root.get("numbered")
        if node is None:
            return None
        if not isinstance(node, MappingNode):
            self._fault(node, "`numbered` is {own: …, norm: …}")
            return None
        self._known_keys(node, ("own", "norm"))
        own, norm = (self._text(node, key, _NAME, key) for key in ("own", "norm"))
        return own, norm

    def _saved(self, root: MappingNode) -> tuple[str, ...]:
        """The modules in their saved order, which is told by their places in the list."""
        node, listed = root.get("saved"), list(self._modules.values())
        places = range(len(listed))
        told = [item.plain for item in node.items] if isinstance(node, Sequence) else []
        whole = [each for each in told if type(each) is int]
        if node is not None and (len(whole) < len(told) or sorted(whole) != list(places)):
            self._fault(node, f"`saved` orders the {len(listed)} modules by their places, from 0")
            return ()
        ordered = [listed[place] for place in whole or places]
        return tuple(name for module in ordered for name in (module.own, module.norm) if name)

    def _known_keys(self, node: MappingNode, known: tuple[str, ...]) -> None:
        from netspec.suggestions import did_you_mean

        for key, entry in node.entries.items():
            if key not in known:
                hints = did_you_mean(key, known) or (f"keys: {', '.join(known)}",)
                message = f"a name map has no key `{key[:60]}` here"
                self._findings.add(Diagnostic(CODE, message, entry.key_span, hints=hints))

    def _text(self, node: MappingNode, key: str, pattern: re.Pattern[str], default: str) -> str:
        value = node.get(key)
        if value is None:
            return default
        if not _fits(pattern, value.plain):
            self._fault(value, f"`{key}` is no such name")
            return default
        return str(value.plain)

    def _value(self, node: MappingNode, key: str, kind: type) -> object:
        value = node.get(key)
        if value is None:
            return None
        if type(value.plain) is not kind:
            self._fault(value, f"`{key}` is of another type")
            return None
        return value.plain

    def _fault(self, node: Node | None, message: str) -> None:
        assert node is not None
        self._findings.add(Diagnostic(CODE, message, node.span))


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.match(value) is not None

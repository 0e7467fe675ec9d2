"""Changes of steps by path: the entries of an overlay's `patch:`, and fields that `--set` gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from netspec.diagnostics import Diagnostic, Findings, Span
from netspec.language import globs
from netspec.language.names import check_name
from netspec.language.scope import NOTE
from netspec.reading.document import Entry, Node, Scalar, Sequence
from netspec.reading.document import Mapping as MappingNode
from netspec.suggestions import did_you_mean

VERBS = ("set", "replace", "remove", "insert_before", "insert_after", "rename")
"""What an entry does; it has exactly one of them."""

INSTEAD: Mapping[str, tuple[str, ...]] = {
    "input": ("another size of the input is given by --input 224x224",),
    "params": ("a parameter is set by its name alone: --set num_classes=10",),
    "defaults": ("an overlay merges other defaults: `extends:` this spec, and `defaults:`",),
    "templates": ("set the fields of the steps made, or change the template in an overlay",),
    "outputs": ("an overlay states `outputs:` anew",),
}
"""What to do in place of `--set KEY.more`, where a key of the file is taken for a step."""

WITHIN = "set the fields of the steps within it, or the parameter that the argument is made of"


BODY_KEYS = ("op", "use", "steps", "branches")
"""Keys that make a step what it is, which no patch sets."""
REPLACE = "what makes another step of it is `replace`"


def in_overlay(path: str, key: str = "op", value: str = "…", verb: str = "set") -> str:
    """A hint: the patch that does what `--set` does not."""
    return f"in an overlay: patch: [{{at: {path[:80]}, {verb}: {{{key[:40]}: {value}}}}}]"


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One change of the steps at a path, which may have globs; they don't cross a slash.

    `span` is where the path is written, `by` the key or option that holds it: `patch` or `set`.
    """

    pattern: str
    span: Span
    by: str = "patch"
    fields: Mapping[str, Entry] = field(default_factory=dict)
    body: Entry | None = None
    removes: bool = False
    before: Node | None = None
    after: Node | None = None
    renames: Scalar | None = None
    was: Node | None = None

    @property
    def name(self) -> str:
        """The name that it gives; empty where it gives none."""
        return str(self.renames.value) if self.renames else ""

    @property
    def globs(self) -> bool:
        """Whether it may be for several steps."""
        return any(c in self.pattern for c in "*?[")

    def matches(self, path: str) -> bool:
        """Whether the step at that path is meant."""
        return globs.matches(path, self.pattern)

    def may_match_within(self, path: str) -> bool:
        """Whether a step within the one at that path may be meant."""
        return globs.matches_within(path, self.pattern)

    def is_within(self, other: Patch) -> bool:
        """Whether what it is for stands within what the other one is for."""
        return self.pattern.startswith(f"{other.pattern}/")


def patches_of(node: Node | None, faulty: frozenset[int], findings: Findings) -> tuple[Patch, ...]:
    """The entries of a `patch:`; those at fault are left aside, names that are none are told."""
    items = node.items if isinstance(node, Sequence) else ()
    good = (item for item in items if isinstance(item, MappingNode) and id(item) not in faulty)
    return tuple(patch for patch in map(_patch, good) if _is_well_named(patch, findings))


def _is_well_named(patch: Patch, findings: Findings) -> bool:
    fault = check_name(patch.name) if patch.renames else None
    if patch.renames and fault:
        findings.add(Diagnostic(*fault, patch.renames.span))
    return fault is None


def _patch(item: MappingNode) -> Patch:
    at, fields, name = item.entries["at"].value, item.get("set"), item.get("rename")
    return Patch(
        pattern=str(at.plain),
        span=at.span,
        fields=_without_notes(fields) if isinstance(fields, MappingNode) else {},
        body=item.entries.get("replace"),
        removes="remove" in item.entries,
        before=item.get("insert_before"),
        after=item.get("insert_after"),
        renames=name if isinstance(name, Scalar) else None,
        was=item.get("was"),
    )


def _without_notes(fields: MappingNode) -> Mapping[str, Entry]:
    return {key: entry for key, entry in fields.entries.items() if not key.startswith(NOTE)}


class Change(NamedTuple):
    """What a patch gives a field or key of one step."""

    patch: Patch
    entry: Entry


class Layer:
    """The patches of one overlay, or of the command line: each sees the steps as none changed them.

    Holds what the walk has met, to tell in the end which patch has matched nothing.
    """

    def __init__(self, patches: tuple[Patch, ...]) -> None:
        self.patches = patches
        self.met: list[str] = []
        self._globs = [patch for patch in patches if patch.globs]
        self._exact: dict[str, list[Patch]] = {}
        for patch in patches:
            if not patch.globs:
                self._exact.setdefault(patch.pattern, []).append(patch)
        self._matched: set[int] = set()

    def at(self, path: str) -> tuple[Patch, ...]:
        """The patches of the step at that path, in written order."""
        self.met.append(path)
        exact = self._exact.get(path, [])
        globs = [patch for patch in self._globs if patch.matches(path)]
        if not globs:
            return tuple(exact)
        return tuple(patch for patch in self.patches if patch in exact or patch in globs)

    def note(self, patch: Patch) -> None:
        """Take note that a patch has met its step; of none in this layer that is nothing."""
        self._matched.add(id(patch))

    def note_left_out(self, path: str) -> None:
        """Take note that what is within the step at that path is never met."""
        self._matched.update(id(patch) for patch in self.patches if patch.may_match_within(path))

    def unmatched(self) -> Iterator[Diagnostic]:
        """A finding for each patch that has met no step."""
        for patch in self.patches:
            if id(patch) not in self._matched:
                yield self._unmatched(patch)

    def _unmatched(self, patch: Patch) -> Diagnostic:
        path, key = patch.pattern[:120], next(iter(patch.fields), "")
        inside = [met for met in self.met if met.startswith(f"{patch.pattern}/")]
        message, hints = f"no step is at `{path}`", did_you_mean(patch.pattern, self.met)
        if patch.fields and inside:
            message = f"`{path}` is a block, which has no field `{key}`"
            within = f"set one of a step within it, such as {inside[0]}"
            hints = (REPLACE if key in BODY_KEYS else within,)
        elif patch.fields and self._is_undone(patch):
            message = f"what this sets at `{path}` is lost: a later entry replaces the step"
            hints = ("write the change into what replaces it",)
        elif patch.fields and any(map(patch.matches, self.met)):
            message, hints = f"no step at `{path}` has a field `{key}`", self._deeper(patch)
        elif any(other.body and patch.is_within(other) for other in self.patches):
            message = f"what was at `{path}` is replaced by another entry"
            hints = ("write the change into what replaces it",)
        elif any(other.removes and patch.is_within(other) for other in self.patches):
            message = f"what was at `{path}` is removed by another entry"
            hints = ("delete one of the two entries",)
        elif not hints and self.met:
            hints = (f"the steps there: {', '.join(self._nearest_block(patch.pattern))}",)
        if patch.by == "set" and patch.pattern in INSTEAD:
            hints = INSTEAD[patch.pattern]
        code = "NS316" if patch.by == "set" else "NS318"
        return Diagnostic(code, message, patch.span, hints=hints)

    def _is_undone(self, patch: Patch) -> bool:
        """Whether a later entry replaces a step that this one is for."""
        later = self.patches[self.patches.index(patch) + 1 :]
        replacing = [other for other in later if other.body]
        here = filter(patch.matches, self.met)
        return any(other.matches(path) for path in here for other in replacing)

    def _deeper(self, patch: Patch) -> tuple[str, ...]:
        """Where to look instead, if what a patch is for is a block."""
        depth = patch.pattern.count("/")
        for met in self.met:
            outer = "/".join(met.split("/")[: depth + 1])
            if outer != met and patch.matches(outer):
                return (f"steps within it are at deeper paths, such as {met}",)
        return ()

    def _nearest_block(self, pattern: str) -> list[str]:
        """Some paths in the innermost block of the pattern's that there is."""
        parts = pattern.split("/")
        for end in range(len(parts) - 1, -1, -1):
            base = "".join(f"{part}/" for part in parts[:end])
            inside = [m for m in self.met if m.startswith(base) and "/" not in m[len(base) :]]
            if inside:
                return inside[:LISTED]
        return []


LISTED = 8
"""Paths that a hint lists."""
